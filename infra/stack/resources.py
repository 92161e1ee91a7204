"""Pulumi resources of Kubernetes objects: their types, names and order, and retries."""

import time
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import pulumi

from infra.objects.charts import Folder

Manifest = Mapping[str, Any]
Identity = tuple[str, str, str]
"""Kind, namespace (empty if it has none) and name."""


class KubernetesObject(pulumi.CustomResource):
    """Any Kubernetes object, as the Kubernetes provider takes it.

    The provider's own classes have no argument for a custom resource's top-level fields other than
    `spec`, and importing them takes longer than registering everything.
    """

    def __init__(
        self, manifest: Manifest, opts: pulumi.ResourceOptions, *, patch: bool = False
    ) -> None:
        name = resource_name(manifest)
        super().__init__(resource_type(manifest, patch=patch), name, dict(manifest), opts)


class HelmRelease(pulumi.CustomResource):
    """A release that the Kubernetes provider installs itself, not Flux."""

    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubernetes:helm.sh/v3:Release", name, {"name": name, **inputs}, opts)


def resource_type(manifest: Manifest, *, patch: bool = False) -> str:
    """Return the type token of an object, or of the patch of an object that Kubernetes created."""
    version = manifest["apiVersion"]
    version = version if "/" in version else f"core/{version}"
    return f"kubernetes:{version}:{manifest['kind']}" + ("Patch" if patch else "")


def resource_name(manifest: Manifest) -> str:
    """Return the name of an object's resource: the object's own, so moving a construct is free."""
    metadata = manifest["metadata"]
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))


def urn(folder: Folder, manifest: Manifest, *, patch: bool) -> str:
    """Return the URN of an object's resource in a folder, without a call to Pulumi's engine."""
    kind = f"{component_type(folder)}${resource_type(manifest, patch=patch)}"
    name = resource_name(manifest)
    return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{kind}::{name}"


def component_type(folder: Folder) -> str:
    """Return the type token of a folder's component."""
    return f"tablepromise:infra:{type(folder).__name__}"


# --- order ----------------------------------------------------------------------------------------

_PASSIVE_GROUPS = (
    "v1",
    "rbac.authorization.k8s.io/v1",
    "networking.k8s.io/v1",
    "admissionregistration.k8s.io/v1",
)


def rank(document: Manifest) -> int:
    """Return 0 for namespaces, 1 for objects that only have to exist, 2 for objects that run."""
    if document["kind"] == "Namespace":
        return 0
    return 1 if document["apiVersion"] in _PASSIVE_GROUPS and document["kind"] != "Service" else 2


def by_reference(documents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield objects, each after the objects that it refers to.

    Raises:
        graphlib.CycleError: objects refer to each other in a cycle.
    """
    found = {identity(document): document for document in documents}
    graph = {
        own: [other for other in references(document) if other in found]
        for own, document in found.items()
    }
    return (found[own] for own in TopologicalSorter(graph).static_order())


def references(document: Manifest) -> Iterator[Identity]:
    """Yield the objects that an object refers to: its namespace, source, store and so on."""
    spec: Mapping[str, Any] = document.get("spec", {})
    namespace = document["metadata"].get("namespace", "")
    for name in (namespace, spec.get("targetNamespace")):
        if name:
            yield "Namespace", "", name
    for other in spec.get("dependsOn", []):
        yield document["kind"], other.get("namespace", namespace), other["name"]
    chart: Mapping[str, Any] = spec.get("chart") or {"spec": {}}
    for holder, key in ((spec, "sourceRef"), (spec, "chartRef"), (chart["spec"], "sourceRef")):
        if source := holder.get(key):
            yield source["kind"], namespace, source["name"]
    for key in ("runtimeConfigRef", "stateStoreRef"):
        if other := spec.get(key):
            yield other["kind"], "", other["name"]


def identity(document: Manifest) -> Identity:
    """Return kind, namespace and name of an object."""
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace", ""), metadata["name"]


# --- retry ----------------------------------------------------------------------------------------

_ATTEMPTS = 12
_PAUSE = 5.0
"""Seconds. The Service of a webhook has its pod some seconds after the pod is ready."""


def retry_webhook(args: pulumi.ErrorHookArgs) -> bool:
    """Return whether to retry: the API server could not call a webhook that does not answer yet."""
    again = "failed calling webhook" in args.errors[0] and len(args.errors) < _ATTEMPTS
    if again:
        pulumi.log.info(f"a webhook does not answer yet; retry in {_PAUSE:.0f} s: {args.errors[0]}")
        time.sleep(_PAUSE)
    return again
