"""Limits that DynamoDB documents outside its service model. The source, unless another is named:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html

`service_model.py` has the limits of the service model (lengths, patterns, enums, counts), and
`quotas.py` those that AWS raises for an account.
"""

from typing import Final

KEY_ATTRIBUTES: Final = 2
"""Attributes of the key of a table or local index: one HASH and at most one RANGE."""

GLOBAL_KEY_ATTRIBUTES: Final = 4
"""HASH attributes, and RANGE attributes, in the key of one global index. Source:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.MultiAttributeKeys"""

LOCAL_INDEXES: Final = 5
"""Local secondary indexes of one table."""

PROJECTED_ATTRIBUTES: Final = 100
"""nonKeyAttributes of all indexes of a table; a name in two indexes counts twice."""

NAME_BYTES: Final = 255
"""Bytes in UTF-8 of the name of an attribute in a key, in a projection or of timeToLive. The
service model counts characters. Source: DynamoDB Local, which rejects 256 bytes."""

ALL_TAGS: Final = 50
"""Tags of one table, with those of ACK."""

ACK_TAGS: Final = (
    "services.k8s.aws/controller-version",
    "services.k8s.aws/namespace",
    "app.kubernetes.io/managed-by",
    "kro.run/kro-version",
    "services.k8s.aws/resource-name",
)
"""Keys of the tags that ACK sets on each table: the chart's, and the name of the Table object. ACK
removes such a key from a Table's own tags before it compares them (`ignoreSystemTags`)."""

TAGS: Final = ALL_TAGS - len(ACK_TAGS)
"""Tags that a request may set."""

RESOURCE_POLICY_CHARACTERS: Final = 20_480
"""A resource policy may have 20 KB."""

ATTRIBUTE_DEFINITIONS: Final = 200
"""A limit of this project, by which the API server bounds the cost of the rules. The keys of the
largest table use 2 + 8 x 20 + 5 = 167 attributes; unused attributes may be defined too."""

OBJECT_NAME: Final = 63
"""Characters of the request's metadata.name: Kratix's limit."""

REQUEST_NAME: Final = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
"""Pattern of the request's metadata.name: no dot. The Tables of other offers have a dot in their
name, so that they never have the name of a request's Table."""
