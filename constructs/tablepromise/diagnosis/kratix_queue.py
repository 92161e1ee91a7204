"""Kratix's queue: the requests that wait for a run of the pipeline, and whether the queue moves.

Kratix reconciles one request after another. A request that waits behind others is not stalled as
long as Kratix gets on with them.
"""

from bisect import bisect_left, insort
from datetime import datetime, timedelta

from msgspec import Struct

from tablepromise.diagnosis import managed_fields
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.steps import PATIENCE

MAX_WAIT = timedelta(minutes=30)
"""A request that waits longer is stalled, whatever else Kratix does meanwhile."""

_SIZES = (10, 100, 1000)


class QueuePosition(Struct, frozen=True):
    """Where one request is in the queue.

    Attributes:
        before: how many requests that wait were changed earlier.
        moved: when Kratix last did something for any request.
        overtaken: Kratix has begun a run for a request that was changed much later.
    """

    before: int = 0
    moved: datetime | None = None
    overtaken: bool = False

    def since(self, asked: datetime | None, now: datetime) -> datetime | None:
        """Return the time from which the request is waiting for Kratix, and not for others."""
        if asked is None or self.moved is None or self.overtaken or now - asked > MAX_WAIT:
            return asked
        return max(asked, self.moved)

    @property
    def length_text(self) -> str:
        """The length of the queue in words that do not change with each run; empty if short."""
        if not self.before:
            return ""
        size = next((size for size in _SIZES if self.before < size), 0)
        return f"fewer than {size}" if size else f"{_SIZES[-1]} or more"


class KratixQueue:
    """All requests, by what Kratix has done for them; each change costs O(log n) comparisons."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[list[datetime], datetime | None]] = {}
        self._waiting: list[datetime] = []
        self._begun: list[datetime] = []
        self._moves: list[datetime] = []

    def put(self, live: LiveObject) -> None:
        """Take a request, or the Job of a pipeline, as it is now."""
        self.drop(live)
        request = live.kind != "Job"
        asked = managed_fields.spec_changed_at(live) if request else live.created
        moved = managed_fields.kratix_wrote_at(live) if request else live.created
        if asked is None:
            return
        kept = (self._begun if begun(live) else self._waiting) if request else self._moves
        insort(kept, asked)
        if request and moved:
            insort(self._moves, moved)
        self._known[_path(live)] = kept, asked
        if request:
            self._known[f"moved {_path(live)}"] = self._moves, moved

    def drop(self, live: LiveObject) -> None:
        """Forget a request, or a Job."""
        for path in (_path(live), f"moved {_path(live)}"):
            kept, time = self._known.pop(path, ([], None))
            if time is not None:
                del kept[bisect_left(kept, time)]

    def queue_position(self, request: LiveObject) -> QueuePosition:
        """Return the position of a request."""
        asked = managed_fields.spec_changed_at(request)
        if asked is None:
            return QueuePosition()
        return QueuePosition(
            before=bisect_left(self._waiting, asked),
            moved=self._moves[-1] if self._moves else None,
            overtaken=bool(self._begun) and self._begun[-1] - asked > PATIENCE,
        )


def begun(request: LiveObject) -> bool:
    """Whether Kratix has begun a run for the request as it is now."""
    completed = request.condition("ConfigureWorkflowCompleted")
    if completed is None:
        return False
    return completed.status != "True" or request.current


def _path(live: LiveObject) -> str:
    return f"{live.kind}/{live.path}"
