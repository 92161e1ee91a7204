"""Hops `admitted` and `workflow`: Kratix runs the pipeline, which renders or rejects it."""

from tablepromise.diagnosis import managed_fields, steps
from tablepromise.diagnosis.live_object import LiveCondition, LiveObject, parse_time, shorten
from tablepromise.diagnosis.operators import kratix_down
from tablepromise.diagnosis.pods import pod_reason, trouble
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.steps import Step
from tablepromise.request import model

_KRATIX_LOG = "kubectl logs deployment/kratix-platform-controller-manager -n kratix-platform-system"


def admitted(context: RequestContext) -> Step:
    """Return a done step: a request that exists was admitted."""
    request = context.request
    since = (
        request.created_at if request.generation <= 1 else managed_fields.spec_changed_at(request)
    )
    return steps.done(f"generation {request.generation}", request, since)


def workflow(context: RequestContext) -> Step:
    """Return whether the pipeline has run for the current generation."""
    request = context.request
    paused = request.condition("Reconciled")
    if paused and paused.reason == "PausedReconciliation":
        on_request = request.labels.get("kratix.io/paused") == "true"
        command = (
            context.kubectl("label") if on_request else f"kubectl label promise {model.PROMISE}"
        )
        what = f"reconciliation of the {'request' if on_request else 'Promise'} is paused in Kratix"
        problem = Problem(Reason.PAUSED, what, paused.summary, f"{command} kratix.io/paused-")
        return steps.failed(problem, request, paused.since)
    unavailable = request.condition("PromiseAvailable")
    if unavailable and unavailable.status == "False":
        problem = Problem(
            Reason.PROMISE_UNAVAILABLE,
            "the Promise does not accept requests",
            unavailable.summary,
            f"kubectl describe promise {model.PROMISE}",
        )
        return steps.failed(problem, request, unavailable.since)
    if rejection := _rejected(context):
        return rejection
    completed = request.condition("ConfigureWorkflowCompleted")
    if completed and completed.reason == "ConfigureWorkflowFailed":
        return _failed(context, completed)
    if completed and completed.status == "True" and request.current:
        message = request.text("status", "message")
        return steps.done(shorten(message), request, completed.since)
    if completed is None or completed.status == "True":
        # Kratix does not retry the write that reports the start of a run
        job = context.job if context.job_is_current else None
        return _running(context, None) if job else _queued(context)
    return _running(context, completed)


def _queued(context: RequestContext) -> Step:
    request = context.request
    if down := kratix_down(context.cluster):
        return steps.failed(down, request, request.changed_at)
    detail = f"Kratix has not reconciled generation {request.generation} of the request"
    position = context.cluster.queue_position(request)
    if position.length_text:
        detail = f"{detail}: {position.length_text} other requests are queued before it"
    since = position.since(managed_fields.spec_changed_at(request), context.now)
    return steps.waiting(Reason.PIPELINE, detail, request, since, next=_KRATIX_LOG)


def _rejected(context: RequestContext) -> Step | None:
    """Return the rejection; the pipeline rejects a request by suspending itself."""
    request = context.request
    pipelines = request.items("status", "kratix", "workflows", "pipelines")
    suspended = [LiveObject("Pipeline", p) for p in pipelines if p.get("phase") == "Suspended"]
    rejected_generation = request.number("status", "kratix", "workflows", "suspendedGeneration")
    if not suspended:
        return None
    if (rejected_generation or request.generation) < request.generation:
        return _queued(context)
    [pipeline, *_] = suspended
    why = shorten(pipeline.text("message") or request.text("status", "message"))
    retry = parse_time(pipeline.text("nextRetryAt"))
    change = context.kubectl("edit")
    if retry is None:
        next = f"{change}: correct the spec, which runs the pipeline again"
    elif retry < context.now and (down := kratix_down(context.cluster)):
        next = f"{down.next} (a retry was due at {retry:%H:%M:%S} UTC, but {down.what})"
    else:
        next = f"remove the cause, or {change}; Kratix retries at {retry:%Y-%m-%d %H:%M:%S} UTC"
    reason = Reason.REJECTED_FOR_NOW if retry else Reason.REJECTED
    what = "the pipeline rejects the request" + (" for now" if retry else "")
    since = parse_time(pipeline.text("lastTransitionTime"))
    return steps.failed(Problem(reason, what, why, next), request, since, rejected=True)


def _failed(context: RequestContext, completed: LiveCondition | None) -> Step:
    job = context.job
    pods = context.pods(job) if job else []
    reasons = [(pod, reason) for pod in pods if (reason := trouble(pod))]
    if reasons:
        pod, why = reasons[-1]
        logs = f"kubectl logs {pod.name} -n {pod.namespace} --all-containers"
        next = f"{logs}; then run it again: {context.rerun_command}"
        problem = Problem(Reason.PIPELINE_FAILED, "the pipeline failed", why, next)
    else:
        ended = job.condition("Failed") if job else None
        messages = (completed and completed.message, ended and ended.message)
        why = "; ".join(message for message in messages if message)
        next = f"run it again and watch: {context.rerun_command}"
        problem = Problem(Reason.PIPELINE_FAILED, "the pipeline failed", shorten(why), next)
    since = completed.since if completed else None
    return steps.failed(problem, job or context.request, since)


def _running(context: RequestContext, completed: LiveCondition | None) -> Step:
    """Return the step of a pipeline that runs or should run; without a condition it has a Job."""
    job = context.job
    begun = completed.since if completed else None
    if job is None:
        if down := kratix_down(context.cluster):
            return steps.failed(down, context.request, begun)
        hidden = context.cluster.read_error("Job")
        detail = f"the pipeline runs ({hidden})" if hidden else "Kratix creates the pipeline's Job"
        return steps.waiting(Reason.PIPELINE, detail, context.request, begun, next=_KRATIX_LOG)
    if completed is None and (failed := job.condition("Failed")) and failed.status == "True":
        return _failed(context, None)
    pods = context.pods(job)
    # an older Job is of the generation before
    since = max((time for time in (job.created_at, begun) if time), default=None)
    for pod in pods:
        if why := trouble(pod):
            where = f"{pod.name} -n {pod.namespace}"
            ran = "exit code" in why
            next = (
                f"kubectl logs {where} --all-containers" if ran else f"kubectl describe pod {where}"
            )
            problem = Problem(pod_reason(why), "the pipeline's pod does not run", why, next)
            return steps.failed(problem, pod, since)
    if rejected := rejected_pod(context, job):
        return steps.failed(rejected, job, since)
    hidden = context.cluster.read_error("Pod") or context.cluster.read_error("Event")
    detail = f"the pipeline runs ({hidden})" if hidden else "the pipeline runs"
    describe = f"kubectl describe job {job.name} -n {job.namespace}"
    waiting = steps.waiting(Reason.PIPELINE, detail, job, since, next=describe)
    before = context.request.number("status", "observedGeneration") == context.request.generation
    if before and not waiting.overdue(context.now):
        # an earlier run of this generation succeeded, and its Table is still the current one
        return steps.done(f"{detail} again", job)
    return waiting


def rejected_pod(context: RequestContext, job: LiveObject) -> Problem | None:
    """Return why the API server rejects the pod of a Job; None if the Job has a pod, or ended."""
    events = _events(context, job)
    if not events or context.pods(job) or job.number("status", "active"):
        return None
    return _no_pod(job, events[-1])


def _no_pod(job: LiveObject, why: str) -> Problem:
    delete = f"kubectl delete job {job.name} -n {job.namespace}"
    reason = Reason.POD_REJECTED
    if "violates PodSecurity" in why:
        reason = Reason.POD_SECURITY
        next = (
            "correct the securityContext in the Promise; for containers without one, set "
            "workflows.defaultContainerSecurityContext in ConfigMap kratix of "
            f"kratix-platform-system and restart Kratix; then {delete}"
        )
    elif "exceeded quota" in why:
        reason = Reason.QUOTA_EXCEEDED
        show = f"kubectl describe resourcequota -n {job.namespace}"
        next = f"raise the quota, and the Job continues: {show}"
    else:
        next = f"remove the cause, then {delete}: Kratix creates a new Job"
    what = {
        Reason.POD_SECURITY: "the namespace's Pod Security level rejects the pipeline's pod",
        Reason.QUOTA_EXCEEDED: "the namespace's ResourceQuota rejects the pipeline's pod",
    }.get(reason, "the API server rejects the pipeline's pod")
    return Problem(reason, what, why, next)


def _events(context: RequestContext, job: LiveObject) -> list[str]:
    """Return the messages of the Job's FailedCreate Events, the latest last."""
    about = [
        event
        for event in context.cluster.list_all("Event")
        if event.namespace == job.namespace
        and event.text("involvedObject", "name") == job.name
        and event.text("reason") == "FailedCreate"
    ]
    about.sort(key=lambda event: event.text("lastTimestamp") or event.text("eventTime"))
    return [shorten(event.text("message")) for event in about]
