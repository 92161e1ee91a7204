"""Order: what of a target's objects must be there before what."""

from collections.abc import Iterator, Mapping
from typing import Any

Manifest = Mapping[str, Any]
Identity = tuple[str, str, str]
"""Kind, namespace (empty if it has none) and name."""

_PASSIVE_GROUPS = (
    "v1",
    "rbac.authorization.k8s.io/v1",
    "networking.k8s.io/v1",
    "admissionregistration.k8s.io/v1",
)


def rank(document: Manifest) -> int:
    """0: namespaces; 1: what only has to be there; 2: what runs, or is acted upon."""
    if document["kind"] == "Namespace":
        return 0
    return 1 if document["apiVersion"] in _PASSIVE_GROUPS and document["kind"] != "Service" else 2


def by_reference(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In an order in which an object comes after those it names."""
    left = {identity(document): document for document in documents}
    ordered: list[dict[str, Any]] = []
    while left:
        free = [
            own
            for own, document in left.items()
            if not any(other in left for other in references(document))
        ]
        if not free:
            names = ", ".join("/".join(filter(None, own)) for own in left)
            raise ValueError(f"objects wait for each other: {names}")
        ordered += [left.pop(own) for own in free]
    return ordered


def references(document: Manifest) -> Iterator[Identity]:
    """Objects that an object names: its namespace, source, store or settings, and its elders."""
    spec: Mapping[str, Any] = document.get("spec", {})
    namespace = document["metadata"].get("namespace", "")
    for place in (namespace, spec.get("targetNamespace")):
        if place:
            yield "Namespace", "", place
    for other in spec.get("dependsOn", []):
        yield document["kind"], other.get("namespace", namespace), other["name"]
    chart: Mapping[str, Any] = spec.get("chart") or {"spec": {}}
    for holder, key in ((spec, "sourceRef"), (spec, "chartRef"), (chart["spec"], "sourceRef")):
        if source := holder.get(key):
            yield source["kind"], namespace, source["name"]
    if runtime := spec.get("runtimeConfigRef"):
        yield runtime["kind"], "", runtime["name"]
    if store := spec.get("stateStoreRef"):
        yield store["kind"], "", store["name"]


def identity(document: Manifest) -> Identity:
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace", ""), metadata["name"]
