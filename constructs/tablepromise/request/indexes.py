"""Keys, indexes and their capacity."""

from typing import Annotated

from msgspec import Meta

from tablepromise.request import limits, quotas, service_model
from tablepromise.request.model_base import SpecObject, description
from tablepromise.request.rules import Rule, validations

NAME_BYTES = Rule(
    f"bytes(self).size() <= {limits.NAME_BYTES}",
    f"the name of the attribute has at most {limits.NAME_BYTES} bytes in UTF-8",
    "choose a shorter name (a letter outside ASCII takes 2 to 4 bytes)",
)


class Attribute(SpecObject, frozen=True):
    """An attribute of a key or index, and its type."""

    name: Annotated[
        service_model.KeySchemaAttributeName,
        description("Name of the attribute in items.", **validations(NAME_BYTES)),
    ]
    type: Annotated[
        service_model.ScalarAttributeType,
        description('"S" string, "N" number or "B" binary. Quote it: a bare N is "no" in YAML.'),
    ]


class KeyElement(SpecObject, frozen=True):
    """An attribute of a key."""

    attribute_name: Annotated[
        service_model.KeySchemaAttributeName, description("An attribute from attributeDefinitions.")
    ]
    key_type: Annotated[
        service_model.KeyType, description("HASH is the partition key, RANGE the sort key.")
    ]


_ONE_OF_EACH_RULES = (
    Rule(
        "self.exists_one(k, k.keyType == 'HASH')",
        "a key has exactly one HASH attribute",
        "set keyType HASH for one attribute, and RANGE for a sort key (a global index can have "
        f"{limits.GLOBAL_KEY_ATTRIBUTES} of each)",
    ),
    Rule(
        "self.filter(k, k.keyType == 'RANGE').size() <= 1",
        "a key has at most one RANGE attribute",
        f"remove one (a global index can have {limits.GLOBAL_KEY_ATTRIBUTES})",
    ),
)

_SEVERAL_OF_EACH_RULES = (
    Rule(
        "self.exists(k, k.keyType == 'HASH') && "
        f"self.filter(k, k.keyType == 'HASH').size() <= {limits.GLOBAL_KEY_ATTRIBUTES}",
        f"the key of a global index has 1 to {limits.GLOBAL_KEY_ATTRIBUTES} HASH attributes",
        f"set keyType HASH for 1 to {limits.GLOBAL_KEY_ATTRIBUTES} attributes",
    ),
    Rule(
        f"self.filter(k, k.keyType == 'RANGE').size() <= {limits.GLOBAL_KEY_ATTRIBUTES}",
        f"the key of a global index has at most {limits.GLOBAL_KEY_ATTRIBUTES} RANGE attributes",
        "remove the others",
    ),
)

_ORDER_RULES = (
    Rule(
        "self.filter(k, k.keyType == 'HASH') + self.filter(k, k.keyType == 'RANGE') == self",
        "HASH attributes come first in a key",
        "list every HASH attribute before the RANGE attributes",
    ),
    Rule(
        "self.all(k, self.exists_one(other, other.attributeName == k.attributeName))",
        "an attribute is only once in a key",
        "use another attribute, or remove one of the two",
    ),
)


def _key_schema(least: int, most: int, description: str, rules: tuple[Rule, ...]) -> Meta:
    return Meta(
        min_length=least,
        max_length=most,
        description=description,
        extra_json_schema={
            "x-kubernetes-list-type": "atomic",
            **validations(*rules, *_ORDER_RULES),
        },
    )


KeySchema = Annotated[
    tuple[KeyElement, ...],
    _key_schema(
        1,
        limits.KEY_ATTRIBUTES,
        "The primary key: a HASH attribute, and optionally a RANGE attribute after it.",
        _ONE_OF_EACH_RULES,
    ),
]

GlobalKeySchema = Annotated[
    tuple[KeyElement, ...],
    _key_schema(
        1,
        2 * limits.GLOBAL_KEY_ATTRIBUTES,
        f"The key of this index: 1 to {limits.GLOBAL_KEY_ATTRIBUTES} HASH attributes, then up to "
        f"{limits.GLOBAL_KEY_ATTRIBUTES} RANGE attributes. A query has every HASH attribute, and "
        "the first RANGE attributes in this order.",
        _SEVERAL_OF_EACH_RULES,
    ),
]

LocalKeySchema = Annotated[
    tuple[KeyElement, ...],
    _key_schema(
        limits.KEY_ATTRIBUTES,
        limits.KEY_ATTRIBUTES,
        "The table's HASH attribute, then the RANGE attribute of this index.",
        _ONE_OF_EACH_RULES,
    ),
]

Units = Annotated[service_model.PositiveLongObject, Meta(le=quotas.MOST_UNITS)]
"""Capacity units or request units; their maximum is a quota of the target (`quotas`)."""


class Provisioned(SpecObject, frozen=True):
    """Capacity of the table with billingMode PROVISIONED."""

    read_capacity: Annotated[Units, description("Read capacity units per second.")] = 5
    write_capacity: Annotated[Units, description("Write capacity units per second.")] = 5


class IndexCapacity(SpecObject, frozen=True):
    """Capacity of an index with billingMode PROVISIONED. Default of a field: the table's value."""

    read_capacity: (
        Annotated[
            Units,
            description("Read capacity units per second. Default: the table's."),
        ]
        | None
    ) = None
    write_capacity: (
        Annotated[
            Units,
            description("Write capacity units per second. Default: the table's."),
        ]
        | None
    ) = None


class OnDemand(SpecObject, frozen=True):
    """Maximums with billingMode PAY_PER_REQUEST: both or none. ACK cannot remove them."""

    max_read_request_units: Annotated[
        Units, description("Maximum of read request units per second.")
    ]
    max_write_request_units: Annotated[
        Units, description("Maximum of write request units per second.")
    ]


_PROJECTED_NAMES = Rule(
    f"self.all(n, bytes(n).size() <= {limits.NAME_BYTES})",
    f"the name of each attribute has at most {limits.NAME_BYTES} bytes in UTF-8",
    NAME_BYTES.fix,
)


class Projection(SpecObject, frozen=True):
    """Attributes that an index has of each item."""

    projection_type: Annotated[
        service_model.ProjectionType,
        description("ALL attributes, KEYS_ONLY, or INCLUDE: the keys and nonKeyAttributes."),
    ] = "ALL"
    non_key_attributes: (
        Annotated[
            service_model.NonKeyAttributeNameList,
            description(
                "Attributes that an INCLUDE projection adds.",
                **{"x-kubernetes-list-type": "set"},
                **validations(_PROJECTED_NAMES),
            ),
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


class GlobalIndex(SpecObject, frozen=True):
    """An index with a key of its own."""

    index_name: Annotated[service_model.IndexName, description("Unique among all indexes.")]
    key_schema: GlobalKeySchema
    projection: Projection = Projection()
    provisioned: IndexCapacity | None = None
    on_demand: OnDemand | None = None

    rules = (
        Rule(
            "self.keySchema == oldSelf.keySchema",
            "the key of an index is immutable",
            "add an index under another name, then remove this one",
            ".keySchema",
        ),
        Rule(
            "self.projection == oldSelf.projection",
            "the projection of an index is immutable",
            "add an index under another name, then remove this one",
            ".projection",
        ),
    )


class LocalIndex(SpecObject, frozen=True):
    """An index on the table's HASH attribute with another RANGE attribute."""

    index_name: Annotated[service_model.IndexName, description("Unique among all indexes.")]
    key_schema: LocalKeySchema
    projection: Projection = Projection()
