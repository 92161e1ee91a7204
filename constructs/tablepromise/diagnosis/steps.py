"""The result of checking one hop, before its duration is evaluated."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import HopState, Problem

PATIENCE = timedelta(minutes=2)
"""Time after which a hop that waits is stuck."""


class Step(Struct, frozen=True, kw_only=True):
    """State of one hop.

    Attributes:
        problem: the problem of a failed hop; of a waiting hop, the problem after `patience`; of a
            done hop, a problem that does not block it.
        rejected: the pipeline rejected the request, and no part is broken.
    """

    state: HopState
    detail: str = ""
    object: str = ""
    since: datetime | None = None
    problem: Problem | None = None
    patience: timedelta = PATIENCE
    rejected: bool = False

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
    """Return a hop in progress; `why` and `next` apply when it takes too long."""
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
    rejected: bool = False,
) -> Step:
    return Step(
        state=state,
        detail=problem.what,
        object=str(live or ""),
        since=since,
        problem=problem,
        rejected=rejected,
    )
