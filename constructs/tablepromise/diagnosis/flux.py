"""Flux as the agent of a Destination: which source and Kustomization apply a request's Table."""

import re
from urllib.parse import urlsplit

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.request_context import path, state_store
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.request import ack

SOURCES = {"BucketStateStore": "Bucket", "GitStateStore": "GitRepository"}
"""Kind of Flux's source, by Kratix's kind of state store."""

PASSING = ("DependencyNotReady", "ArtifactFailed")
"""Reasons that a Kustomization has for a moment after each new revision."""


def source(cluster: Cluster, kustomization: LiveObject) -> LiveObject | None:
    """Return the source that a Kustomization names; None if it is not visible."""
    return cluster.get(
        kustomization.text("spec", "sourceRef", "kind"),
        kustomization.text("spec", "sourceRef", "name"),
        kustomization.text("spec", "sourceRef", "namespace") or kustomization.namespace,
    )


def covering(
    cluster: Cluster, destination: LiveObject | None, namespace: str, name: str
) -> list[LiveObject]:
    """Return the Kustomizations that apply a request's Table.

    These are the ones with the Table in their inventory; if there is none, the ones that read the
    folder of the state store in which Kratix writes the manifest.
    """
    appliers = cluster.kustomizations_with(_entry(namespace, name))
    if appliers or destination is None:
        return appliers
    store = state_store(cluster, destination)
    folder = path(destination, store, namespace)
    return [live for live, prefix in reading(cluster, store, folder) if folder.startswith(prefix)]


def applied(cluster: Cluster, kustomization: LiveObject, namespace: str, name: str) -> bool:
    """Return whether a Kustomization has a request's Table in its inventory."""
    return kustomization in cluster.kustomizations_with(_entry(namespace, name))


def reading(
    cluster: Cluster, store: LiveObject | None, folder: str = ""
) -> list[tuple[LiveObject, str]]:
    """Return the Kustomizations that read a state store, with the folder that each applies.

    Kustomizations whose source excludes `folder` are left out.
    """
    found: list[tuple[LiveObject, str]] = []
    for kustomization in cluster.list_all("Kustomization"):
        origin = source(cluster, kustomization)
        if origin is not None and store is not None and reads(origin, store):
            included, excluded = _filter(origin)
            if not folder.startswith(excluded):
                own = _folder(kustomization.text("spec", "path"))
                found.append((kustomization, max(own, included, key=len)))
    return found


def reads(origin: LiveObject, store: LiveObject) -> bool:
    """Return whether a source of Flux reads a state store; endpoints are not compared.

    Kratix and Flux may reach one endpoint by two names.
    """
    if origin.kind != SOURCES.get(store.kind):
        return False
    if origin.kind == "Bucket":
        return origin.text("spec", "bucketName") == store.text("spec", "bucketName")
    branch = origin.text("spec", "ref", "branch") or "master"
    return _repository(origin.text("spec", "url")) == _repository(
        store.text("spec", "url")
    ) and branch == (store.text("spec", "branch") or "main")


def named_in(message: str) -> list[str]:
    """Return the objects in an error message of Flux, as `Kind/namespace/name`."""
    return re.findall(
        r"\b([A-Z]\w+(?:/[\w.:-]+){1,2}) (?:dry-run|namespace|apply|delete|not found)", message
    )


def dependency(cluster: Cluster, kustomization: LiveObject) -> LiveObject | None:
    """Return the first dependency of a Kustomization that is not ready."""
    for entry in kustomization.items("spec", "dependsOn"):
        reference = LiveObject("Reference", entry)
        namespace = reference.text("namespace") or kustomization.namespace
        found = cluster.get("Kustomization", reference.text("name"), namespace)
        ready = found.condition("Ready") if found else None
        if found and not (ready and ready.status == "True"):
            return found
    return None


def resume(live: LiveObject) -> str:
    """Return the command that resumes a suspended object of Flux."""
    return f"""kubectl patch {live.kubectl_name} --type merge -p '{{"spec":{{"suspend":false}}}}'"""


def _entry(namespace: str, name: str) -> str:
    return f"{namespace}_{name}_{ack.GROUP}_{ack.KIND}"


def _filter(origin: LiveObject) -> tuple[str, tuple[str, ...]]:
    """Return the folder that a source includes, and the folders in it that it excludes.

    These are the prefix of a bucket and the rules for whole folders in `spec.ignore`; other rules
    are not evaluated.
    """
    lines = origin.text("spec", "ignore").split()
    folders = [line for line in lines if line.strip("!").startswith("/") and line.endswith("/")]
    included = [line[2:] for line in folders if line.startswith("!") and "/*" in lines]
    excluded = tuple(line[1:] for line in folders if not line.startswith("!"))
    return max([*included, origin.text("spec", "prefix").lstrip("/")], key=len), excluded


def _folder(text: str) -> str:
    steps = [step for step in text.split("/") if step not in ("", ".")]
    return "/".join([*steps, ""]) if steps else ""


def _repository(url: str) -> tuple[str, str]:
    """Return host and path of a Git address, in URL or SCP form."""
    if "://" not in url and ":" in url:  # git@host:path
        url = "ssh://" + url.replace(":", "/", 1)
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.path.strip("/").removesuffix(".git")
