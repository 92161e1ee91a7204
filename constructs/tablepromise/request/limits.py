"""Limits that DynamoDB documents but its service model does not state. Source, where none is named:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html

What the model does state (lengths, patterns, enums, counts) is generated: `service_model.py`. What
AWS raises for an account is in `quotas.py`.
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
"""nonKeyAttributes summed over all indexes of a table; a name in two indexes counts twice."""

NAME_BYTES: Final = 255
"""Bytes in UTF-8 of the name of an attribute in a key, in a projection or of timeToLive. The
service model counts characters. Source: DynamoDB Local, which rejects 256 bytes."""

ALL_TAGS: Final = 50
"""Tags of one table, those of ACK among them."""

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
"""A bound of ours, so that the API server can bound the cost of the rules: the keys of the largest
table use 2 + 8 x 20 + 5 = 167 attributes, and others may be defined without being used."""

OBJECT_NAME: Final = 63
"""Characters of the request's metadata.name. Kratix puts this limit on every request."""

REQUEST_NAME: Final = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
"""Pattern of the request's metadata.name: no dot. The Table of every other offer has a dot in its
name, so that it is never the Table of a request."""
