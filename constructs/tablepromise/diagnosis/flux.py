"""Flux as the agent of a Destination: which source and Kustomization bring a request's Table."""

import re
from urllib.parse import urlsplit

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.request_context import path, state_store
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.request import ack

SOURCES = {"BucketStateStore": "Bucket", "GitStateStore": "GitRepository"}
"""What of Flux reads what of Kratix."""

PASSING = ("DependencyNotReady", "ArtifactFailed")
"""Reasons that every new revision may show for a moment."""


def source(cluster: Cluster, kustomization: LiveObject) -> LiveObject | None:
    """The source that a Kustomization names, if it can be seen."""
    return cluster.get(
        kustomization.text("spec", "sourceRef", "kind"),
        kustomization.text("spec", "sourceRef", "name"),
        kustomization.text("spec", "sourceRef", "namespace") or kustomization.namespace,
    )


def covering(
    cluster: Cluster, destination: LiveObject | None, namespace: str, name: str
) -> list[LiveObject]:
    """The Kustomizations that bring a request's Table.

    By inventory if one has applied it before; else by the place in the state store it reads.
    """
    holding = cluster.kustomizations_with(_entry(namespace, name))
    if holding or destination is None:
        return holding
    store = state_store(cluster, destination)
    folder = path(destination, store, namespace)
    return [live for live, prefix in reading(cluster, store, folder) if folder.startswith(prefix)]


def applied(cluster: Cluster, kustomization: LiveObject, namespace: str, name: str) -> bool:
    """Whether it has a request's Table in its inventory."""
    return kustomization in cluster.kustomizations_with(_entry(namespace, name))


def reading(
    cluster: Cluster, store: LiveObject | None, folder: str = ""
) -> list[tuple[LiveObject, str]]:
    """Kustomizations that read a state store, with the folder of it that they apply.

    Sources that leave `folder` out are not among them.
    """
    found: list[tuple[LiveObject, str]] = []
    for kustomization in cluster.list_all("Kustomization"):
        origin = source(cluster, kustomization)
        if origin is not None and store is not None and reads(origin, store):
            only, but = _filter(origin)
            if not folder.startswith(but):
                applied = _folder(kustomization.text("spec", "path"))
                found.append((kustomization, max(applied, only, key=len)))
    return found


def reads(origin: LiveObject, store: LiveObject) -> bool:
    """Whether a source of Flux reads a state store of Kratix; endpoints may have two names."""
    if origin.kind != SOURCES.get(store.kind):
        return False
    if origin.kind == "Bucket":
        return origin.text("spec", "bucketName") == store.text("spec", "bucketName")
    branch = origin.text("spec", "ref", "branch") or "master"
    return _repository(origin.text("spec", "url")) == _repository(
        store.text("spec", "url")
    ) and branch == (store.text("spec", "branch") or "main")


def named_in(message: str) -> list[str]:
    """The objects that a message of Flux complains about, as `Kind/namespace/name`."""
    return re.findall(
        r"\b([A-Z]\w+(?:/[\w.:-]+){1,2}) (?:dry-run|namespace|apply|delete|not found)", message
    )


def dependency(cluster: Cluster, kustomization: LiveObject) -> LiveObject | None:
    """The first Kustomization that this one depends on and that is not ready."""
    for entry in kustomization.items("spec", "dependsOn"):
        wanted = LiveObject("Reference", entry)
        namespace = wanted.text("namespace") or kustomization.namespace
        found = cluster.get("Kustomization", wanted.text("name"), namespace)
        ready = found.condition("Ready") if found else None
        if found and not (ready and ready.status == "True"):
            return found
    return None


def resume(live: LiveObject) -> str:
    """The command that ends a suspension."""
    return f"""kubectl patch {live.target} --type merge -p '{{"spec":{{"suspend":false}}}}'"""


def _entry(namespace: str, name: str) -> str:
    return f"{namespace}_{name}_{ack.GROUP}_{ack.KIND}"


def _filter(origin: LiveObject) -> tuple[str, tuple[str, ...]]:
    """The folder that a source is narrowed to, and those in it that it leaves out.

    By the prefix of a bucket, and by rules of whole folders as `.gitignore` has them; what finer
    rules do is not looked at.
    """
    lines = origin.text("spec", "ignore").split()
    whole = [line for line in lines if line.strip("!").startswith("/") and line.endswith("/")]
    taken = [line[2:] for line in whole if line.startswith("!") and "/*" in lines]
    but = tuple(line[1:] for line in whole if not line.startswith("!"))
    return max([*taken, origin.text("spec", "prefix").lstrip("/")], key=len), but


def _folder(text: str) -> str:
    steps = [step for step in text.split("/") if step not in ("", ".")]
    return "/".join([*steps, ""]) if steps else ""


def _repository(url: str) -> tuple[str, str]:
    """Host and path of a Git address, however it is written."""
    if "://" not in url and ":" in url:  # git@host:path
        url = "ssh://" + url.replace(":", "/", 1)
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.path.strip("/").removesuffix(".git")
