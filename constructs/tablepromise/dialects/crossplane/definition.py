"""The XRD, the Composition, and the DynamoDBTable that a developer writes."""

import copy
import inspect
from functools import cache
from typing import Any

from tablepromise.dialects.crossplane import script
from tablepromise.request import Finding, model
from tablepromise.request.evaluation import broken_rules
from tablepromise.request.quotas import DEFAULT_QUOTAS, MAXIMUM_QUOTAS, Quotas
from tablepromise.request.regions import ALL_REGIONS, DEFAULT_REGIONS, Regions
from tablepromise.request.rules import Rule
from tablepromise.request.schema import (
    CATEGORIES,
    PRINTER_COLUMNS,
    Schema,
    printer_columns,
    spec_schema,
)
from tablepromise.request.schema_validation import apply_defaults

Document = dict[str, Any]

GROUP = "crossplane.tablepromise.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "DynamoDBTable"
PLURAL = "dynamodbtables"
NAME = f"{PLURAL}.{GROUP}"
"""Name of the XRD (Crossplane requires this form) and of the Composition."""

FUNCTION = "function-python"
"""Name of the Function object that runs the Composition's script."""

_ONE_OF_EACH = Rule(
    "self.filter(k, k.keyType == 'HASH').size() <= 1 && "
    "self.filter(k, k.keyType == 'RANGE').size() <= 1",
    "the key of a global index has one HASH and at most one RANGE attribute in Crossplane",
    "remove the others, or request the table from the Promise or kro (provider 2.6 deletes and "
    "creates such an index again when another index of the table changes)",
)
"""Rule that only Crossplane needs. Source: docs/decisions/crossplane.md."""

_INSIGHTS_OFF = "contributorInsights: false"

LIMITATIONS = {
    _INSIGHTS_OFF: "The provider can switch Contributor Insights on and off, but cannot keep them "
    "off: false has the same effect as leaving the field out, unless it was true before",
    "globalSecondaryIndexes[].keySchema with more than one HASH or RANGE attribute": "The API "
    "server rejects it: the provider deletes an index with such a key and creates it again when "
    "another index of the table changes",
}
"""What a request can express and a DynamoDBTable cannot, and why."""

_STATUS = {
    "message": "State of the table, or the problem.",
    "tableArn": "ARN of the table, once it exists.",
    "streamArn": "ARN of the stream, if the table has one.",
}

_COLUMNS = (
    *(column for column in PRINTER_COLUMNS if column[2].startswith(".spec.")),
    ("Status", "string", ".status.message", 0),
)


@cache
def composite_spec_schema(
    regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS
) -> Schema:
    """Return the schema of a DynamoDBTable's spec: a request's, with `_ONE_OF_EACH`.

    Shared: copy the schema before you change it.
    """
    schema = copy.deepcopy(spec_schema(regions, quotas))
    index = schema["properties"]["globalSecondaryIndexes"]["items"]
    key = index["properties"]["keySchema"]
    key["x-kubernetes-validations"].append(_ONE_OF_EACH.as_openapi())
    return schema


def rejections(request: model.TableRequest) -> tuple[Finding, ...]:
    """Return why the API server rejects the DynamoDBTable for a request that it admits."""
    schema = composite_spec_schema(ALL_REGIONS, MAXIMUM_QUOTAS)
    spec = apply_defaults(composite_resource(request)["spec"], schema)
    return tuple(broken_rules(spec, None, schema, "spec"))


def composite_resource_definition(
    regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS
) -> Document:
    """Return the XRD `dynamodbtables.crossplane.tablepromise.dev`.

    Its spec has the fields and rules of a request, and `_ONE_OF_EACH`. Crossplane adds its own
    fields, its own columns (one is the age) and a limit of 63 characters to the name.
    """
    text = {"type": "string"}
    return {
        "apiVersion": "apiextensions.crossplane.io/v2",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": NAME},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "plural": PLURAL,
                "singular": KIND.lower(),
                "kind": KIND,
                "listKind": f"{KIND}List",
                "shortNames": ["xddb"],
                "categories": list(CATEGORIES),
            },
            "defaultCompositionRef": {"name": NAME},
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "referenceable": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "description": "A DynamoDB table.",
                            "required": ["spec"],
                            "properties": {
                                "spec": copy.deepcopy(composite_spec_schema(regions, quotas)),
                                "status": {
                                    "type": "object",
                                    "properties": {
                                        field: {**text, "description": description}
                                        for field, description in _STATUS.items()
                                    },
                                },
                            },
                        }
                    },
                    "additionalPrinterColumns": printer_columns(*_COLUMNS),
                }
            ],
        },
    }


def composition() -> Document:
    """Return the Composition. Its only step runs the source text of `script`."""
    return {
        "apiVersion": "apiextensions.crossplane.io/v1",
        "kind": "Composition",
        "metadata": {"name": NAME},
        "spec": {
            "compositeTypeRef": {"apiVersion": API_VERSION, "kind": KIND},
            "mode": "Pipeline",
            "pipeline": [
                {
                    "step": "table",
                    "functionRef": {"name": FUNCTION},
                    "input": {
                        "apiVersion": "python.fn.crossplane.io/v1beta1",
                        "kind": "Script",
                        "script": inspect.getsource(script),
                    },
                }
            ],
        },
    }


def composite_resource(request: model.TableRequest) -> Document:
    """Return the DynamoDBTable that requests the table of a request."""
    return {**request.as_document(), "apiVersion": API_VERSION, "kind": KIND}


def composed_resources(request: model.TableRequest) -> list[Document]:
    """Return the managed resources that the script composes for a request once its table is ready.

    Each has the annotation by which Crossplane finds it. Crossplane derives their names from the
    uid of the DynamoDBTable, so that they are unique and never change.
    """
    xr = composite_resource(request)
    spec = apply_defaults(xr["spec"], spec_schema(ALL_REGIONS))
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    resources = script.managed_resources(spec, {script.TABLE: ready})
    return [_annotated(xr, name, resource) for name, resource in resources.items()]


def _annotated(xr: Document, name: str, resource: Document) -> Document:
    metadata: Document = resource.get("metadata", {})
    annotation = {"crossplane.io/composition-resource-name": name}
    return {
        **resource,
        "metadata": {
            **metadata,
            "namespace": xr["metadata"]["namespace"],
            "generateName": f"{xr['metadata']['name']}-",
            "annotations": {**metadata.get("annotations", {}), **annotation},
        },
    }


def warnings(request: model.TableRequest) -> tuple[str, ...]:
    """Return a sentence for each field of a request that a DynamoDBTable cannot express."""
    if request.spec.contributor_insights is not False:
        return ()
    return (f"contributorInsights: {LIMITATIONS[_INSIGHTS_OFF]}",)
