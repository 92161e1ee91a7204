"""Diagnoses a snapshot: the state of the platform, and the hop that each request has reached."""

from collections.abc import Callable
from datetime import datetime

from tablepromise.diagnosis import delivery, placement, steps, tables, workflow
from tablepromise.diagnosis.deletion import deletion
from tablepromise.diagnosis.platform import platform
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import HOPS, Hop, Problem, Report, RequestReport, RequestState
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.snapshot import Cluster, Snapshot
from tablepromise.diagnosis.steps import Step
from tablepromise.request import model

_Check = Callable[[RequestContext], Step]

_CHECKS: dict[str, _Check] = dict(
    zip(
        HOPS,
        (
            workflow.admitted,
            workflow.workflow,
            placement.work,
            placement.scheduled,
            placement.written,
            delivery.applied,
            tables.table,
            tables.dynamodb,
        ),
        strict=True,
    )
)
_DELETION: dict[str, _Check] = {"admitted": workflow.admitted, "deletion": deletion}


def diagnose(snapshot: Snapshot, now: datetime) -> Report:
    """Return the state of every request in a snapshot, its problem, and the next step.

    Args:
        snapshot: the objects of the cluster.
        now: time of the snapshot, with a time zone.
    """
    cluster = Cluster(snapshot)
    requests = (trace(RequestContext(cluster, live, now)) for live in cluster.list_all(model.KIND))
    return Report(
        platform=tuple(platform(cluster, now)),
        requests=tuple(sorted(requests, key=lambda report: (report.namespace, report.name))),
    )


def trace(context: RequestContext) -> RequestReport:
    """Return the report on one request."""
    checks = _DELETION if context.request.deleting_since else _CHECKS
    hops: list[Hop] = []
    end: Step | None = None
    last = steps.unknown("")
    at = ""
    for name, check in checks.items():
        if end is not None:
            hops.append(Hop(name, "waiting", _earlier(context, name)))
            continue
        last = step = check(context)
        hops.append(Hop(name, step.state, step.detail, step.object, step.since))
        if step.state in ("waiting", "failed"):
            end, at = step, name
    state, problem = _state(context, end, last)
    status, items = tables.status(context)
    return RequestReport(
        namespace=context.namespace,
        name=context.name,
        table=context.table_name,
        region=context.region,
        state=state,
        reason=_reason(last, state),
        hop=at or _reached(hops),
        status=status,
        items=items,
        created=context.request.created_at,
        hops=tuple(hops),
        problem=problem,
    )


def _state(
    context: RequestContext, end: Step | None, last: Step
) -> tuple[RequestState, Problem | None]:
    if end is None:
        return ("ready" if last.state == "done" else "unknown"), last.problem
    late = end.state == "failed" or end.overdue(context.now)
    problem = end.problem if late else None
    if context.request.deleting_since:
        return "deleting", problem
    if end.state == "waiting":
        return ("stuck" if late else "waiting"), problem
    return ("rejected" if end.rejected else "failed"), problem


def _reason(last: Step, state: RequestState) -> Reason:
    if last.problem is not None:
        return last.problem.reason
    return Reason.ACTIVE if state == "ready" else Reason.NOT_VISIBLE


def _reached(hops: list[Hop]) -> str:
    """Return the hop of a request without a problem: the last, or the first that is unknown.

    Unknown hops before the last do not matter when the last is done.
    """
    if hops[-1].state == "done":
        return hops[-1].name
    return next(hop.name for hop in hops if hop.state == "unknown")


def _earlier(context: RequestContext, name: str) -> str:
    """Return the state of a later hop, which is still that of an earlier generation."""
    if name == "dynamodb" and (status := tables.status(context)[0]):
        return f"{status}, for an earlier generation"
    if name == "table" and context.table is not None:
        return "of an earlier generation"
    return ""
