"""Everything that is known to go wrong on the way of a request, and what a diagnosis says then."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from world import Object, World, ago, packed, put

from tablepromise.diagnosis import Described

NAME, NAMESPACE = "production-orders-table", "default"


@dataclass(frozen=True)
class Situation:
    """A spoilt world, and what must be said of its only request.

    Attributes:
        hop, state: where it stands.
        says: texts that must be in its problem; without any, it must have none.
        parts: kind and name of each part of the platform that is unhealthy.
    """

    spoil: Callable[[World], object]
    hop: str
    state: str
    says: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = field(default=())


SITUATIONS: dict[str, Situation] = {}


def situation(
    hop: str, state: str, *says: str, parts: tuple[str, ...] = (), unknown: tuple[str, ...] = ()
) -> Callable[[Callable[[World], object]], Callable[[World], object]]:
    def register(spoil: Callable[[World], object]) -> Callable[[World], object]:
        name = spoil.__name__.replace("_", " ")
        SITUATIONS[name] = Situation(spoil, hop, state, says, parts, unknown)
        return spoil

    return register


# --- as it should be ------------------------------------------------------------------------------


@situation("dynamodb", "ready")
def all_is_well(_: World) -> None:
    pass


@situation("workflow", "waiting")
def the_pipeline_runs(world: World) -> None:
    running(world, 30)


@situation("applied", "waiting")
def flux_has_not_fetched_it(world: World) -> None:
    unapplied(world, age=30)


@situation("dynamodb", "waiting")
def dynamodb_makes_the_table(world: World) -> None:
    table = world.one("Table")
    table["status"] = {"tableStatus": "CREATING"}
    put(table, "ACK.ResourceSynced", "False", "NotSynced", "table is not in ACTIVE state", age=30)


@situation("dynamodb", "waiting")
def an_index_is_filled_for_an_hour(world: World) -> None:
    table = world.one("Table")
    table["status"] = {"tableStatus": "UPDATING"}
    message = "table is currently being updated"
    put(table, "ACK.Recoverable", "True", "", message, age=3600)
    put(table, "ACK.ResourceSynced", "False", "NotSynced", age=3600)


# --- workflow -------------------------------------------------------------------------------------


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
    pipeline = {"name": "configure", "phase": "Running"}
    request["status"] = {
        "message": "Pending",
        "kratix": {"workflows": {"pipelines": [pipeline]}},
    }
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


@situation("workflow", "stuck", "it takes too long: the pipeline runs", "kubectl describe job")
def the_pipeline_runs_for_ever(world: World) -> None:
    running(world, 300)


@situation("workflow", "waiting")
def kratix_has_not_seen_it_yet(world: World) -> None:
    fresh(world, 20)


@situation("workflow", "stuck", "has not taken up generation 1", "kubectl logs")
def kratix_never_sees_it(world: World) -> None:
    fresh(world, 400)


@situation(
    "workflow",
    "failed",
    *("Kratix does not run", "scaled to zero", "kubectl scale deployment"),
    parts=("Deployment kratix-platform-system/kratix-platform-controller-manager",),
)
def kratix_is_scaled_to_zero(world: World) -> None:
    fresh(world, 20)
    kratix = world.one("Deployment", "kratix-platform-controller-manager")
    kratix["spec"]["replicas"], kratix["status"] = 0, {}


@situation(
    "workflow",
    "failed",
    "Kratix is not installed",
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
def an_update_is_not_taken_up_though_reconciled(world: World) -> None:
    request = world.one("DynamoDBRequest")
    request["metadata"]["generation"] = 2
    changed(request, 20)


@situation("workflow", "stuck", "has not taken up generation 2")
def an_update_is_never_taken_up_though_reconciled(world: World) -> None:
    request = world.one("DynamoDBRequest")
    request["metadata"]["generation"] = 2
    changed(request, 600)


def changed(live: Object, age: float) -> None:
    live["metadata"]["managedFields"] = [
        {"manager": "kubectl", "operation": "Update", "time": ago(age)},
        {"manager": "x", "operation": "Update", "time": ago(0), "subresource": "status"},
    ]


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


@situation(
    "workflow",
    "refused",
    *("the pipeline refuses the request", "spec.resourcePolicy is not JSON", "kubectl edit ddbr"),
)
def it_is_refused(world: World) -> None:
    suspended(world, "refused, nothing was changed: spec.resourcePolicy is not JSON; correct it")


@situation(
    "workflow",
    "refused",
    *(
        "for now",
        "already requested by team-b/orders",
        "again by itself at 2026-05-04 12:02:00 UTC",
    ),
)
def the_name_is_taken_by_another_request(world: World) -> None:
    message = (
        "refused for now, nothing was changed: table orders-table in us-east-1 is already "
        "requested by team-b/orders; choose another name, or delete that request"
    )
    suspended(world, message, nextRetryAt=ago(-120))


@situation(
    "workflow",
    "refused",
    *("a retry was due", "Kratix does not run", "kubectl scale"),
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
    *("lets the pipeline have no pod", 'violates PodSecurity "restricted', "ConfigMap kratix"),
)
def pod_security(world: World) -> None:
    no_pod(
        world,
        'Error creating: pods "kratix-x" is forbidden: violates PodSecurity "restricted:latest": '
        "allowPrivilegeEscalation != false",
    )


@situation("workflow", "failed", "exceeded quota", "kubectl describe resourcequota -n default")
def quota(world: World) -> None:
    no_pod(world, 'Error creating: pods "kratix-x" is forbidden: exceeded quota: compute')


@situation("workflow", "failed", "the pipeline's pod does not run", "ImagePullBackOff")
def image_pull(world: World) -> None:
    waits = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    pipeline_pod(world, {"state": {"waiting": waits}})


@situation("workflow", "failed", "the pipeline's pod does not run", "OOMKilled, exit code 137")
def out_of_memory(world: World) -> None:
    waits = {"reason": "CrashLoopBackOff"}
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    pipeline_pod(world, {"state": {"waiting": waits}, "lastState": killed})


@situation("workflow", "failed", "the pipeline's pod does not run", "Unschedulable")
def no_node_has_room(world: World) -> None:
    pipeline_pod(world, {"state": {"waiting": {"reason": "PodInitializing"}}})
    pod = world.objects["Pod"][-1]
    put(pod, "PodScheduled", "False", "Unschedulable", "0/1 nodes are available: Insufficient cpu")


@situation(
    "workflow",
    "failed",
    *("the pipeline failed", "backoff limit", "kratix.io/manual-reconciliation=true"),
)
def the_pipeline_failed_and_its_pod_is_gone(world: World) -> None:
    job = running(world, 300)
    put(job, "Failed", "True", "BackoffLimitExceeded", "Job has reached the backoff limit")
    request = world.one("DynamoDBRequest")
    message = "A Configure Pipeline has failed: configure"
    put(request, "ConfigureWorkflowCompleted", "False", "ConfigureWorkflowFailed", message)
    put(request, "Reconciled", "False", "ConfigureWorkflowFailed", "Failing")


@situation("workflow", "failed", "the pipeline failed", "exit code 2", "kubectl logs")
def the_pipeline_failed_and_its_pod_is_there(world: World) -> None:
    ended = {"terminated": {"reason": "Error", "exitCode": 2}}
    pipeline_pod(world, {"state": ended}, age=300)
    request = world.one("DynamoDBRequest")
    put(request, "ConfigureWorkflowCompleted", "False", "ConfigureWorkflowFailed", "failed")


@situation("workflow", "failed", "told to leave the request alone", "kratix.io/paused-")
def paused(world: World) -> None:
    put(world.one("DynamoDBRequest"), "Reconciled", "Unknown", "PausedReconciliation", "Paused")


@situation(
    "workflow",
    "failed",
    *("the Promise does not take requests", "Promise Requirements are not installed"),
    parts=("Promise aws-dynamodb-kratix",),
)
def the_promise_is_unavailable(world: World) -> None:
    request = fresh(world, 60)
    put(
        request,
        *("PromiseAvailable", "False", "PromiseRequirementsNotInstalled"),
        "Promise Requirements are not installed",
    )
    promise = world.one("Promise")
    put(promise, "Available", "False", "PromiseUnavailable", "Cannot fulfil resource requests")


# --- work, placed, written ------------------------------------------------------------------------


def unapplied(world: World, age: float) -> None:
    """The manifest is in the store, and the agent has not seen it."""
    world.drop("Table")
    world.inventory("aws-resources").clear()
    world.one("WorkPlacement")["metadata"]["creationTimestamp"] = ago(age)


def unplaced(world: World) -> None:
    unapplied(world, 60)
    world.drop("WorkPlacement")
    work = world.one("Work")
    message = "No matching destination found for workloadGroups: [5058f]"
    put(work, "ScheduleSucceeded", "False", "UnscheduledWorkloads", message)
    put(work, "Ready", "False", "UnscheduledWorkloads", "Pending")


@situation("work", "waiting")
def the_work_is_about_to_be_made(world: World) -> None:
    unplaced(world)
    world.drop("Work")
    request = world.one("DynamoDBRequest")
    put(request, "ConfigureWorkflowCompleted", "True", "PipelinesExecutedSuccessfully", age=1)


@situation("placed", "waiting")
def kratix_picks_a_destination(world: World) -> None:
    unplaced(world)
    world.one("Work")["metadata"]["creationTimestamp"] = ago(5)


@situation(
    "placed",
    "failed",
    *("there is no Destination", "cloud=aws, ack-enabled=true"),
    parts=("Destination *",),
    unknown=("Kustomization *",),
)
def no_destination_at_all(world: World) -> None:
    unplaced(world)
    world.drop("Destination")


@situation(
    "placed",
    "failed",
    "no Destination has the labels cloud=aws, ack-enabled=true",
    "aws lacks ack-enabled=true; other lacks cloud=aws, ack-enabled=true",
    "kubectl label --overwrite destination aws ack-enabled=true",
    parts=("Destination *",),
)
def no_destination_with_the_labels(world: World) -> None:
    unplaced(world)
    destination = world.one("Destination")
    other = copy.deepcopy(destination)
    destination["metadata"]["labels"] = {"cloud": "aws"}
    other["metadata"] |= {"name": "other", "labels": {"cloud": "gcp"}}
    world.objects["Destination"].append(other)


@situation(
    "placed",
    "failed",
    "Destination aws is no longer the one",
    "it lacks cloud=aws",
    "kubectl label destination aws cloud=aws",
    parts=("Destination *",),
)
def misplaced(world: World) -> None:
    world.one("Destination")["metadata"]["labels"] = {"ack-enabled": "true"}
    placement = world.one("WorkPlacement")
    placement["metadata"]["labels"]["kratix.io/misplaced"] = "true"
    message = "Target destination no longer matches destinationSelectors"
    put(placement, "ScheduleSucceeded", "False", "DestinationSelectorMismatch", message)


@situation(
    "placed",
    "failed",
    "Destination aws is gone",
    parts=("Destination *",),
    unknown=("Kustomization *",),
)
def its_destination_is_gone(world: World) -> None:
    world.drop("Destination")


@situation(
    "written",
    "failed",
    "Kratix cannot write to BucketStateStore store",
    "connection refused",
    "kubectl describe bucketstatestore store",
)
def the_store_is_down_and_still_says_ready(world: World) -> None:
    unapplied(world, 60)
    placement = world.one("WorkPlacement")
    message = "Put http://minio:9000/kratix/aws: dial tcp: connection refused"
    put(placement, "WriteSucceeded", "False", "WorkloadsFailedWrite", message)


@situation(
    "written",
    "failed",
    *("BucketStateStore store is not ready", "SecretNotFound"),
    parts=("BucketStateStore store",),
)
def the_store_is_not_ready(world: World) -> None:
    unapplied(world, 60)
    placement = world.one("WorkPlacement")
    placement["status"]["conditions"] = placement["status"]["conditions"][:1]
    put(world.one("BucketStateStore"), "Ready", "False", "SecretNotFound", "no Secret store")


@situation("written", "waiting")
def an_update_is_not_written_yet(world: World) -> None:
    world.one("Work")["metadata"]["generation"] = 2
    changed(world.one("WorkPlacement"), 3)


# --- applied --------------------------------------------------------------------------------------


@situation("applied", "stuck", "has not fetched it yet", "reconcile.fluxcd.io/requestedAt")
def flux_never_fetches_it(world: World) -> None:
    unapplied(world, 900)


@situation("applied", "waiting")
def an_update_is_written_and_not_applied(world: World) -> None:
    placement = world.one("WorkPlacement")
    rewritten(world)
    changed(placement, 5)


@situation("applied", "stuck", "the Table has not what was written: spec.billingMode")
def an_update_is_written_and_never_applied(world: World) -> None:
    placement = world.one("WorkPlacement")
    rewritten(world)
    changed(placement, 900)


def rewritten(world: World) -> None:
    table = copy.deepcopy(world.one("Table"))
    table["spec"]["billingMode"] = "PAY_PER_REQUEST"
    world.one("WorkPlacement")["spec"]["workloads"][0]["content"] = packed(table)


def not_ready(world: World, name: str, reason: str, message: str, age: float = 60) -> None:
    kustomization = world.one("Kustomization", name)
    put(kustomization, "Ready", "False", reason, message, age=age)


@situation(
    "applied",
    "failed",
    *("blocked by another object: Table/team-b/bad", "field not declared in schema"),
    "have Table/team-b/bad corrected or removed",
    parts=("Kustomization flux-system/aws-resources",),
)
def blocked_by_another_object(world: World) -> None:
    unapplied(world, 60)
    message = (
        "Table/team-b/bad dry-run failed: failed to create typed patch object (team-b/bad; "
        "dynamodb.services.k8s.aws/v1alpha1, Kind=Table): .spec.region: field not declared in "
        "schema"
    )
    not_ready(world, "aws-resources", "ReconciliationFailed", message)


@situation(
    "dynamodb",
    "ready",
    parts=("Kustomization flux-system/aws-resources",),
)
def blocked_by_another_object_after_it_was_applied(world: World) -> None:
    message = "Table/team-b/bad dry-run failed: field not declared in schema"
    not_ready(world, "aws-resources", "ReconciliationFailed", message)


@situation(
    "applied",
    "failed",
    *("the API server refuses the Table", "no matches for kind", "install ACK"),
    parts=(
        "Kustomization flux-system/aws-resources",
        "CustomResourceDefinition tables.dynamodb.services.k8s.aws",
        "Deployment ACK",
    ),
)
def ack_is_not_installed(world: World) -> None:
    unapplied(world, 60)
    world.absent("Table")
    world.drop("Deployment", "ack-dynamodb-chart")
    world.drop("CustomResourceDefinition", "tables.dynamodb.services.k8s.aws")
    message = f'Table/default/{NAME} dry-run failed: no matches for kind "Table" in version "x"'
    not_ready(world, "aws-resources", "ReconciliationFailed", message)


@situation(
    "applied",
    "failed",
    *("Kustomization flux-system/aws-resources is not ready", "kustomize build failed"),
    parts=("Kustomization flux-system/aws-resources",),
)
def the_build_fails(world: World) -> None:
    unapplied(world, 60)
    not_ready(world, "aws-resources", "BuildFailed", "kustomize build failed: map key exists")


@situation(
    "applied",
    "failed",
    *("waits for Kustomization flux-system/aws-dependencies, which is not ready", "PruneFailed"),
    parts=(
        "Kustomization flux-system/aws-dependencies",
        "Kustomization flux-system/aws-resources",
    ),
)
def its_dependency_is_not_ready(world: World) -> None:
    unapplied(world, 60)
    not_ready(world, "aws-dependencies", "PruneFailed", "cannot remove ConfigMap", age=900)
    message = "dependency 'flux-system/aws-dependencies' is not ready"
    not_ready(world, "aws-resources", "DependencyNotReady", message, age=900)


@situation("applied", "waiting")
def its_dependency_was_not_ready_a_moment_ago(world: World) -> None:
    unapplied(world, 20)
    message = "dependency 'flux-system/aws-dependencies' revision is not up to date"
    not_ready(world, "aws-resources", "DependencyNotReady", message, age=5)


@situation(
    "applied",
    "failed",
    *("Bucket flux-system/aws cannot be fetched", "AuthenticationFailed"),
    parts=("Bucket flux-system/aws",),
)
def the_source_cannot_be_fetched(world: World) -> None:
    unapplied(world, 60)
    bucket = world.one("Bucket")
    put(bucket, "Ready", "False", "AuthenticationFailed", "secret 'store' not found")


@situation(
    "applied",
    "failed",
    *("Kustomization flux-system/aws-resources is suspended", "kubectl patch kustomization"),
    parts=("Kustomization flux-system/aws-resources",),
)
def the_kustomization_is_suspended(world: World) -> None:
    unapplied(world, 60)
    world.one("Kustomization", "aws-resources")["spec"]["suspend"] = True


@situation(
    "applied",
    "failed",
    *("Flux does not run", "source-controller", "0 of 1 pods available"),
    parts=("Deployment flux-system/source-controller",),
)
def flux_is_down(world: World) -> None:
    unapplied(world, 60)
    world.one("Deployment", "source-controller")["status"] = {}


@situation("applied", "unknown", unknown=("Kustomization *", "Deployment ACK"))
def the_agent_is_in_another_cluster(world: World) -> None:
    unapplied(world, 900)
    for kind in ("Kustomization", "Bucket", "GitRepository", "Table"):
        world.absent(kind)
    for name in ("source-controller", "kustomize-controller", "ack-dynamodb-chart"):
        world.drop("Deployment", name)
    world.drop("CustomResourceDefinition", "tables.dynamodb.services.k8s.aws")


@situation("dynamodb", "ready", unknown=("Kustomization *",))
def something_else_is_the_agent(world: World) -> None:
    for kind in ("Kustomization", "Bucket", "GitRepository"):
        world.absent(kind)


# --- table, dynamodb ------------------------------------------------------------------------------


@situation(
    "table",
    "failed",
    *("ACK's DynamoDB controller does not run", "scaled to zero"),
    "kubectl scale deployment ack-dynamodb-chart -n ack-system --replicas=1",
    parts=("Deployment ack-system/ack-dynamodb-chart",),
)
def ack_is_scaled_to_zero(world: World) -> None:
    del world.one("Table")["status"]
    ack = world.one("Deployment", "ack-dynamodb-chart")
    ack["spec"]["replicas"], ack["status"] = 0, {}


@situation(
    "table",
    "failed",
    *("CrashLoopBackOff", "exit code 1", "kubectl logs deployment/ack-dynamodb-chart"),
    parts=("Deployment ack-system/ack-dynamodb-chart",),
)
def ack_crashes(world: World) -> None:
    del world.one("Table")["status"]
    world.one("Deployment", "ack-dynamodb-chart")["status"] = {"unavailableReplicas": 1}
    [status] = world.one("Pod", "ack-dynamodb-chart-6d5")["status"]["containerStatuses"]
    status["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
    status["lastState"] = {"terminated": {"reason": "Error", "exitCode": 1}}


@situation("table", "stuck", "ACK has not looked at the Table", "AWS_CA_BUNDLE")
def ack_never_looks(world: World) -> None:
    del world.one("Table")["status"]


@situation(
    "table",
    "failed",
    *("exists in us-east-1 and belongs to somebody else", "not managed by ACK"),
    "adoption-policy=adopt-or-create",
)
def the_table_is_somebody_elses(world: World) -> None:
    table = world.one("Table")
    table["status"] = {}
    message = "This resource already exists but is not managed by ACK."
    put(table, "ACK.Terminal", "True", "", message)
    put(table, "Ready", "False", "ACK.Terminal")


@situation("table", "failed", "refuses the table for good", "ValidationException", "kubectl edit")
def terminal_beats_ready(world: World) -> None:
    put(world.one("Table"), "ACK.Terminal", "True", "", "ValidationException: not supported")


@situation("table", "failed", "AWS does not let ACK do it", "AccessDeniedException")
def no_permission_in_aws(world: World) -> None:
    table = world.one("Table")
    table["status"] = {}
    message = "operation error DynamoDB: CreateTable, AccessDeniedException: not authorized"
    put(table, "ACK.Recoverable", "True", "", message, age=5)


@situation("table", "stuck", "ACK tries again", "KMS key is being created")
def ack_tries_again_and_again(world: World) -> None:
    put(world.one("Table"), "ACK.Recoverable", "True", "", "KMS key is being created", age=900)


@situation("table", "failed", "somebody deletes the Table", "its data goes too", "finalizers")
def somebody_deletes_the_table(world: World) -> None:
    metadata = world.one("Table")["metadata"]
    metadata["annotations"]["services.k8s.aws/deletion-policy"] = "delete"
    metadata["deletionTimestamp"] = ago(30)
    metadata["finalizers"] = ["finalizers.dynamodb.services.k8s.aws/Table"]


@situation("dynamodb", "stuck", "it takes too long: CREATING")
def dynamodb_makes_the_table_for_ever(world: World) -> None:
    table = world.one("Table")
    table["status"] = {"tableStatus": "CREATING"}
    put(table, "ACK.ResourceSynced", "False", "NotSynced", age=3600)


@situation("dynamodb", "failed", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "KMS key")
def the_kms_key_is_gone(world: World) -> None:
    table = world.one("Table")
    table["status"]["tableStatus"] = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    put(table, "ACK.ResourceSynced", "False", "NotSynced", age=60)


@situation("dynamodb", "failed", "DynamoDB has no table orders-table in us-east-1, though ACK")
def the_table_was_deleted_behind_ack(world: World) -> None:
    world.described["us-east-1", "orders-table"] = Described()


@situation("dynamodb", "ready")
def dynamodb_says_so_itself(world: World) -> None:
    world.described["us-east-1", "orders-table"] = Described("ACTIVE", 7)


@situation("dynamodb", "unknown")
def dynamodb_cannot_be_asked(world: World) -> None:
    world.described["us-east-1", "orders-table"] = Described(error="no credentials")


# --- deletion -------------------------------------------------------------------------------------


def deleting(world: World, age: float) -> Object:
    request = world.one("DynamoDBRequest")
    request["metadata"]["deletionTimestamp"] = ago(age)
    request["metadata"]["finalizers"] = [
        "kratix.io/work-cleanup",
        "kratix.io/workflows-cleanup",
        "kratix.io/resource-binding-cleanup",
    ]
    return request


@situation("deletion", "deleting")
def it_is_being_deleted(world: World) -> None:
    deleting(world, 10)


@situation(
    "deletion",
    "deleting",
    *("is kept with its data: deletionPolicy is Retain", "kratix.io/work-cleanup"),
)
def it_is_being_deleted_for_ever(world: World) -> None:
    deleting(world, 900)


@situation("deletion", "deleting", "cannot be removed from BucketStateStore store", "refused")
def it_is_being_deleted_and_the_store_is_down(world: World) -> None:
    deleting(world, 60)
    placement = world.one("WorkPlacement")
    placement["metadata"]["deletionTimestamp"] = ago(50)
    placement["metadata"]["finalizers"] = ["finalizers.workplacement.kratix.io/repo-cleanup"]
    put(placement, "WriteSucceeded", "False", "WorkloadsFailedWrite", "connection refused")


@situation(
    "deletion",
    "deleting",
    *("it is not deleted: Kratix does not run", "kubectl scale"),
    parts=("Deployment kratix-platform-system/kratix-platform-controller-manager",),
)
def it_is_being_deleted_and_kratix_is_down(world: World) -> None:
    deleting(world, 60)
    kratix = world.one("Deployment", "kratix-platform-controller-manager")
    kratix["spec"]["replicas"], kratix["status"] = 0, {}


@situation("deletion", "deleting", "the delete pipeline did not succeed", "DeleteWorkflowFailed")
def its_delete_pipeline_failed(world: World) -> None:
    request = deleting(world, 60)
    message = "The Delete Pipeline has failed"
    put(request, "DeleteWorkflowCompleted", "False", "DeleteWorkflowFailed", message)


# --- what may be seen -----------------------------------------------------------------------------

_PLATFORM = (
    *("Promise", "CustomResourceDefinition", "Destination", "BucketStateStore", "GitStateStore"),
    *("Deployment", "Bucket", "GitRepository", "Kustomization"),
)
_UNKNOWN = (
    "Promise aws-dynamodb-kratix",
    "CustomResourceDefinition dynamodbrequests.dynamodb.kratix.io",
    "Deployment kratix-platform-controller-manager",
    "Destination *",
    "Kustomization *",
    "Deployment ACK",
    "CustomResourceDefinition tables.dynamodb.services.k8s.aws",
)


@situation("dynamodb", "ready", unknown=_UNKNOWN)
def a_developer_sees_the_namespace_only(world: World) -> None:
    for kind in _PLATFORM:
        world.forbidden(kind)


@situation("work", "unknown", unknown=_UNKNOWN)
def a_developer_sees_the_request_only(world: World) -> None:
    for kind in (*_PLATFORM, "Work", "WorkPlacement", "Job", "Pod", "Event", "Table"):
        world.forbidden(kind)
