"""Hops `table` and `dynamodb`: ACK takes up the Table, and DynamoDB has it."""

import re
from datetime import datetime, timedelta

from tablepromise.diagnosis import operators, steps, sync
from tablepromise.diagnosis.live_object import LiveCondition, LiveObject, parse_time, shorten
from tablepromise.diagnosis.name_conflict import name_conflict
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.snapshot import TableDescription
from tablepromise.diagnosis.steps import Step, unknown

_CREATING = timedelta(minutes=10)
_CLOCKS = timedelta(seconds=15)
"""By how much those of AWS and of the cluster may differ."""

_LOOKS = timedelta(seconds=30)
"""A controller that runs has looked at a new Table by then."""

_NO_RIGHTS = re.compile(
    r"AccessDenied|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|not authorized|"
    r"NoCredentialProviders|failed to refresh cached credentials|InvalidSignature"
)

_LIMITED = re.compile(r"Throttl|LimitExceeded|TooManyRequests|SlowDown")

_SPENT = "retry quota exceeded"


def table(context: RequestContext) -> Step:
    """Whether ACK has taken up the Table, and does not say that it never will."""
    live = context.table
    if live is None:
        hidden = context.cluster.read_error("Table")
        return unknown(hidden or "the Table is not visible from here: it is in another cluster")
    down = operators.ack_down(context.cluster)
    conditions = live.items("status", "conditions")
    if conditions and not live.deleting and (step := sync.behind(context, live, down)):
        return step
    terminal = live.condition("ACK.Terminal")
    if terminal and terminal.status == "True":
        return steps.failed(_terminal(context, live, terminal), live, terminal.since)
    if live.deleting:
        return steps.failed(_deleted(live), live, live.deleting)
    if not conditions:
        if down:
            return steps.failed(down, live, live.created)
        return _not_taken_up(context, live)
    recoverable = live.condition("ACK.Recoverable")
    if (
        recoverable
        and recoverable.status == "True"
        and (step := _troubled(context, live, recoverable))
    ):
        return step
    note = f"as ACK last said; {down.what} now" if down else "ACK has taken it up"
    return steps.done(note, live, live.created)


def dynamodb(context: RequestContext) -> Step:
    """Whether the table is there, as asked; DynamoDB's own word counts more than ACK's."""
    live = context.table
    if context.rendered is None:
        return unknown("whether the table is as asked cannot be told")
    described = context.cluster.description(context.region, context.table_name)
    if described is not None:
        return _described(context, live, described)
    if live is None:
        return unknown("only AWS knows: run with --aws")
    status = live.text("status", "tableStatus")
    synced = live.condition("ACK.ResourceSynced") or live.condition("Ready")
    since = synced.since if synced else live.created
    if status == "ACTIVE" and sync.in_step(live):
        times = (since, parse_time(live.text("status", "creationDateTime")))
        since = max((time for time in times if time), default=None)
        empty = _made_again(context, live)
        if step := sync.uncompared(context, live, operators.ack_down(context.cluster)):
            return steps.failed(empty, live, since) if empty else step
        return steps.done(status, live, since, problem=empty)
    return _under_way(live, status, synced)


def _made_again(context: RequestContext, live: LiveObject) -> Problem | None:
    """DynamoDB made the table after it was as asked: ACK makes anew what it does not find."""
    stages = LiveObject("Stages", context.request.fields("status", "stages"))
    active, made = (
        parse_time(stages.text("active")),
        parse_time(live.text("status", "creationDateTime")),
    )
    if stages.number("generation") != context.request.generation or active is None or made is None:
        return None
    if made - active <= _CLOCKS:
        return None
    return Problem(
        Reason.TABLE_GONE,
        f"table {context.table_name} in {context.region} is ACTIVE but empty: it was deleted "
        "behind ACK",
        f"it was ACTIVE at {active:%Y-%m-%d %H:%M:%S} UTC, and was made again at {made:%H:%M:%S}",
        "restore its data, as from a backup; any change of the request's spec then ends this",
    )


def status(context: RequestContext) -> tuple[str, int | None]:
    """Status and number of items of the table as it is, whatever became of the request."""
    described = context.cluster.description(context.region, context.table_name)
    if described is not None and not described.error:
        return described.status, described.items
    if context.table is None or context.table.text("spec", "tableName") != context.table_name:
        return "", None
    return context.table.text("status", "tableStatus"), context.table.number("status", "itemCount")


def _described(
    context: RequestContext, live: LiveObject | None, described: TableDescription
) -> Step:
    if described.error:
        return unknown(described.error)
    since = live.created if live else None
    if described.status == "ACTIVE":
        if live is None:
            return unknown("ACTIVE, says DynamoDB; whether it is as asked cannot be seen from here")
        if not sync.in_step(live):
            return _under_way(live, described.status, live.condition("ACK.ResourceSynced"))
        if step := sync.uncompared(context, live, operators.ack_down(context.cluster)):
            return step
        return steps.done("ACTIVE, says DynamoDB", live, since)
    if described.status:
        return _under_way(live, described.status, None)
    if live is not None and live.text("status", "tableStatus"):
        problem = Problem(
            Reason.TABLE_GONE,
            f"DynamoDB has no table {context.table_name} in {context.region}, though ACK saw it",
            f"Table {live.path}: tableStatus {live.text('status', 'tableStatus')}",
            "look whether this is the account and endpoint that ACK uses; if so, the table was "
            "deleted behind ACK, which makes it again, empty, at its next resync",
        )
        return steps.failed(problem, live, since)
    return _under_way(live, "", None)


def _under_way(live: LiveObject | None, status: str, synced: LiveCondition | None) -> Step:
    next = f"kubectl describe {live.target}" if live else "run it again"
    since = (synced and synced.since) or (live.created if live else None)
    if status in ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVING", "ARCHIVED"):
        problem = Problem(
            Reason.KEY_GONE,
            f"DynamoDB has made the table {status}",
            synced.words if synced else "",
            "give the table its KMS key back: DynamoDB archives a table that lacks it for 7 days",
        )
        return steps.failed(problem, live, since)
    if status == "UPDATING":
        # an index is filled for as long as it takes
        patience, detail = timedelta.max, "UPDATING"
    elif status == "ACTIVE":
        patience, detail = _CREATING, "ACTIVE, but ACK has not applied everything yet"
    else:
        patience, detail = _CREATING, status or "not made yet"
    why = synced.words if synced else ""
    return steps.waiting(
        Reason.PROVISIONING, detail, live, since, why=why, next=next, patience=patience
    )


def _not_taken_up(context: RequestContext, live: LiveObject) -> Step:
    detail = "ACK has not looked at the Table"
    unseen = context.cluster.read_error("Deployment")
    if operators.ack(context.cluster) or unseen:
        next = (
            "look at ACK's log for the namespace: it may watch others only, or its AWS "
            "configuration may be broken (AWS_CA_BUNDLE must not be set)"
        )
        why = unseen or "the Table has no status"
        return steps.waiting(Reason.SYNCING, detail, live, live.created, why=why, next=next)
    why = "no Deployment of its chart is to be seen, and the Table has no status"
    next = "install ACK's DynamoDB controller"
    if live.created is None or context.now - live.created <= _LOOKS:
        # it may run in a way that is not known here
        return steps.waiting(Reason.SYNCING, detail, live, live.created, why=why, next=next)
    what = "ACK's DynamoDB controller is not installed"
    return steps.failed(Problem(Reason.ACK_ABSENT, what, why, next), live, live.created)


def _troubled(context: RequestContext, live: LiveObject, recoverable: LiveCondition) -> Step | None:
    """ACK tries again; most of it is a table that is being changed."""
    why = shorten(recoverable.message)
    since = _tried(context, live, recoverable)
    if _NO_RIGHTS.search(why):
        problem = Problem(
            Reason.ACCESS_DENIED,
            "AWS does not let ACK do it",
            why,
            "give ACK's role the permission, or ACK valid credentials; it tries again by itself",
        )
        return steps.failed(problem, live, since)
    if _LIMITED.search(why):
        return steps.waiting(
            Reason.THROTTLED,
            f"AWS limits how much ACK may do at a time, and ACK tries again: {shorten(why, 200)}",
            live,
            since,
            next="wait: ACK tries again by itself; if it lasts, ask AWS for a higher quota",
        )
    if live.text("status", "tableStatus") in ("CREATING", "UPDATING", "DELETING"):
        return None
    # the SDK hides then what AWS said
    often = "AWS fails or throttles so often that ACK asks less; " if _SPENT in why else ""
    return steps.waiting(
        Reason.RETRYING,
        f"{often}ACK tries again: {shorten(why, 200)}",
        live,
        since,
        next=f"kubectl describe {live.target}",
    )


def _tried(
    context: RequestContext, live: LiveObject, recoverable: LiveCondition
) -> datetime | None:
    """Since when ACK tries again: it gives this condition no time, and others that of each attempt.

    So it is since the request is not ready, if the Table was there before.
    """
    ready = context.request.condition("Ready")
    if recoverable.since or ready is None or ready.status != "False":
        return recoverable.since
    return max((time for time in (live.created, ready.since) if time), default=None)


def _terminal(context: RequestContext, live: LiveObject, terminal: LiveCondition) -> Problem:
    why = shorten(terminal.message)
    message = terminal.message.lower()
    name, change = context.table_name, context.kubectl("edit")
    reason = Reason.TERMINAL
    if "not managed by ack" in message or "already exists" in message:
        return name_conflict(context, live, terminal)
    if "deletion protection" in message or "deletionprotection" in message:
        reason = Reason.PROTECTED
        what = f"DynamoDB protects table {name} from deletion"
        next = (
            f"aws dynamodb update-table --table-name {name} --region {context.region} "
            "--no-deletion-protection-enabled, then change any field of the Table"
        )
    elif "region" in message and ("drift" in message or "annotation" in message):
        reason = Reason.REGION_CHANGED
        what = f"the region of table {name} was changed after it was made"
        next = f"{change}: set the region back"
    else:
        what = "DynamoDB refuses the table for good, and ACK has given up"
        next = f"{change}: correct the spec; ACK tries again only after a change"
    return Problem(reason, what, why, next)


def _deleted(live: LiveObject) -> Problem:
    kept = live.fields("metadata", "annotations").get("services.k8s.aws/deletion-policy")
    fate = "the table in DynamoDB is kept" if kept == "retain" else "its data goes too"
    return Problem(
        Reason.TABLE_DELETED,
        f"somebody deletes the Table, but not the request: {fate}",
        f"waits for {', '.join(live.finalizers) or 'nothing'}",
        "look who deletes it; the agent makes it again once it is gone",
    )
