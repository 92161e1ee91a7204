"""The spec of a Table as CEL over a DynamoDBTable of kro: `request.table` in kro's language.

The spec is a single expression, because kro has no other way to leave a field out. kro checks the
types of the expression when the ResourceGraphDefinition is applied.
`tests/dialects/test_equivalence.py` compares its Tables with those of the renderer.
"""

import json

from tablepromise.request import spec_schema


def _default(part: str, field: str) -> str:
    """Return, in CEL, a default that SimpleSchema does not support."""
    return json.dumps(spec_schema()["properties"][part]["properties"][field]["default"])


def _list(expression: str) -> str:
    """Return a list of the DynamoDBTable, or an empty list."""
    return f"schema.spec.?{expression}.orValue([])"


def _entry(field: str, optional: str) -> str:
    """Return an entry that is left out if its value is absent."""
    return f"?{json.dumps(field)}: {optional}"


_UNITS = {"readCapacity": "readCapacityUnits", "writeCapacity": "writeCapacityUnits"}
"""Names of capacity units in a request, and in a Table."""


def _provisioned(optional: str) -> str:
    """Return the capacity of the table, by the names of a Table."""
    entries = ", ".join(
        f'"{theirs}": t.?{ours}.orValue({_default("provisioned", ours)})'
        for ours, theirs in _UNITS.items()
    )
    return f"{optional}.optMap(t, {{{entries}}})"


def _index_capacity() -> str:
    """Return the capacity of index `i`; the table's values are the defaults."""
    entries = ", ".join(
        f'"{theirs}": i.?provisioned.?{ours}.orValue(t.?{ours}.orValue('
        f"{_default('provisioned', ours)}))"
        for ours, theirs in _UNITS.items()
    )
    return f"schema.spec.?provisioned.optMap(t, {{{entries}}})"


_KEYS = " + ".join(
    (
        "[schema.spec.keySchema.map(k, k.attributeName)]",
        *(
            f"{_list(indexes)}.map(i, i.keySchema.map(k, k.attributeName))"
            for indexes in ("globalSecondaryIndexes", "localSecondaryIndexes")
        ),
    )
)
"""A list of attribute names for each key."""

_INDEX = """"indexName": i.indexName,
    "keySchema": i.keySchema,
    "projection": {
      "projectionType": i.projection.projectionType,
      ?"nonKeyAttributes": i.projection.?nonKeyAttributes.optMap(n, n.sort())
    }"""

_ENTRIES = (
    '"tableName": schema.spec.name',
    # [list].map(name, ...)[0] gives a list a name, as in `request.spec_rules`
    f""""attributeDefinitions": [{_KEYS}].map(keys,
    schema.spec.attributeDefinitions.filter(a, keys.exists(key, a.name in key))
    .sortBy(a, a.name).map(a, {{"attributeName": a.name, "attributeType": a.type}}))[0]""",
    '"keySchema": schema.spec.keySchema',
    '"billingMode": schema.spec.billingMode',
    _entry("provisionedThroughput", _provisioned("schema.spec.?provisioned")),
    _entry("onDemandThroughput", "schema.spec.?onDemand"),
    _entry(
        "globalSecondaryIndexes",
        f"""optional.ofNonZeroValue({_list("globalSecondaryIndexes")}
    .sortBy(i, i.indexName).map(i, {{
    {_INDEX},
    {_entry("provisionedThroughput", _index_capacity())},
    {_entry("onDemandThroughput", "i.?onDemand")}
  }}))""",
    ),
    _entry(
        "localSecondaryIndexes",
        f"""optional.ofNonZeroValue({_list("localSecondaryIndexes")}
    .sortBy(i, i.indexName).map(i, {{
    {_INDEX}
  }}))""",
    ),
    _entry(
        "streamSpecification",
        'schema.spec.?stream.optMap(s, {"streamEnabled": true, '
        f'"streamViewType": s.?viewType.orValue({_default("stream", "viewType")})}})',
    ),
    _entry("timeToLive", "schema.spec.?timeToLive"),
    '"continuousBackups": {"pointInTimeRecoveryEnabled": schema.spec.pointInTimeRecovery}',
    """"sseSpecification": {
    "enabled": schema.spec.encryption.type == "KMS",
    ?"sseType": schema.spec.encryption.type == "KMS" ? optional.of("KMS") : optional.none(),
    ?"kmsMasterKeyID": schema.spec.encryption.?kmsKeyArn
  }""",
    '"tableClass": schema.spec.tableClass',
    '"deletionProtectionEnabled": '
    'schema.spec.?deletionProtection.orValue(schema.spec.deletionPolicy == "Retain")',
    _entry(
        "contributorInsights",
        'schema.spec.?contributorInsights.optMap(c, c ? "ENABLED" : "DISABLED")',
    ),
    _entry("tags", f"optional.ofNonZeroValue({_list('tags')}.sortBy(t, t.key))"),
    _entry("resourcePolicy", "schema.spec.?resourcePolicy"),
)

TABLE_SPEC = "{\n  " + ",\n  ".join(_ENTRIES) + "\n}"
"""CEL over `schema.spec`."""
