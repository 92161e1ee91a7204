"""What happens on the way to the Table: Destination, state store, Flux."""

import copy

from situation import NAME, changed, situation
from world import World, ago, packed, put

from tablepromise.request import admit, render


@situation("applied", "waiting")
def flux_has_not_fetched_it(world: World) -> None:
    unapplied(world, age=30)


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


@situation("scheduled", "waiting")
def kratix_picks_a_destination(world: World) -> None:
    unplaced(world)
    world.one("Work")["metadata"]["creationTimestamp"] = ago(5)


@situation("scheduled", "failed", parts=("Destination *",), unknown=("Kustomization *",))
def no_destination_at_all(world: World) -> None:
    unplaced(world)
    world.drop("Destination")


@situation("scheduled", "failed", parts=("Destination *",))
def no_destination_with_the_labels(world: World) -> None:
    unplaced(world)
    destination = world.one("Destination")
    other = copy.deepcopy(destination)
    destination["metadata"]["labels"] = {"cloud": "aws"}
    other["metadata"] |= {"name": "other", "labels": {"cloud": "gcp"}}
    world.objects["Destination"].append(other)


@situation("scheduled", "failed", parts=("Destination *",))
def misplaced(world: World) -> None:
    world.one("Destination")["metadata"]["labels"] = {"ack-enabled": "true"}
    placement = world.one("WorkPlacement")
    placement["metadata"]["labels"]["kratix.io/misplaced"] = "true"
    message = "Target destination no longer matches destinationSelectors"
    put(placement, "ScheduleSucceeded", "False", "DestinationSelectorMismatch", message)


@situation("scheduled", "failed", parts=("Destination *",), unknown=("Kustomization *",))
def its_destination_is_gone(world: World) -> None:
    world.drop("Destination")


@situation("written", "failed")
def the_store_is_down_and_still_says_ready(world: World) -> None:
    unapplied(world, 60)
    placement = world.one("WorkPlacement")
    message = "Put http://minio:9000/kratix/aws: dial tcp: connection refused"
    put(placement, "WriteSucceeded", "False", "WorkloadsFailedWrite", message)


@situation("written", "failed", parts=("BucketStateStore store",))
def the_store_is_not_ready(world: World) -> None:
    unapplied(world, 60)
    placement = world.one("WorkPlacement")
    placement["status"]["conditions"] = placement["status"]["conditions"][:1]
    put(world.one("BucketStateStore"), "Ready", "False", "SecretNotFound", "no Secret store")


@situation("written", "waiting")
def an_update_is_not_written_yet(world: World) -> None:
    rewritten(world)
    written_anew(world, 3)


@situation("dynamodb", "ready")
def kratix_writes_the_same_again(world: World) -> None:
    written_anew(world, 3)


@situation("written", "stuck")
def kratix_never_writes_the_same_again(world: World) -> None:
    written_anew(world, 300)


def written_anew(world: World, age: float) -> None:
    """The pipeline ran again, and its Work is newer than the WorkPlacement."""
    work = world.one("Work")
    work["metadata"]["generation"] = 2
    changed(work, age)
    changed(world.one("WorkPlacement"), 7200)


@situation("applied", "stuck")
def flux_never_fetches_it(world: World) -> None:
    unapplied(world, 900)


@situation("applied", "waiting")
def an_update_is_written_and_not_applied(world: World) -> None:
    placement = world.one("WorkPlacement")
    rewritten(world)
    changed(placement, 5)


@situation("applied", "stuck")
def an_update_is_written_and_never_applied(world: World) -> None:
    placement = world.one("WorkPlacement")
    rewritten(world)
    changed(placement, 900)


def rewritten(world: World) -> None:
    """The request was changed, and the pipeline has written what it asks for now."""
    request = world.one("DynamoDBRequest")
    request["spec"] |= {"billingMode": "PAY_PER_REQUEST"}
    del request["spec"]["provisioned"]
    request["metadata"]["generation"] = request["status"]["observedGeneration"] = 2
    repacked(world)


def repacked(world: World) -> None:
    """The pipeline has written the Table that the request renders to now."""
    content = packed(render(admit(world.one("DynamoDBRequest"))))
    world.one("WorkPlacement")["spec"]["workloads"][0]["content"] = content
    [group] = world.one("Work")["spec"]["workloadGroups"]
    group["workloads"][0]["content"] = content


def not_ready(world: World, name: str, reason: str, message: str, age: float = 60) -> None:
    kustomization = world.one("Kustomization", name)
    put(kustomization, "Ready", "False", reason, message, age=age)


@situation("applied", "failed", parts=("Kustomization flux-system/aws-resources",))
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


@situation("applied", "failed", parts=("Kustomization flux-system/aws-resources",))
def the_build_fails(world: World) -> None:
    unapplied(world, 60)
    not_ready(world, "aws-resources", "BuildFailed", "kustomize build failed: map key exists")


@situation(
    "applied",
    "failed",
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


@situation("applied", "failed", parts=("Bucket flux-system/aws",))
def the_source_cannot_be_fetched(world: World) -> None:
    unapplied(world, 60)
    bucket = world.one("Bucket")
    put(bucket, "Ready", "False", "AuthenticationFailed", "secret 'store' not found")


@situation("applied", "failed", parts=("Bucket flux-system/aws",))
def the_secret_of_the_source_lost_its_keys(world: World) -> None:
    unapplied(world, 60)
    bucket = world.one("Bucket")
    bucket["spec"]["endpoint"] = "versitygw.state-store.svc.cluster.local:7070"
    message = "invalid 'store' secret data: required fields 'accesskey' and 'secretkey'"
    put(bucket, "Ready", "False", "AuthenticationFailed", message)


@situation("applied", "failed", parts=("Bucket flux-system/aws",))
def the_source_cannot_be_reached(world: World) -> None:
    unapplied(world, 60)
    message = "failed to confirm existence of 'kratix' bucket: dial tcp: connection refused"
    put(world.one("Bucket"), "Ready", "False", "BucketOperationFailed", message)


@situation("written", "failed", parts=("BucketStateStore store",))
def the_secret_of_the_state_store_lost_a_key(world: World) -> None:
    world.drop("Table")
    world.inventory("aws-resources").clear()
    message = "Error initialising writer: secret is missing key: secretAccessKey"
    put(world.one("BucketStateStore"), "Ready", "False", "ErrorInitialisingWriter", message)
    world.one("WorkPlacement")["status"] = {}


@situation("applied", "failed", parts=("Kustomization flux-system/aws-resources",))
def the_kustomization_is_suspended(world: World) -> None:
    unapplied(world, 60)
    world.one("Kustomization", "aws-resources")["spec"]["suspend"] = True


@situation("applied", "failed", parts=("Deployment flux-system/source-controller",))
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
