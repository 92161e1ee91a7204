"""Remains: what a stack must wait for, or clear away, when it is destroyed.

What Kratix, Flux and ACK make is not in Pulumi's state. A request is gone before its Table is, and
a chart leaves its kinds behind. Pulumi deletes in the opposite order of making, so resources at the
right places in that order do the rest when they are deleted.

Pulumi loads this in a process of its own for every operation, and the program loads it for the
resources alone: so nothing here loads cdk8s, and the client of the cluster comes when it is used.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

PATIENCE = 300
"""Seconds in which the Tables of deleted requests must be gone: Flux looks each minute or sooner,
and ACK's deletion of a table takes seconds."""


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
        from infra import clearing

        with clearing.client(props) as client:
            clearing.drain(client, PATIENCE)


class HoldProvider(_Access):
    """Ends when there is no object of a kind."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(id_=f"hold-{props['kind']}", outs=props)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Waits for those that are being deleted.

        Raises:
            StillThere: some are not, or do not end.
        """
        from infra import clearing

        with clearing.client(props) as client:
            clearing.hold(client, props["kind"], PATIENCE)


class ConfirmProvider(_Access):
    """Confirms the deletion of an object before Pulumi deletes it."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Take back the confirmation of a `destroy` that was interrupted."""
        from infra import clearing

        with clearing.client(props) as client:
            clearing.confirm(client, props["object"], deletion=False)
        return CreateResult(id_=f"confirm-{props['object']['name']}", outs=props)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Confirm it."""
        from infra import clearing

        with clearing.client(props) as client:
            self.clear(client, props)

    def clear(self, client: Any, props: dict[str, Any]) -> None:
        """Confirm it in the cluster of `client`."""
        from infra import clearing

        clearing.confirm(client, props["object"], deletion=True)


class SweepProvider(_Access):
    """Removes the kinds that came with the stack's charts, if nobody uses them."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        from infra import clearing

        with clearing.client(props) as client:
            before = sorted(clearing.kinds(client))
            return CreateResult(id_="sweep", outs={**props, "before": before})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Deletes them."""
        from infra import clearing

        with clearing.client(props) as client:
            clearing.sweep(client, set(props["before"]))


class Drain(Resource, module="tablepromise", name="Drain"):
    """Stands between the requests and what they need to end well: agent, controller, guard."""

    def __init__(self, access: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(DrainProvider(), "drain", dict(access), opts)


class Hold(Resource, module="tablepromise", name="Hold"):
    """Comes after who can end the objects of a kind, which so stays while there are any.

    Args:
        name: of the resource.
        kind: `plural.group`.
        access: to the cluster.
        opts: as everywhere.
    """

    def __init__(
        self, name: str, kind: str, access: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(HoldProvider(), f"hold-{name}", {**access, "kind": kind}, opts)


class Confirm(Resource, module="tablepromise", name="Confirm"):
    """Comes after an object whose deletion a policy in the cluster rejects without a confirmation.

    Args:
        object: as `clearing.confirm` takes it.
        access: to the cluster.
        opts: as everywhere.
    """

    def __init__(
        self, object: dict[str, str], access: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        name = f"confirm-{object['name']}"
        super().__init__(ConfirmProvider(), name, {**access, "object": object}, opts)


class Sweep(Resource, module="tablepromise", name="Sweep"):
    """Comes before everything, and so goes last."""

    def __init__(self, access: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(SweepProvider(), "sweep", dict(access), opts)
