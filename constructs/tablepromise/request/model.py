"""The request: the only definition of its fields.

Everything else is derived from the types here: the CRD's schema and rules (`schema`), the offline
verdict (`admission`), the ACK Table (`table`), the editor schema and the docs table. Field
descriptions are what `kubectl explain` shows.
"""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, convert, json

from tablepromise.request import limits, service_model
from tablepromise.request.rules import Rule, immutable, validations

GROUP = "dynamodb.kratix.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "DynamoDBRequest"
PLURAL = "dynamodbrequests"
PROMISE = "aws-dynamodb-kratix"

DESTINATION_LABELS = {"cloud": "aws", "ack-enabled": "true"}
"""What a Destination must be labelled to receive tables: its agent has ACK beside it."""

NEW_TABLE = "ask for a new table under another name and move the data"


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """A piece of a request: immutable, compared by value, refuses fields it does not know."""

    rules: ClassVar[tuple[Rule, ...]] = ()


def plain(part: Struct) -> dict[str, Any]:
    """`part` in JSON's own types, as if it had been read from a file."""
    fields: dict[str, Any] = json.decode(json.encode(part))
    return fields


def described(text: str, **schema: Any) -> Meta:
    return Meta(description=text, extra_json_schema=schema or None)


def map_list(key: str) -> dict[str, Any]:
    """A list whose items are told apart by one field: no duplicates, merged item by item."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


class Attribute(Part, frozen=True):
    """An attribute that a key or index uses, and its type."""

    name: Annotated[
        service_model.KeySchemaAttributeName, described("Name of the attribute, as items have it.")
    ]
    type: Annotated[
        service_model.ScalarAttributeType,
        described('"S" string, "N" number or "B" binary. Quote it: a bare N is "no" in YAML.'),
    ]


class KeyElement(Part, frozen=True):
    """One attribute of a key."""

    attribute_name: Annotated[
        service_model.KeySchemaAttributeName, described("An attribute from attributeDefinitions.")
    ]
    key_type: Annotated[
        service_model.KeyType, described("HASH is the partition key, RANGE the sort key.")
    ]


_KEY_SCHEMA_RULES = (
    Rule(
        "self.exists_one(k, k.keyType == 'HASH')",
        "a key has exactly one HASH attribute",
        "give one attribute keyType HASH, and a sort key RANGE",
    ),
    Rule(
        "self.filter(k, k.keyType == 'RANGE').size() <= 1",
        "a key has at most one RANGE attribute",
        "make one of them HASH or remove it",
    ),
    Rule(
        "self[0].keyType == 'HASH'",
        "the HASH attribute comes first in a key",
        "list it before the RANGE attribute",
    ),
    Rule(
        "self.size() < 2 || self[0].attributeName != self[1].attributeName",
        "HASH and RANGE are different attributes",
        "name another attribute for one of them",
    ),
)

KeySchema = Annotated[
    tuple[KeyElement, ...],
    Meta(
        min_length=1,
        max_length=limits.KEY_ATTRIBUTES,
        description="The primary key: the HASH attribute, then a RANGE attribute if there is one.",
        extra_json_schema={"x-kubernetes-list-type": "atomic", **validations(*_KEY_SCHEMA_RULES)},
    ),
]

LocalKeySchema = Annotated[
    tuple[KeyElement, ...],
    Meta(
        min_length=limits.KEY_ATTRIBUTES,
        max_length=limits.KEY_ATTRIBUTES,
        description="The table's HASH attribute, then the RANGE attribute of this index.",
        extra_json_schema={"x-kubernetes-list-type": "atomic", **validations(*_KEY_SCHEMA_RULES)},
    ),
]

CapacityUnits = Annotated[service_model.PositiveLongObject, Meta(le=limits.CAPACITY_UNITS)]


class Provisioned(Part, frozen=True):
    """Capacity with billingMode PROVISIONED. An index without its own has the table's."""

    read_capacity: Annotated[CapacityUnits, described("Read capacity units per second.")] = 5
    write_capacity: Annotated[CapacityUnits, described("Write capacity units per second.")] = 5


RequestUnits = Annotated[
    int,
    Meta(
        ge=-1,
        extra_json_schema=validations(
            Rule("self != 0", "a maximum is -1 or at least 1", "set -1 for no maximum")
        ),
    ),
]


class OnDemand(Part, frozen=True):
    """Maximums with billingMode PAY_PER_REQUEST. Left out, there are none."""

    max_read_request_units: Annotated[
        RequestUnits, described("Most read request units per second; -1 is no maximum.")
    ] = -1
    max_write_request_units: Annotated[
        RequestUnits, described("Most write request units per second; -1 is no maximum.")
    ] = -1


class Projection(Part, frozen=True):
    """What an index holds of each item."""

    projection_type: Annotated[
        service_model.ProjectionType,
        described("ALL attributes, KEYS_ONLY, or INCLUDE: the keys and nonKeyAttributes."),
    ] = "ALL"
    non_key_attributes: (
        Annotated[
            service_model.NonKeyAttributeNameList,
            described("What an INCLUDE projection adds.", **{"x-kubernetes-list-type": "set"}),
        ]
        | None
    ) = None

    rules = (
        Rule(
            "self.projectionType != 'INCLUDE' || has(self.nonKeyAttributes)",
            "projectionType INCLUDE needs nonKeyAttributes",
            "list the attributes to include, or use KEYS_ONLY",
        ),
        Rule(
            "self.projectionType == 'INCLUDE' || !has(self.nonKeyAttributes)",
            "nonKeyAttributes goes with projectionType INCLUDE only",
            "set projectionType to INCLUDE or remove nonKeyAttributes",
            ".nonKeyAttributes",
        ),
    )


class GlobalIndex(Part, frozen=True):
    """An index with a key of its own."""

    index_name: Annotated[service_model.IndexName, described("Unique among all indexes.")]
    key_schema: KeySchema
    projection: Projection = Projection()
    provisioned: Provisioned | None = None
    on_demand: OnDemand | None = None

    rules = (
        Rule(
            "self.keySchema == oldSelf.keySchema",
            "the key of an index cannot change",
            "add an index under another name, then remove this one",
            ".keySchema",
        ),
        Rule(
            "self.projection == oldSelf.projection",
            "the projection of an index cannot change",
            "add an index under another name, then remove this one",
            ".projection",
        ),
    )


class LocalIndex(Part, frozen=True):
    """An index on the table's HASH attribute with another RANGE attribute."""

    index_name: Annotated[service_model.IndexName, described("Unique among all indexes.")]
    key_schema: LocalKeySchema
    projection: Projection = Projection()


class TimeToLive(Part, frozen=True):
    """Items expire at the second that one of their attributes holds."""

    attribute_name: Annotated[
        service_model.TimeToLiveAttributeName,
        described("A number attribute: the second since 1970 at which the item expires."),
    ]
    enabled: Annotated[
        bool, described("Set to false for one change before timeToLive is removed.")
    ] = True

    rules = (
        Rule(
            "!self.enabled || !oldSelf.enabled || self.attributeName == oldSelf.attributeName",
            "the attribute cannot change while time to live is enabled",
            "set enabled to false first, and wait an hour (DynamoDB takes one change per hour)",
            ".attributeName",
        ),
    )


class Stream(Part, frozen=True):
    """A stream of the changes to items. It stays as it is once the table has it."""

    view_type: Annotated[
        service_model.StreamViewType, described("What a stream record holds of the item.")
    ] = "NEW_AND_OLD_IMAGES"


class Encryption(Part, frozen=True):
    """Encryption at rest."""

    type: Annotated[
        Literal["AWS_OWNED", "KMS"],
        described("AWS_OWNED: a key of DynamoDB's own. KMS: a key in your account's KMS."),
    ] = "AWS_OWNED"
    kms_key_arn: (
        Annotated[
            str,
            Meta(
                max_length=2048,
                pattern="^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$",
                description="ARN of a customer managed key; left out, KMS's aws/dynamodb key. An "
                "ARN because ACK compares it with the ARN that DynamoDB returns.",
            ),
        ]
        | None
    ) = None

    rules = (
        Rule(
            "self.type == 'KMS' || !has(self.kmsKeyArn)",
            "kmsKeyArn goes with type KMS only",
            "set type to KMS or remove kmsKeyArn",
            ".kmsKeyArn",
        ),
    )


class Tag(Part, frozen=True):
    """A tag of the table in AWS."""

    key: Annotated[
        service_model.TagKeyString,
        described(
            "Name of the tag.",
            **validations(
                Rule(
                    "!self.startsWith('aws:')",
                    "a tag key does not start with aws:",
                    "choose another prefix (AWS keeps this one for itself)",
                )
            ),
        ),
    ]
    value: Annotated[service_model.TagValueString, described("Value of the tag.")] = ""


class TableSpec(Part, frozen=True, kw_only=True):
    """What a developer asks for: `spec` of a DynamoDBRequest."""

    name: Annotated[
        service_model.TableName,
        described(
            "Name of the table in DynamoDB, one per region.",
            **validations(immutable("name", NEW_TABLE)),
        ),
    ]
    region: Annotated[
        limits.Region,
        described(
            "AWS region of the table.",
            **validations(immutable("region", "ask for a new table in the other region")),
        ),
    ] = "us-west-2"
    billing_mode: Annotated[
        service_model.BillingMode,
        described("PAY_PER_REQUEST (on demand) or PROVISIONED (capacity set by provisioned)."),
    ] = "PAY_PER_REQUEST"
    attribute_definitions: Annotated[
        tuple[Attribute, ...],
        Meta(
            min_length=1,
            max_length=limits.ATTRIBUTE_DEFINITIONS,
            description="The attributes that keys and indexes use; others are left out.",
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
                max_length=limits.GLOBAL_INDEXES,
                description="Indexes with keys of their own; they may be added and removed later.",
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
                description="Indexes on the table's HASH key with another RANGE key; fixed when "
                "the table is made.",
                extra_json_schema=map_list("indexName"),
            ),
        ]
        | None
    ) = None
    time_to_live: TimeToLive | None = None
    point_in_time_recovery: Annotated[
        bool, described("Continuous backups of the last 35 days.")
    ] = False
    stream: Stream | None = None
    encryption: Encryption = Encryption()
    table_class: Annotated[service_model.TableClass, described("Storage class of the table.")] = (
        "STANDARD"
    )
    deletion_protection: (
        Annotated[
            bool,
            described(
                "DynamoDB refuses to delete the table. Default: on unless deletionPolicy is Delete."
            ),
        ]
        | None
    ) = None
    contributor_insights: (
        Annotated[
            bool, described("CloudWatch Contributor Insights; left out, nobody touches them.")
        ]
        | None
    ) = None
    tags: (
        Annotated[
            tuple[Tag, ...],
            Meta(
                max_length=limits.TAGS,
                description="Tags of the table in AWS.",
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
                pattern=r"^\s*\{[\s\S]*\}\s*$",
                description="Resource-based policy of the table: an IAM policy document in JSON.",
            ),
        ]
        | None
    ) = None
    deletion_policy: Annotated[
        Literal["Retain", "Delete"],
        described("What deleting the request does to the table and its data."),
    ] = "Retain"

    rules = (
        Rule(
            "self.keySchema.all(k, self.attributeDefinitions.exists(a, a.name == k.attributeName))",
            "every key attribute is in attributeDefinitions",
            "define it there with its type, or correct its name",
            ".keySchema",
        ),
        Rule(
            "!has(self.globalSecondaryIndexes) || self.globalSecondaryIndexes.all(i, "
            "i.keySchema.all(k, self.attributeDefinitions.exists(a, a.name == k.attributeName)))",
            "every attribute of an index key is in attributeDefinitions",
            "define it there with its type, or correct its name",
            ".globalSecondaryIndexes",
        ),
        Rule(
            "!has(self.localSecondaryIndexes) || self.localSecondaryIndexes.all(i, "
            "i.keySchema.all(k, self.attributeDefinitions.exists(a, a.name == k.attributeName)))",
            "every attribute of an index key is in attributeDefinitions",
            "define it there with its type, or correct its name",
            ".localSecondaryIndexes",
        ),
        Rule(
            "self.billingMode != 'PROVISIONED' || has(self.provisioned)",
            "billingMode PROVISIONED needs provisioned",
            "add provisioned with readCapacity and writeCapacity, or use PAY_PER_REQUEST",
            ".billingMode",
        ),
        Rule(
            "self.billingMode == 'PROVISIONED' || !has(self.provisioned)",
            "provisioned goes with billingMode PROVISIONED only",
            "set billingMode to PROVISIONED or remove provisioned",
            ".provisioned",
        ),
        Rule(
            "self.billingMode == 'PAY_PER_REQUEST' || !has(self.onDemand)",
            "onDemand goes with billingMode PAY_PER_REQUEST only",
            "set billingMode to PAY_PER_REQUEST or remove onDemand",
            ".onDemand",
        ),
        *(
            Rule(
                "!has(self.provisioned) || !has(self.globalSecondaryIndexes) || "
                f"self.provisioned.{units} + self.globalSecondaryIndexes.map(i, has(i.provisioned) "
                f"? i.provisioned.{units} : self.provisioned.{units}).sum() "
                f"<= {limits.ACCOUNT_CAPACITY_UNITS}",
                f"the {units} of a table and its global indexes is at most "
                f"{limits.ACCOUNT_CAPACITY_UNITS} in all",
                f"lower {units} (an index without its own has the table's)",
                ".provisioned",
            )
            for units in ("readCapacity", "writeCapacity")
        ),
        Rule(
            "self.billingMode == 'PROVISIONED' || !has(self.globalSecondaryIndexes) || "
            "self.globalSecondaryIndexes.all(i, !has(i.provisioned))",
            "provisioned of an index goes with billingMode PROVISIONED only",
            "set billingMode to PROVISIONED or remove provisioned from the indexes",
            ".globalSecondaryIndexes",
        ),
        Rule(
            "self.billingMode == 'PAY_PER_REQUEST' || !has(self.globalSecondaryIndexes) || "
            "self.globalSecondaryIndexes.all(i, !has(i.onDemand))",
            "onDemand of an index goes with billingMode PAY_PER_REQUEST only",
            "set billingMode to PAY_PER_REQUEST or remove onDemand from the indexes",
            ".globalSecondaryIndexes",
        ),
        Rule(
            "!has(self.globalSecondaryIndexes) || !has(self.localSecondaryIndexes) || "
            "self.localSecondaryIndexes.all(l, "
            "!self.globalSecondaryIndexes.exists(g, g.indexName == l.indexName))",
            "a global and a local index have different names",
            "rename one of them",
            ".localSecondaryIndexes",
        ),
        Rule(
            "!has(self.localSecondaryIndexes) || self.localSecondaryIndexes.size() == 0 || "
            "self.keySchema.size() == 2",
            "a table with local indexes has a RANGE key",
            "add a RANGE attribute to keySchema, or use global indexes",
            ".localSecondaryIndexes",
        ),
        Rule(
            "!has(self.localSecondaryIndexes) || self.localSecondaryIndexes.all(i, "
            "i.keySchema[0].attributeName == self.keySchema[0].attributeName)",
            "a local index has the HASH attribute of the table",
            "use the table's HASH attribute, or make it a global index",
            ".localSecondaryIndexes",
        ),
        Rule(
            "(has(self.globalSecondaryIndexes) ? self.globalSecondaryIndexes.map(i, "
            "has(i.projection.nonKeyAttributes) ? i.projection.nonKeyAttributes.size() : 0).sum() "
            ": 0) + (has(self.localSecondaryIndexes) ? self.localSecondaryIndexes.map(i, "
            "has(i.projection.nonKeyAttributes) ? i.projection.nonKeyAttributes.size() : 0).sum() "
            f": 0) <= {limits.PROJECTED_ATTRIBUTES}",
            f"all indexes together have at most {limits.PROJECTED_ATTRIBUTES} nonKeyAttributes",
            "project fewer attributes, or ALL",
        ),
        Rule(
            "!has(self.timeToLive) || self.attributeDefinitions.all(a, "
            "a.name != self.timeToLive.attributeName || a.type == 'N')",
            "the timeToLive attribute is a number",
            "give it type N in attributeDefinitions, or name another attribute",
            ".timeToLive",
        ),
        Rule(
            "self.keySchema == oldSelf.keySchema",
            "keySchema cannot change once the table is requested",
            NEW_TABLE,
            ".keySchema",
        ),
        Rule(
            # filter first: the API server multiplies the estimated costs of nested walks
            "self.attributeDefinitions.filter(a, oldSelf.attributeDefinitions.exists(o, "
            "o.name == a.name && o.type != a.type)).all(a, "
            "!(oldSelf.keySchema.exists(k, k.attributeName == a.name) || "
            "has(oldSelf.globalSecondaryIndexes) && oldSelf.globalSecondaryIndexes.exists(i, "
            "i.keySchema.exists(k, k.attributeName == a.name)) || "
            "has(oldSelf.localSecondaryIndexes) && oldSelf.localSecondaryIndexes.exists(i, "
            "i.keySchema.exists(k, k.attributeName == a.name))))",
            "the type of an attribute that a key or index uses cannot change",
            "use an attribute of another name",
            ".attributeDefinitions",
        ),
        Rule(
            "has(self.localSecondaryIndexes) == has(oldSelf.localSecondaryIndexes) && "
            "(!has(self.localSecondaryIndexes) || "
            "self.localSecondaryIndexes == oldSelf.localSecondaryIndexes)",
            "localSecondaryIndexes cannot change once the table is requested",
            "use a global index, or a new table",
            ".localSecondaryIndexes",
        ),
        Rule(
            "!has(oldSelf.timeToLive) || !oldSelf.timeToLive.enabled || has(self.timeToLive)",
            "timeToLive is switched off before it is removed",
            "set timeToLive.enabled to false, and remove timeToLive in a later change",
            ".timeToLive",
        ),
        Rule(
            "!has(oldSelf.stream) || has(self.stream) && self.stream == oldSelf.stream",
            "a stream cannot change or be removed once the table has it",
            "leave it as it is (ACK cannot switch a stream off without failing the Table)",
            ".stream",
        ),
        Rule(
            "!has(oldSelf.onDemand) || has(self.onDemand) || self.billingMode == 'PROVISIONED'",
            "onDemand is set to no maximum instead of being removed",
            "set maxReadRequestUnits and maxWriteRequestUnits to -1",
            ".onDemand",
        ),
    )


class TableRequest(Part, frozen=True):
    """A DynamoDBRequest: who asks (its Kubernetes name and namespace) and for what."""

    name: str
    namespace: str
    spec: TableSpec

    @classmethod
    def of(cls, document: dict[str, Any]) -> "TableRequest":
        """The request in a document that admission has accepted.

        Raises:
            msgspec.ValidationError: the document was never admitted.
        """
        metadata = document["metadata"]
        return cls(
            name=metadata["name"],
            namespace=metadata.get("namespace") or "default",
            spec=convert(document["spec"], TableSpec),
        )

    def as_document(self) -> dict[str, Any]:
        """The request as `kubectl apply` takes it; fields that have their default are left out."""
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": plain(self.spec),
        }
