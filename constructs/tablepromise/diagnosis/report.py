"""The report of a diagnosis: parts of the platform, and requests with their hops."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from tablepromise.diagnosis.reasons import Reason

HOPS = (
    "admitted",
    "workflow",
    "work",
    "scheduled",
    "written",
    "applied",
    "table",
    "dynamodb",
)
"""Hops of a request, in order; during its deletion they are `admitted` and `deletion`."""

HopState = Literal["done", "waiting", "failed", "unknown"]
RequestState = Literal["ready", "waiting", "stuck", "rejected", "failed", "deleting", "unknown"]
PartState = Literal["healthy", "starting", "unhealthy", "unknown"]


class Problem(Struct, frozen=True):
    """The problem of a request, and the next step.

    Attributes:
        reason: the reason of the conditions.
        what: the problem, in one sentence.
        why: the message of the cluster about it, shortened; may be empty.
        next: a command, or an instruction.
    """

    reason: Reason
    what: str
    why: str
    next: str


class Hop(Struct, frozen=True):
    """One hop of a request.

    Attributes:
        name: one of `HOPS`, or `deletion`.
        state: `waiting` also for every hop after the first that is not done; `unknown` if the
            cluster does not show it.
        detail: a sentence about the state.
        object: the object that has the state, as `Kind namespace/name`; empty if there is none.
        since: start of this state; None if no object has the time.
    """

    name: str
    state: HopState
    detail: str = ""
    object: str = ""
    since: datetime | None = None


class RequestReport(Struct, frozen=True, kw_only=True):
    """State of one request.

    Attributes:
        namespace, name: the request.
        table, region: name and region of its table.
        state: `ready` if the table matches the request; `waiting` in progress, `stuck` if that
            takes too long; `rejected` by the pipeline; `failed` at a hop.
        reason: the reason of the conditions.
        hop: the first hop that is not done, or the last.
        status: DynamoDB's status of the table, empty if there is none yet.
        items: number of items as last counted by DynamoDB, None if unknown.
        created: creation time of the request, None if unknown.
        hops: all hops, in order.
        problem: the problem and the next step; None if there is no problem.
    """

    namespace: str
    name: str
    table: str
    region: str
    state: RequestState
    reason: Reason
    hop: str
    status: str = ""
    items: int | None = None
    created: datetime | None = None
    hops: tuple[Hop, ...]
    problem: Problem | None = None

    @property
    def at(self) -> Hop:
        """The hop that the request has reached."""
        return next(hop for hop in self.hops if hop.name == self.hop)


class PlatformPart(Struct, frozen=True):
    """One part of the platform.

    Attributes:
        kind, name: the object.
        state: `starting` shortly after its start; `unknown` if it is not visible from here.
        message: a sentence about the state.
        fix: a command, or an instruction; empty if the part is not unhealthy.
    """

    kind: str
    name: str
    state: PartState
    message: str
    fix: str = ""


class Report(Struct, frozen=True):
    """The whole diagnosis."""

    platform: tuple[PlatformPart, ...]
    requests: tuple[RequestReport, ...]

    @property
    def broken(self) -> bool:
        """Whether a part is unhealthy or a request has a problem."""
        return any(part.state == "unhealthy" for part in self.platform) or any(
            request.problem for request in self.requests
        )
