"""kro: a ResourceGraphDefinition that makes an ACK Table of each DynamoDBTable.

No template here comes and goes with a condition: kro would delete the Table of one to make that of
the other.
"""

from functools import cache
from typing import Any

from tablepromise.dialects.kro_template import TABLE_SPEC
from tablepromise.dialects.policy_rules import policy_rules
from tablepromise.dialects.simple_schema import simple_schema, supported_schema
from tablepromise.request import TableRequest, ack, limits, render, spec_schema
from tablepromise.request.quotas import AWS_DEFAULT, Quotas
from tablepromise.request.regions import USUAL, Regions
from tablepromise.request.schema import CATEGORIES, Schema, printer_columns

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
"""What kro copies from the Table once it is there. `state` and `conditions` are kro's own."""

LIMITATIONS = {
    "another order of localSecondaryIndexes, or of an index's nonKeyAttributes": "Nothing would "
    "follow from it, and it is refused all the same: to a policy a list is a list, whatever its "
    "type",
}
"""What a request can say and a DynamoDBTable cannot, and why."""

READY = (
    '${table.?status.?tableStatus.orValue("") == "ACTIVE"}',
    "${table.?status.?conditions.orValue([])"
    '.exists(c, c.type == "ACK.ResourceSynced" && c.status == "True")}',
    # a refused change leaves the Table ready and says it here alone
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
def instance_spec_schema(regions: Regions = USUAL, quotas: Quotas = AWS_DEFAULT) -> Schema:
    """The structural schema of a DynamoDBTable's spec. Shared: copy it before you change it."""
    return supported_schema(spec_schema(regions, quotas))


def resource_graph_definition(
    regions: Regions = USUAL, quotas: Quotas = AWS_DEFAULT
) -> dict[str, Any]:
    """The ResourceGraphDefinition, as `kubectl apply` takes it."""
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


def admission_policy(quotas: Quotas = AWS_DEFAULT) -> dict[str, Any]:
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
        "matchConditions": [
            # kro's own changes go through: a finalizer must come off whatever the spec says
            {
                "name": "asks-for-something-new",
                "expression": "oldObject == null || object.spec != oldObject.spec",
            }
        ],
        "variables": [{"name": "was", "expression": "oldObject.spec"}],
        "validations": [
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
        ],
    }


def instance(request: TableRequest) -> dict[str, Any]:
    """What a developer writes to be given by kro the table of a request."""
    document = request.as_document()
    return {**document, "apiVersion": API_VERSION, "kind": KIND}


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
    """Return the Table as kro's template: expressions over `schema`, the instance."""
    return {
        "apiVersion": ack.API_VERSION,
        "kind": ack.KIND,
        "metadata": {
            # kro takes over an existing object; no request's Table has a dot in its name
            "name": "${schema.metadata.name}.kro",
            "annotations": {
                ack.REGION: "${schema.spec.region}",
                ack.DELETION_POLICY: "${schema.spec.deletionPolicy.lowerAscii()}",
            },
        },
        "spec": f"${{{TABLE_SPEC}}}",
    }
