"""Hop `deletion`: what happens to the data, and which finalizer the deletion waits for."""

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
    waits = f"{data}; waits for {_WAITS_FOR.get(first, first)} ({first})" if first else data
    if down := kratix_down(context.cluster):
        return steps.failed(
            Problem(
                down.reason, f"{data}; the deletion is blocked: {down.what}", down.why, down.next
            ),
            request,
            since,
        )
    if problem := _no_job(context, data):
        return steps.failed(problem, request, since)
    if problem := _stuck_pipeline(context, data) or _stuck_file(context, data):
        return steps.failed(problem, request, since)
    describe = context.kubectl("describe")
    why = f"finalizer {first}"
    return steps.waiting(Reason.DELETING, waits, request, since, why=why, next=describe)


def _no_job(context: RequestContext, data: str) -> Problem | None:
    """Return the problem that no Job can be created in a namespace that is being deleted."""
    namespace = context.cluster.get("Namespace", context.namespace)
    finalizers = context.request.finalizers
    if namespace is None or namespace.deleting_since is None or _PIPELINE not in finalizers:
        return None
    others = [name for name in finalizers if name != _PIPELINE]
    quoted = f"'{json.dumps({'metadata': {'finalizers': others}})}'"
    return Problem(
        Reason.NAMESPACE_TERMINATING,
        f"{data}; the deletion is blocked: {namespace} is being deleted, so Kratix cannot create "
        "the delete pipeline's Job",
        f"finalizer {_PIPELINE}",
        f"remove the finalizer of the delete pipeline, which deletes no data: "
        f"{context.kubectl('patch', '--type=merge', '-p', quoted)}",
    )


def _stuck_pipeline(context: RequestContext, data: str) -> Problem | None:
    completed = context.request.condition("DeleteWorkflowCompleted")
    if completed and completed.reason in ("DeleteWorkflowFailed", "DeleteWorkflowSuspended"):
        return Problem(
            Reason.DELETE_PIPELINE_FAILED,
            f"{data}; the deletion is blocked: the delete pipeline failed",
            completed.summary,
            f"run it again: {context.rerun_command}",
        )
    job = context.job
    for pod in _pods(context, job) if job else []:
        if why := trouble(pod):
            next = f"kubectl describe pod {pod.name} -n {pod.namespace}"
            what = f"{data}; the deletion is blocked: the delete pipeline's pod does not run"
            return Problem(pod_reason(why), what, why, next)
    if job and (rejected := rejected_pod(context, job)):
        what = f"{data}; the deletion is blocked: the delete pipeline's pod is rejected"
        return Problem(rejected.reason, what, rejected.why, rejected.next)
    return _still_configuring(context, data) if job is None else None


def _still_configuring(context: RequestContext, data: str) -> Problem | None:
    """Return the problem of a configure run: Kratix starts the delete pipeline after it ends."""
    for job in context.runs("configure"):
        if any((c := job.condition(t)) and c.status == "True" for t in ("Complete", "Failed")):
            continue
        next = f"kubectl delete job {job.name} -n {job.namespace}"
        for pod in _pods(context, job):
            if why := trouble(pod):
                what = (
                    f"{data}; the deletion is blocked: the delete pipeline waits for the end of "
                    f"Job {job.name}, whose pod does not run"
                )
                return Problem(pod_reason(why), what, why, next)
        if rejected := rejected_pod(context, job):
            what = (
                f"{data}; the deletion is blocked: the delete pipeline waits for the end of "
                f"Job {job.name}, whose pod is rejected"
            )
            return Problem(rejected.reason, what, rejected.why, next)
    return None


def _stuck_file(context: RequestContext, data: str) -> Problem | None:
    """Return the problem that Kratix cannot remove the manifest, and so keeps the finalizer."""
    placement = context.placement
    wrote = placement.condition("WriteSucceeded") if placement else None
    if placement and placement.deleting_since and wrote and wrote.status == "False":
        return Problem(
            Reason.STORE_FAILING,
            f"{data}; the deletion is blocked: Kratix cannot remove the manifest from "
            f"{context.store or 'the state store'}",
            shorten(f"{wrote.summary}; finalizers {', '.join(placement.finalizers)}"),
            "repair the state store: Kratix retries",
        )
    return None


def _pods(context: RequestContext, job: LiveObject) -> list[LiveObject]:
    return context.cluster.list_labelled(
        "Pod", job.namespace, "batch.kubernetes.io/job-name", job.name
    )
