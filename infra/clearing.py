"""Clearing: how what a stack leaves ends. Only here is the cluster asked, see `remains`."""

import time
from collections.abc import Iterator
from typing import Any, cast

import httpx2
from lightkube import SingleConfig, generic_resource
from lightkube.operators import exists
from lightkube.resources.admissionregistration_v1 import ValidatingWebhookConfiguration
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition

from tablepromise import kubeconfig
from tablepromise.reads import TABLE_CRD
from tablepromise.request import ack, table

CHART_GROUPS = (
    *("kratix.io", "services.k8s.aws", "toolkit.fluxcd.io", "cert-manager.io"),
    *("kro.run", "oam.dev", "crossplane.io", "upbound.io", "tablepromise.dev"),
)
"""Ends of the API groups that the charts bring, or what they install makes; Helm leaves their kinds
when the chart goes."""

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


class TablesLeft(Exception):
    """Tables that were to go are still there."""


class StillThere(Exception):
    """Objects that nobody could end after what goes next."""


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
                "end them stays until they are gone. See `tablepromise check`, then destroy again"
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


def sweep(client: Any, before: set[str]) -> None:
    """Deletes the charts' kinds that were not there `before` and of which nobody has an object."""
    for name, crd in kinds(client).items():
        if name in before or not any(each.served for each in crd.spec.versions):
            continue
        try:
            if all(one.metadata.name == OWN.get(name) for one in _objects(client, crd)):
                client.delete(CustomResourceDefinition, name)
                if name in OWN:
                    client.delete(ValidatingWebhookConfiguration, WEBHOOKS)
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise  # else it went meanwhile


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
    """CRDs of the groups that the charts bring, by name."""
    return {
        crd.metadata.name: crd
        for crd in client.list(CustomResourceDefinition)
        if any(
            crd.spec.group == group or crd.spec.group.endswith(f".{group}")
            for group in CHART_GROUPS
        )
    }


def client(access: dict[str, Any]) -> Any:
    """A client of the cluster of `access`."""
    return kubeconfig.connect(config(access))


def config(access: dict[str, Any]) -> SingleConfig:
    """The cluster of `access`: the text of a kubeconfig, or its path, and a context."""
    if access.get("kubeconfig"):
        return kubeconfig.parse(access["kubeconfig"], access["context"])
    return kubeconfig.load(access.get("path") or None, access.get("context") or None)
