"""Hop `deletion`: what happens to the data, and which finalizer the deletion waits for."""

import json

from msgspec.structs import replace

from tablepromise.diagnosis import steps
from tablepromise.diagnosis.live_object import shorten
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
    "kratix.io/work-cleanup": "Kratix to remove the Table from the state store",
    "kratix.io/workflows-cleanup": "Kratix to remove the pipeline's Jobs",
    "kratix.io/resource-binding-cleanup": "Kratix to remove the request's binding",
}
"""Finalizers of Kratix, in the order in which it removes them."""


def deletion(context: RequestContext) -> Step:
    """Return the state of the deletion, and the problem that blocks it."""
    request = context.request
    since = request.deleting_since
    data = deletion_outcome(request.fields("spec"), request.fields("status"))
    left = [name for name in _WAITS_FOR if name in request.finalizers]
    others = [name for name in request.finalizers if name not in _WAITS_FOR]
    [first, *_] = [*left, *others, ""]
    if problem := kratix_down(context.cluster) or _blocked(context):
        what = f"{data}; the deletion is blocked: {problem.what}"
        return steps.failed(replace(problem, what=what), request, since)
    waits = f"{data}; waits for {_WAITS_FOR.get(first, first)} ({first})" if first else data
    describe = context.kubectl("describe")
    why = f"finalizer {first}"
    return steps.waiting(Reason.DELETING, waits, request, since, why=why, next=describe)


def _blocked(context: RequestContext) -> Problem | None:
    return _no_job(context) or _stuck_pipeline(context) or _stuck_file(context)


def _no_job(context: RequestContext) -> Problem | None:
    """Return the problem that no Job can be created in a namespace that is being deleted."""
    namespace = context.cluster.get("Namespace", context.namespace)
    finalizers = context.request.finalizers
    if namespace is None or namespace.deleting_since is None or _PIPELINE not in finalizers:
        return None
    others = [name for name in finalizers if name != _PIPELINE]
    quoted = f"'{json.dumps({'metadata': {'finalizers': others}})}'"
    return Problem(
        Reason.NAMESPACE_TERMINATING,
        f"{namespace} is being deleted, so Kratix cannot create the delete pipeline's Job",
        f"finalizer {_PIPELINE}",
        "remove the finalizer of the delete pipeline, which deletes no data: "
        f"{context.kubectl('patch', '--type=merge', '-p', quoted)}",
    )


def _stuck_pipeline(context: RequestContext) -> Problem | None:
    completed = context.request.condition("DeleteWorkflowCompleted")
    if completed and completed.reason in ("DeleteWorkflowFailed", "DeleteWorkflowSuspended"):
        what, next = "the delete pipeline failed", f"run it again: {context.rerun_command}"
        return Problem(Reason.DELETE_PIPELINE_FAILED, what, completed.summary, next)
    job = context.job
    if job is None:
        return _still_configuring(context)
    for pod in context.pods(job):
        if why := trouble(pod):
            next = f"kubectl describe pod {pod.name} -n {pod.namespace}"
            return Problem(pod_reason(why), "the delete pipeline's pod does not run", why, next)
    if rejected := rejected_pod(context, job):
        return replace(rejected, what="the delete pipeline's pod is rejected")
    return None


def _still_configuring(context: RequestContext) -> Problem | None:
    """Return the problem of a configure run: Kratix starts the delete pipeline after it ends."""
    for job in context.runs("configure"):
        if any((c := job.condition(t)) and c.status == "True" for t in ("Complete", "Failed")):
            continue
        waits = f"the delete pipeline waits for the end of Job {job.name}, whose pod"
        next = f"kubectl delete job {job.name} -n {job.namespace}"
        for pod in context.pods(job):
            if why := trouble(pod):
                return Problem(pod_reason(why), f"{waits} does not run", why, next)
        if rejected := rejected_pod(context, job):
            return replace(rejected, what=f"{waits} is rejected", next=next)
    return None


def _stuck_file(context: RequestContext) -> Problem | None:
    """Return the problem that Kratix cannot remove the manifest, and so keeps the finalizer."""
    placement = context.placement
    wrote = placement.condition("WriteSucceeded") if placement else None
    if placement and placement.deleting_since and wrote and wrote.status == "False":
        return Problem(
            Reason.STORE_FAILING,
            f"Kratix cannot remove the manifest from {context.store or 'the state store'}",
            shorten(f"{wrote.summary}; finalizers {', '.join(placement.finalizers)}"),
            "repair the state store: Kratix retries",
        )
    return None
