"""Hops `table` and `dynamodb`: ACK reconciles the Table, and DynamoDB has the table."""

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
"""Maximum difference between the clocks of AWS and of the cluster."""

_FIRST_RECONCILE = timedelta(seconds=30)
"""A running controller has reconciled a new Table after this time."""

_DENIED = re.compile(
    r"AccessDenied|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|not authorized|"
    r"NoCredentialProviders|failed to refresh cached credentials|InvalidSignature"
)

_THROTTLED = re.compile(r"Throttl|LimitExceeded|TooManyRequests|SlowDown")

_RETRY_QUOTA = "retry quota exceeded"


def table(context: RequestContext) -> Step:
    """Return whether ACK reconciles the Table."""
    live = context.table
    if live is None:
        hidden = context.cluster.read_error("Table")
        return unknown(hidden or "the Table is in another cluster, which is not visible from here")
    down = operators.ack_down(context.cluster)
    conditions = live.items("status", "conditions")
    if conditions and not live.deleting_since and (step := sync.stale_status(context, live, down)):
        return step
    terminal = live.condition("ACK.Terminal")
    if terminal and terminal.status == "True":
        return steps.failed(_terminal(context, live, terminal), live, terminal.since)
    if live.deleting_since:
        return steps.failed(_deleted(live), live, live.deleting_since)
    if not conditions:
        if down:
            return steps.failed(down, live, live.created_at)
        return _not_reconciled(context, live)
    recoverable = live.condition("ACK.Recoverable")
    if (
        recoverable
        and recoverable.status == "True"
        and (step := _recoverable(context, live, recoverable))
    ):
        return step
    note = f"ACK's last status; {down.what} now" if down else "ACK reconciles the Table"
    return steps.done(note, live, live.created_at)


def dynamodb(context: RequestContext) -> Step:
    """Return whether the table matches the request; DynamoDB's description overrides ACK's."""
    live = context.table
    if context.desired_table is None:
        return unknown("this version of tablepromise cannot render the request")
    described = context.cluster.description(context.region, context.table_name)
    if described is not None:
        return _described(context, live, described)
    if live is None:
        return unknown("not visible from here; run with --aws")
    status = live.text("status", "tableStatus")
    synced = live.condition("ACK.ResourceSynced") or live.condition("Ready")
    since = synced.since if synced else live.created_at
    if status == "ACTIVE" and sync.is_synced(live):
        times = (since, parse_time(live.text("status", "creationDateTime")))
        since = max((time for time in times if time), default=None)
        empty = _made_again(context, live)
        if step := sync.unverified_creation(context, live, operators.ack_down(context.cluster)):
            return steps.failed(empty, live, since) if empty else step
        return steps.done(status, live, since, problem=empty)
    return _under_way(live, status, synced)


def _made_again(context: RequestContext, live: LiveObject) -> Problem | None:
    """Return the problem that ACK created the table a second time, because it was missing."""
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
        "outside ACK, which created it again",
        f"the table was ACTIVE at {active:%Y-%m-%d %H:%M:%S} UTC and was created again at "
        f"{made:%H:%M:%S}",
        "restore the data, for example from a backup, then change any field of the request's spec",
    )


def status(context: RequestContext) -> tuple[str, int | None]:
    """Return status and number of items of the table, also if the request has a problem."""
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
    since = live.created_at if live else None
    if described.status == "ACTIVE":
        if live is None:
            return unknown("ACTIVE in DynamoDB; whether it matches the request is not visible here")
        if not sync.is_synced(live):
            return _under_way(live, described.status, live.condition("ACK.ResourceSynced"))
        if step := sync.unverified_creation(context, live, operators.ack_down(context.cluster)):
            return step
        return steps.done("ACTIVE in DynamoDB", live, since)
    if described.status:
        return _under_way(live, described.status, None)
    if live is not None and live.text("status", "tableStatus"):
        problem = Problem(
            Reason.TABLE_GONE,
            f"DynamoDB has no table {context.table_name} in {context.region}, although ACK "
            "reported it",
            f"Table {live.path}: tableStatus {live.text('status', 'tableStatus')}",
            "check that --aws or --endpoint use the account and endpoint of ACK; if so, the table "
            "was deleted outside ACK, which creates it again, empty, at its next resync",
        )
        return steps.failed(problem, live, since)
    return _under_way(live, "", None)


def _under_way(live: LiveObject | None, status: str, synced: LiveCondition | None) -> Step:
    next = f"kubectl describe {live.kubectl_name}" if live else "run this command again"
    since = (synced and synced.since) or (live.created_at if live else None)
    if status in ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVING", "ARCHIVED"):
        problem = Problem(
            Reason.KEY_GONE,
            f"DynamoDB has set the table to {status}",
            synced.summary if synced else "",
            "enable the table's KMS key again: DynamoDB archives the table after 7 days without it",
        )
        return steps.failed(problem, live, since)
    if status == "UPDATING":
        # the backfill of an index has no time limit
        patience, detail = timedelta.max, "UPDATING"
    elif status == "ACTIVE":
        patience, detail = _CREATING, "ACTIVE, but ACK has not applied all fields yet"
    else:
        patience, detail = _CREATING, status or "not created yet"
    why = synced.summary if synced else ""
    return steps.waiting(
        Reason.PROVISIONING, detail, live, since, why=why, next=next, patience=patience
    )


def _not_reconciled(context: RequestContext, live: LiveObject) -> Step:
    detail = "ACK has not reconciled the Table"
    unseen = context.cluster.read_error("Deployment")
    if operators.ack(context.cluster) or unseen:
        next = (
            "check the log of ACK's controller: it may watch other namespaces only, or its AWS "
            "configuration may be invalid (AWS_CA_BUNDLE must not be set)"
        )
        why = unseen or "the Table has no status"
        return steps.waiting(Reason.SYNCING, detail, live, live.created_at, why=why, next=next)
    why = "no Deployment has the labels of ACK's chart, and the Table has no status"
    next = "install ACK's DynamoDB controller"
    if live.created_at is None or context.now - live.created_at <= _FIRST_RECONCILE:
        # ACK may run without the labels of its chart
        return steps.waiting(Reason.SYNCING, detail, live, live.created_at, why=why, next=next)
    what = "ACK's DynamoDB controller is not installed"
    return steps.failed(Problem(Reason.ACK_ABSENT, what, why, next), live, live.created_at)


def _recoverable(
    context: RequestContext, live: LiveObject, recoverable: LiveCondition
) -> Step | None:
    """Return the step for an error that ACK retries; None while DynamoDB changes the table."""
    why = shorten(recoverable.message)
    since = _retrying_since(context, live, recoverable)
    if _DENIED.search(why):
        problem = Problem(
            Reason.ACCESS_DENIED,
            "AWS denied a call of ACK's controller",
            why,
            "grant the permission to ACK's role, or give ACK valid credentials; ACK retries",
        )
        return steps.failed(problem, live, since)
    if _THROTTLED.search(why):
        return steps.waiting(
            Reason.THROTTLED,
            f"AWS throttles ACK, which retries: {shorten(why, 200)}",
            live,
            since,
            next="wait, ACK retries; if throttling continues, request a higher quota from AWS",
        )
    if live.text("status", "tableStatus") in ("CREATING", "UPDATING", "DELETING"):
        return None
    # the SDK's message then lacks the error of AWS
    often = "AWS fails or throttles so often that ACK slows down; " if _RETRY_QUOTA in why else ""
    return steps.waiting(
        Reason.RETRYING,
        f"{often}AWS returned an error, and ACK retries: {shorten(why, 200)}",
        live,
        since,
        next=f"kubectl describe {live.kubectl_name}",
    )


def _retrying_since(
    context: RequestContext, live: LiveObject, recoverable: LiveCondition
) -> datetime | None:
    """Return the start of ACK's retries, which the conditions do not have.

    It is the time since which the request is not ready, or the creation of the Table.
    """
    ready = context.request.condition("Ready")
    if recoverable.since or ready is None or ready.status != "False":
        return recoverable.since
    return max((time for time in (live.created_at, ready.since) if time), default=None)


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
        what = f"the region of table {name} was changed after the table was created"
        next = f"{change}: set spec.region to its former value"
    else:
        what = "DynamoDB rejects the table, and ACK does not retry"
        next = f"{change}: correct the spec; ACK retries only after a change"
    return Problem(reason, what, why, next)


def _deleted(live: LiveObject) -> Problem:
    policy = live.fields("metadata", "annotations").get("services.k8s.aws/deletion-policy")
    kept = policy == "retain"
    data = "the table in DynamoDB is retained" if kept else "its data is deleted too"
    return Problem(
        Reason.TABLE_DELETED,
        f"the Table is being deleted although its request still exists: {data}",
        f"finalizers: {', '.join(live.finalizers) or 'none'}",
        "find out who deleted the Table; the agent creates it again after the deletion",
    )
