"""The part of ACK's Table that a request is rendered to, typed.

Names and types are those of the CRD `tables.dynamodb.services.k8s.aws` of ACK's DynamoDB
controller (1.8 or later); `tests/request/test_ack.py` compares them with the CRD. Reading a Table
into these types therefore proves that the API server will know every field: one unknown field
makes Flux stop at the object, and with it every other request of the Destination.
"""

from typing import Any

from msgspec import Struct, convert, field, json

from tablepromise.request import limits

GROUP = "dynamodb.services.k8s.aws"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "Table"
REGION = "services.k8s.aws/region"
DELETION_POLICY = "services.k8s.aws/deletion-policy"
NAME_TAG = limits.ACK_TAGS[-1]
"""Tag of a table in AWS: the name of its Table object, beside ACK's own tag with the namespace."""


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    pass


class AttributeDefinition(Part, frozen=True):
    attribute_name: str
    attribute_type: str


class KeySchemaElement(Part, frozen=True):
    attribute_name: str
    key_type: str


class ProvisionedThroughput(Part, frozen=True):
    read_capacity_units: int
    write_capacity_units: int


class OnDemandThroughput(Part, frozen=True):
    max_read_request_units: int
    max_write_request_units: int


class Projection(Part, frozen=True):
    projection_type: str
    non_key_attributes: tuple[str, ...] = ()


class GlobalSecondaryIndex(Part, frozen=True):
    index_name: str
    key_schema: tuple[KeySchemaElement, ...]
    projection: Projection
    provisioned_throughput: ProvisionedThroughput | None = None
    on_demand_throughput: OnDemandThroughput | None = None


class LocalSecondaryIndex(Part, frozen=True):
    index_name: str
    key_schema: tuple[KeySchemaElement, ...]
    projection: Projection


class PointInTimeRecovery(Part, frozen=True):
    point_in_time_recovery_enabled: bool


class SSESpecification(Part, frozen=True):
    enabled: bool
    sse_type: str | None = None
    kms_master_key_id: str | None = field(default=None, name="kmsMasterKeyID")


class StreamSpecification(Part, frozen=True):
    stream_enabled: bool
    stream_view_type: str


class TimeToLive(Part, frozen=True):
    attribute_name: str
    enabled: bool


class Tag(Part, frozen=True):
    key: str
    value: str


class TableSpec(Part, frozen=True, kw_only=True):
    table_name: str
    attribute_definitions: tuple[AttributeDefinition, ...]
    key_schema: tuple[KeySchemaElement, ...]
    billing_mode: str
    provisioned_throughput: ProvisionedThroughput | None = None
    on_demand_throughput: OnDemandThroughput | None = None
    global_secondary_indexes: tuple[GlobalSecondaryIndex, ...] = ()
    local_secondary_indexes: tuple[LocalSecondaryIndex, ...] = ()
    stream_specification: StreamSpecification | None = None
    time_to_live: TimeToLive | None = None
    continuous_backups: PointInTimeRecovery
    sse_specification: SSESpecification
    table_class: str
    deletion_protection_enabled: bool
    contributor_insights: str | None = None
    tags: tuple[Tag, ...] = ()
    resource_policy: str | None = None


class ObjectMeta(Part, frozen=True):
    name: str
    namespace: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Table(Part, frozen=True, kw_only=True):
    api_version: str = field(name="apiVersion")
    kind: str
    metadata: ObjectMeta
    spec: TableSpec


# msgspec works a type out when it is first needed, and crashes if two threads do so at once
json.Decoder(Table)


def check(document: dict[str, Any]) -> Table:
    """The Table in `document`.

    Raises:
        msgspec.ValidationError: a field is unknown, missing or of another type; it names the path.
    """
    return convert(document, Table)
