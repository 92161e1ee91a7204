"""Kratix's queue: the requests that wait for the pipeline, and whether Kratix makes progress.

Kratix reconciles one request after another. A request that waits behind others is not stalled as
long as Kratix makes progress with those.
"""

from bisect import bisect_left, insort
from datetime import datetime, timedelta

from msgspec import Struct

from tablepromise.diagnosis import managed_fields
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.steps import PATIENCE

MAX_WAIT = timedelta(minutes=30)
"""A request that waits longer is stalled even if Kratix makes progress with others."""

_SIZES = (10, 100, 1000)


class QueuePosition(Struct, frozen=True):
    """Position of one request in the queue.

    Attributes:
        before: number of waiting requests that were changed earlier.
        moved: time of Kratix's last progress with any request.
        overtaken: Kratix has started a run for a request that was changed much later.
    """

    before: int = 0
    moved: datetime | None = None
    overtaken: bool = False

    def since(self, changed: datetime | None, now: datetime) -> datetime | None:
        """Return the time from which the request waits for Kratix, and not for other requests."""
        if changed is None or self.moved is None or self.overtaken or now - changed > MAX_WAIT:
            return changed
        return max(changed, self.moved)

    @property
    def length_text(self) -> str:
        """Bound of the queue's length, which changes rarely; empty if the queue is empty."""
        if not self.before:
            return ""
        size = next((size for size in _SIZES if self.before < size), 0)
        return f"fewer than {size}" if size else f"{_SIZES[-1]} or more"


class KratixQueue:
    """The queue of all requests; each change costs O(log n) comparisons."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[list[datetime], datetime | None]] = {}
        self._waiting: list[datetime] = []
        self._started: list[datetime] = []
        self._moves: list[datetime] = []

    def put(self, live: LiveObject) -> None:
        """Add or update a request, or the Job of a pipeline."""
        self.drop(live)
        request = live.kind != "Job"
        changed = managed_fields.spec_changed_at(live) if request else live.created_at
        moved = managed_fields.kratix_wrote_at(live) if request else live.created_at
        if changed is None:
            return
        kept = (self._started if has_started(live) else self._waiting) if request else self._moves
        insort(kept, changed)
        if request and moved:
            insort(self._moves, moved)
        self._known[_path(live)] = kept, changed
        if request:
            self._known[f"moved {_path(live)}"] = self._moves, moved

    def drop(self, live: LiveObject) -> None:
        """Remove a request, or a Job."""
        for path in (_path(live), f"moved {_path(live)}"):
            kept, time = self._known.pop(path, ([], None))
            if time is not None:
                del kept[bisect_left(kept, time)]

    def queue_position(self, request: LiveObject) -> QueuePosition:
        """Return the position of a request."""
        changed = managed_fields.spec_changed_at(request)
        if changed is None:
            return QueuePosition()
        return QueuePosition(
            before=bisect_left(self._waiting, changed),
            moved=self._moves[-1] if self._moves else None,
            overtaken=bool(self._started) and self._started[-1] - changed > PATIENCE,
        )


def has_started(request: LiveObject) -> bool:
    """Return whether Kratix has started a run for the current generation of the request."""
    completed = request.condition("ConfigureWorkflowCompleted")
    if completed is None:
        return False
    return completed.status != "True" or request.current


def _path(live: LiveObject) -> str:
    return f"{live.kind}/{live.path}"
