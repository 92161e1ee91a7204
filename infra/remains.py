"""Remains: what a stack must wait for, or clear away, when it is destroyed.

What Kratix, Flux and ACK make is not in Pulumi's state. A request is gone before its Table is, and
a chart leaves its kinds behind. Pulumi deletes in the opposite order of making, so resources at the
right places in that order do the rest when they are deleted.

With a cluster that the stack made goes all that is in it, and Pulumi deletes nothing of that one by
one. Only tables that are elsewhere must end before.

Pulumi loads this in a process of its own for every operation, and the program loads it for the
resources alone: so nothing here loads cdk8s, and the client of the cluster comes when it is used.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from infra.failures import report, without_traceback

PATIENCE = 300
"""Seconds in which the Tables of deleted requests must be gone: Flux looks each minute or sooner,
and ACK's deletion of a table takes seconds."""

_WAY = ("kubeconfig", "path", "context")


class _Access(ResourceProvider):
    """Keeps how to reach the cluster, and nothing else, until it is deleted."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Tell whether the cluster is another, or the way to it."""
        replaces = ["cluster"] if olds.get("cluster") != news.get("cluster") else []
        changed = any(olds.get(key) != news.get(key) for key in _WAY) or bool(
            {*news.get("releases", ())} - {*olds.get("releases", ())}
        )
        return DiffResult(
            changes=bool(replaces) or changed, replaces=replaces, delete_before_replace=True
        )

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Keep the new way, and releases that went: what they left is still there."""
        found = {**olds, **news}
        if "releases" in found:
            found["releases"] = sorted({*olds["releases"], *news["releases"]})
        return UpdateResult(outs=found)

    @without_traceback
    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Do the rest, unless the cluster is one that the stack made and that is gone.

        Raises:
            ProviderError: something is left. A cluster that only does not answer is an error too.
        """
        from infra import clearing
        from infra.k3d import is_gone

        if props.get("cluster") and is_gone(props["cluster"], props["engine"]):
            report(f"the k3d cluster of {props['context']} is gone, and with it all in it")
            return
        with clearing.client(props) as client:
            self.clear(client, props)

    def clear(self, client: Any, props: dict[str, Any]) -> None:
        """Do the rest in the cluster of `client`."""
        raise NotImplementedError


class DrainProvider(_Access):
    """Ends when no Table of a request is left."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Keep the way to the cluster."""
        return CreateResult(id_="drain", outs=props)

    def clear(self, client: Any, props: dict[str, Any]) -> None:
        """Wait for the Tables, in a cluster that the stack made after deleting the requests.

        Raises:
            StillThere: a request does not end.
            TablesLeft: some are still there after `PATIENCE`.
        """
        from infra import clearing

        if props.get("cluster"):
            clearing.end_requests(client, PATIENCE)
        clearing.drain(client, PATIENCE)


class HoldProvider(_Access):
    """Ends when there is no object of a kind."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Keep the way to the cluster."""
        return CreateResult(id_=f"hold-{props['kind']}", outs=props)

    def clear(self, client: Any, props: dict[str, Any]) -> None:
        """Wait for those that are being deleted.

        Raises:
            StillThere: some are not, or do not end.
        """
        from infra import clearing

        clearing.hold(client, props["kind"], PATIENCE)


class UninstallProvider(_Access):
    """Ends when the stack's HelmReleases are gone."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Keep the way to the cluster."""
        return CreateResult(id_="uninstall", outs=props)

    def clear(self, client: Any, props: dict[str, Any]) -> None:
        """Delete those that Pulumi does not know of, as an `up` was broken off.

        Raises:
            StillThere: some do not end.
        """
        from infra import clearing

        clearing.uninstall(client, props["releases"], PATIENCE)


class ConfirmProvider(_Access):
    """Confirms the deletion of an object before Pulumi deletes it."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Take back the confirmation of a `destroy` that was interrupted."""
        from infra import clearing

        with clearing.client(props) as client:
            clearing.confirm(client, props["object"], deletion=False)
        return CreateResult(id_=f"confirm-{props['object']['name']}", outs=props)

    def clear(self, client: Any, props: dict[str, Any]) -> None:
        """Confirm it in the cluster of `client`."""
        from infra import clearing

        clearing.confirm(client, props["object"], deletion=True)


class SweepProvider(_Access):
    """Removes the kinds that came with the stack's charts, if nobody uses them."""

    @without_traceback
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Remember the kinds that are there."""
        from infra import clearing

        with clearing.client(props) as client:
            before = sorted(clearing.kinds(client))
            return CreateResult(id_="sweep", outs={**props, "before": before})

    def clear(self, client: Any, props: dict[str, Any]) -> None:
        """Delete them."""
        from infra import clearing

        clearing.sweep(client, set(props["before"]), set(props["releases"]))


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


class Uninstall(Resource, module="tablepromise", name="Uninstall"):
    """Comes between Flux and the stack's HelmReleases, which only Flux can end.

    Args:
        access: to the cluster.
        releases: `namespace/name` of each.
        opts: as everywhere.
    """

    def __init__(
        self, access: dict[str, Any], releases: list[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(UninstallProvider(), "uninstall", {**access, "releases": releases}, opts)


class Sweep(Resource, module="tablepromise", name="Sweep"):
    """Comes before everything, and so goes last.

    Args:
        access: to the cluster.
        releases: `namespace/name` of each HelmRelease and of each Helm release of the stack.
        opts: as everywhere.
    """

    def __init__(
        self, access: dict[str, Any], releases: list[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(SweepProvider(), "sweep", {**access, "releases": releases}, opts)
