"""What looking at one hop finds, before it is known whether it has lasted too long."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import HopState, Problem

PATIENCE = timedelta(minutes=2)
"""How long a hop may take before somebody should look."""


class Step(Struct, frozen=True, kw_only=True):
    """How one hop stands.

    Attributes:
        problem: of a hop that failed; of one that waits, what it is when `patience` has passed; of
            one that is done, what somebody must know all the same.
        refused: it failed because the pipeline said no, and not because something is broken.
    """

    state: HopState
    detail: str = ""
    object: str = ""
    since: datetime | None = None
    problem: Problem | None = None
    patience: timedelta = PATIENCE
    refused: bool = False

    def overdue(self, now: datetime) -> bool:
        return self.since is not None and now - self.since > self.patience


def done(
    detail: str,
    live: LiveObject | None = None,
    since: datetime | None = None,
    *,
    problem: Problem | None = None,
) -> Step:
    return Step(state="done", detail=detail, object=str(live or ""), since=since, problem=problem)


def unknown(detail: str) -> Step:
    return Step(state="unknown", detail=detail)


def waiting(
    reason: Reason,
    detail: str,
    live: LiveObject | None = None,
    since: datetime | None = None,
    *,
    why: str = "",
    next: str,
    patience: timedelta = PATIENCE,
) -> Step:
    """A hop under way; `why` and `next` are for when it takes too long."""
    return Step(
        state="waiting",
        detail=detail,
        object=str(live or ""),
        since=since,
        problem=Problem(reason, f"it takes too long: {detail}", why, next),
        patience=patience,
    )


def failed(
    problem: Problem,
    live: LiveObject | None = None,
    since: datetime | None = None,
    *,
    state: Literal["failed", "waiting"] = "failed",
    refused: bool = False,
) -> Step:
    return Step(
        state=state,
        detail=problem.what,
        object=str(live or ""),
        since=since,
        problem=problem,
        refused=refused,
    )
