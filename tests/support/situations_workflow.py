"""What happens on the way to the Work: Kratix, its pipeline, and the pipeline's refusals."""

from typing import Any

from situation import NAME, NAMESPACE, changed, situation
from world import Object, World, ago, put


@situation("workflow", "waiting")
def the_pipeline_runs(world: World) -> None:
    running(world, 30)


@situation("dynamodb", "ready")
def the_pipeline_runs_again(world: World) -> None:
    begun(world, world.one("DynamoDBRequest"), 30)


@situation("workflow", "stuck")
def the_pipeline_runs_again_for_long(world: World) -> None:
    begun(world, world.one("DynamoDBRequest"), 180)


@situation("workflow", "waiting")
def the_pipeline_runs_for_a_change(world: World) -> None:
    request = world.one("DynamoDBRequest")
    request["metadata"]["generation"] = 2
    begun(world, request, 30)


def fresh(world: World, age: float) -> Object:
    """Nothing has happened to the request yet."""
    request = world.one("DynamoDBRequest")
    request["metadata"]["creationTimestamp"] = ago(age)
    del request["status"]
    for kind in ("Job", "Work", "WorkPlacement", "Table"):
        world.drop(kind)
    world.inventory("aws-resources").clear()
    return request


def running(world: World, age: float) -> Object:
    """The pipeline has begun, and that is all."""
    request = fresh(world, age + 5)
    request["status"] = {"message": "Pending"}
    return begun(world, request, age)


def begun(world: World, request: Object, age: float) -> Object:
    """The pipeline runs, whatever ran before."""
    pipeline = {"name": "configure", "phase": "Running"}
    request["status"]["kratix"] = {"workflows": {"pipelines": [pipeline]}}
    put(request, "ConfigureWorkflowCompleted", "False", "PipelinesInProgress", age=age)
    return world.add(
        "Job",
        "batch/v1",
        f"kratix-{NAME}-configure-2",
        NAMESPACE,
        metadata={
            "creationTimestamp": ago(age),
            "labels": {
                "kratix.io/promise-name": "aws-dynamodb-kratix",
                "kratix.io/resource-name": NAME,
                "kratix.io/workflow-action": "configure",
            },
        },
        status={},
    )


def no_pod(world: World, message: str) -> None:
    job = running(world, 60)
    world.add(
        "Event",
        "v1",
        "event",
        NAMESPACE,
        **{"reason": "FailedCreate", "type": "Warning", "message": message},
        lastTimestamp=ago(10),
        involvedObject={"kind": "Job", "namespace": NAMESPACE, "name": job["metadata"]["name"]},
    )


def pipeline_pod(world: World, state: Object, age: float = 60) -> None:
    job = running(world, age)
    job["status"] = {"active": 1}
    name = job["metadata"]["name"]
    labels = {
        "batch.kubernetes.io/job-name": name,
        "kratix.io/promise-name": "aws-dynamodb-kratix",
    }
    container = {"name": "configure", **state}
    world.pod(f"{name}-x7k", NAMESPACE, labels, container, init=True)


@situation("workflow", "stuck")
def the_pipeline_runs_for_ever(world: World) -> None:
    running(world, 300)


@situation("workflow", "waiting")
def kratix_has_not_seen_it_yet(world: World) -> None:
    fresh(world, 20)


@situation("workflow", "stuck")
def kratix_never_sees_it(world: World) -> None:
    fresh(world, 400)


@situation("workflow", "waiting")
def kratix_begins_other_runs_meanwhile(world: World) -> None:
    fresh(world, 400)
    another_run(world, 5)


@situation("workflow", "stuck")
def kratix_begins_no_other_run_either(world: World) -> None:
    fresh(world, 400)
    another_run(world, 130)


@situation("workflow", "stuck")
def kratix_begins_other_runs_for_half_an_hour(world: World) -> None:
    fresh(world, 1900)
    another_run(world, 5)


def another_run(world: World, age: float) -> None:
    """Kratix began to run the pipeline of another request."""
    labels = {
        "kratix.io/promise-name": "aws-dynamodb-kratix",
        "kratix.io/resource-name": "another",
        "kratix.io/workflow-action": "configure",
    }
    metadata = {"creationTimestamp": ago(age), "labels": labels}
    world.add("Job", "batch/v1", "another-1", NAMESPACE, metadata=metadata, status={})


@situation("workflow", "failed")
def kratix_lost_the_write_that_the_run_begins(world: World) -> None:
    image_pull(world)
    lost(world)


@situation("workflow", "waiting")
def kratix_lost_the_write_and_the_pipeline_runs(world: World) -> None:
    running(world, 30)
    lost(world)


@situation("workflow", "stuck")
def kratix_lost_the_write_and_the_pipeline_runs_for_ever(world: World) -> None:
    running(world, 300)
    lost(world)


@situation("workflow", "failed")
def kratix_lost_the_write_and_the_pipeline_failed(world: World) -> None:
    job = running(world, 30)
    put(job, "Failed", "True", "BackoffLimitExceeded", "Job has reached the backoff limit")
    lost(world)


def lost(world: World) -> None:
    """Kratix' write of the status that follows the Job met a conflict, and is not repeated."""
    request = world.one("DynamoDBRequest")
    pipelines = [{"name": "configure", "phase": "Pending"}]
    request["status"] = {"workflows": 1, "kratix": {"workflows": {"pipelines": pipelines}}}


@situation(
    "workflow",
    "failed",
    parts=("Deployment kratix-platform-system/kratix-platform-controller-manager",),
)
def kratix_is_scaled_to_zero(world: World) -> None:
    fresh(world, 20)
    kratix = world.one("Deployment", "kratix-platform-controller-manager")
    kratix["spec"]["replicas"], kratix["status"] = 0, {}


@situation(
    "workflow",
    "failed",
    parts=(
        "Promise aws-dynamodb-kratix",
        "CustomResourceDefinition tables.dynamodb.services.k8s.aws",
        "Destination *",
    ),
)
def only_the_bare_crd_is_there(world: World) -> None:
    request = fresh(world, 600)
    crd = world.one("CustomResourceDefinition", "dynamodbrequests.dynamodb.kratix.io")
    gone = World.empty()
    gone.unread.pop("DynamoDBRequest")
    gone.objects |= {"DynamoDBRequest": [request], "CustomResourceDefinition": [crd]}
    world.objects, world.unread = gone.objects, gone.unread
    world.unread.pop("Table")  # its API is missing by name only, to see both


@situation("workflow", "waiting")
def an_update_is_not_reconciled_though_true(world: World) -> None:
    request = world.one("DynamoDBRequest")
    request["metadata"]["generation"] = 2
    changed(request, 20)


@situation("workflow", "stuck")
def an_update_is_never_reconciled_though_true(world: World) -> None:
    request = world.one("DynamoDBRequest")
    request["metadata"]["generation"] = 2
    changed(request, 600)


def suspended(world: World, message: str, **more: Any) -> Object:
    request = fresh(world, 300)
    pipeline = {"name": "configure", "phase": "Suspended", "message": message, "attempts": 1}
    request["metadata"]["labels"]["kratix.io/workflow-suspended"] = "true"
    request["status"] = {
        "message": message,
        "kratix": {
            "workflows": {
                "suspendedGeneration": 1,
                "pipelines": [{**pipeline, "lastTransitionTime": ago(240), **more}],
            }
        },
    }
    put(request, "ConfigureWorkflowCompleted", "False", "PipelinesInProgress")
    put(request, "Reconciled", "Unknown", "WorkflowSuspended", "Suspended")
    return request


@situation("workflow", "rejected")
def it_is_refused(world: World) -> None:
    suspended(world, "refused, nothing was changed: spec.resourcePolicy is not JSON; correct it")


@situation("workflow", "rejected")
def the_name_is_taken_by_another_request(world: World) -> None:
    message = (
        "refused for now, nothing was changed: table orders-table in us-east-1 is already "
        "requested by team-b/orders; choose another name, or delete that request"
    )
    suspended(world, message, nextRetryAt=ago(-120))


@situation(
    "workflow",
    "rejected",
    parts=("Deployment kratix-platform-system/kratix-platform-controller-manager",),
)
def a_retry_is_due_and_kratix_is_down(world: World) -> None:
    suspended(world, "refused for now", nextRetryAt=ago(60))
    kratix = world.one("Deployment", "kratix-platform-controller-manager")
    kratix["spec"]["replicas"], kratix["status"] = 0, {}


@situation("workflow", "waiting")
def a_refused_request_was_corrected(world: World) -> None:
    request = suspended(world, "refused")
    request["metadata"]["generation"] = 2
    changed(request, 5)


@situation(
    "workflow",
    "failed",
    parts=("Deployment kratix-platform-system/kratix-platform-controller-manager",),
)
def a_refused_request_was_corrected_and_kratix_is_down(world: World) -> None:
    a_refused_request_was_corrected(world)
    world.one("Deployment", "kratix-platform-controller-manager")["status"] = {}


@situation("workflow", "failed")
def pod_security(world: World) -> None:
    no_pod(
        world,
        'Error creating: pods "kratix-x" is forbidden: violates PodSecurity "restricted:latest": '
        "allowPrivilegeEscalation != false",
    )


@situation("workflow", "failed")
def quota(world: World) -> None:
    no_pod(world, 'Error creating: pods "kratix-x" is forbidden: exceeded quota: compute')


@situation("workflow", "failed")
def image_pull(world: World) -> None:
    waits = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    pipeline_pod(world, {"state": {"waiting": waits}})


@situation("workflow", "failed")
def out_of_memory(world: World) -> None:
    waits = {"reason": "CrashLoopBackOff"}
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    pipeline_pod(world, {"state": {"waiting": waits}, "lastState": killed})


@situation("workflow", "failed")
def no_node_has_room(world: World) -> None:
    pipeline_pod(world, {"state": {"waiting": {"reason": "PodInitializing"}}})
    pod = world.objects["Pod"][-1]
    put(pod, "PodScheduled", "False", "Unschedulable", "0/1 nodes are available: Insufficient cpu")


@situation("workflow", "failed")
def the_pipeline_failed_and_its_pod_is_gone(world: World) -> None:
    job = running(world, 300)
    put(job, "Failed", "True", "BackoffLimitExceeded", "Job has reached the backoff limit")
    request = world.one("DynamoDBRequest")
    message = "A Configure Pipeline has failed: configure"
    put(request, "ConfigureWorkflowCompleted", "False", "ConfigureWorkflowFailed", message)
    put(request, "Reconciled", "False", "ConfigureWorkflowFailed", "Failing")


@situation("workflow", "failed")
def the_pipeline_failed_and_its_pod_is_there(world: World) -> None:
    ended = {"terminated": {"reason": "Error", "exitCode": 2}}
    pipeline_pod(world, {"state": ended}, age=300)
    request = world.one("DynamoDBRequest")
    put(request, "ConfigureWorkflowCompleted", "False", "ConfigureWorkflowFailed", "failed")


@situation("workflow", "failed")
def paused_by_its_own_label(world: World) -> None:
    world.one("DynamoDBRequest")["metadata"]["labels"]["kratix.io/paused"] = "true"
    put(world.one("DynamoDBRequest"), "Reconciled", "Unknown", "PausedReconciliation", "Paused")


@situation("workflow", "failed")
def paused(world: World) -> None:
    put(world.one("DynamoDBRequest"), "Reconciled", "Unknown", "PausedReconciliation", "Paused")


@situation("workflow", "failed", parts=("Promise aws-dynamodb-kratix",))
def the_promise_is_unavailable(world: World) -> None:
    request = fresh(world, 60)
    put(
        request,
        *("PromiseAvailable", "False", "PromiseRequirementsNotInstalled"),
        "Promise Requirements are not installed",
    )
    promise = world.one("Promise")
    put(promise, "Available", "False", "PromiseUnavailable", "Cannot fulfil resource requests")
