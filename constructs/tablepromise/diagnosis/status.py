"""Computes the status that a request should have, from its report; `check` prints the same report.

The result depends on the snapshot and the time only. A status that was written is computed again
without a change.
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

NO_ACTION = "no action is needed"
"""Message of `Stalled` when it is False."""

_STAGES = {
    "admitted": "admitted",
    "workflow": "rendered",
    "written": "stored",
    "applied": "applied",
    "dynamodb": "active",
}
"""The stage that a request reaches when a hop is done."""

_FORGET_RETRIES = timedelta(hours=1)
"""After this time without a failure, the number of retries starts at zero again."""

_NOISE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # id of a call to AWS
    r"|\b[0-9A-Z]{32,}\b|\b[0-9a-f]{32,}\b"  # id of a call to DynamoDB; a revision of Flux
    r"|-[bcdfghjklmnpqrstvwxz2456789]{5}\b"  # name of a rejected pod of a Job
    r"|\b(?:\d+(?:\.\d+)?(?:ms|h|m|s))+\b"  # a duration
)
"""Parts of a message that differ between two attempts with the same result."""


def build_statuses(snapshot: Snapshot, now: datetime) -> dict[tuple[str, str], Status]:
    """Return the status that each request should have, by its namespace and name.

    Args:
        snapshot: the objects of the cluster, with the current statuses of the requests.
        now: time of the snapshot, with a time zone.
    """
    return {key: status for key, (_, status) in reports_and_statuses(snapshot, now).items()}


def reports_and_statuses(
    snapshot: Snapshot, now: datetime
) -> dict[tuple[str, str], tuple[RequestReport, Status]]:
    """Return each request's report and status; arguments as in `build_statuses`."""
    cluster = Cluster(snapshot)
    found: dict[tuple[str, str], tuple[RequestReport, Status]] = {}
    for live in cluster.list_all(model.KIND):
        context = RequestContext(cluster, live, now)
        report = trace(context)
        found[context.namespace, context.name] = report, build_status(context, report)
    return found


def build_status(context: RequestContext, report: RequestReport) -> Status:
    """Return the status that a request should have.

    Args:
        context: the request with its current status, and its objects.
        report: the report on the request.
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
    """Return the Table, unless its table belongs to another owner."""
    live = context.table
    if live is None or live.text("spec", "tableName") != context.table_name:
        return None
    return None if report.reason is Reason.NAME_TAKEN else live


def _blind(context: RequestContext) -> bool:
    """Return whether a Table may exist that is not visible."""
    return context.table is None and bool(
        context.cluster.read_error("Table") or context.cluster.is_absent("Table")
    )


def _hidden_facts(context: RequestContext) -> LiveObject:
    """Return the last known facts of a Table that is not visible now."""
    before = context.request.fields("status")
    stream = {"latestStreamARN": before.get("streamArn")}
    return LiveObject("Table", {"status": {**before, **stream}})


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
            # an object that a change does not affect is older than the change
            kept = max(format_time(since), reached) if since else ""
        reached = kept or reached
        if kept:
            times[stage] = kept
    return Stages(generation=generation, **times)


def _counts(hop: str, state: str) -> bool:
    return hop in _STAGES and state == "done"


# --- healing --------------------------------------------------------------------------------------


def _healing(context: RequestContext, report: RequestReport) -> Healing | None:
    """Return the retries of this generation, unless it had no failure for long enough since."""
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
    return None if since and since - last > _FORGET_RETRIES else known


# --- conditions -----------------------------------------------------------------------------------


def _conditions(
    context: RequestContext, report: RequestReport, healing: Healing | None
) -> tuple[StatusCondition, StatusCondition]:
    message = _message(context, report)
    problem = report.problem
    tries = healing.attempts.get(report.reason, 0) if healing else 0
    retries = f"; {tries} automatic retries of the pipeline failed" if tries >= TRIES else ""
    help = f"{message}{retries}; next: {problem.next}" if problem else NO_ACTION
    if report.state == "unknown":
        return (
            _condition(context, READY, "Unknown", report.reason, message),
            _condition(context, STALLED, "Unknown", report.reason, message),
        )
    ready: Literal["True", "False"] = "True" if report.state == "ready" else "False"
    return (
        _condition(context, READY, ready, report.reason, message),
        _condition(context, STALLED, "True" if problem else "False", report.reason, help),
    )


def _message(context: RequestContext, report: RequestReport) -> str:
    """Return a message without relative times, so that it stays the same."""
    if report.problem:
        return _sentence(report.problem)
    if report.state == "ready":
        return f"table {context.table_name} in {context.region} is ACTIVE and matches the request"
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
    """Return a condition; with the same status it keeps its time, and an equivalent message."""
    found = [c for c in context.request.items("status", "conditions") if c.get("type") == type]
    before = LiveObject("Condition", found[0] if found else {})
    time = format_time(context.now)
    if before.text("status") == status:
        kept = before.text("lastTransitionTime")
        time = kept if parse_time(kept) else time
        old = before.text("message")
        if before.text("reason") == str(reason) and _comparable(old) == _comparable(message):
            message = old
    return StatusCondition(type, status, reason, message, time)


def _comparable(message: str) -> tuple[str, str]:
    """Return a message without its varying parts, and its command unchanged."""
    text, _, next = message.partition("; next: ")
    return _NOISE.sub("", text), next
