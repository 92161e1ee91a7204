"""Hop `applied`: Flux fetches the manifest from the state store and applies it."""

from datetime import datetime, timedelta

from tablepromise.diagnosis import flux, managed_fields, steps, store_remedy
from tablepromise.diagnosis.live_object import (
    LiveCondition,
    LiveObject,
    parse_duration,
    parse_time,
    shorten,
)
from tablepromise.diagnosis.operators import flux_down
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.steps import PATIENCE, Step, unknown

_FETCH_TIME = timedelta(minutes=1)
"""A fetch that ended this long after a write contains the write; only its end has a time."""


def applied(context: RequestContext) -> Step:
    """Return whether the Table in the cluster matches this generation of the request."""
    table = context.table
    kustomizations = flux.covering(
        context.cluster, context.destination, context.namespace, context.name
    )
    if table is not None and table.deleting_since:
        return steps.done("the Table is being deleted", table, table.changed_at)
    if table is not None and not context.table_differences and context.desired_table is not None:
        by = (
            f"by {kustomizations[0]}"
            if kustomizations
            else "by an agent that is not visible from here"
        )
        broken = [live for live in kustomizations if _ready(live) == "False"]
        note = f"; {broken[0]} is failing now and applies no later change" if broken else ""
        return steps.done(by + note, table, managed_fields.spec_changed_at(table))
    if context.desired_table is None:
        return unknown("this version of tablepromise cannot render the request")
    hidden = context.cluster.read_error("Kustomization") or (
        "" if table else context.cluster.read_error("Table")
    )
    differences = ", ".join(context.table_differences)
    outdated = f"the Table differs from the request in {differences}" if table else ""
    if not kustomizations or hidden:
        return _unseen(context, outdated, hidden)
    for kustomization in kustomizations:
        if problem := _problem(context, kustomization):
            return problem
        if problem := _emptied(context, kustomization):
            return problem
    if down := flux_down(context.cluster):
        return steps.failed(down, kustomizations[0])
    [kustomization, *_] = kustomizations
    origin = flux.source(context.cluster, kustomization)
    interval = parse_duration(origin.text("spec", "interval")) if origin else parse_duration("")
    return steps.waiting(
        Reason.APPLYING,
        outdated or f"{kustomization} has not applied the manifest yet",
        kustomization,
        _changed(context),
        why=_ready_text(kustomization),
        next=_requeue(kustomization, origin),
        patience=PATIENCE + interval,
    )


def _changed(context: RequestContext) -> datetime | None:
    """Return the time of the latest change of the WorkPlacement or of the Table."""
    changes = [
        live.changed_at for live in (context.placement, context.table) if live and live.changed_at
    ]
    return max(changes, default=None)


def _unseen(context: RequestContext, outdated: str, hidden: str) -> Step:
    """Return the step when the agent is not visible: only differences of the Table are known."""
    unready = [
        str(live) for live in context.cluster.list_all("Kustomization") if _ready(live) != "True"
    ]
    why = hidden or "the agent is not visible from here: " + (
        "this cluster has no Flux"
        if context.cluster.is_absent("Kustomization")
        else "no Kustomization reads the state store"
    )
    why = shorten(f"{why}; not ready: {', '.join(unready)}" if unready else why)
    if not outdated:
        return unknown(why)
    next = "check the agent of the Destination in the cluster where it runs"
    since = _changed(context)
    return steps.waiting(Reason.APPLYING, outdated, context.table, since, why=why, next=next)


def _problem(context: RequestContext, kustomization: LiveObject) -> Step | None:
    """Return why a Kustomization, or its source, does not apply the manifest."""
    origin = flux.source(context.cluster, kustomization)
    for live in (origin, kustomization):
        if live is not None and live.get("spec", "suspend") is True:
            what, why = f"{live} is suspended", "spec.suspend is true"
            problem = Problem(Reason.AGENT_SUSPENDED, what, why, flux.resume(live))
            return steps.failed(problem, live)
    if origin is None:
        if hidden := context.cluster.read_error(kustomization.text("spec", "sourceRef", "kind")):
            return unknown(hidden)
        reference = kustomization.fields("spec", "sourceRef")
        missing = f"{reference.get('kind')} {reference.get('name')}"
        problem = Problem(
            Reason.SOURCE_FAILING,
            f"the source {missing} of {kustomization} does not exist",
            _ready_text(kustomization),
            f"create the source, or correct spec.sourceRef of {kustomization}",
        )
        return steps.failed(problem, kustomization)
    ready = origin.condition("Ready")
    if ready and ready.current and ready.status == "False":
        what = f"Flux cannot fetch {origin}"
        if store_remedy.lacks_keys(origin):
            what += f": Secret {store_remedy.secret(origin)} has no valid keys for the state store"
        next = store_remedy.remedy(origin)
        problem = Problem(Reason.SOURCE_FAILING, what, ready.summary, next)
        return steps.failed(problem, origin, ready.since)
    ready = kustomization.condition("Ready")
    if ready and ready.current and ready.status == "False":
        return _not_ready(context, kustomization, origin, ready)
    return None


def _emptied(context: RequestContext, kustomization: LiveObject) -> Step | None:
    """Return the problem if Kratix wrote the manifest and a later revision does not contain it."""
    artifact = LiveObject("Artifact", _origin(context, kustomization).fields("status", "artifact"))
    fetched, wrote = parse_time(artifact.text("lastUpdateTime")), context.written_at
    applied = kustomization.text("status", "lastAppliedRevision") == artifact.text("revision")
    known = flux.applied(context.cluster, kustomization, context.namespace, context.name)
    if context.table or known or not applied or fetched is None or wrote is None:
        return None
    if fetched - wrote < _FETCH_TIME:
        return None
    problem = Problem(
        Reason.STORE_EMPTIED,
        f"the manifest was written to {context.store} and is missing there now",
        f"{kustomization} has applied {artifact.text('revision')}, which does not contain the "
        "Table",
        f"if the store lost all its files, suspend {kustomization} first; then write the manifest "
        f"again: {context.rerun_command}",
    )
    return steps.failed(problem, kustomization, fetched)


def _origin(context: RequestContext, kustomization: LiveObject) -> LiveObject:
    return flux.source(context.cluster, kustomization) or LiveObject("Source", {})


def _not_ready(
    context: RequestContext, kustomization: LiveObject, origin: LiveObject, ready: LiveCondition
) -> Step:
    other = flux.dependency(context.cluster, kustomization)
    if ready.reason in flux.PASSING and other is None:
        return steps.waiting(
            Reason.APPLYING,
            f"{kustomization}: {ready.reason}",
            kustomization,
            ready.since,
            why=ready.summary,
            next=_describe(kustomization),
            patience=PATIENCE + parse_duration(origin.text("spec", "interval")),
        )
    if ready.reason == "DependencyNotReady" and other is not None:
        return steps.failed(
            Problem(
                Reason.AGENT_FAILING,
                f"{kustomization} depends on {other}, which is not ready",
                _ready_text(other),
                _describe(other),
            ),
            kustomization,
            ready.since,
        )
    culprits = flux.named_in(ready.message)
    if f"Table/{context.namespace}/{context.name}" in culprits:
        absent = "no matches for kind" in ready.message
        reason = Reason.ACK_ABSENT if absent else Reason.TABLE_REJECTED
        what, next = "the API server rejects the Table", _table_fix(ready.message)
    elif culprits:
        others = ", ".join(culprits)
        reason, what = Reason.BLOCKED, f"blocked by another object: {others}"
        next = f"correct or remove {others}: {kustomization} applies all its objects or none"
    else:
        reason = Reason.AGENT_FAILING
        what, next = f"{kustomization} is not ready", _describe(kustomization)
    return steps.failed(Problem(reason, what, ready.summary, next), kustomization, ready.since)


def _table_fix(message: str) -> str:
    if "no matches for kind" in message:
        return "install ACK's DynamoDB controller with its CRDs: the cluster has no API for Tables"
    if "field not declared in schema" in message:
        return "install a version of ACK whose CRD has the field, or remove it from the request"
    if "dry-run failed (Forbidden)" in message:
        return "allow the agent's ServiceAccount (spec.serviceAccountName) to create Tables"
    return "correct the request; if it is valid, install a version of ACK that accepts the Table"


def _ready(live: LiveObject) -> str:
    condition = live.condition("Ready")
    return condition.status if condition else "Unknown"


def _ready_text(live: LiveObject) -> str:
    condition = live.condition("Ready")
    return condition.summary if condition else f"{live} has no condition yet"


def _describe(live: LiveObject) -> str:
    return f"kubectl describe {live.kubectl_name}"


def _requeue(kustomization: LiveObject, origin: LiveObject | None) -> str:
    live = origin or kustomization
    annotation = 'reconcile.fluxcd.io/requestedAt="$(date)"'
    return f"kubectl annotate --overwrite {live.kubectl_name} {annotation}"
