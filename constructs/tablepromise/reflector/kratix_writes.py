"""Detects the moment at which a write of the reflector would make Kratix lose a write.

Kratix updates whole objects with the `resourceVersion` that it read. It retries each of these
updates after a conflict except one: the status at the start of a run, which follows the creation of
the Job. Until then `status.kratix.workflows` has the pipeline as `Pending`. The reflector does not
write in this state.
"""

from datetime import datetime, timedelta
from typing import Final

from tablepromise.diagnosis import Snapshot
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.operators import kratix_down
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.request import model

WRITE_DELAY: Final = timedelta(seconds=10)
"""Kratix writes within a second after it has created the Job, or never."""

MAX_HOLD_SECONDS: Final = 60.0
"""Seconds after which the reflector writes anyway: Kratix hangs, or waits for another run."""


def kratix_write_pending(snapshot: Snapshot, now: datetime) -> bool:
    """Return whether Kratix is about to write the start of a run of the only request."""
    cluster = Cluster(snapshot)
    [request] = cluster.list_all(model.KIND)
    if request.deleting_since or not _pending(request) or kratix_down(cluster):
        return False
    runs = [job for job in cluster.list_all("Job") if not _ended(job)]
    made = max((job.created_at for job in runs if job.created_at), default=None)
    return made is None or now - made <= WRITE_DELAY


def _pending(request: LiveObject) -> bool:
    pipelines = request.items("status", "kratix", "workflows", "pipelines")
    return any(pipeline.get("phase") == "Pending" for pipeline in pipelines)


def _ended(job: LiveObject) -> bool:
    ends = (job.condition(type) for type in ("Complete", "Failed", "Suspended"))
    return any(end is not None and end.status == "True" for end in ends)
