"""Clearing: how what a stack leaves ends. Only here is the cluster asked, see `remains`."""

import time
from typing import Any, cast

import httpx2
from lightkube import Client, SingleConfig, generic_resource
from lightkube.operators import exists
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition

from tablepromise import kubeconfig
from tablepromise.reads import TABLE_CRD
from tablepromise.request import ack, table

CHART_GROUPS = ("kratix.io", "services.k8s.aws", "toolkit.fluxcd.io", "cert-manager.io")
"""Ends of the API groups that the charts bring; Helm leaves their kinds when the chart goes."""

_NOT_FOUND = 404


class TablesLeft(Exception):
    """Tables that were to go are still there."""


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


def sweep(client: Any, before: set[str]) -> None:
    """Deletes the charts' kinds that were not there `before` and of which there is no object."""
    for name, crd in kinds(client).items():
        if name in before:
            continue
        spec = crd.spec
        version = next((each.name for each in spec.versions if each.served), None)
        if version is None:
            continue
        library = cast(Any, generic_resource)
        create = (
            library.create_namespaced_resource
            if spec.scope == "Namespaced"
            else library.create_global_resource
        )
        kind = create(spec.group, version, spec.names.kind, spec.names.plural)
        namespace = "*" if spec.scope == "Namespaced" else None
        try:
            if not any(True for _ in client.list(kind, namespace=namespace, chunk_size=1)):
                client.delete(CustomResourceDefinition, name)
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise  # else it went meanwhile


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
    return Client(config(access))


def config(access: dict[str, Any]) -> SingleConfig:
    """The cluster of `access`: the text of a kubeconfig, or its path, and a context."""
    if access.get("kubeconfig"):
        return kubeconfig.parse(access["kubeconfig"], access["context"])
    return kubeconfig.load(access.get("path") or None, access.get("context") or None)
