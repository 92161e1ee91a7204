"""From what was read of a cluster to where each request stands."""

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

_Look = Callable[[RequestContext], Step]

_LOOKS: dict[str, _Look] = dict(
    zip(
        HOPS,
        (
            workflow.admitted,
            workflow.workflow,
            placement.work,
            placement.placed,
            placement.written,
            delivery.applied,
            tables.table,
            tables.dynamodb,
        ),
        strict=True,
    )
)
_DELETION: dict[str, _Look] = {"admitted": workflow.admitted, "deletion": deletion}


def diagnose(snapshot: Snapshot, now: datetime) -> Report:
    """Where every request of a snapshot stands, why, and what to do next.

    Args:
        snapshot: what was read of the cluster.
        now: when that was; with a time zone.
    """
    cluster = Cluster(snapshot)
    requests = (trace(RequestContext(cluster, live, now)) for live in cluster.list_all(model.KIND))
    return Report(
        platform=tuple(platform(cluster, now)),
        requests=tuple(sorted(requests, key=lambda report: (report.namespace, report.name))),
    )


def trace(context: RequestContext) -> RequestReport:
    """Where one request stands."""
    looks = _DELETION if context.request.deleting else _LOOKS
    hops: list[Hop] = []
    end: Step | None = None
    last = steps.unknown("")
    at = ""
    for name, look in looks.items():
        if end is not None:
            hops.append(Hop(name, "waiting", _meanwhile(context, name)))
            continue
        last = step = look(context)
        hops.append(Hop(name, step.state, step.detail, step.object, step.since))
        if step.state in ("waiting", "failed"):
            end, at = step, name
    state, problem = _verdict(context, end, last)
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
        created=context.request.created,
        hops=tuple(hops),
        problem=problem,
    )


def _verdict(
    context: RequestContext, end: Step | None, last: Step
) -> tuple[RequestState, Problem | None]:
    if end is None:
        return ("ready" if last.state == "done" else "unknown"), last.problem
    late = end.state == "failed" or end.overdue(context.now)
    problem = end.problem if late else None
    if context.request.deleting:
        return "deleting", problem
    if end.state == "waiting":
        return ("stuck" if late else "waiting"), problem
    return ("refused" if end.refused else "failed"), problem


def _reason(last: Step, state: RequestState) -> Reason:
    if last.problem is not None:
        return last.problem.reason
    return Reason.ACTIVE if state == "ready" else Reason.NOT_VISIBLE


def _reached(hops: list[Hop]) -> str:
    """Of a request that nothing stops: its last hop, or the first that cannot be seen.

    What cannot be seen on the way does not matter once the table is there.
    """
    if hops[-1].state == "done":
        return hops[-1].name
    return next(hop.name for hop in hops if hop.state == "unknown")


def _meanwhile(context: RequestContext, name: str) -> str:
    """What a hop behind the one that is not done has from an earlier generation."""
    if name == "dynamodb" and (status := tables.status(context)[0]):
        return f"{status}, as it was before"
    if name == "table" and context.table is not None:
        return "as it was before"
    return ""
