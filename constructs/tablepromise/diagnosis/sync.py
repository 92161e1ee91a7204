"""Whether ACK's condition proves that the table is as the Table says.

Two things can be wrong with a condition that says synced:

- It may be about the Table before its last change. ACK writes no generation into its conditions,
  keeps them while a change waits, and a reconcile that began before the change may end after it.
  So the time of ACK's last status write is compared with the time of the change.
- It may come from the reconcile that created the table. That reconcile compares nothing: ACK
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

SETTLES = timedelta(seconds=15)
"""A look that had begun before a change has ended by then."""

LONGEST = timedelta(minutes=30)
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
"""Values of the other fields that a new table has anyway."""


def in_step(live: LiveObject) -> bool:
    """Whether ACK says so in all its words; `Ready` is one since version 1.6.1."""
    synced, ready = live.condition("ACK.ResourceSynced"), live.condition("Ready")
    said = [condition for condition in (synced, ready) if condition is not None]
    return bool(said) and all(condition.status == "True" for condition in said)


def version(live: LiveObject) -> str:
    """Which Table, with which spec; empty if that cannot be told."""
    uid = live.text("metadata", "uid")
    return f"{uid}/{live.generation}" if uid else ""


def behind(context: RequestContext, live: LiveObject, down: Problem | None) -> Step | None:
    """What there is to wait for, if what ACK says may be about the Table before its last change.

    A Table whose spec was never changed needs no such proof, nor one for which it was given before:
    what is changed in labels alone has a later time too, and ACK does not look at it.
    """
    known = context.request.text("status", "syncedTable")
    if live.generation <= 1 or (known and known == version(live)):
        return None
    asked, looked = managed_fields.spec_changed_at(live), managed_fields.status_written_at(live)
    next = "look at ACK's log"
    if asked is None or looked is None or looked < asked:
        if down:
            return steps.failed(down, live, asked)
        detail = "ACK has not looked at the Table since it was changed"
        return steps.waiting(Reason.SYNCING, detail, live, asked, next=next)
    if asked != live.created and context.now - asked <= SETTLES:
        detail = "ACK may have looked at the Table as it was a moment ago"
        return steps.waiting(Reason.SYNCING, detail, live, asked, next=next)
    return None


def uncompared(context: RequestContext, live: LiveObject, down: Problem | None) -> Step | None:
    """Return what there is to wait for, if only the reconcile that created the table has ended."""
    beyond = sorted(
        name
        for name, value in live.fields("spec").items()
        if name not in CREATED and value and value != DEFAULTS.get(name)
    )
    reported = managed_fields.status_written_at(live)
    if not beyond or _compared(context, live, reported):
        return None
    detail = f"ACK has created the table, and has not compared {', '.join(beyond)} yet"
    if down:
        return steps.failed(down, live, reported)
    return steps.waiting(
        Reason.SYNCING, detail, live, reported, next="look at ACK's log", patience=RESYNC
    )


def first_report(context: RequestContext, live: LiveObject) -> FirstReport | None:
    """Return the first status write of ACK's about this table that was seen; None before that."""
    table, reported = _creation(live), managed_fields.status_written_at(live)
    if not live.items("status", "conditions") or reported is None or not table:
        return None
    known = context.request.fields("status", "firstReport")
    if known.get("table") == table and parse_time(str(known.get("time"))):
        return FirstReport(table=table, time=str(known["time"]))
    return FirstReport(table=table, time=format_time(reported))


def _compared(context: RequestContext, live: LiveObject, reported: datetime | None) -> bool:
    """Whether ACK's last status write is from a later reconcile than the one that created."""
    if reported is None:
        return False
    known = context.request.fields("status", "firstReport")
    first = parse_time(str(known.get("time"))) if known.get("table") == _creation(live) else None
    if first is not None and reported > first:
        return True
    created = parse_time(live.text("status", "creationDateTime"))
    return created is not None and reported - created > LONGEST


def _creation(live: LiveObject) -> str:
    """Identify the Table, and the table in DynamoDB that it has now: ACK may create another."""
    uid = live.text("metadata", "uid")
    return f"{uid}/{live.text('status', 'creationDateTime')}" if uid else ""
