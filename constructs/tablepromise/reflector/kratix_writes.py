"""When a status is not written, so that Kratix never loses a write of its own.

Kratix writes whole objects with the `resourceVersion` that it read. It repeats each of these writes
after a conflict except one: the status that says that a run has begun, which follows the Job. Until
then `status.kratix.workflows` says that the pipeline is `Pending`. A patch of the reflector holds
the `resourceVersion` that it was made from, so no write of another can come between.
"""

from datetime import datetime, timedelta
from typing import Final

from tablepromise.diagnosis import Snapshot
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.operators import kratix_down
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.request import model

WRITE_DELAY: Final = timedelta(seconds=10)
"""The write follows the Job within a second, or is lost."""

MAX_HOLD_SECONDS: Final = 60.0
"""Seconds after which the status is written anyway: Kratix hangs, or waits for another run."""


def kratix_write_pending(snapshot: Snapshot, now: datetime) -> bool:
    """Return whether Kratix is about to write that a run of the only request has begun."""
    cluster = Cluster(snapshot)
    [request] = cluster.list_all(model.KIND)
    if request.deleting or not _pending(request) or kratix_down(cluster):
        return False
    runs = [job for job in cluster.list_all("Job") if not _ended(job)]
    made = max((job.created for job in runs if job.created), default=None)
    return made is None or now - made <= WRITE_DELAY


def _pending(request: LiveObject) -> bool:
    pipelines = request.items("status", "kratix", "workflows", "pipelines")
    return any(pipeline.get("phase") == "Pending" for pipeline in pipelines)


def _ended(job: LiveObject) -> bool:
    ends = (job.condition(type) for type in ("Complete", "Failed", "Suspended"))
    return any(end is not None and end.status == "True" for end in ends)
