"""What happens at the end of the way: ACK, DynamoDB, deletion, and who may see what."""

from situation import situation
from world import Object, World, ago, put

from tablepromise.diagnosis import TableDescription


@situation("dynamodb", "ready")
def all_is_well(_: World) -> None:
    pass


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


@situation("table", "failed", parts=("Deployment ack-system/ack-dynamodb-chart",))
def ack_is_scaled_to_zero(world: World) -> None:
    del world.one("Table")["status"]
    ack = world.one("Deployment", "ack-dynamodb-chart")
    ack["spec"]["replicas"], ack["status"] = 0, {}


@situation("table", "failed", parts=("Deployment ack-system/ack-dynamodb-chart",))
def ack_crashes(world: World) -> None:
    del world.one("Table")["status"]
    world.one("Deployment", "ack-dynamodb-chart")["status"] = {"unavailableReplicas": 1}
    [status] = world.one("Pod", "ack-dynamodb-chart-6d5")["status"]["containerStatuses"]
    status["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
    status["lastState"] = {"terminated": {"reason": "Error", "exitCode": 1}}


@situation("table", "stuck")
def ack_never_looks(world: World) -> None:
    del world.one("Table")["status"]


@situation("table", "failed")
def the_table_is_nobody_knows_whose(world: World) -> None:
    not_managed(world)


@situation("table", "failed")
def the_table_object_was_removed_by_force(world: World) -> None:
    uid = "7f6b1de4-0000-4000-8000-000000000000"
    world.one("DynamoDBRequest")["status"]["syncedTable"] = f"{uid}/3"
    not_managed(world)


def not_managed(world: World) -> None:
    table = world.one("Table")
    table["status"] = {}
    message = "This resource already exists but is not managed by ACK."
    put(table, "ACK.Terminal", "True", "", message)
    put(table, "Ready", "False", "ACK.Terminal")


@situation("table", "failed")
def terminal_beats_ready(world: World) -> None:
    put(world.one("Table"), "ACK.Terminal", "True", "", "ValidationException: not supported")


@situation("table", "failed")
def no_permission_in_aws(world: World) -> None:
    table = world.one("Table")
    table["status"] = {}
    message = "operation error DynamoDB: CreateTable, AccessDeniedException: not authorized"
    put(table, "ACK.Recoverable", "True", "", message, age=5)


@situation("table", "stuck")
def ack_tries_again_and_again(world: World) -> None:
    put(world.one("Table"), "ACK.Recoverable", "True", "", "KMS key is being created", age=900)


@situation("table", "failed")
def somebody_deletes_the_table(world: World) -> None:
    metadata = world.one("Table")["metadata"]
    metadata["annotations"]["services.k8s.aws/deletion-policy"] = "delete"
    metadata["deletionTimestamp"] = ago(30)
    metadata["finalizers"] = ["finalizers.dynamodb.services.k8s.aws/Table"]


@situation("dynamodb", "stuck")
def dynamodb_makes_the_table_for_ever(world: World) -> None:
    table = world.one("Table")
    table["status"] = {"tableStatus": "CREATING"}
    put(table, "ACK.ResourceSynced", "False", "NotSynced", age=3600)


@situation("dynamodb", "failed")
def the_kms_key_is_gone(world: World) -> None:
    table = world.one("Table")
    table["status"]["tableStatus"] = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    put(table, "ACK.ResourceSynced", "False", "NotSynced", age=60)


@situation("dynamodb", "failed")
def the_table_was_deleted_behind_ack(world: World) -> None:
    world.described["us-east-1", "orders-table"] = TableDescription()


@situation("dynamodb", "ready")
def dynamodb_says_so_itself(world: World) -> None:
    world.described["us-east-1", "orders-table"] = TableDescription("ACTIVE", 7)


@situation("dynamodb", "unknown")
def dynamodb_cannot_be_read(world: World) -> None:
    world.described["us-east-1", "orders-table"] = TableDescription(error="no credentials")


# --- deletion ------------------------------------------------------------------------------------


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


@situation("deletion", "deleting")
def it_is_being_deleted_for_ever(world: World) -> None:
    deleting(world, 900)


@situation("deletion", "deleting")
def its_namespace_is_being_deleted(world: World) -> None:
    deleting(world, 10)
    finalizers = ["kratix.io/work-cleanup", "kratix.io/delete-workflows"]
    world.one("DynamoDBRequest")["metadata"]["finalizers"] = finalizers
    world.add("Namespace", "v1", "default", metadata={"deletionTimestamp": ago(10)})


@situation("deletion", "deleting")
def it_is_being_deleted_and_the_store_is_down(world: World) -> None:
    deleting(world, 60)
    placement = world.one("WorkPlacement")
    placement["metadata"]["deletionTimestamp"] = ago(50)
    placement["metadata"]["finalizers"] = ["finalizers.workplacement.kratix.io/repo-cleanup"]
    put(placement, "WriteSucceeded", "False", "WorkloadsFailedWrite", "connection refused")


@situation(
    "deletion",
    "deleting",
    parts=("Deployment kratix-platform-system/kratix-platform-controller-manager",),
)
def it_is_being_deleted_and_kratix_is_down(world: World) -> None:
    deleting(world, 60)
    kratix = world.one("Deployment", "kratix-platform-controller-manager")
    kratix["spec"]["replicas"], kratix["status"] = 0, {}


@situation("deletion", "deleting")
def its_delete_pipeline_failed(world: World) -> None:
    request = deleting(world, 60)
    message = "The Delete Pipeline has failed"
    put(request, "DeleteWorkflowCompleted", "False", "DeleteWorkflowFailed", message)


# --- what may be seen ----------------------------------------------------------------------------

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
    "Deployment tablepromise-system/reflector",
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
