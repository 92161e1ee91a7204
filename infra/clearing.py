"""Clearing: how what a stack leaves ends. Only here is the cluster asked, see `remains`."""

import time
from collections.abc import Iterator
from typing import Any, cast

import httpx2
from lightkube import SingleConfig, generic_resource
from lightkube.operators import exists
from lightkube.resources.admissionregistration_v1 import ValidatingWebhookConfiguration
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.types import PatchType

from infra.failures import ProviderError
from tablepromise import kubeconfig
from tablepromise.reads import TABLE_CRD
from tablepromise.request import ack, model, table
from tablepromise.request.deletion import CONFIRM

CROSSPLANE = "crossplane-system/crossplane"
"""Crossplane's release, whose kinds carry no label: Crossplane makes them itself."""

CROSSPLANE_GROUPS = frozenset(
    f"{name}.crossplane.io" for name in ("apiextensions", "ops", "pkg", "protection")
)
"""API groups of these kinds, whole."""

SHARED_GROUPS = frozenset({"services.k8s.aws"})
"""API groups that several charts bring: any other ACK controller needs these kinds too."""

_HELM_CONTROLLER = "helm.toolkit.fluxcd.io"
"""Prefix of the labels by which Flux's helm-controller marks what it installs."""

_HELM = "meta.helm.sh/release"
"""Prefix of the annotations by which Helm marks what a release owns."""

OWN = {
    "deploymentruntimeconfigs.pkg.crossplane.io": "default",
    "locks.pkg.crossplane.io": "lock",
}
"""Objects that Crossplane makes for itself, and leaves."""

WEBHOOKS = "crossplane-no-usages"
"""Crossplane's, which it leaves too."""

GRACE = 30
"""Seconds in which what goes with another object must be seen to go."""

_NOT_FOUND = 404


class TablesLeft(ProviderError):
    """Tables that were to go are still there."""


class StillThere(ProviderError):
    """Objects that nobody could end after what goes next."""


def end_requests(client: Any, patience: float) -> None:
    """Delete all requests and wait until they are gone.

    Raises:
        StillThere: one does not end within `patience` seconds.
    """
    kind = cast(Any, generic_resource).create_namespaced_resource(
        model.GROUP, model.VERSION, model.KIND, model.PLURAL
    )
    deadline = time.monotonic() + patience
    while True:
        try:
            found = list(client.list(kind, namespace="*"))
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise
            return  # without the kind there are none
        found = [
            one
            for one in found
            if not _ended(client, kind, one.metadata.namespace, one.metadata.name)
        ]
        if not found:
            return
        if time.monotonic() > deadline:
            names = ", ".join(f"{one.metadata.namespace}/{one.metadata.name}" for one in found)
            raise StillThere(
                f"still there after {patience:.0f} s: request {names}; the cluster stays until "
                "they are gone. See `.venv/bin/tablepromise check`, then destroy again"
            )
        time.sleep(1)


def drain(client: Any, patience: float) -> None:
    """Waits until no Table of a request is left.

    Raises:
        TablesLeft: some are still there after `patience` seconds.
    """
    tables = cast(Any, generic_resource).create_namespaced_resource(
        ack.GROUP, ack.VERSION, ack.KIND, TABLE_CRD.partition(".")[0]
    )
    deadline = time.monotonic() + patience
    while True:
        try:
            found = list(client.list(tables, namespace="*", labels={table.REQUEST_LABEL: exists()}))
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise
            return  # without the kind there are none
        if not found:
            return
        if time.monotonic() > deadline:
            names = ", ".join(f"{one.metadata.namespace}/{one.metadata.name}" for one in found)
            raise TablesLeft(
                f"still there after {patience:.0f} s: Table {names}; the controller that would "
                "end them stays until they are gone. See `.venv/bin/tablepromise check`, then "
                "destroy again"
            )
        time.sleep(1)


def hold(client: Any, name: str, patience: float) -> None:
    """Waits until there is no object of the kind `name`, while all that are left are going.

    Raises:
        StillThere: one is not, or does not end within `patience` seconds.
    """
    started = time.monotonic()
    while True:
        try:
            crd = client.get(CustomResourceDefinition, name)
            found = list(_objects(client, crd))
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise
            return  # without the kind there are none
        if not found:
            return
        going = all(one.metadata.deletionTimestamp for one in found)
        if time.monotonic() > started + (patience if going else min(patience, GRACE)):
            names = ", ".join(f"{one.metadata.namespace}/{one.metadata.name}" for one in found)
            raise StillThere(
                f"still there: {name} {names}; what could end them would go next. Delete them, or "
                "what asks for them; data stays where their deletionPolicy says so. Then try again"
            )
        time.sleep(1)


def confirm(client: Any, object: dict[str, str], *, deletion: bool) -> None:
    """Confirm the deletion of an object, or take an earlier confirmation back.

    Args:
        client: of the cluster.
        object: its `group`, `version`, `kind`, `plural` and `name`; it has no namespace.
        deletion: whether it may be deleted.
    """
    kind = cast(Any, generic_resource).create_global_resource(
        *(object[key] for key in ("group", "version", "kind", "plural"))
    )
    name = object["name"]
    annotations = {CONFIRM: name if deletion else None}
    try:
        body = {"metadata": {"annotations": annotations}}
        # a custom resource takes no strategic merge patch
        client.patch(kind, name, body, patch_type=PatchType.MERGE)
    except httpx2.HTTPStatusError as error:
        if error.response.status_code != _NOT_FOUND:
            raise  # else there is nothing to delete


def sweep(client: Any, before: set[str], releases: set[str]) -> None:
    """Delete the kinds that the stack's own charts brought, and of which nobody has an object.

    Args:
        client: of the cluster.
        before: names of kinds that were there when the stack came: they are somebody else's.
        releases: `namespace/name` of each HelmRelease and of each Helm release of the stack.
    """
    for name, crd in kinds(client).items():
        served = any(each.served for each in crd.spec.versions)
        if name in before or not served or not _is_own(crd, releases):
            continue
        try:
            if all(one.metadata.name == OWN.get(name) for one in _objects(client, crd)):
                client.delete(CustomResourceDefinition, name)
                if name in OWN:
                    client.delete(ValidatingWebhookConfiguration, WEBHOOKS)
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise  # else it went meanwhile


def _is_own(crd: Any, releases: set[str]) -> bool:
    """Whether a kind came with a release of the stack: by its marks, not by its name."""
    if crd.spec.group in SHARED_GROUPS:
        return False
    if crd.spec.group in CROSSPLANE_GROUPS:
        return CROSSPLANE in releases
    labels: dict[str, str] = crd.metadata.labels or {}
    annotations: dict[str, str] = crd.metadata.annotations or {}
    owners = {
        "/".join(marks.get(f"{prefix}{key}", "") for key in ("namespace", "name"))
        for marks, prefix in ((labels, f"{_HELM_CONTROLLER}/"), (annotations, f"{_HELM}-"))
    }
    return not owners.isdisjoint(releases)


def _objects(client: Any, crd: Any) -> Iterator[Any]:
    """The objects of a kind, in all namespaces."""
    spec = crd.spec
    version = next(each.name for each in spec.versions if each.served)
    library = cast(Any, generic_resource)
    namespaced = spec.scope == "Namespaced"
    create = library.create_namespaced_resource if namespaced else library.create_global_resource
    kind = create(spec.group, version, spec.names.kind, spec.names.plural)
    # the first is enough for who asks whether there are any
    yield from client.list(kind, namespace="*" if namespaced else None, chunk_size=1)


def kinds(client: Any) -> dict[str, Any]:
    """All CRDs of the cluster, by name."""
    return {crd.metadata.name: crd for crd in client.list(CustomResourceDefinition)}


def uninstall(client: Any, releases: list[str], patience: float) -> None:
    """Delete HelmReleases and wait until they are gone.

    Raises:
        StillThere: one does not end within `patience` seconds.
    """
    library = cast(Any, generic_resource)
    kind = library.create_namespaced_resource(_HELM_CONTROLLER, "v2", "HelmRelease", "helmreleases")
    deadline = time.monotonic() + patience
    left = [each.partition("/") for each in releases]
    while left := [each for each in left if not _ended(client, kind, each[0], each[2])]:
        if time.monotonic() > deadline:
            names = ", ".join("".join(each) for each in left)
            raise StillThere(
                f"still there after {patience:.0f} s: HelmRelease {names}; Flux, which ends them, "
                "stays until they are gone. See `kubectl describe` of each, then destroy again"
            )
        time.sleep(1)


def _ended(client: Any, kind: Any, namespace: str, name: str) -> bool:
    """Whether an object is gone; if it is not being deleted, it is from now on."""
    try:
        found = client.get(kind, name, namespace=namespace)
        if not found.metadata.deletionTimestamp:
            client.delete(kind, name, namespace=namespace)
    except httpx2.HTTPStatusError as error:
        if error.response.status_code != _NOT_FOUND:
            raise
        return True
    return False


def client(access: dict[str, Any]) -> Any:
    """A client of the cluster of `access`."""
    return kubeconfig.connect(config(access))


def config(access: dict[str, Any]) -> SingleConfig:
    """The cluster of `access`: the text of a kubeconfig, or its path, and a context."""
    if access.get("kubeconfig"):
        return kubeconfig.parse(access["kubeconfig"], access["context"])
    return kubeconfig.load(access.get("path") or None, access.get("context") or None)
