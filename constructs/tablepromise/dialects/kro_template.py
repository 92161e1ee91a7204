"""The spec of a Table in CEL, over an instance of kro: what `request.table` says in Python.

It is one expression for the whole, since kro has no other way to leave a field out. kro checks it
against the types of instance and Table when it takes the ResourceGraphDefinition. That it makes the
Table that the renderer makes, tests say.
"""

import json

from tablepromise.request import spec_schema


def _default(part: str, field: str) -> str:
    """A default that SimpleSchema cannot carry, in CEL."""
    return json.dumps(spec_schema()["properties"][part]["properties"][field]["default"])


def _list(expression: str) -> str:
    """A list of the instance, or an empty one."""
    return f"schema.spec.?{expression}.orValue([])"


def _entry(field: str, optional: str) -> str:
    """A field that is left out with what it is of."""
    return f"?{json.dumps(field)}: {optional}"


_UNITS = {"readCapacity": "readCapacityUnits", "writeCapacity": "writeCapacityUnits"}
"""Capacity in a request, and in a Table."""


def _provisioned(optional: str) -> str:
    """Capacity of the table, in the Table's names."""
    entries = ", ".join(
        f'"{theirs}": t.?{ours}.orValue({_default("provisioned", ours)})'
        for ours, theirs in _UNITS.items()
    )
    return f"{optional}.optMap(t, {{{entries}}})"


def _index_capacity() -> str:
    """Capacity of index `i`: each value that it does not have is the table's."""
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
"""The attributes of every key: a list for each key."""

_INDEX = """"indexName": i.indexName,
    "keySchema": i.keySchema,
    "projection": {
      "projectionType": i.projection.projectionType,
      ?"nonKeyAttributes": i.projection.?nonKeyAttributes.optMap(n, n.sort())
    }"""

_ENTRIES = (
    '"tableName": schema.spec.name',
    # [list].map(name, ...)[0] names a list, as in `request.spec_rules`
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
"""CEL over `schema.spec`: the spec of the Table."""
