"""Schema of a request: the CRD (OpenAPI v3 with CEL rules) and JSON Schema for editors.

`spec_schema` is a structural schema as Kubernetes defines it; the other offers use it too.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from msgspec.json import schema_components

from tablepromise.request import model
from tablepromise.request.findings import join
from tablepromise.request.model_base import SpecObject
from tablepromise.request.object_meta import NAME
from tablepromise.request.quotas import DEFAULT_QUOTAS, Quotas, add_quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions
from tablepromise.request.rules import validations

Schema = dict[str, Any]

SHORT_NAMES = ("ddbr",)
"""Immutable: Kratix never changes the names of a CRD."""

CATEGORIES = ("aws",)

PRINTER_COLUMNS = (
    ("Table", "string", ".spec.name", 0),
    ("Region", "string", ".spec.region", 0),
    ("Billing", "string", ".spec.billingMode", 1),
    ("Status", "string", ".status.tableStatus", 0),
    ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status', 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
    ("Message", "string", '.status.conditions[?(@.type=="Ready")].message', 1),
)
"""Name, type, JSON path and priority (1: only with `-o wide`). Kratix does update them."""

SELECTABLE_FIELDS = (".spec.name", ".spec.region")
"""For `kubectl get ddbr -A --field-selector spec.name=orders`, and for the pipeline's list."""


@cache
def spec_schema(regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS) -> Schema:
    """Return the structural schema of `spec`. Shared: copy it before you change it."""
    _, components = schema_components([model.TableSpec], ref_template="{name}")
    schema = _inlined({"$ref": model.TableSpec.__name__}, components)
    region = schema["properties"]["region"]
    del region["default"]
    region |= {"enum": sorted(regions.allowed), "type": region.pop("type")}
    if regions.default is not None:
        region["default"] = regions.default
    add_quotas(schema, quotas)
    return schema


@cache
def request_schema(regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS) -> Schema:
    """Return the structural schema of a DynamoDBRequest. Shared: copy it before you change it."""
    return {
        "type": "object",
        "description": "A request for a DynamoDB table.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            # a CRD can restrict the name only
            "metadata": {"type": "object", "properties": {"name": NAME}},
            "spec": spec_schema(regions, quotas),
            # Kratix adds its own schema here; the fields of pipelines and of the reflector are kept
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }


def custom_resource_definition(
    regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS
) -> Schema:
    """Return the CustomResourceDefinition `dynamodbrequests.dynamodb.kratix.io`."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{model.PLURAL}.{model.GROUP}"},
        "spec": {
            "group": model.GROUP,
            "scope": "Namespaced",
            "names": {
                "plural": model.PLURAL,
                "singular": model.KIND.lower(),
                "kind": model.KIND,
                "listKind": f"{model.KIND}List",
                "shortNames": list(SHORT_NAMES),
                "categories": list(CATEGORIES),
            },
            "versions": [
                {
                    "name": model.VERSION,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": request_schema(regions, quotas)},
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": printer_columns(*PRINTER_COLUMNS),
                    "selectableFields": [{"jsonPath": path} for path in SELECTABLE_FIELDS],
                }
            ],
        },
    }


def printer_columns(*columns: tuple[str, str, str, int]) -> list[dict[str, Any]]:
    """Return columns in the form of `PRINTER_COLUMNS` as those of a CRD."""
    return [
        {"name": name, "type": kind, "jsonPath": path}
        | ({"priority": priority} if priority else {})
        for name, kind, path, priority in columns
    ]


def editor_schema(regions: Regions = DEFAULT_REGIONS, quotas: Quotas = DEFAULT_QUOTAS) -> Schema:
    """Return JSON Schema of a request, for editors. It has no CEL rules."""
    schema = cast(Schema, _without_extensions(request_schema(regions, quotas)))
    properties = schema["properties"]
    properties["apiVersion"] = {"const": model.API_VERSION}
    properties["kind"] = {"const": model.KIND}
    properties["metadata"]["required"] = ["name"]
    properties["metadata"]["properties"] |= {
        "namespace": {"type": "string"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": model.KIND,
        **schema,
        "required": ["apiVersion", "kind", "metadata", "spec"],
    }


def walk(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield each node of a schema with its path; the items of a list have the path `tags[]`."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from walk(child, join(path, name))
    if "items" in schema:
        yield from walk(schema["items"], f"{path}[]")


def _inlined(node: Schema, components: dict[str, Schema]) -> Schema:
    """Return a node of msgspec's JSON Schema as a structural schema, with references resolved."""
    if "anyOf" in node:  # `X | None`: an optional field, which is never null for the API server
        [node] = [option for option in node["anyOf"] if option != {"type": "null"}]
    node = {key: value for key, value in node.items() if key != "default" or value is not None}
    if "$ref" in node:
        name = node.pop("$ref")
        node = components[name] | node
        [part] = (part for part in SpecObject.__subclasses__() if part.__name__ == name)
        if part.rules:
            node |= validations(*part.rules)
    for unwanted in ("title", "additionalProperties"):
        node.pop(unwanted, None)
    if node.get("required") == []:
        del node["required"]
    if "enum" in node:
        node["type"] = "string"
    if node.get("type") == "integer":
        node["format"] = "int64"
    if "properties" in node:
        node["properties"] = {
            name: _inlined(child, components) for name, child in node["properties"].items()
        }
        if "default" in node:  # the default of an object must contain those of its fields
            node["default"] = {
                name: child["default"]
                for name, child in node["properties"].items()
                if "default" in child
            } | node["default"]
    if "items" in node:
        node["items"] = _inlined(node["items"], components)
    return node


def _without_extensions(node: object) -> object:
    """Return `node` without the extensions of Kubernetes, closed to unknown fields."""
    if isinstance(node, list):
        return [_without_extensions(item) for item in cast(list[object], node)]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _without_extensions(value)
        for key, value in cast(dict[str, object], node).items()
        if not key.startswith("x-kubernetes-")
    }
    if "properties" in kept and isinstance(kept["properties"], dict) and "type" in kept:
        kept["additionalProperties"] = False
    return kept
