"""A request that is being deleted: what becomes of its data, and what it still waits for."""

import json

from tablepromise.diagnosis import steps
from tablepromise.diagnosis.live_object import LiveObject, shorten
from tablepromise.diagnosis.operators import kratix_down
from tablepromise.diagnosis.pods import pod_reason, trouble
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.steps import Step
from tablepromise.diagnosis.workflow import rejected_pod
from tablepromise.request import deletion_outcome

_PIPELINE = "kratix.io/delete-workflows"

_WAITS_FOR = {
    _PIPELINE: "the delete pipeline",
    "kratix.io/work-cleanup": "Kratix to take the Table out of the state store",
    "kratix.io/workflows-cleanup": "Kratix to remove the pipeline's Jobs",
    "kratix.io/resource-binding-cleanup": "Kratix to remove the request's binding",
}
"""Kratix' finalizers, in the order in which it removes them."""


def deletion(context: RequestContext) -> Step:
    """How far the deletion is, and why no further."""
    request = context.request
    since = request.deleting
    told = deletion_outcome(request.fields("spec"), request.fields("status"))
    left = [name for name in _WAITS_FOR if name in request.finalizers]
    others = [name for name in request.finalizers if name not in _WAITS_FOR]
    [first, *_] = [*left, *others, ""]
    waits = f"{told}; waits for {_WAITS_FOR.get(first, first)} ({first})" if first else told
    if down := kratix_down(context.cluster):
        return steps.failed(
            Problem(down.reason, f"{told}; it is not deleted: {down.what}", down.why, down.next),
            request,
            since,
        )
    if problem := _no_job(context, told):
        return steps.failed(problem, request, since)
    if problem := _stuck_pipeline(context, told) or _stuck_file(context, told):
        return steps.failed(problem, request, since)
    describe = context.kubectl("describe")
    why = f"finalizer {first}"
    return steps.waiting(Reason.DELETING, waits, request, since, why=why, next=describe)


def _no_job(context: RequestContext, told: str) -> Problem | None:
    """Kratix can create no Job in a namespace that is being deleted, and waits for one for ever."""
    namespace = context.cluster.get("Namespace", context.namespace)
    finalizers = context.request.finalizers
    if namespace is None or namespace.deleting is None or _PIPELINE not in finalizers:
        return None
    others = [name for name in finalizers if name != _PIPELINE]
    quoted = f"'{json.dumps({'metadata': {'finalizers': others}})}'"
    return Problem(
        Reason.NAMESPACE_TERMINATING,
        f"{told}; it is not deleted: {namespace} is being deleted, and accepts no Job of the "
        "delete pipeline",
        f"finalizer {_PIPELINE}",
        f"leave the delete pipeline out, it deletes nothing itself, and Kratix does the rest: "
        f"{context.kubectl('patch', '--type=merge', '-p', quoted)}",
    )


def _stuck_pipeline(context: RequestContext, told: str) -> Problem | None:
    completed = context.request.condition("DeleteWorkflowCompleted")
    if completed and completed.reason in ("DeleteWorkflowFailed", "DeleteWorkflowSuspended"):
        return Problem(
            Reason.DELETE_PIPELINE_FAILED,
            f"{told}; it is not deleted: the delete pipeline did not succeed",
            completed.words,
            f"run it again: {context.again}",
        )
    job = context.job
    for pod in _pods(context, job) if job else []:
        if why := trouble(pod):
            next = f"kubectl describe pod {pod.name} -n {pod.namespace}"
            what = f"{told}; the delete pipeline does not run"
            return Problem(pod_reason(why), what, why, next)
    if job and (rejected := rejected_pod(context, job)):
        what = f"{told}; the delete pipeline has no pod"
        return Problem(rejected.reason, what, rejected.why, rejected.next)
    return _still_configuring(context, told) if job is None else None


def _still_configuring(context: RequestContext, told: str) -> Problem | None:
    """Kratix begins the delete pipeline when the other has ended, and never ends it itself."""
    for job in context.runs("configure"):
        if any((c := job.condition(t)) and c.status == "True" for t in ("Complete", "Failed")):
            continue
        next = f"kubectl delete job {job.name} -n {job.namespace}"
        for pod in _pods(context, job):
            if why := trouble(pod):
                what = f"{told}; the delete pipeline waits for another run, whose pod does not run"
                return Problem(pod_reason(why), what, why, next)
        if rejected := rejected_pod(context, job):
            what = f"{told}; the delete pipeline waits for another run, which has no pod"
            return Problem(rejected.reason, what, rejected.why, next)
    return None


def _stuck_file(context: RequestContext, told: str) -> Problem | None:
    """Kratix takes the file away before it lets the WorkPlacement go."""
    placement = context.placement
    wrote = placement.condition("WriteSucceeded") if placement else None
    if placement and placement.deleting and wrote and wrote.status == "False":
        return Problem(
            Reason.STORE_FAILING,
            f"{told}; the manifest cannot be removed from {context.store or 'the state store'}",
            shorten(f"{wrote.words}; finalizers {', '.join(placement.finalizers)}"),
            "mend the state store: Kratix tries again by itself",
        )
    return None


def _pods(context: RequestContext, job: LiveObject) -> list[LiveObject]:
    return context.cluster.list_labelled(
        "Pod", job.namespace, "batch.kubernetes.io/job-name", job.name
    )
