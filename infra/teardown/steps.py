"""The calls to the cluster when a stack is destroyed, see `resources`."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from lightkube import SingleConfig
from lightkube.operators import exists
from lightkube.resources.admissionregistration_v1 import ValidatingWebhookConfiguration
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.types import PatchType

from infra.stack.errors import ProviderError
from tablepromise import kubeconfig
from tablepromise.reads import TABLE_CRD
from tablepromise.request import ack, model, table
from tablepromise.request.deletion import CONFIRM_DELETION

CROSSPLANE = "crossplane-system/crossplane"
"""Crossplane's release. Its CRDs have no label of it: Crossplane creates them itself."""

CROSSPLANE_GROUPS = frozenset(
    f"{name}.crossplane.io" for name in ("apiextensions", "ops", "pkg", "protection")
)
"""API groups of these CRDs, whole."""

SHARED_GROUPS = frozenset({"services.k8s.aws"})
"""API groups that several charts bring: every other ACK controller needs these CRDs too."""

_HELM_CONTROLLER = "helm.toolkit.fluxcd.io"
"""Prefix of the labels by which Flux's helm-controller marks what it installs."""

_HELM = "meta.helm.sh/release"
"""Prefix of the annotations by which Helm marks what a release owns."""

CROSSPLANE_OBJECTS = {
    "deploymentruntimeconfigs.pkg.crossplane.io": "default",
    "locks.pkg.crossplane.io": "lock",
}
"""Objects that Crossplane creates for itself, and never deletes."""

CROSSPLANE_WEBHOOKS = "crossplane-no-usages"
"""Webhook configuration that Crossplane never deletes either."""

GRACE = 30
"""Seconds in which the deletion of an object must begin if its owner is being deleted."""

_NOT_FOUND = 404
_CHECK = "See `.venv/bin/tablepromise check`, then destroy again"


class ResourcesLeft(ProviderError):
    """Objects are still there after the wait."""


@contextmanager
def _if_found() -> Generator[None]:
    """End the block quietly where the API server has no such object or kind."""
    try:
        yield
    except httpx2.HTTPStatusError as error:
        if error.response.status_code != _NOT_FOUND:
            raise


def _wait(
    objects: Callable[[], list[Any]], patience: float, error: str, grace: float | None = None
) -> None:
    """Wait until no object is left.

    Args:
        objects: returns those that are left.
        patience: seconds.
        error: format of the error, with `names`.
        grace: seconds in which the deletion of every object must begin; None: no limit.

    Raises:
        ResourcesLeft: an object is left after that.
    """
    started = time.monotonic()
    while found := objects():
        is_going = grace is None or all(each.metadata.deletionTimestamp for each in found)
        limit = patience if is_going else min(patience, grace or 0)
        if time.monotonic() > started + limit:
            names = (f"{each.metadata.namespace}/{each.metadata.name}" for each in found)
            text = error.format(names=", ".join(names))
            raise ResourcesLeft(f"still there after {limit:.0f} s: {text}")
        time.sleep(1)


def end_requests(client: Any, patience: float) -> None:
    """Delete all requests and wait until they are gone.

    Raises:
        ResourcesLeft: a request is still there after `patience` seconds.
    """
    kind = _kind(model.GROUP, model.VERSION, model.KIND, model.PLURAL)

    def left() -> list[Any]:
        names = [each.metadata for each in _list(client, kind)]
        found = [_end(client, kind, each.namespace, each.name) for each in names]
        return [each for each in found if each]

    error = "request {names}; the cluster stays until they are gone"
    _wait(left, patience, f"{error}. {_CHECK}")


def drain(client: Any, patience: float) -> None:
    """Wait until no Table of a request is left.

    Raises:
        ResourcesLeft: a Table is still there after `patience` seconds.
    """
    kind = _kind(ack.GROUP, ack.VERSION, ack.KIND, TABLE_CRD.partition(".")[0])
    labels = {table.REQUEST_LABEL: exists()}
    error = "Table {names}; the controller that deletes them stays until they are gone"
    _wait(lambda: _list(client, kind, labels=labels), patience, f"{error}. {_CHECK}")


def hold(client: Any, name: str, patience: float) -> None:
    """Wait until no object of a kind is left.

    Args:
        client: of the cluster.
        name: of the kind, as `plural.group`.
        patience: seconds.

    Raises:
        ResourcesLeft: an object is not being deleted after `GRACE` seconds, or is still there after
            `patience` seconds.
    """

    def left() -> list[Any]:
        with _if_found():
            return [*_objects(client, client.get(CustomResourceDefinition, name))]
        return []

    error = (
        f"{name} {{names}}; the controller that deletes them would be deleted next. Delete them, "
        "or the objects that own them (data stays where their deletionPolicy is Retain), then "
        "destroy again"
    )
    _wait(left, patience, error, GRACE)


def uninstall(client: Any, releases: list[str], patience: float) -> None:
    """Delete HelmReleases and wait until they are gone.

    Raises:
        ResourcesLeft: a HelmRelease is still there after `patience` seconds.
    """
    kind = _kind(_HELM_CONTROLLER, "v2", "HelmRelease", "helmreleases")

    def left() -> list[Any]:
        names = [each.split("/") for each in releases]
        return [each for each in (_end(client, kind, *name) for name in names) if each]

    error = "HelmRelease {names}; Flux, which deletes them, stays until they are gone"
    _wait(left, patience, f"{error}. See `kubectl describe` of each, then destroy again")


def confirm(client: Any, object: dict[str, str], *, deletion: bool) -> None:
    """Confirm the deletion of an object, or remove an earlier confirmation.

    Args:
        client: of the cluster.
        object: its `group`, `version`, `kind`, `plural` and `name`; it has no namespace.
        deletion: whether it may be deleted.
    """
    names = (object[key] for key in ("group", "version", "kind", "plural"))
    kind = kubeconfig.resource_class(*names, namespaced=False)
    name = object["name"]
    body = {"metadata": {"annotations": {CONFIRM_DELETION: name if deletion else None}}}
    with _if_found():  # else there is nothing to delete
        # a custom resource accepts no strategic merge patch
        client.patch(kind, name, body, patch_type=PatchType.MERGE)


def sweep(client: Any, before: set[str], releases: set[str]) -> None:
    """Delete the CRDs that the stack's own charts brought, and that have no objects.

    Args:
        client: of the cluster.
        before: names of the CRDs that were there before the stack: others need them.
        releases: `namespace/name` of each HelmRelease and of each Helm release of the stack.
    """
    for name, crd in kinds(client).items():
        served = any(each.served for each in crd.spec.versions)
        if name in before or not served or not _is_own(crd, releases):
            continue
        own = CROSSPLANE_OBJECTS.get(name)
        with _if_found():  # else it was deleted meanwhile
            if all(each.metadata.name == own for each in _objects(client, crd)):
                client.delete(CustomResourceDefinition, name)
                if own:
                    client.delete(ValidatingWebhookConfiguration, CROSSPLANE_WEBHOOKS)


def _is_own(crd: Any, releases: set[str]) -> bool:
    """Whether a CRD came with a release of the stack: by its labels and annotations."""
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


def kinds(client: Any) -> dict[str, Any]:
    """Return all CRDs of the cluster, by name."""
    return {crd.metadata.name: crd for crd in client.list(CustomResourceDefinition)}


def _kind(*names: str) -> Any:
    return kubeconfig.resource_class(*names, namespaced=True)


def _list(client: Any, kind: Any, **options: Any) -> list[Any]:
    """The objects of a kind in all namespaces; none if there is no such kind."""
    with _if_found():
        return [*client.list(kind, namespace="*", **options)]
    return []


def _objects(client: Any, crd: Any) -> Iterator[Any]:
    """The objects of a CRD in all namespaces, one a page: mostly the first is enough."""
    spec = crd.spec
    version = next(each.name for each in spec.versions if each.served)
    namespaced = spec.scope == "Namespaced"
    names = spec.group, version, spec.names.kind, spec.names.plural
    kind = kubeconfig.resource_class(*names, namespaced=namespaced)
    yield from client.list(kind, namespace="*" if namespaced else None, chunk_size=1)


def _end(client: Any, kind: Any, namespace: str, name: str) -> Any:
    """Delete an object, unless that began already; return it, or None if it is gone."""
    with _if_found():
        found = client.get(kind, name, namespace=namespace)
        if not found.metadata.deletionTimestamp:
            client.delete(kind, name, namespace=namespace)
        return found
    return None


def client(access: dict[str, Any]) -> Any:
    """Return a client of the cluster of `access`."""
    return kubeconfig.connect(config(access))


def config(access: dict[str, Any]) -> SingleConfig:
    """Return the cluster of `access`: the text of a kubeconfig, or its path, and a context."""
    if access.get("kubeconfig"):
        return kubeconfig.parse(access["kubeconfig"], access["context"])
    return kubeconfig.load(access.get("path") or None, access.get("context") or None)
