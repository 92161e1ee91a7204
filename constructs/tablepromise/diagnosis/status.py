"""What the status of a request should be, from what a diagnosis saw: the same as `check` says.

Nothing here writes. The same cluster at the same time gives the same status, and a status that has
been written gives itself again.
"""

import re
from datetime import datetime, timedelta
from typing import Literal

from msgspec import ValidationError, convert

from tablepromise.diagnosis import sync
from tablepromise.diagnosis.diagnose import trace
from tablepromise.diagnosis.live_object import LiveObject, format_time, parse_time
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem, RequestReport
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.snapshot import Cluster, Snapshot
from tablepromise.diagnosis.status_schema import (
    READY,
    STALLED,
    TRIES,
    Healing,
    Stages,
    Status,
    StatusCondition,
)
from tablepromise.request import model

NO_HAND = "nothing needs to be done"
"""What `Stalled` says when it is False."""

_STAGES = {
    "admitted": "admitted",
    "workflow": "rendered",
    "written": "stored",
    "applied": "applied",
    "dynamodb": "active",
}
"""The stage that a request is in once a hop is done."""

_CALM = timedelta(hours=1)
"""What goes well for so long after an attempt begins anew when it fails again."""

_NOISE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # of a request to AWS
    r"|\b[0-9A-Z]{32,}\b|\b[0-9a-f]{32,}\b"  # the same in DynamoDB; a revision of Flux
    r"|-[bcdfghjklmnpqrstvwxz2456789]{5}\b"  # a pod of a Job that is not let in
    r"|\b(?:\d+(?:\.\d+)?(?:ms|h|m|s))+\b"  # how long something waits
)
"""What differs in a message from one attempt to the next, though it says the same."""


Verdict = tuple[RequestReport, Status]


def build_statuses(snapshot: Snapshot, now: datetime) -> dict[tuple[str, str], Status]:
    """The status that each request should have, by its namespace and name.

    Args:
        snapshot: what was read of the cluster, the requests with the status that they have.
        now: when that was; with a time zone.
    """
    return {key: status for key, (_, status) in reports_and_statuses(snapshot, now).items()}


def reports_and_statuses(snapshot: Snapshot, now: datetime) -> dict[tuple[str, str], Verdict]:
    """Where each request stands, and the status that says so; as `statuses`."""
    cluster = Cluster(snapshot)
    found: dict[tuple[str, str], Verdict] = {}
    for live in cluster.list_all(model.KIND):
        context = RequestContext(cluster, live, now)
        report = trace(context)
        found[context.namespace, context.name] = report, build_status(context, report)
    return found


def build_status(context: RequestContext, report: RequestReport) -> Status:
    """The status that a request should have.

    Args:
        context: the request with the status that it has, and what belongs to it.
        report: where it stands.
    """
    live = _own_table(context, report)
    region = live.text("status", "ackResourceMetadata", "region") if live else ""
    arn = live.text("status", "ackResourceMetadata", "arn") if live else ""
    synced = sync.version(live) if live and report.state == "ready" else ""
    facts = _hidden_facts(context) if live is None and _blind(context) else live
    stream = facts.text("status", "latestStreamARN") if facts else ""
    healing = _healing(context, report)
    return Status(
        table_status=(facts and facts.text("status", "tableStatus")) or None,
        table_arn=arn or None,
        stream_arn=stream if stream and context.request.get("spec", "stream") else None,
        item_count=facts.number("status", "itemCount") if facts else None,
        table_size_bytes=facts.number("status", "tableSizeBytes") if facts else None,
        region=region or None,
        destination=_destination(context),
        checked_generation=context.request.generation,
        synced_table=synced or None,
        first_report=sync.first_report(context, live) if live else None,
        stages=_stages(context, report),
        healing=healing,
        conditions=_conditions(context, report, healing),
    )


def _own_table(context: RequestContext, report: RequestReport) -> LiveObject | None:
    """The Table, unless it is about a table of somebody else."""
    live = context.table
    if live is None or live.text("spec", "tableName") != context.table_name:
        return None
    return None if report.reason is Reason.NAME_TAKEN else live


def _blind(context: RequestContext) -> bool:
    """Whether there may be a Table that is not seen."""
    return context.table is None and bool(
        context.cluster.read_error("Table") or context.cluster.is_absent("Table")
    )


def _hidden_facts(context: RequestContext) -> LiveObject:
    """What was known of the Table before it was out of sight."""
    before = context.request.fields("status")
    told = {"latestStreamARN": before.get("streamArn")}
    return LiveObject("Table", {"status": {**before, **told}})


def _destination(context: RequestContext) -> str | None:
    if context.placement is not None:
        return context.placement.text("spec", "targetDestinationName") or None
    hidden = context.cluster.read_error("WorkPlacement") or context.cluster.read_error("Work")
    return context.request.text("status", "destination") or None if hidden else None


# --- stages ---------------------------------------------------------------------------------------


def _stages(context: RequestContext, report: RequestReport) -> Stages:
    generation = context.request.generation
    before = LiveObject("Stages", context.request.fields("status", "stages"))
    known = before.number("generation") == generation
    times: dict[str, str] = {}
    reached = ""
    done = {_STAGES[hop.name]: hop.since for hop in report.hops if _counts(hop.name, hop.state)}
    for stage in _STAGES.values():
        kept = before.text(stage) if known else ""
        if not parse_time(kept):
            since = done.get(stage)
            # an object may be older than the change that it needs not be changed for
            kept = max(format_time(since), reached) if since else ""
        reached = kept or reached
        if kept:
            times[stage] = kept
    return Stages(generation=generation, **times)


def _counts(hop: str, state: str) -> bool:
    return hop in _STAGES and state == "done"


# --- healing --------------------------------------------------------------------------------------


def _healing(context: RequestContext, report: RequestReport) -> Healing | None:
    """What was tried for this generation, unless it went well for a while since."""
    try:
        known = convert(context.request.get("status", "healing"), Healing)
    except ValidationError:
        return None
    if known.generation != context.request.generation:
        return None
    last, stalled = parse_time(known.last), context.request.condition(STALLED)
    if report.problem is None or last is None:
        return known
    since = stalled.since if stalled and stalled.status == "True" else context.now
    return None if since and since - last > _CALM else known


# --- conditions -----------------------------------------------------------------------------------


def _conditions(
    context: RequestContext, report: RequestReport, healing: Healing | None
) -> tuple[StatusCondition, StatusCondition]:
    told = _told(context, report)
    problem = report.problem
    tries = healing.attempts.get(report.reason, 0) if healing else 0
    tried = f"; the pipeline was run again {tries} times, in vain" if tries >= TRIES else ""
    help = f"{told}{tried}; next: {problem.next}" if problem else NO_HAND
    if report.state == "unknown":
        return (
            _condition(context, READY, "Unknown", report.reason, told),
            _condition(context, STALLED, "Unknown", report.reason, told),
        )
    ready: Literal["True", "False"] = "True" if report.state == "ready" else "False"
    return (
        _condition(context, READY, ready, report.reason, told),
        _condition(context, STALLED, "True" if problem else "False", report.reason, help),
    )


def _told(context: RequestContext, report: RequestReport) -> str:
    """What, and why, in a sentence without a time that passes."""
    if report.problem:
        return _sentence(report.problem)
    if report.state == "ready":
        return f"table {context.table_name} in {context.region} is ACTIVE, as asked"
    return f"{report.hop}: {report.at.detail}"


def _sentence(problem: Problem) -> str:
    return f"{problem.what}: {problem.why}" if problem.why else problem.what


def _condition(
    context: RequestContext,
    type: str,
    status: Literal["True", "False", "Unknown"],
    reason: Reason,
    message: str,
) -> StatusCondition:
    """A condition that keeps its time while its status is the same, and its words their gist."""
    found = [c for c in context.request.items("status", "conditions") if c.get("type") == type]
    before = LiveObject("Condition", found[0] if found else {})
    time = format_time(context.now)
    if before.text("status") == status:
        kept = before.text("lastTransitionTime")
        time = kept if parse_time(kept) else time
        said = before.text("message")
        if before.text("reason") == str(reason) and _gist(said) == _gist(message):
            message = said
    return StatusCondition(type, status, reason, message, time)


def _gist(message: str) -> tuple[str, str]:
    """What a message says, and the command in it, in which every letter counts."""
    told, _, next = message.partition("; next: ")
    return _NOISE.sub("", told), next
