"""Remains: what a stack must wait for, or clear away, when it is destroyed.

What Kratix, Flux and ACK make is not in Pulumi's state. A request is gone before its Table is, and
a chart leaves its kinds behind. Pulumi deletes in the opposite order of making, so two resources at
the right places in that order do the rest when they are deleted.
"""

import time
from typing import Any, cast

import httpx2
import pulumi
from lightkube import Client, SingleConfig, generic_resource
from lightkube.operators import exists
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from tablepromise import kubeconfig
from tablepromise.reads import TABLE_CRD
from tablepromise.request import ack, table

PATIENCE = 300
"""Seconds in which the Tables of deleted requests must be gone: Flux looks each minute or sooner,
and ACK's deletion of a table takes seconds."""

CHART_GROUPS = ("kratix.io", "services.k8s.aws", "toolkit.fluxcd.io", "cert-manager.io")
"""Ends of the API groups that the charts bring; Helm leaves their kinds when the chart goes."""

_NOT_FOUND = 404


class TablesLeft(Exception):
    """Tables that were to go are still there."""


class _Access(ResourceProvider):
    """Keeps how to reach the cluster, and nothing else, until it is deleted."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        keys = ("kubeconfig", "path", "context")
        return DiffResult(changes=any(olds.get(key) != news.get(key) for key in keys))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(outs={**olds, **news})


class DrainProvider(_Access):
    """Ends when no Table of a request is left."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(id_="drain", outs=props)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Waits for the Tables.

        Raises:
            TablesLeft: some are still there after `PATIENCE`.
        """
        with _client(props) as client:
            drain(client, PATIENCE)


class SweepProvider(_Access):
    """Removes the kinds that came with the stack's charts, if nobody uses them."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        with _client(props) as client:
            return CreateResult(id_="sweep", outs={**props, "before": sorted(_kinds(client))})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Deletes them."""
        with _client(props) as client:
            sweep(client, set(props["before"]))


class Drain(Resource, module="tablepromise", name="Drain"):
    """Stands between the requests and what they need to end well: agent, controller, guard."""

    def __init__(self, access: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(DrainProvider(), "drain", dict(access), opts)


class Sweep(Resource, module="tablepromise", name="Sweep"):
    """Comes before everything, and so goes last."""

    def __init__(self, access: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(SweepProvider(), "sweep", dict(access), opts)


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
    for name, crd in _kinds(client).items():
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


def _kinds(client: Any) -> dict[str, Any]:
    """CRDs of the groups that the charts bring, by name."""
    return {
        crd.metadata.name: crd
        for crd in client.list(CustomResourceDefinition)
        if any(
            crd.spec.group == group or crd.spec.group.endswith(f".{group}")
            for group in CHART_GROUPS
        )
    }


def _client(props: dict[str, Any]) -> Any:
    return Client(config(props))


def config(access: dict[str, Any]) -> SingleConfig:
    """The cluster of `access`: the text of a kubeconfig, or its path, and a context."""
    if access.get("kubeconfig"):
        return kubeconfig.parse(access["kubeconfig"], access["context"])
    return kubeconfig.load(access.get("path") or None, access.get("context") or None)
