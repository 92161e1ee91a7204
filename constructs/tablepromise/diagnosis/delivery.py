"""Hop `applied`: the agent brings the manifest from the state store into the cluster."""

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

_FETCHED = timedelta(minutes=1)
"""By how much a fetch must be later than a write to have seen it: its time is that of its end."""


def applied(context: RequestContext) -> Step:
    """Whether the Table in the cluster is the one that this generation asks for."""
    table = context.table
    kustomizations = flux.covering(
        context.cluster, context.destination, context.namespace, context.name
    )
    if table is not None and table.deleting:
        return steps.done("it was applied, and is being deleted", table, table.changed)
    if table is not None and not context.differing and context.rendered is not None:
        by = f"by {kustomizations[0]}" if kustomizations else "by an agent that is not seen here"
        broken = [live for live in kustomizations if _ready(live) == "False"]
        note = f"; {broken[0]} fails now, so later changes will wait" if broken else ""
        return steps.done(by + note, table, managed_fields.spec_changed_at(table))
    if context.rendered is None:
        return unknown("this tablepromise cannot tell which Table the request asks for")
    hidden = context.cluster.read_error("Kustomization") or (
        "" if table else context.cluster.read_error("Table")
    )
    behind = f"the Table is not as asked: {', '.join(context.differing)}" if table else ""
    if not kustomizations or hidden:
        return _unseen(context, behind, hidden)
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
        behind or f"{kustomization} has not fetched it yet",
        kustomization,
        _changed(context),
        why=_said(kustomization),
        next=_now(kustomization, origin),
        patience=PATIENCE + interval,
    )


def _changed(context: RequestContext) -> datetime | None:
    """The later change: ACK or somebody else may have changed the Table a moment ago."""
    changes = [live.changed for live in (context.placement, context.table) if live and live.changed]
    return max(changes, default=None)


def _unseen(context: RequestContext, behind: str, hidden: str) -> Step:
    """Who applies is not seen; that the Table is another than is asked for, would be."""
    unready = [
        str(live) for live in context.cluster.list_all("Kustomization") if _ready(live) != "True"
    ]
    why = hidden or "the agent is not visible from here: " + (
        "there is no Flux in this cluster"
        if context.cluster.is_absent("Kustomization")
        else "no Kustomization reads that state store"
    )
    why = shorten(f"{why}; not ready: {', '.join(unready)}" if unready else why)
    if not behind:
        return unknown(why)
    next = "look at the agent of the Destination"
    return steps.waiting(
        Reason.APPLYING, behind, context.table, _changed(context), why=why, next=next
    )


def _problem(context: RequestContext, kustomization: LiveObject) -> Step | None:
    """What keeps a Kustomization, or its source, from bringing the manifest."""
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
            _said(kustomization),
            "make it, or correct spec.sourceRef",
        )
        return steps.failed(problem, kustomization)
    ready = origin.condition("Ready")
    if ready and ready.current and ready.status == "False":
        what = f"{origin} cannot be fetched"
        if store_remedy.lacks_keys(origin):
            what += f": Secret {store_remedy.secret(origin)} has no valid keys of the state store"
        next = store_remedy.remedy(origin)
        problem = Problem(Reason.SOURCE_FAILING, what, ready.words, next)
        return steps.failed(problem, origin, ready.since)
    ready = kustomization.condition("Ready")
    if ready and ready.current and ready.status == "False":
        return _not_ready(context, kustomization, origin, ready)
    return None


def _emptied(context: RequestContext, kustomization: LiveObject) -> Step | None:
    """Kratix says that it wrote, and Flux has applied all that came later: without this Table."""
    artifact = LiveObject("Artifact", _origin(context, kustomization).fields("status", "artifact"))
    fetched, wrote = parse_time(artifact.text("lastUpdateTime")), context.wrote
    applied = kustomization.text("status", "lastAppliedRevision") == artifact.text("revision")
    known = flux.applied(context.cluster, kustomization, context.namespace, context.name)
    if context.table or known or not applied or fetched is None or wrote is None:
        return None
    if fetched - wrote < _FETCHED:
        return None
    problem = Problem(
        Reason.STORE_EMPTIED,
        f"the manifest was written to {context.store}, and is not there any more",
        f"{kustomization} has applied {artifact.text('revision')}, which has no such Table",
        f"have it written anew: {context.again}; "
        f"if the store was emptied, suspend {kustomization} first",
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
            why=ready.words,
            next=_describe(kustomization),
            patience=PATIENCE + parse_duration(origin.text("spec", "interval")),
        )
    if ready.reason == "DependencyNotReady" and other is not None:
        return steps.failed(
            Problem(
                Reason.AGENT_FAILING,
                f"{kustomization} waits for {other}, which is not ready",
                _said(other),
                _describe(other),
            ),
            kustomization,
            ready.since,
        )
    culprits = flux.named_in(ready.message)
    if f"Table/{context.namespace}/{context.name}" in culprits:
        absent = "no matches for kind" in ready.message
        reason = Reason.ACK_ABSENT if absent else Reason.TABLE_REJECTED
        what, next = "the API server refuses the Table", _refused(ready.message)
    elif culprits:
        others = ", ".join(culprits)
        reason, what = Reason.BLOCKED, f"blocked by another object: {others}"
        next = f"have {others} corrected or removed: {kustomization} applies all or nothing"
    else:
        reason = Reason.AGENT_FAILING
        what, next = f"{kustomization} is not ready", _describe(kustomization)
    return steps.failed(Problem(reason, what, ready.words, next), kustomization, ready.since)


def _refused(message: str) -> str:
    if "no matches for kind" in message:
        return "install ACK's DynamoDB controller with its CRDs: the cluster has no such API"
    if "field not declared in schema" in message:
        return "install a newer ACK, whose CRD has the field, or leave it out of the request"
    if "dry-run failed (Forbidden)" in message:
        return "let the agent's ServiceAccount (spec.serviceAccountName) make Tables"
    return "correct the request; if it is right, the Promise renders what this ACK does not take"


def _ready(live: LiveObject) -> str:
    condition = live.condition("Ready")
    return condition.status if condition else "Unknown"


def _said(live: LiveObject) -> str:
    condition = live.condition("Ready")
    return condition.words if condition else f"{live} has no condition yet"


def _describe(live: LiveObject) -> str:
    return f"kubectl describe {live.target}"


def _now(kustomization: LiveObject, origin: LiveObject | None) -> str:
    live = origin or kustomization
    return f'kubectl annotate --overwrite {live.target} reconcile.fluxcd.io/requestedAt="$(date)"'
