"""Whether ACK's condition proves that the table matches the Table.

A condition that says synced proves it in two steps:

- It must describe the current generation. ACK writes no generation into its conditions, keeps them
  while a change waits, and a reconcile that began before the change may end after it. So the time
  of ACK's last status write is compared with the time of the change.
- It must not come from the reconcile that created the table, which compares nothing: ACK
  writes `ACK.ResourceSynced` as soon as DynamoDB says `ACTIVE`, and applies what CreateTable does
  not take, such as continuous backups, in its next reconcile. Each reconcile writes the status
  once, so a second write is from a reconcile that has read and compared every field.
"""

from datetime import datetime, timedelta

from tablepromise.diagnosis import managed_fields, steps
from tablepromise.diagnosis.live_object import LiveObject, format_time, parse_time
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.status_schema import FirstReport
from tablepromise.diagnosis.steps import Step

SETTLE_TIME = timedelta(seconds=15)
"""A reconcile that began before a change has ended after this time."""

MAX_RECONCILE = timedelta(minutes=30)
"""The longest reconcile: 8 calls to AWS, 3 attempts each, and a timeout of 60 s for an attempt."""

RESYNC = timedelta(minutes=12)
"""The time in which ACK compares every table again: 10 minutes on AWS, 1 with an emulator."""

CREATED = {
    *("tableName", "attributeDefinitions", "keySchema", "billingMode", "provisionedThroughput"),
    *("globalSecondaryIndexes", "localSecondaryIndexes", "streamSpecification"),
    *("sseSpecification", "deletionProtectionEnabled", "tags"),
}
"""Fields of a Table's spec that DynamoDB, and each emulator, sets when it creates the table."""

DEFAULTS = {
    "continuousBackups": {"pointInTimeRecoveryEnabled": False},
    "tableClass": "STANDARD",
    "contributorInsights": "DISABLED",
}
"""Defaults of a new table for the other fields."""


def is_synced(live: LiveObject) -> bool:
    """Return whether ACK's conditions say synced; ACK has `Ready` since version 1.6.1."""
    synced, ready = live.condition("ACK.ResourceSynced"), live.condition("Ready")
    found = [condition for condition in (synced, ready) if condition is not None]
    return bool(found) and all(condition.status == "True" for condition in found)


def version(live: LiveObject) -> str:
    """Return uid and generation of a Table; empty without a uid."""
    uid = live.text("metadata", "uid")
    return f"{uid}/{live.generation}" if uid else ""


def stale_status(context: RequestContext, live: LiveObject, down: Problem | None) -> Step | None:
    """Return the step to wait for if ACK's status may describe an earlier generation; else None.

    A first generation needs no proof, nor does a generation that was proven before: a change of
    labels alone has a later time too, and ACK does not reconcile it.
    """
    known = context.request.text("status", "syncedTable")
    if live.generation <= 1 or (known and known == version(live)):
        return None
    changed, written = managed_fields.spec_changed_at(live), managed_fields.status_written_at(live)
    next = "check the log of ACK's controller"
    if changed is None or written is None or written < changed:
        if down:
            return steps.failed(down, live, changed)
        detail = "ACK has not reconciled the Table since its last change"
        return steps.waiting(Reason.SYNCING, detail, live, changed, next=next)
    if changed != live.created_at and context.now - changed <= SETTLE_TIME:
        detail = "ACK's last reconcile may have started before the last change of the Table"
        return steps.waiting(Reason.SYNCING, detail, live, changed, next=next)
    return None


def unverified_creation(
    context: RequestContext, live: LiveObject, down: Problem | None
) -> Step | None:
    """Return the step to wait for if only the reconcile that created the table has ended."""
    beyond = sorted(
        name
        for name, value in live.fields("spec").items()
        if name not in CREATED and value and value != DEFAULTS.get(name)
    )
    reported = managed_fields.status_written_at(live)
    if not beyond or _compared(context, live, reported):
        return None
    detail = f"ACK has created the table, but has not compared {', '.join(beyond)} yet"
    if down:
        return steps.failed(down, live, reported)
    return steps.waiting(
        Reason.SYNCING,
        detail,
        live,
        reported,
        next="check the log of ACK's controller",
        patience=RESYNC,
    )


def first_report(context: RequestContext, live: LiveObject) -> FirstReport | None:
    """Return ACK's first status write for this table; None before it."""
    table, reported = _creation(live), managed_fields.status_written_at(live)
    if not live.items("status", "conditions") or reported is None or not table:
        return None
    known = context.request.fields("status", "firstReport")
    if known.get("table") == table and parse_time(str(known.get("time"))):
        return FirstReport(table=table, time=str(known["time"]))
    return FirstReport(table=table, time=format_time(reported))


def _compared(context: RequestContext, live: LiveObject, reported: datetime | None) -> bool:
    """Return whether ACK's last status write is of a later reconcile than the creation."""
    if reported is None:
        return False
    known = context.request.fields("status", "firstReport")
    first = parse_time(str(known.get("time"))) if known.get("table") == _creation(live) else None
    if first is not None and reported > first:
        return True
    created = parse_time(live.text("status", "creationDateTime"))
    return created is not None and reported - created > MAX_RECONCILE


def _creation(live: LiveObject) -> str:
    """Return an id of the Table and of its table in DynamoDB, which ACK may create again."""
    uid = live.text("metadata", "uid")
    return f"{uid}/{live.text('status', 'creationDateTime')}" if uid else ""
