"""Pulumi resources whose deletion is a step of the teardown.

What Kratix, Flux and ACK create is not in Pulumi's state. A request is gone before its Table is,
and a chart leaves its CRDs behind. Pulumi deletes resources in the reverse order of their creation,
so resources at the right places in that order do the rest when they are deleted.

Deleting a cluster that the stack created deletes everything in it, and Pulumi deletes none of that
one by one. Only tables outside the cluster must be deleted before.

Pulumi loads this module in a process of its own for each operation, and the program loads it for
the resources alone: so no module here imports cdk8s, and a client of the cluster only when it is
used.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from infra.stack.errors import report, without_traceback

PATIENCE = 300
"""Seconds in which the Tables of deleted requests must be gone: Flux reconciles each minute or more
often, and ACK deletes a table in seconds."""

_ACCESS = ("kubeconfig", "path", "context")


class _Provider(ResourceProvider):
    """Keeps how to reach the cluster, and does nothing until it is deleted."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Keep the access to the cluster."""
        return CreateResult(id_=type(self).__name__, outs=props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return whether the cluster changed, or the access to it."""
        replaces = ["cluster"] if olds.get("cluster") != news.get("cluster") else []
        changed = any(olds.get(key) != news.get(key) for key in _ACCESS) or bool(
            {*news.get("releases", ())} - {*olds.get("releases", ())}
        )
        return DiffResult(
            changes=bool(replaces) or changed, replaces=replaces, delete_before_replace=True
        )

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Keep the new access, and all releases there ever were: their CRDs are still there."""
        found = {**olds, **news}
        if "releases" in found:
            found["releases"] = sorted({*olds["releases"], *news["releases"]})
        return UpdateResult(outs=found)

    @without_traceback
    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Do the step, unless the stack created the cluster and the cluster is gone.

        Raises:
            ProviderError: objects are left. A cluster that does not answer is an error too.
        """
        from infra.stack.k3d import is_gone
        from infra.teardown import steps

        if props.get("cluster") and is_gone(props["cluster"], props["engine"]):
            report(f"the k3d cluster of {props['context']} is gone, and with it all in it")
            return
        with steps.client(props) as client:
            self.clear(steps, client, props)

    def clear(self, steps: Any, client: Any, props: dict[str, Any]) -> None:
        """Do the step in the cluster of `client`, by the functions of module `steps`."""
        raise NotImplementedError


class DrainProvider(_Provider):
    """Waits for the deletion of all Tables of requests.

    In a cluster that the stack created it deletes the requests first.
    """

    def clear(self, steps: Any, client: Any, props: dict[str, Any]) -> None:
        if props.get("cluster"):
            steps.end_requests(client, PATIENCE)
        steps.drain(client, PATIENCE)


class HoldProvider(_Provider):
    """Waits for the deletion of all objects of a kind."""

    def clear(self, steps: Any, client: Any, props: dict[str, Any]) -> None:
        steps.hold(client, props["kind"], PATIENCE)


class UninstallProvider(_Provider):
    """Deletes HelmReleases that are not in Pulumi's state, as an `up` was interrupted."""

    def clear(self, steps: Any, client: Any, props: dict[str, Any]) -> None:
        steps.uninstall(client, props["releases"], PATIENCE)


class ConfirmProvider(_Provider):
    """Confirms the deletion of an object before Pulumi deletes it."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Remove the confirmation of a `destroy` that was interrupted."""
        from infra.teardown import steps

        with steps.client(props) as client:
            steps.confirm(client, props["object"], deletion=False)
        return super().create(props)

    def clear(self, steps: Any, client: Any, props: dict[str, Any]) -> None:
        steps.confirm(client, props["object"], deletion=True)


class SweepProvider(_Provider):
    """Deletes the CRDs that the stack's charts brought and that have no objects."""

    @without_traceback
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Keep the names of the CRDs that are there already."""
        from infra.teardown import steps

        with steps.client(props) as client:
            return super().create({**props, "before": sorted(steps.kinds(client))})

    def clear(self, steps: Any, client: Any, props: dict[str, Any]) -> None:
        steps.sweep(client, set(props["before"]), set(props["releases"]))


Access = dict[str, Any]
"""How to reach the cluster, see `LocalCluster.access`."""


class Drain(Resource, module="tablepromise", name="Drain"):
    """After the controllers and policies that delete requests, before the requests."""

    def __init__(self, access: Access, opts: pulumi.ResourceOptions) -> None:
        super().__init__(DrainProvider(), "drain", dict(access), opts)


class Hold(Resource, module="tablepromise", name="Hold"):
    """After the controller that deletes the objects of a kind (`plural.group`)."""

    def __init__(self, name: str, kind: str, access: Access, opts: pulumi.ResourceOptions) -> None:
        super().__init__(HoldProvider(), f"hold-{name}", {**access, "kind": kind}, opts)


class Confirm(Resource, module="tablepromise", name="Confirm"):
    """After an object whose deletion needs a confirmation; `object` is that of `steps.confirm`."""

    def __init__(
        self, object: dict[str, str], access: Access, opts: pulumi.ResourceOptions
    ) -> None:
        name = f"confirm-{object['name']}"
        super().__init__(ConfirmProvider(), name, {**access, "object": object}, opts)


class Uninstall(Resource, module="tablepromise", name="Uninstall"):
    """After Flux, before the stack's HelmReleases (`namespace/name`), which only Flux deletes."""

    def __init__(self, access: Access, releases: list[str], opts: pulumi.ResourceOptions) -> None:
        super().__init__(UninstallProvider(), "uninstall", {**access, "releases": releases}, opts)


class Sweep(Resource, module="tablepromise", name="Sweep"):
    """Before everything, so it is deleted last; `releases` as `steps.sweep` takes them."""

    def __init__(self, access: Access, releases: list[str], opts: pulumi.ResourceOptions) -> None:
        super().__init__(SweepProvider(), "sweep", {**access, "releases": releases}, opts)
