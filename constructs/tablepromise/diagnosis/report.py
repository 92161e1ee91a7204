"""What a diagnosis says: of the platform, and of each request."""

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
"""The way of a request, in order; one that is being deleted has `admitted` and `deletion`."""

HopState = Literal["done", "waiting", "failed", "unknown"]
RequestState = Literal["ready", "waiting", "stuck", "rejected", "failed", "deleting", "unknown"]
PartState = Literal["healthy", "starting", "unhealthy", "unknown"]


class Problem(Struct, frozen=True):
    """Why a request gets no further.

    Attributes:
        reason: the same in one word.
        what: what is wrong, in our words.
        why: what the cluster says about it, in its own words, shortened; may be empty.
        next: a command to run, or what to do.
    """

    reason: Reason
    what: str
    why: str
    next: str


class Hop(Struct, frozen=True):
    """One stage on the way.

    Attributes:
        name: one of `HOPS`, or `deletion`.
        state: `waiting` also for every hop after the first that is not done; `unknown` where the
            cluster does not show it, which is never taken for done.
        detail: what is known.
        object: what it is read from, as `Kind namespace/name`; empty if there is none.
        since: when the object got into this state, None if nobody wrote it down.
    """

    name: str
    state: HopState
    detail: str = ""
    object: str = ""
    since: datetime | None = None


class RequestReport(Struct, frozen=True, kw_only=True):
    """Where one request stands.

    Attributes:
        namespace, name: the request.
        table, region: what it asks for.
        state: `ready` when the table is there as asked; `waiting` while it is on its way, `stuck`
            when that takes too long; `rejected` by the pipeline; `failed` at a hop.
        reason: the state in one word, which says more than `state`.
        hop: the hop it has reached: the first that is not done, or the last.
        status: DynamoDB's status of the table, empty if there is none yet.
        items: number of items as last counted by DynamoDB, None if unknown.
        created: when the API server accepted the request, None if it does not say so.
        hops: all of them, in order.
        problem: what to do about it, None if nothing is wrong.
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
        """The hop it has reached."""
        return next(hop for hop in self.hops if hop.name == self.hop)


class PlatformPart(Struct, frozen=True):
    """One thing that all requests need.

    Attributes:
        kind, name: the object.
        state: `starting` if it was begun a moment ago; `unknown` if it cannot be seen from here.
        message: what it says of itself.
        fix: a command to run, or what to do; empty if it is healthy.
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
        """Whether something needs somebody: a part is unhealthy, or a request has a problem."""
        return any(part.state == "unhealthy" for part in self.platform) or any(
            request.problem for request in self.requests
        )
