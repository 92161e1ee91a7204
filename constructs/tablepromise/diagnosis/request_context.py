"""One request with everything of the cluster that belongs to it."""

from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from msgspec import ValidationError

from tablepromise.diagnosis import managed_fields, table_diff
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.diagnosis.status_schema import RECONCILE
from tablepromise.request import TableRequest, model, render, stored_request


class RequestContext:
    """A request, and how it is found again at each hop."""

    def __init__(self, cluster: Cluster, request: LiveObject, now: datetime) -> None:
        self.cluster = cluster
        self.request = request
        self.now = now
        self.namespace = request.namespace
        self.name = request.name
        self.table_name = request.text("spec", "name")
        self.region = request.text("spec", "region")

    def kubectl(self, verb: str, *more: str) -> str:
        """A command on the request."""
        return " ".join(("kubectl", verb, "ddbr", self.name, "-n", self.namespace, *more))

    @property
    def again(self) -> str:
        """The command that has Kratix run the request's pipeline again."""
        return self.kubectl("label", "--overwrite", f"{RECONCILE}=true")

    @cached_property
    def job(self) -> LiveObject | None:
        """The newest run of the configure pipeline, or of delete if it is being deleted."""
        runs = self.runs("delete" if self.request.deleting else "configure")
        return runs[-1] if runs else None

    @property
    def begun(self) -> bool:
        """Whether the newest run is of the request as it is now, and has not succeeded."""
        asked = managed_fields.spec_changed_at(self.request)
        created = self.job.created if self.job else None
        if self.job is None or created is None or asked is None:
            return False
        done = self.job.condition("Complete")
        return created >= asked and not (done and done.status == "True")

    def runs(self, action: Literal["configure", "delete"]) -> list[LiveObject]:
        """The runs of a pipeline that are there, oldest first."""
        return [job for job in self._ours("Job") if job.labels.get(_ACTION) == action]

    @cached_property
    def work(self) -> LiveObject | None:
        """What the pipeline's last run wrote."""
        works = self._ours("Work")
        return works[-1] if works else None

    @cached_property
    def placement(self) -> LiveObject | None:
        """The assignment of that to a Destination."""
        if self.work is None:
            return None
        found = self.cluster.list_labelled(
            "WorkPlacement", self.namespace, "kratix.io/work", self.work.name
        )
        return found[-1] if found else None

    @cached_property
    def destination(self) -> LiveObject | None:
        if self.placement is None:
            return None
        return self.cluster.get("Destination", self.placement.text("spec", "targetDestinationName"))

    @cached_property
    def store(self) -> LiveObject | None:
        """The state store of the Destination."""
        if self.destination is None:
            return None
        return state_store(self.cluster, self.destination)

    @cached_property
    def table(self) -> LiveObject | None:
        """The Table: same name and namespace as the request."""
        return self.cluster.get("Table", self.name, self.namespace)

    @cached_property
    def rendered(self) -> dict[str, Any] | None:
        """The Table that this generation of the request asks for; None if it cannot be told.

        Admission is not repeated: the API server has done it, and the pipeline does it again.
        """
        try:
            return render(TableRequest.of(stored_request(self.request.raw)))
        except (ValidationError, KeyError, TypeError, AttributeError):
            return None

    @cached_property
    def misrendered(self) -> list[str]:
        """Fields in which the Table that the pipeline wrote is not that one."""
        made = table_diff.written_table(self.work) if self.work else None
        if made is None or self.rendered is None:
            return []
        return table_diff.differing_fields(self.rendered, LiveObject("Table", made))

    @cached_property
    def differing(self) -> list[str]:
        """Fields in which the Table in the cluster is not that one (yet)."""
        if self.table is None or self.rendered is None:
            return []
        return table_diff.differing_fields(self.rendered, self.table)

    @property
    def wrote(self) -> datetime | None:
        """When Kratix wrote last to the state store."""
        wrote = self.placement.condition("WriteSucceeded") if self.placement else None
        # the condition keeps its time when a later change is written
        times = (wrote and wrote.since, self.placement and self.placement.changed)
        return max((time for time in times if time), default=None)

    def _ours(self, kind: str) -> list[LiveObject]:
        named = self.cluster.list_labelled(
            kind, self.namespace, "kratix.io/resource-name", self.name
        )
        return [live for live in named if live.labels.get(_PROMISE) == model.PROMISE]


_ACTION = "kratix.io/workflow-action"
_PROMISE = "kratix.io/promise-name"


def state_store(cluster: Cluster, destination: LiveObject) -> LiveObject | None:
    """The state store that a Destination names, if it can be seen."""
    kind = destination.text("spec", "stateStoreRef", "kind")
    return cluster.get(kind, destination.text("spec", "stateStoreRef", "name"))


def root(destination: LiveObject, store: LiveObject | None) -> str:
    """Where a Destination begins in its state store, as `folder/folder/`."""
    parts = (store.text("spec", "path") if store else "", destination.text("spec", "path"))
    return "".join(f"{step}/" for part in parts for step in part.split("/") if step.strip("."))


def path(destination: LiveObject, store: LiveObject | None, namespace: str) -> str:
    """Where the manifests of a namespace lie in the state store.

    In the file mode `nestedByMetadata` every namespace has a folder; in the others there is none.
    """
    nested = destination.text("spec", "filepath", "mode") in ("", "nestedByMetadata")
    return root(destination, store) + (f"resources/{namespace}/" if nested else "")
