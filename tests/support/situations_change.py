"""What happens when a request is changed, and what was true of it before still shows."""

from typing import Any

from situation import NAME, changed, situation
from situations_delivery import rewritten, unapplied
from situations_workflow import no_pod
from world import Object, World, ago, managed, put

from tablepromise.request import admit, render


def applied(world: World, age: float, looked: float) -> Object:
    """The change of `rewritten` was applied, and ACK wrote its status, so long ago."""
    rewritten(world)
    table = world.one("Table")
    table["spec"] = render(admit(world.one("DynamoDBRequest")))["spec"]
    table["metadata"]["generation"] = 2
    fields: Object = {f"f:{name}": {} for name in table["spec"]}
    table["metadata"]["managedFields"] = [
        managed("kustomize-controller", "Apply", age, {"f:spec": fields}),
        managed("controller", "Update", looked, {"f:status": {}}, subresource="status"),
    ]
    return table


@situation("dynamodb", "ready")
def a_change_has_arrived(world: World) -> None:
    applied(world, 60, looked=40)


@situation("table", "waiting")
def ack_has_not_looked_at_a_change(world: World) -> None:
    applied(world, 20, looked=490)


@situation("table", "stuck")
def ack_never_looks_at_a_change(world: World) -> None:
    applied(world, 400, looked=490)


@situation("table", "failed", parts=("Deployment ack-system/ack-dynamodb-chart",))
def ack_went_down_before_a_change(world: World) -> None:
    applied(world, 20, looked=490)
    ack = world.one("Deployment", "ack-dynamodb-chart")
    ack["spec"]["replicas"], ack["status"] = 0, {}


@situation("table", "waiting")
def ack_ended_a_look_just_after_a_change(world: World) -> None:
    applied(world, 5, looked=4)


@situation("table", "waiting")
def a_table_was_terminal_before_it_was_corrected(world: World) -> None:
    table = applied(world, 20, looked=490)
    put(table, "ACK.Terminal", "True", "", "ValidationException: not supported", age=490)


@situation("dynamodb", "waiting")
def dynamodb_changes_the_table(world: World) -> None:
    table = applied(world, 60, looked=50)
    table["status"]["tableStatus"] = "UPDATING"
    put(table, "ACK.Recoverable", "True", "", "table is currently being updated", age=50)
    put(table, "ACK.ResourceSynced", "False", "NotSynced", age=50)
    put(table, "Ready", "False", "ACK.Recoverable", age=50)


@situation("dynamodb", "ready")
def only_labels_of_the_table_were_changed(world: World) -> None:
    table = applied(world, 5, looked=490)
    known = f"{table['metadata']['uid']}/2"
    world.one("DynamoDBRequest")["status"]["syncedTable"] = known


@situation("applied", "waiting")
def a_field_was_removed_that_the_table_still_has(world: World) -> None:
    request = world.one("DynamoDBRequest")
    table = world.one("Table")
    table["spec"]["tags"] = [{"key": "team", "value": "orders"}, *table["spec"].get("tags", [])]
    entry: dict[str, Any] = table["metadata"]["managedFields"][0]
    entry["fieldsV1"]["f:spec"]["f:tags"] = {}
    entry["time"] = ago(20)
    request["metadata"]["generation"] = request["status"]["observedGeneration"] = 2


@situation("dynamodb", "ready")
def ack_has_filled_in_what_aws_says(world: World) -> None:
    table = world.one("Table")
    table["spec"]["contributorInsights"] = "DISABLED"
    fields: Object = {"f:contributorInsights": {}}
    table["metadata"]["managedFields"].append(
        managed("controller", "Update", 490, {"f:spec": fields})
    )


@situation("work", "stuck")
def the_pipeline_is_of_another_version(world: World) -> None:
    world.one("DynamoDBRequest")["spec"]["tableClass"] = "STANDARD_INFREQUENT_ACCESS"


@situation("work", "waiting")
def the_promise_was_upgraded_a_moment_ago(world: World) -> None:
    the_pipeline_is_of_another_version(world)
    changed(world.one("Promise"), 3)


@situation("applied", "unknown")
def the_request_cannot_be_rendered(world: World) -> None:
    world.one("DynamoDBRequest")["spec"]["fromTheFuture"] = {}


@situation("dynamodb", "stuck")
def acks_two_words_disagree(world: World) -> None:
    put(world.one("Table"), "Ready", "False", "NotSynced", age=900)
    put(world.one("Table"), "ACK.ResourceSynced", "True", "Synced", age=900)


@situation("table", "waiting")
def aws_throttles_ack(world: World) -> None:
    throttled(world, 20)


@situation("table", "stuck")
def aws_throttles_ack_for_long(world: World) -> None:
    throttled(world, 900)


def throttled(world: World, age: float) -> None:
    table = world.one("Table")
    table["status"] = {}
    message = (
        "operation error DynamoDB: CreateTable, https response error StatusCode: 400, RequestID: "
        "7J2OQ4UVU0D1NTK0J0S9DH7F2FVV4KQNSO5AEMVJF66Q9ASUAAJG, api error ThrottlingException: "
        "Rate exceeded"
    )
    put(table, "ACK.Recoverable", "True", "", message, age=age)
    put(table, "ACK.ResourceSynced", "Unknown", message, age=age)


@situation("table", "failed")
def the_region_has_drifted(world: World) -> None:
    message = "Resource region drift detected: us-east-1 is not us-west-2"
    put(world.one("Table"), "ACK.Terminal", "True", "", message, age=490)


@situation("table", "failed")
def a_deleted_table_is_protected(world: World) -> None:
    table = world.one("Table")
    table["metadata"]["deletionTimestamp"] = ago(60)
    message = "ValidationException: Resource cannot be deleted: deletion protection is enabled"
    put(table, "ACK.Terminal", "True", "", message, age=55)


@situation("applied", "failed")
def the_store_was_emptied(world: World) -> None:
    unapplied(world, 560)
    artifact = {"revision": "sha256:2", "lastUpdateTime": ago(120), "path": "x", "url": "x"}
    world.one("Bucket")["status"]["artifact"] = {**artifact, "digest": "sha256:2"}
    world.one("Kustomization", "aws-resources")["status"]["lastAppliedRevision"] = "sha256:2"


# --- rarer ----------------------------------------------------------------------------------------


@situation("applied", "failed", parts=("Kustomization flux-system/aws-resources",))
def acks_crd_is_older_than_the_promise(world: World) -> None:
    unapplied(world, 60)
    message = f"Table/default/{NAME} dry-run failed: .spec.onDemand: field not declared in schema"
    kustomization = world.one("Kustomization", "aws-resources")
    put(kustomization, "Ready", "False", "ReconciliationFailed", message, age=60)


@situation("workflow", "failed")
def a_webhook_lets_no_pod_in(world: World) -> None:
    no_pod(world, 'Error creating: admission webhook "no.example.com" denied the request')
