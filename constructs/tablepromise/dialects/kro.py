"""kro: a ResourceGraphDefinition that makes an ACK Table of each DynamoDBTable.

The template is one CEL expression for the Table's whole spec: kro has no other way to leave a field
out, and a second template under a condition would delete a Table to make the other. It says in CEL
what `request.table` says in Python; tests hold the two equal.
"""

import json
import re
from functools import cache
from typing import Any, cast

from cel_expr_python import cel

from tablepromise.dialects.lifted import lifted
from tablepromise.dialects.simple_schema import carried, simple_schema
from tablepromise.request import TableRequest, ack, spec_schema
from tablepromise.request.schema import CATEGORIES, Schema
from tablepromise.request.structural import prepared

GROUP = "kro.tablepromise.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "DynamoDBTable"
PLURAL = "dynamodbtables"
SHORT_NAMES = ("kddb",)
NAME = f"{PLURAL}.{GROUP}"
"""Of the ResourceGraphDefinition, and of the policy beside it."""

STATUS = {
    "tableStatus": "${table.status.tableStatus}",
    "tableArn": "${table.status.ackResourceMetadata.arn}",
    "streamArn": "${table.status.latestStreamARN}",
}
"""What kro copies from the Table, as soon as it is there. `state` and `conditions` are kro's own."""

READY = (
    '${table.status.?tableStatus.orValue("") == "ACTIVE"}',
    "${table.status.?conditions.orValue([])"
    '.exists(c, c.type == "ACK.ResourceSynced" && c.status == "True")}',
    # a refused change leaves the Table ready and says it here alone
    "${!table.status.?conditions.orValue([])"
    '.exists(c, c.type == "ACK.Terminal" && c.status == "True")}',
)

COLUMNS = (
    ("Table", "string", ".spec.name"),
    ("Region", "string", ".spec.region"),
    ("Status", "string", ".status.tableStatus"),
    ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status'),
    ("Age", "date", ".metadata.creationTimestamp"),
)


@cache
def spec_of_instance() -> Schema:
    """The structural schema of a DynamoDBTable's spec. Shared: copy it before you change it."""
    return carried(spec_schema())


def resource_graph_definition() -> dict[str, Any]:
    """The ResourceGraphDefinition, as `kubectl apply` takes it."""
    spec, types = simple_schema(spec_of_instance())
    return {
        "apiVersion": "kro.run/v1alpha1",
        "kind": "ResourceGraphDefinition",
        "metadata": {"name": NAME},
        "spec": {
            "schema": {
                "group": GROUP,
                "apiVersion": VERSION,
                "kind": KIND,
                "scope": "Namespaced",
                "shortNames": list(SHORT_NAMES),
                "categories": list(CATEGORIES),
                "types": types,
                "spec": spec,
                "status": STATUS,
                "additionalPrinterColumns": [
                    {"name": name, "type": kind, "jsonPath": path} for name, kind, path in COLUMNS
                ],
            },
            "resources": [{"id": "table", "readyWhen": list(READY), "template": _template()}],
        },
    }


def admission_policy() -> dict[str, Any]:
    """Spec of the ValidatingAdmissionPolicy with the rules, which SimpleSchema cannot carry."""
    return {
        # who asks for a table is told what is wrong, also when that is a rule that fails
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [GROUP],
                    "apiVersions": [VERSION],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": [PLURAL],
                }
            ]
        },
        "variables": [{"name": "was", "expression": "oldObject.spec"}],
        "validations": [
            {"expression": rule.expression, "message": f"{rule.field}: {rule.must}; {rule.fix}"}
            for rule in lifted(spec_schema(), "object.spec", "variables.was", "spec")
        ],
    }


def instance(request: TableRequest) -> dict[str, Any]:
    """What a developer writes to be given by kro the table of a request."""
    document = request.as_document()
    return {**document, "apiVersion": API_VERSION, "kind": KIND}


def table(instance: dict[str, Any]) -> dict[str, Any]:
    """The ACK Table that kro makes of an instance."""
    given = {**instance, "spec": prepared(instance["spec"], spec_of_instance())}
    made = cast(dict[str, Any], _evaluated(_template(), {"schema": given}))
    namespace = instance["metadata"].get("namespace") or "default"
    return {**made, "metadata": {"namespace": namespace, **made["metadata"]}}


def _template() -> dict[str, Any]:
    return {
        "apiVersion": ack.API_VERSION,
        "kind": ack.KIND,
        "metadata": {
            # a name of its own: kro takes over what is there, and a request's Table may be
            "name": "${schema.metadata.name}-kro",
            "annotations": {
                ack.REGION: "${schema.spec.region}",
                ack.DELETION_POLICY: "${schema.spec.deletionPolicy.lowerAscii()}",
            },
        },
        "spec": f"${{{SPEC}}}",
    }


def _default(part: str, field: str) -> str:
    """A default that SimpleSchema cannot carry, in CEL."""
    return json.dumps(spec_schema()["properties"][part]["properties"][field]["default"])


def _list(expression: str) -> str:
    """A list of the instance, or an empty one."""
    return f"schema.spec.?{expression}.orValue([])"


def _entry(field: str, optional: str) -> str:
    """A field that is left out with what it is of."""
    return f"?{json.dumps(field)}: {optional}"


def _throughput(optional: str, part: str, fields: dict[str, str]) -> str:
    """Capacity or maximums, in the Table's names."""
    entries = ", ".join(
        f'"{theirs}": t.?{ours}.orValue({_default(part, ours)})' for ours, theirs in fields.items()
    )
    return f"{optional}.optMap(t, {{{entries}}})"


def _provisioned(optional: str) -> str:
    fields = {"readCapacity": "readCapacityUnits", "writeCapacity": "writeCapacityUnits"}
    return _throughput(optional, "provisioned", fields)


def _on_demand(optional: str) -> str:
    units = ("maxReadRequestUnits", "maxWriteRequestUnits")
    return _throughput(optional, "onDemand", {name: name for name in units})


_USED = " || ".join(
    (
        "schema.spec.keySchema.exists(k, k.attributeName == a.name)",
        *(
            f"{_list(indexes)}.exists(i, i.keySchema.exists(k, k.attributeName == a.name))"
            for indexes in ("globalSecondaryIndexes", "localSecondaryIndexes")
        ),
    )
)

_INDEX = """"indexName": i.indexName,
    "keySchema": i.keySchema,
    "projection": {
      "projectionType": i.projection.projectionType,
      ?"nonKeyAttributes": i.projection.?nonKeyAttributes.optMap(n, n.sort())
    }"""

_ENTRIES = (
    '"tableName": schema.spec.name',
    f""""attributeDefinitions": schema.spec.attributeDefinitions.filter(a, {_USED})
    .sortBy(a, a.name).map(a, {{"attributeName": a.name, "attributeType": a.type}})""",
    '"keySchema": schema.spec.keySchema',
    '"billingMode": schema.spec.billingMode',
    _entry("provisionedThroughput", _provisioned("schema.spec.?provisioned")),
    _entry("onDemandThroughput", _on_demand("schema.spec.?onDemand")),
    _entry(
        "globalSecondaryIndexes",
        f"""optional.ofNonZeroValue({_list("globalSecondaryIndexes")}
    .sortBy(i, i.indexName).map(i, {{
    {_INDEX},
    {_entry("provisionedThroughput", _provisioned("i.?provisioned.or(schema.spec.?provisioned)"))},
    {_entry("onDemandThroughput", _on_demand("i.?onDemand"))}
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

SPEC = "{\n  " + ",\n  ".join(_ENTRIES) + "\n}"
"""CEL over `schema.spec`: the spec of the Table."""


# --- kro's own rules, offline -----------------------------------------------------------------


def _evaluated(template: object, data: dict[str, Any]) -> object:
    """A template with its expressions replaced by their values."""
    if isinstance(template, dict):
        fields = cast(dict[str, object], template)
        return {key: _evaluated(value, data) for key, value in fields.items()}
    if not isinstance(template, str):
        return template
    if whole := re.fullmatch(r"\$\{(.*)\}", template, re.DOTALL):
        if "${" not in whole[1]:
            return _value(whole[1], data)
    return re.sub(r"\$\{([^}]*)\}", lambda found: str(_value(found[1], data)), template)


def _value(expression: str, data: dict[str, Any]) -> Any:
    result = _compiled(expression).eval(data=data)
    if result.type() == cel.Type.ERROR:
        raise ValueError(f"kro could not make a Table: {result.value()}")
    return result.plain_value()


@cache
def _compiled(expression: str) -> cel.Expression:
    extensions = "".join(f"\n- name: {name}" for name in ("optional", "strings", "lists"))
    config = cel.NewEnvConfigFromYaml(f"name: kro\nextensions:{extensions}\n")
    return cel.NewEnv(config=config, variables={"schema": cel.Type.DYN}).compile(expression)
