"""Runs the programs `k3d` and `docker`, and parses their output."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.stack.errors import ProviderError

TOOLS = {
    "docker": "https://docs.docker.com/engine/install/",
    "k3d": "https://k3d.io/stable/#installation",
}
"""Programs that a k3d cluster needs, each with the page on its installation."""

IDENTITY = "tablepromise.cluster"
"""Label of a cluster's containers. Its value is different for each cluster of the same name."""

TIMEOUT = 600
"""Seconds that one command of k3d may take: it pulls images."""

IMPORT_TIMEOUT = 240
"""Seconds that k3d may take to import an image; then the next mode is tried."""

_MODES = ("tools-node", "direct")
"""k3d's modes of an import: by a container beside the nodes, or by a stream."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LEVEL = re.compile(r"^(?:TRAC|DEBU|INFO|WARN|ERRO|FATA)\[\d+\] *")
_TAKEN = re.compile(
    r"Bind for (\S+) failed: port is already allocated"
    r"|listen \w+4? (\S+): bind: address already in use"
)


class ClusterError(ProviderError):
    """The cluster cannot be created or reached."""


def require_tools() -> str:
    """Return the id of the Docker engine.

    Raises:
        ClusterError: a program is missing, or Docker does not answer.
    """
    if missing := missing_tools():
        pages = " and ".join(f"{tool} ({TOOLS[tool]})" for tool in missing)
        raise ClusterError(
            f"a k3d cluster needs {pages}; install it, or deploy to an existing cluster "
            "with `cluster: existing`"
        )
    try:
        done = _run(["docker", "info", "--format", "{{.ID}}"], 60)
        # without an engine Docker prints an empty line, and in some versions ends with 0
        problem = "" if not done.returncode and done.stdout.strip() else _last(done.stderr)
    except subprocess.TimeoutExpired:
        done, problem = None, "it does not answer"
    if done is None or problem or done.returncode:
        raise ClusterError(f"Docker does not run: {problem}; see {TOOLS['docker']}")
    return done.stdout.strip()


def missing_tools() -> list[str]:
    """Return the programs that are not on PATH."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


def k3d(
    *arguments: str, timeout: float = TIMEOUT, environment: Mapping[str, str] | None = None
) -> str:
    """Return what k3d prints.

    Raises:
        ClusterError: k3d fails, or does not end in time.
    """
    command = f"`k3d {' '.join(arguments[:2])}`"
    try:
        done = _run(["k3d", *arguments], timeout, environment)
    except subprocess.TimeoutExpired:
        raise ClusterError(f"{command} did not end in {timeout:.0f} s") from None
    if done.returncode:
        text = plain(done.stderr or done.stdout)
        if taken := _TAKEN.search(text):
            raise ClusterError(
                f"{command} failed: the port {taken[1] or taken[2]} of this machine is taken; "
                "stop the program that uses it, or set another port in k3d.ports"
            )
        raise ClusterError(f"{command} failed: {_reason(text)}")
    return done.stdout


def clusters() -> set[str]:
    """Return the names of all clusters that k3d lists."""
    return {each["name"] for each in json.loads(k3d("cluster", "list", "-o", "json"))}


def nodes(identity: str) -> list[str]:
    """Return the containers of a cluster's servers and agents, also of those that do not run."""
    label = f"label={IDENTITY}={identity}"
    return docker("ps", "--all", "--filter", label, "--format", "{{.Names}}").split()


def version() -> str:
    """Return k3d's version, which is the tag of k3d's own images."""
    text = k3d("version")
    found = re.search(r"k3d version v(\S+)", text)
    return found[1] if found else "latest"


def registry_port(name: str) -> str:
    """Return address and port of the host by which a registry is reached."""
    return docker("port", name, "5000/tcp").split()[0]


def import_image(archive: Path, name: str, identity: str) -> None:
    """Import an image into all nodes of a cluster.

    k3d logs an error of a node and exits with 0, so the images of the nodes are listed.

    Raises:
        ClusterError: a node does not have the image after every mode was tried.
    """
    problems: list[str] = []
    for mode in _MODES:
        arguments = (str(archive), "--cluster", name, "--mode", mode)
        try:
            k3d("image", "import", *arguments, timeout=IMPORT_TIMEOUT)
        except ClusterError as error:
            problems.append(str(error))
        if not (lacking := _nodes_without(archive, identity)):
            return
        problems.append(f"no such image on {', '.join(lacking)} after --mode {mode}")
    raise ClusterError(
        f"{archive.name} cannot be imported into the cluster {name}: {'; '.join(problems)}; "
        "run `make image` again if it is damaged, else see whether the disk is full with "
        "`docker system df`"
    )


def _nodes_without(archive: Path, identity: str) -> list[str]:
    """Return the nodes without the image of an archive, by name and content."""
    expected = set(_content(archive))
    found = nodes(identity)
    if not found:
        raise ClusterError("the cluster has no nodes any more")
    return [node for node in found if not expected <= set(_content_of_node(node))]


def archived(archive: Path) -> list[dict[str, Any]]:
    """Return the images of an archive, as its manifest lists them.

    Raises:
        ClusterError: it is not an archive of an image.
    """
    try:
        with tarfile.open(archive) as file:
            manifest = file.extractfile("manifest.json")
            images: list[dict[str, Any]] = json.load(manifest) if manifest else []
    except (OSError, tarfile.TarError, KeyError, ValueError):
        raise ClusterError(
            f"{archive} is not an archive of an image; run `make image` again"
        ) from None
    return images


def _content(archive: Path) -> Iterator[str]:
    """The names of an archive's images, and the digests of their configurations."""
    for image in archived(archive):
        yield "sha256:" + Path(image["Config"]).name.removesuffix(".json")
        tags: list[str] = image.get("RepoTags") or []
        yield from map(_whole, tags)


def _whole(tag: str) -> str:
    """The name of an image with its registry, as in containerd."""
    first, slash, _ = tag.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return tag
    return f"docker.io/{tag}" if slash else f"docker.io/library/{tag}"


def _content_of_node(node: str) -> Iterator[str]:
    for kind in ("image", "content"):
        yield from docker("exec", node, "ctr", kind, "ls", "-q").split()


def plain(text: str) -> str:
    """Return what k3d prints without colours."""
    return _COLOURS.sub("", text).strip()


def docker(*arguments: str) -> str:
    """Return what Docker prints.

    Raises:
        ClusterError: Docker fails, or does not end in a minute.
    """
    command = f"`docker {arguments[0]}`"
    try:
        done = _run(["docker", *arguments], 60)
    except subprocess.TimeoutExpired:
        raise ClusterError(f"{command} did not end in 60 s") from None
    if done.returncode:
        raise ClusterError(f"{command} failed: {_last(done.stderr)}")
    return done.stdout


def _reason(text: str) -> str:
    """The reason of a failure; k3d's last line has only that it rolls back."""
    lines = [line for line in text.splitlines() if line.startswith(("ERRO[", "FATA["))]
    errors = [_LEVEL.sub("", line) for line in lines]
    reasons = [line for line in errors if "rolled back" not in line]
    return (reasons or errors or [_last(text)])[0]


def _last(text: str) -> str:
    lines = plain(text).splitlines()
    return lines[-1] if lines else "it printed nothing"


def _run(
    command: list[str], timeout: float, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
    )
