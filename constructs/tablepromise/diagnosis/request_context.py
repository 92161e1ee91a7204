"""One request, with the objects of the cluster that belong to it."""

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
    """A request, and its objects at each hop."""

    def __init__(self, cluster: Cluster, request: LiveObject, now: datetime) -> None:
        self.cluster = cluster
        self.request = request
        self.now = now
        self.namespace = request.namespace
        self.name = request.name
        self.table_name = request.text("spec", "name")
        self.region = request.text("spec", "region")

    def kubectl(self, verb: str, *more: str) -> str:
        """Return a kubectl command for the request."""
        return " ".join(("kubectl", verb, "ddbr", self.name, "-n", self.namespace, *more))

    @property
    def rerun_command(self) -> str:
        """The command that makes Kratix run the request's pipeline again."""
        return self.kubectl("label", "--overwrite", f"{RECONCILE}=true")

    @cached_property
    def job(self) -> LiveObject | None:
        """The newest Job of the configure pipeline; of the delete pipeline during deletion."""
        runs = self.runs("delete" if self.request.deleting_since else "configure")
        return runs[-1] if runs else None

    @property
    def job_is_current(self) -> bool:
        """Whether the newest Job is newer than the request's spec and has not succeeded."""
        changed = managed_fields.spec_changed_at(self.request)
        created = self.job.created_at if self.job else None
        if self.job is None or created is None or changed is None:
            return False
        complete = self.job.condition("Complete")
        return created >= changed and not (complete and complete.status == "True")

    def runs(self, action: Literal["configure", "delete"]) -> list[LiveObject]:
        """Return the Jobs of a pipeline, oldest first."""
        return [job for job in self._ours("Job") if job.labels.get(_ACTION) == action]

    def pods(self, job: LiveObject) -> list[LiveObject]:
        """Return the pods of a Job."""
        return self.cluster.list_labelled(
            "Pod", job.namespace, "batch.kubernetes.io/job-name", job.name
        )

    @cached_property
    def work(self) -> LiveObject | None:
        """The Work that the pipeline's last run wrote."""
        works = self._ours("Work")
        return works[-1] if works else None

    @cached_property
    def placement(self) -> LiveObject | None:
        """The WorkPlacement, which assigns the Work to a Destination."""
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
        """The Table; it has the name and namespace of the request."""
        return self.cluster.get("Table", self.name, self.namespace)

    @cached_property
    def desired_table(self) -> dict[str, Any] | None:
        """The Table that this generation renders to; None if this version cannot render it.

        Admission is not repeated: the API server has admitted the request.
        """
        try:
            return render(TableRequest.of(stored_request(self.request.raw)))
        except (ValidationError, KeyError, TypeError, AttributeError):
            return None

    @cached_property
    def written_differences(self) -> list[str]:
        """Fields in which the Table in the Work differs from the desired one."""
        written = table_diff.written_table(self.work) if self.work else None
        if written is None or self.desired_table is None:
            return []
        return table_diff.differing_fields(self.desired_table, LiveObject("Table", written))

    @cached_property
    def table_differences(self) -> list[str]:
        """Fields in which the Table in the cluster differs from the desired one."""
        if self.table is None or self.desired_table is None:
            return []
        return table_diff.differing_fields(self.desired_table, self.table)

    @property
    def written_at(self) -> datetime | None:
        """Time of Kratix's last write to the state store."""
        wrote = self.placement.condition("WriteSucceeded") if self.placement else None
        # the condition keeps its time when Kratix writes a later change
        times = (wrote and wrote.since, self.placement and self.placement.changed_at)
        return max((time for time in times if time), default=None)

    def _ours(self, kind: str) -> list[LiveObject]:
        named = self.cluster.list_labelled(
            kind, self.namespace, "kratix.io/resource-name", self.name
        )
        return [live for live in named if live.labels.get(_PROMISE) == model.PROMISE]


_ACTION = "kratix.io/workflow-action"
_PROMISE = "kratix.io/promise-name"


def state_store(cluster: Cluster, destination: LiveObject) -> LiveObject | None:
    """Return the state store that a Destination names; None if it is not visible."""
    kind = destination.text("spec", "stateStoreRef", "kind")
    return cluster.get(kind, destination.text("spec", "stateStoreRef", "name"))


def root(destination: LiveObject, store: LiveObject | None) -> str:
    """Return the root folder of a Destination in its state store, as `folder/folder/`."""
    parts = (store.text("spec", "path") if store else "", destination.text("spec", "path"))
    return "".join(f"{step}/" for part in parts for step in part.split("/") if step.strip("."))


def path(destination: LiveObject, store: LiveObject | None, namespace: str) -> str:
    """Return the folder of a namespace's manifests in the state store.

    Only the file mode `nestedByMetadata` has a folder per namespace.
    """
    nested = destination.text("spec", "filepath", "mode") in ("", "nestedByMetadata")
    return root(destination, store) + (f"resources/{namespace}/" if nested else "")
