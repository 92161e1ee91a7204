"""A k3d cluster, and the pipeline's image in it, as Pulumi resources.

Pulumi loads this in a process of its own for each operation: nothing here may import cdk8s, which
starts Node.js.
"""

import json
import os
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from infra.stack import k3d_command as command
from infra.stack.errors import report, without_traceback
from infra.stack.k3d_command import IDENTITY, ClusterError

ROOT = Path(__file__).parents[2]

PIPELINE_ARCHIVE = ROOT / "dist/pipeline.tar"
"""The archive that `make image` writes."""


class K3dProvider(ResourceProvider):
    """Creates and deletes a cluster by k3d, and never changes a cluster that it did not create.

    The id of the resource is a label of the cluster's containers.
    """

    serialize_as_secret_always = False

    @without_traceback
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the cluster; delete it again if that fails.

        Raises:
            ClusterError: a program is missing or failed, or there is a cluster of that name.
        """
        name, engine = props["name"], command.require_tools()
        if name in command.clusters():
            raise ClusterError(
                f"there is a k3d cluster {name}, and this stack did not create it; set another "
                "clusterName, deploy to it with `cluster: existing`, or delete it with "
                f"`k3d cluster delete {name}`"
            )
        _require_archive(props["image"])
        identity = uuid.uuid4().hex
        report(f"k3d creates the cluster {name}, which takes a minute or two")
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "k3d.yaml"  # JSON is YAML
                file.write_text(json.dumps(_labelled(props["configuration"], identity)))
                arguments = ("cluster", "create", "--config", str(file))
                command.k3d(*arguments, environment=_images(props["images"]))
            return CreateResult(id_=identity, outs={**props, **_found(props), "engine": engine})
        except ClusterError:
            if name in command.clusters():
                command.k3d("cluster", "delete", name)
            raise

    @without_traceback
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return what replaces the cluster: another configuration, or that the cluster is gone."""
        replaces = [key for key in ("name", "configuration") if olds.get(key) != news.get(key)]
        if not replaces and is_gone(id_, olds["engine"]):
            report(f"the k3d cluster {olds['name']} is gone, and is created again with all in it")
            replaces = ["name"]
        return DiffResult(changes=bool(replaces), replaces=replaces, delete_before_replace=True)

    @without_traceback
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return no id for a cluster that was deleted by hand."""
        command.require_tools()
        if is_gone(id_, props["engine"]):
            return ReadResult(id_="", outs={})
        return ReadResult(id_=id_, outs={**props, **_found(props)})

    @without_traceback
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the cluster with everything in it.

        Raises:
            ClusterError: another Docker engine answers than that of the cluster.
        """
        engine = command.require_tools()
        if engine != props["engine"]:
            raise ClusterError(
                f"the k3d cluster {props['name']} was created on another Docker engine; select "
                "that engine (`docker context use`, DOCKER_HOST) and try again, or, if it is gone "
                "for good, `pulumi stack rm --force --preserve-config`"
            )
        if command.nodes(id_):
            command.k3d("cluster", "delete", props["name"])


class ImageProvider(ResourceProvider):
    """Imports the pipeline's image into all nodes of a cluster."""

    serialize_as_secret_always = False

    @without_traceback
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Import the image, and check that the nodes have it.

        Raises:
            ClusterError: there is no archive, or a node has no such image afterwards.
        """
        command.require_tools()
        _require_archive(props["image"])
        report(f"k3d imports {PIPELINE_ARCHIVE.name} into the cluster {props['name']}")
        command.import_image(PIPELINE_ARCHIVE, props["name"], props["cluster"])
        return CreateResult(id_=f"image-{props['cluster']}", outs=props)

    @without_traceback
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return whether the image changed."""
        replaces = [key for key in ("name", "cluster") if olds.get(key) != news.get(key)]
        image = news.get("image") != olds.get("image")
        return DiffResult(changes=bool(replaces) or image, replaces=replaces)

    @without_traceback
    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Import the new image."""
        return UpdateResult(outs=self.create(news).outs)


class K3dCluster(Resource, module="tablepromise", name="K3dCluster"):
    """A k3d cluster.

    Args:
        configuration: k3d's own, of kind Simple.
        image: name of the pipeline's image, which is imported; empty if nodes pull it.
        images: names of k3d's own images in a mirror, by the variable that overrides them.

    Attributes:
        kubeconfig: of the cluster; secret.
        registry: address and port by which this machine reaches the registry; None without one.
        engine: id of the Docker engine that has the cluster.
    """

    engine: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    registry: pulumi.Output[str | None]

    def __init__(
        self,
        configuration: dict[str, Any],
        image: str,
        images: dict[str, str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        name: str = configuration["metadata"]["name"]
        props = {
            "name": name,
            "configuration": json.dumps(configuration),
            "image": image,
            "images": images,
            **dict.fromkeys(("kubeconfig", "registry", "engine")),
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["kubeconfig"])
        merged = pulumi.ResourceOptions.merge(opts, secret)
        super().__init__(K3dProvider(), name, props, merged)


class K3dImage(Resource, module="tablepromise", name="K3dImage"):
    """The pipeline's image in a k3d cluster.

    Args:
        cluster: that gets the image.
        name: of the cluster.
        image: name of the image, as in the archive.
    """

    def __init__(
        self, cluster: K3dCluster, name: str, image: str, opts: pulumi.ResourceOptions
    ) -> None:
        props = {"name": name, "cluster": cluster.id, "image": image}
        super().__init__(ImageProvider(), "pipeline", props, opts)


def is_built(image: str) -> bool:
    """Return whether the archive of `make image` has an image of this name."""
    try:
        images = command.archived(PIPELINE_ARCHIVE)
    except ClusterError:
        return False
    return any(image in (found.get("RepoTags") or ()) for found in images)


def is_gone(identity: str, engine: str) -> bool:
    """Return whether a cluster is gone: its Docker engine answers, and does not have it.

    A stopped cluster is not gone, nor one whose engine does not answer, nor one of another engine.
    """
    try:
        return command.require_tools() == engine and not command.nodes(identity)
    except ClusterError:
        return False


def _found(props: dict[str, Any]) -> dict[str, Any]:
    """Outputs of a cluster that was created."""
    create = json.loads(props["configuration"]).get("registries", {}).get("create")
    return {
        "kubeconfig": command.k3d("kubeconfig", "get", props["name"]),
        "registry": command.registry_port(create["name"]) if create else None,
    }


def _labelled(configuration: str, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(configuration)
    nodes = ["server:*", *(["agent:*"] if found["agents"] else [])]
    label = {"label": f"{IDENTITY}={identity}", "nodeFilters": nodes}
    found["options"]["runtime"] = {"labels": [label]}
    return found


def _images(repositories: dict[str, str]) -> dict[str, str]:
    """k3d's variables for its own images, whose tag is its version; those of the user win."""
    missing = {key: value for key, value in repositories.items() if key not in os.environ}
    if not missing:
        return {}
    tag = command.version()
    return {key: f"{repository}:{tag}" for key, repository in missing.items()}


def _require_archive(image: str) -> None:
    if image and not is_built(image):
        raise ClusterError(
            f"there is no {PIPELINE_ARCHIVE.relative_to(ROOT)} with {image}, the image of "
            "these sources; run `make image`, or set `registry` to one that has it"
        )
