"""k3d: a cluster as a Pulumi resource.

Pulumi runs this in a process of its own, which loads it for every operation: so nothing here may
load cdk8s, which starts Node.js.
"""

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

ROOT = Path(__file__).parents[1]

PIPELINE_ARCHIVE = ROOT / "dist/pipeline.tar"
"""What `make image` leaves."""

TOOLS = {
    "docker": "https://docs.docker.com/engine/install/",
    "k3d": "https://k3d.io/stable/#installation",
}
"""Programs that make a k3d cluster, each with the page that says how to install it."""

TIMEOUT = 600
"""Seconds that one command of k3d may take: it pulls images."""


class ClusterError(Exception):
    """The cluster cannot be made or reached."""


class K3dProvider(ResourceProvider):
    """Makes and deletes a cluster by k3d. It never touches one that it did not make."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Makes the cluster; if that fails halfway, nothing stays.

        Raises:
            ClusterError: a program is missing or failed, or there is a cluster of that name.
        """
        name = props["name"]
        require_tools()
        if name in _clusters():
            raise ClusterError(
                f"there is a k3d cluster {name}, and this stack did not make it; choose another "
                "clusterName, deploy to it with `cluster: existing`, or delete it with "
                f"`k3d cluster delete {name}`"
            )
        _require_archive(props)
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "k3d.yaml"
                file.write_text(yaml.safe_dump(json.loads(props["configuration"])))
                _k3d("cluster", "create", "--config", str(file))
            _import(props)
            return CreateResult(id_=name, outs={**props, "kubeconfig": _kubeconfig(name)})
        except ClusterError:
            if name in _clusters():
                _k3d("cluster", "delete", name)
            raise

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        replaces = [key for key in ("name", "configuration") if olds.get(key) != news.get(key)]
        image = news.get("image") != olds.get("image")
        return DiffResult(
            changes=bool(replaces) or image, replaces=replaces, delete_before_replace=True
        )

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Brings a new image of the pipeline into the cluster."""
        require_tools()
        _import(news)
        return UpdateResult(outs={**olds, **news, "kubeconfig": olds["kubeconfig"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Says that a cluster is gone which was deleted behind our back."""
        require_tools()
        if id_ not in _clusters():
            return ReadResult(id_="", outs={})
        return ReadResult(id_=id_, outs={**props, "kubeconfig": _kubeconfig(id_)})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the cluster, with all that is in it."""
        del props
        require_tools()
        if id_ in _clusters():
            _k3d("cluster", "delete", id_)


class K3dCluster(Resource, module="tablepromise", name="K3dCluster"):
    """A k3d cluster.

    Args:
        configuration: k3d's own, of kind Simple.
        image: name of the pipeline's image, which is imported; "" if nodes pull it.

    Attributes:
        kubeconfig: of the cluster; secret.
    """

    kubeconfig: pulumi.Output[str]

    def __init__(
        self, configuration: dict[str, Any], image: str, opts: pulumi.ResourceOptions
    ) -> None:
        name: str = configuration["metadata"]["name"]
        props = {
            "name": name,
            "configuration": json.dumps(configuration),
            "image": image,
            "kubeconfig": None,
        }
        super().__init__(
            K3dProvider(),
            name,
            props,
            pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(additional_secret_outputs=["kubeconfig"])
            ),
        )


def require_tools() -> None:
    """Asks for the programs that make a cluster.

    Raises:
        ClusterError: one is missing, or Docker does not run.
    """
    if missing := missing_tools():
        pages = " and ".join(f"{tool} ({TOOLS[tool]})" for tool in missing)
        raise ClusterError(
            f"a k3d cluster needs {pages}; install it, or deploy to a cluster that is there "
            "with `cluster: existing`"
        )
    try:
        done = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],  # noqa: S607  the user's own
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        problem = done.stderr.strip() if done.returncode else ""
    except subprocess.TimeoutExpired:
        problem = "it does not answer"
    if problem:
        raise ClusterError(f"Docker does not run: {problem}; see {TOOLS['docker']}")


def missing_tools() -> list[str]:
    """Those that are not on PATH."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


def _archived() -> set[str]:
    """Return the names of the images in the archive; none if it is no archive of images."""
    try:
        with tarfile.open(PIPELINE_ARCHIVE) as archive:
            manifest = archive.extractfile("manifest.json")
            images: list[dict[str, Any]] = json.load(manifest) if manifest else []
    except (OSError, tarfile.TarError, KeyError, ValueError):
        return set()
    return {name for image in images for name in image.get("RepoTags") or ()}


def _k3d(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["k3d", *arguments],  # noqa: S607  the user's own
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"`k3d {' '.join(arguments[:2])}` did not end in {TIMEOUT} s") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ClusterError(f"`k3d {' '.join(arguments[:2])}` failed: " + "\n".join(lines[-10:]))
    return done.stdout


def _clusters() -> set[str]:
    return {cluster["name"] for cluster in json.loads(_k3d("cluster", "list", "-o", "json"))}


def _kubeconfig(name: str) -> str:
    return _k3d("kubeconfig", "get", name)


def _require_archive(props: dict[str, Any]) -> None:
    if props["image"] and props["image"] not in _archived():
        raise ClusterError(
            f"there is no {PIPELINE_ARCHIVE.relative_to(ROOT)} with {props['image']}, the image of "
            "these sources; run `make image`, or set `registry` to one that has it"
        )


def _import(props: dict[str, Any]) -> None:
    _require_archive(props)
    if props["image"]:
        _k3d("image", "import", str(PIPELINE_ARCHIVE), "--cluster", props["name"])
