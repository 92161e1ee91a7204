"""Which DynamoDB calls a Table stands for: those that ACK makes, in its order.

ACK's field names differ from DynamoDB's only in the case of letters (`kmsMasterKeyID`,
`KMSMasterKeyId`), so botocore's service model says how each is spelled; nothing is listed twice.
"""

from collections.abc import Iterator
from typing import Any, cast

from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from msgspec import Struct


class Call(Struct, frozen=True):
    """One DynamoDB operation.

    Attributes:
        parameters: as botocore takes them.
        field: what it sets, by its name in a comparison; empty for more than one field.
    """

    operation: str
    parameters: dict[str, Any]
    field: str = ""


def calls(table: dict[str, Any], service: ServiceModel) -> Iterator[Call]:
    """What ACK does to make the table of a Table that does not exist in DynamoDB yet."""
    spec: dict[str, Any] = table["spec"]
    create = service.operation_model("CreateTable").input_shape
    yield Call("CreateTable", spelled(spec, create))
    name = {"TableName": spec["tableName"]}
    if spec["continuousBackups"]["pointInTimeRecoveryEnabled"]:
        backups = service.operation_model("UpdateContinuousBackups").input_shape
        yield Call(
            "UpdateContinuousBackups",
            name
            | spelled({"pointInTimeRecoverySpecification": spec["continuousBackups"]}, backups),
            "PointInTimeRecovery",
        )
    if (ttl := spec.get("timeToLive")) and ttl["enabled"]:
        live = service.operation_model("UpdateTimeToLive").input_shape
        parameters = name | spelled({"timeToLiveSpecification": ttl}, live)
        yield Call("UpdateTimeToLive", parameters, "TimeToLive")
    if spec.get("contributorInsights") == "ENABLED":
        enable = name | {"ContributorInsightsAction": "ENABLE"}
        yield Call("UpdateContributorInsights", enable, "ContributorInsights")


def spelled(value: Any, shape: Shape | None) -> Any:
    """`value` in DynamoDB's spelling; fields that the shape does not have are left out."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        fields = cast(dict[str, Any], value)
        known = {
            members[key.lower()]: field for key, field in fields.items() if key.lower() in members
        }
        return {name: spelled(field, member) for (name, member), field in known.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [spelled(item, shape.member) for item in cast(list[object], value)]
    return value
