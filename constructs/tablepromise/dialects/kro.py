"""kro: a ResourceGraphDefinition by which kro creates an ACK Table for each DynamoDBTable.

No template is conditional: when a condition changes, kro deletes the Table of one template and
creates that of the other.
"""

from functools import cache
from typing import Any

from tablepromise.dialects.kro_template import TABLE_SPEC
from tablepromise.dialects.policy_rules import policy_rules
from tablepromise.dialects.simple_schema import simple_schema, supported_schema
from tablepromise.request import TableRequest, ack, limits, render, spec_schema
from tablepromise.request.quotas import DEFAULT_QUOTAS, Quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions
from tablepromise.request.schema import CATEGORIES, Schema, printer_columns

GROUP = "kro.tablepromise.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "DynamoDBTable"
PLURAL = "dynamodbtables"
SHORT_NAMES = ("kddb",)
NAME = f"{PLURAL}.{GROUP}"
"""Name of the ResourceGraphDefinition."""

STATUS = {
    "tableStatus": "${table.status.tableStatus}",
    "tableArn": "${table.status.ackResourceMetadata.arn}",
    "streamArn": "${table.status.latestStreamARN}",
}
"""Fields that kro copies from the Table; kro adds `state` and `conditions`."""

LIMITATIONS = {
    "a new order of localSecondaryIndexes, or of an index's nonKeyAttributes": "The policy rejects "
    "it, although the table would stay the same: CEL in a policy compares lists with their order",
}
"""Changes that a request allows and a DynamoDBTable does not, and why."""

READY = (
    '${table.?status.?tableStatus.orValue("") == "ACTIVE"}',
    "${table.?status.?conditions.orValue([])"
    '.exists(c, c.type == "ACK.ResourceSynced" && c.status == "True")}',
    # a change that ACK cannot make leaves the Table synced and sets only this condition
    "${!table.?status.?conditions.orValue([])"
    '.exists(c, c.type == "ACK.Terminal" && c.status == "True")}',
)

COLUMNS = (
    ("Table", "string", ".spec.name", 0),
    ("Region", "string", ".spec.region", 0),
    ("Status", "string", ".status.tableStatus", 0),
    ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status', 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
)


@cache
def instance_spec_schema(
    regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS
) -> Schema:
    """Return the schema of a DynamoDBTable's spec. Shared: copy it before you change it."""
    return supported_schema(spec_schema(regions, quotas))


def resource_graph_definition(
    regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS
) -> dict[str, Any]:
    """Return the ResourceGraphDefinition."""
    spec, types = simple_schema(instance_spec_schema(regions, quotas))
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
                "additionalPrinterColumns": printer_columns(*COLUMNS),
            },
            "resources": [{"id": "table", "readyWhen": list(READY), "template": template()}],
        },
    }


def policy_validations(quotas: Quotas = DEFAULT_QUOTAS) -> list[dict[str, Any]]:
    """Return the validations of the admission policy: rules that SimpleSchema cannot express.

    The variable `was` is the spec before.
    """
    return [
        {
            # kro labels the Table with the name
            "expression": f"object.metadata.name.size() <= {limits.OBJECT_NAME}",
            "message": f"metadata.name: {limits.OBJECT_NAME} or fewer characters; choose a "
            "shorter name (the table's own name is spec.name)",
        },
        *(
            {"expression": rule.expression, "message": f"{rule.field}: {rule.must}; {rule.fix}"}
            for rule in policy_rules(
                spec_schema(quotas=quotas),
                instance_spec_schema(),
                "object.spec",
                "variables.was",
                "spec",
            )
        ),
    ]


def instance(request: TableRequest) -> dict[str, Any]:
    """Return the DynamoDBTable that requests the table of a request."""
    return {**request.as_document(), "apiVersion": API_VERSION, "kind": KIND}


def table(request: TableRequest) -> dict[str, Any]:
    """Return the ACK Table that kro creates for a request: the Promise's, under kro's name."""
    rendered = render(request)
    metadata = {
        "namespace": request.namespace,
        "name": f"{request.name}.kro",
        "annotations": rendered["metadata"]["annotations"],
    }
    return {**rendered, "metadata": metadata}


def template() -> dict[str, Any]:
    """Return kro's template of the Table, with CEL over `schema`, the DynamoDBTable."""
    return {
        "apiVersion": ack.API_VERSION,
        "kind": ack.KIND,
        "metadata": {
            # kro adopts an existing object; the dot keeps it from the Table of a request
            "name": "${schema.metadata.name}.kro",
            "annotations": {
                ack.REGION: "${schema.spec.region}",
                ack.DELETION_POLICY: "${schema.spec.deletionPolicy.lowerAscii()}",
            },
        },
        "spec": f"${{{TABLE_SPEC}}}",
    }
