"""The DynamoDB calls with which ACK creates a table, in ACK's order.

ACK's field names differ from DynamoDB's only in case (`kmsMasterKeyID`, `KMSMasterKeyId`), so they
are translated by botocore's service model.
"""

from collections.abc import Iterator
from typing import Any, cast

from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from msgspec import Struct


class Call(Struct, frozen=True):
    """One DynamoDB operation.

    Attributes:
        parameters: the parameters, as for botocore.
        field: the field of a comparison that the call sets; empty for more than one field.
    """

    operation: str
    parameters: dict[str, Any]
    field: str = ""


def calls(table: dict[str, Any], service: ServiceModel) -> Iterator[Call]:
    """Yield the calls with which ACK creates the table of a Table."""
    spec: dict[str, Any] = table["spec"]
    create = service.operation_model("CreateTable").input_shape
    yield Call("CreateTable", dynamodb_names(spec, create))
    name = {"TableName": spec["tableName"]}
    if spec["continuousBackups"]["pointInTimeRecoveryEnabled"]:
        backups = service.operation_model("UpdateContinuousBackups").input_shape
        yield Call(
            "UpdateContinuousBackups",
            name
            | dynamodb_names(
                {"pointInTimeRecoverySpecification": spec["continuousBackups"]}, backups
            ),
            "PointInTimeRecovery",
        )
    if (ttl := spec.get("timeToLive")) and ttl["enabled"]:
        live = service.operation_model("UpdateTimeToLive").input_shape
        parameters = name | dynamodb_names({"timeToLiveSpecification": ttl}, live)
        yield Call("UpdateTimeToLive", parameters, "TimeToLive")
    if spec.get("contributorInsights") == "ENABLED":
        enable = name | {"ContributorInsightsAction": "ENABLE"}
        yield Call("UpdateContributorInsights", enable, "ContributorInsights")


def dynamodb_names(value: Any, shape: Shape | None) -> Any:
    """Return `value` with DynamoDB's field names, without fields that the shape does not have."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        fields = cast(dict[str, Any], value)
        known = {
            members[key.lower()]: field for key, field in fields.items() if key.lower() in members
        }
        return {name: dynamodb_names(field, member) for (name, member), field in known.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [dynamodb_names(item, shape.member) for item in cast(list[object], value)]
    return value
