"""What Kratix, Flux, ACK and Kubernetes wrote on a cluster on which somebody broke something.

Their statuses as they were, without what the diagnosis does not read. ACK gives `ACK.Recoverable`
and `ACK.Terminal` no time, and its other conditions that of its last attempt.
"""

from situation import situation
from situations_delivery import repacked
from situations_table import deleting
from situations_workflow import no_pod, pipeline_pod
from world import World, ago, put

_PROXY = "said the proxy before the emulator"


def looked(world: World, type: str, message: str, cause: str, *, age: float) -> None:
    """ACK's conditions a second after an attempt; the request is not ready for so long."""
    table = world.one("Table")
    table["status"] = {
        "ackResourceMetadata": {"ownerAccountID": "123456789012", "region": "us-east-1"},
        "conditions": [{"type": type, "status": "True", "message": message}],
    }
    put(table, "ACK.ResourceSynced", "Unknown", cause, age=1)
    put(table, "Ready", "False", type, message, age=1)
    request = world.one("DynamoDBRequest")
    request["status"]["checkedGeneration"] = 0
    put(request, "Ready", "False", "Pipeline", age=age)


@situation("table", "failed")
def aws_denies_all(world: World) -> None:
    message = f"api error AccessDeniedException: {_PROXY}"
    failed = "operation error DynamoDB: DescribeTable, https response error StatusCode: 400"
    looked(world, "ACK.Recoverable", message, f"{failed}, RequestID: , {message}", age=10)


@situation("table", "waiting")
def aws_throttles_for_half_a_minute(world: World) -> None:
    throttled(world, 30)


@situation("table", "stuck")
def aws_throttles_for_three_minutes(world: World) -> None:
    throttled(world, 180)


def throttled(world: World, age: float) -> None:
    message = f"api error ThrottlingException: {_PROXY}"
    failed = "operation error DynamoDB: DescribeTable, exceeded maximum number of attempts, 3"
    looked(world, "ACK.Recoverable", message, f"{failed}, {message}", age=age)


@situation("table", "waiting")
def aws_fails_for_half_a_minute(world: World) -> None:
    broken(world, 30)


@situation("table", "stuck")
def aws_fails_for_three_minutes(world: World) -> None:
    broken(world, 180)


def broken(world: World, age: float) -> None:
    message = (
        "operation error DynamoDB: DescribeTable, exceeded maximum number of attempts, 3, https "
        f"response error StatusCode: 500, RequestID: , InternalServerError: {_PROXY}"
    )
    looked(world, "ACK.Recoverable", message, message, age=age)


@situation("table", "stuck")
def aws_has_failed_so_often_that_the_sdk_asks_no_more(world: World) -> None:
    message = (
        "operation error DynamoDB: DescribeTable, failed to get rate limit token, retry quota "
        "exceeded, 0 available, 5 requested"
    )
    looked(world, "ACK.Recoverable", message, message, age=180)


@situation("table", "failed")
def aws_refuses_what_we_let_through(world: World) -> None:
    message = f"api error ValidationException: {_PROXY}"
    looked(world, "ACK.Terminal", message, "resource is in terminal condition", age=10)


@situation("table", "failed", parts=("Deployment ack-system/ack-dynamodb-chart",))
def sts_refuses_ack(world: World) -> None:
    del world.one("Table")["status"]
    world.one("Deployment", "ack-dynamodb-chart")["status"] = {"unavailableReplicas": 1}
    [status] = world.one("Pod", "ack-dynamodb-chart-6d5")["status"]["containerStatuses"]
    wait = "back-off 10s restarting failed container=controller pod=ack-dynamodb-chart-6d5"
    status["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": wait}}
    log = (
        '{"level":"info","ts":"2026-11-23T04:32:49.000Z","logger":"setup","msg":"starting"}\n'
        '{"level":"error","ts":"2026-11-23T04:32:50.064Z","logger":"setup","msg":"Unable to create '
        'controller manager","aws.service":"dynamodb","error":"unable to determine account info: '
        "unable to get caller identity: operation error STS: GetCallerIdentity, https response "
        f'error StatusCode: 403, RequestID: , api error AccessDenied: {_PROXY}"}}\n'
    )
    ended = {"reason": "Error", "exitCode": 1, "message": log}
    status["lastState"] = {"terminated": ended}


@situation("table", "waiting", parts=("Deployment ACK",))
def a_new_table_has_no_ack(world: World) -> None:
    without_ack(world, 10)


@situation("table", "failed", parts=("Deployment ACK",))
def the_deployment_of_ack_was_deleted(world: World) -> None:
    without_ack(world, 40)


def without_ack(world: World, age: float) -> None:
    world.drop("Deployment", "ack-dynamodb-chart")
    table = world.one("Table")
    del table["status"]
    table["metadata"]["creationTimestamp"] = ago(age)


@situation("dynamodb", "ready")
def the_table_was_made_again(world: World) -> None:
    remade(world, generation=1)


@situation("dynamodb", "ready")
def the_table_was_made_again_before_the_request_was_changed(world: World) -> None:
    remade(world, generation=0)


@situation("dynamodb", "ready")
def the_table_was_ready_a_moment_before_it_was_made(world: World) -> None:
    # as two clocks may tell it
    made(world, 492, compared=True)
    stages = {"generation": 1, "active": ago(500)}
    world.one("DynamoDBRequest")["status"]["stages"] = stages


@situation("dynamodb", "failed")
def the_table_was_made_again_and_nothing_is_compared(world: World) -> None:
    remade(world, generation=1, compared=False)


@situation("dynamodb", "waiting")
def ack_has_created_the_table_and_compared_nothing(world: World) -> None:
    made(world, 491, compared=False)


@situation("dynamodb", "waiting")
def nobody_saw_ack_create_the_table(world: World) -> None:
    del world.one("DynamoDBRequest")["status"]["firstReport"]


@situation("dynamodb", "ready")
def nobody_saw_ack_create_the_table_long_ago(world: World) -> None:
    del world.one("DynamoDBRequest")["status"]["firstReport"]
    world.one("Table")["status"]["creationDateTime"] = ago(490 + 31 * 60)


@situation("dynamodb", "ready")
def all_of_the_table_is_in_the_call_that_creates_it(world: World) -> None:
    world.one("DynamoDBRequest")["spec"]["pointInTimeRecovery"] = False
    world.one("Table")["spec"]["continuousBackups"] = {"pointInTimeRecoveryEnabled": False}
    repacked(world)
    made(world, 491, compared=False)


@situation("dynamodb", "stuck")
def ack_never_compares_the_table(world: World) -> None:
    made(world, 791, compared=False)
    reported(world, 790)


@situation("dynamodb", "failed", parts=("Deployment ack-system/ack-dynamodb-chart",))
def ack_goes_down_before_it_compares_the_table(world: World) -> None:
    made(world, 491, compared=False)
    ack = world.one("Deployment", "ack-dynamodb-chart")
    ack["spec"]["replicas"], ack["status"] = 0, {}


def made(world: World, age: float, *, compared: bool) -> None:
    """DynamoDB made the table so many seconds ago; ACK has reported on it, or twice."""
    table, request = world.one("Table"), world.one("DynamoDBRequest")
    table["status"]["creationDateTime"] = ago(age)
    born = f"{table['metadata']['uid']}/{ago(age)}"
    first = age if compared else 490
    request["status"]["firstReport"] = {"table": born, "time": ago(first)}


def reported(world: World, age: float) -> None:
    """ACK's last write of the Table's status was so many seconds ago."""
    table = world.one("Table")
    entries = table["metadata"]["managedFields"]
    table["metadata"]["managedFields"] = [
        {**entry, "time": ago(age)} if entry.get("subresource") else entry for entry in entries
    ]
    for type in ("ACK.ResourceSynced", "Ready"):
        put(table, type, "True", "Synced", "Resource synced successfully", age=age)


def remade(world: World, generation: int, *, compared: bool = True) -> None:
    made(world, 60, compared=compared)
    reported(world, 50)
    first = ago(55 if compared else 50)
    world.one("DynamoDBRequest")["status"]["firstReport"]["time"] = first
    stages = {"generation": generation, "active": ago(490)}
    world.one("DynamoDBRequest")["status"]["stages"] = stages


@situation("deletion", "deleting")
def it_is_being_deleted_and_a_run_before_never_ends(world: World) -> None:
    image = "registry.invalid/nobody/nothing:1"
    waits = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
    pipeline_pod(world, {"state": {"waiting": waits}})
    deleting(world, 20)


@situation("deletion", "deleting")
def it_is_being_deleted_and_a_run_before_never_gets_a_pod(world: World) -> None:
    no_pod(world, 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest"')
    deleting(world, 20)


@situation("workflow", "failed")
def the_pipeline_fails_and_is_tried_again(world: World) -> None:
    ended = {"reason": "Error", "exitCode": 1, "message": ""}
    pipeline_pod(world, {"name": "configure", "state": {"terminated": ended}})


@situation("workflow", "failed")
def the_promise_asks_for_more_than_restricted(world: World) -> None:
    no_pod(
        world,
        'Error creating: pods "kratix-aws-dynamodb-kratix-x-configure-1" is forbidden: violates '
        'PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "configure" '
        "must set securityContext.allowPrivilegeEscalation=false)",
    )
