"""The request: with `indexes` and `options`, the only definition of its fields.

Derived from these types are the CRD's schema and rules (`schema`), offline admission (`admission`),
the editor schema and docs/fields.md. `kubectl explain` prints the descriptions of the fields.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, convert, json

from tablepromise.request import limits, quotas, service_model
from tablepromise.request.indexes import (
    Attribute,
    GlobalIndex,
    KeySchema,
    LocalIndex,
    OnDemand,
    Provisioned,
)
from tablepromise.request.model_base import SpecObject, description, map_list, non_default_fields
from tablepromise.request.options import Encryption, Stream, Tag, TimeToLive
from tablepromise.request.rules import Rule, immutable, validations
from tablepromise.request.spec_rules import NEW_TABLE, SPEC_RULES

GROUP = "dynamodb.kratix.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "DynamoDBRequest"
PLURAL = "dynamodbrequests"
PROMISE = "aws-dynamodb-kratix"

DESTINATION_LABELS = {"cloud": "aws", "ack-enabled": "true"}
"""Labels of the Destinations that receive tables: ACK runs there."""


_POLICY = Rule(
    r"""self.matches(r'^\s*\{[\s\S]*"Statement"[\s\S]*\}\s*$')""",
    "resourcePolicy is an IAM policy document in JSON with at least one Statement",
    "write the whole policy document as JSON text, or remove resourcePolicy",
)
"""As far as CEL can see: the pipeline and the command line parse the policy (`resource_policy`)."""


class TableSpec(SpecObject, frozen=True, kw_only=True):
    """`spec` of a DynamoDBRequest."""

    name: Annotated[
        service_model.TableName,
        description(
            "Name of the table in DynamoDB, one per region.",
            **validations(immutable("name", NEW_TABLE)),
        ),
    ]
    region: Annotated[
        str,
        description(
            "AWS region of the table. Default: the platform's, when the request is created.",
            **validations(
                immutable(
                    "region",
                    "set it to the region that the request has, or request a new table in the "
                    "other region",
                )
            ),
        ),
    ] = ""
    """Values and default are those of a target (`regions`); admission sets the default."""
    billing_mode: Annotated[
        service_model.BillingMode,
        description("PAY_PER_REQUEST (on demand) or PROVISIONED (capacity set by provisioned)."),
    ] = "PAY_PER_REQUEST"
    attribute_definitions: Annotated[
        tuple[Attribute, ...],
        Meta(
            min_length=1,
            max_length=limits.ATTRIBUTE_DEFINITIONS,
            description="Attributes of keys and indexes; others are left out of the table.",
            extra_json_schema=map_list("name"),
        ),
    ]
    key_schema: KeySchema
    provisioned: Provisioned | None = None
    on_demand: OnDemand | None = None
    global_secondary_indexes: (
        Annotated[
            tuple[GlobalIndex, ...],
            Meta(
                max_length=quotas.MOST_GLOBAL_INDEXES,
                description="Indexes with keys of their own; they can be added and removed later.",
                extra_json_schema=map_list("indexName"),
            ),
        ]
        | None
    ) = None
    local_secondary_indexes: (
        Annotated[
            tuple[LocalIndex, ...],
            Meta(
                max_length=limits.LOCAL_INDEXES,
                description="Indexes with the table's HASH key and another RANGE key; immutable.",
                extra_json_schema=map_list("indexName"),
            ),
        ]
        | None
    ) = None
    time_to_live: TimeToLive | None = None
    point_in_time_recovery: Annotated[
        bool, description("Continuous backups of the last 35 days.")
    ] = False
    stream: Stream | None = None
    encryption: Encryption = Encryption()
    table_class: Annotated[service_model.TableClass, description("Storage class of the table.")] = (
        "STANDARD"
    )
    deletion_protection: (
        Annotated[
            bool,
            description(
                "DynamoDB denies the deletion of the table. Default: on, or off with "
                "deletionPolicy Delete."
            ),
        ]
        | None
    ) = None
    contributor_insights: (
        Annotated[bool, description("CloudWatch Contributor Insights; unmanaged if left out.")]
        | None
    ) = None
    tags: (
        Annotated[
            tuple[Tag, ...],
            Meta(
                max_length=limits.TAGS,
                description=f"Tags of the table in AWS: at most {limits.ALL_TAGS} with the "
                f"{len(limits.ACK_TAGS)} of ACK.",
                extra_json_schema=map_list("key"),
            ),
        ]
        | None
    ) = None
    resource_policy: (
        Annotated[
            str,
            Meta(
                max_length=limits.RESOURCE_POLICY_CHARACTERS,
                description="Resource-based policy of the table: an IAM policy document in JSON, "
                "with at least one Statement.",
                extra_json_schema=validations(_POLICY),
            ),
        ]
        | None
    ) = None
    deletion_policy: Annotated[
        Literal["Retain", "Delete"],
        description("Effect of deleting the request on the table and its data."),
    ] = "Retain"

    rules = SPEC_RULES


# msgspec builds the decoder of a type at its first use, and crashes if two threads do so at once
json.Decoder(TableSpec)


class TableRequest(SpecObject, frozen=True):
    """A DynamoDBRequest: name, namespace and spec."""

    name: str
    namespace: str
    spec: TableSpec

    @classmethod
    def of(cls, document: dict[str, Any]) -> "TableRequest":
        """Return the request in a document that was admitted.

        Raises:
            msgspec.ValidationError: the document was not admitted.
        """
        metadata = document["metadata"]
        return cls(
            name=metadata["name"],
            namespace=metadata.get("namespace") or "default",
            spec=convert(document["spec"], TableSpec),
        )

    def as_document(self) -> dict[str, Any]:
        """Return the request as a document, without fields that have their default."""
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": non_default_fields(self.spec),
        }
