"""Writes a structural schema in kro's SimpleSchema, without the parts that it does not support.

kro sets the default `{}` on every object whose fields all have defaults. So the fields of an
optional object have no defaults here; kro's template sets them instead.
"""

import json
from typing import Any

from tablepromise.request.exceptions import UnsupportedSchema
from tablepromise.request.schema import Schema

_MARKERS = {
    "default": "default",
    "minimum": "minimum",
    "maximum": "maximum",
    "minLength": "minLength",
    "maxLength": "maxLength",
    "minItems": "minItems",
    "maxItems": "maxItems",
    "pattern": "pattern",
    "x-kubernetes-list-type": "listType",
}
"""Keywords of OpenAPI that SimpleSchema supports, and their markers."""


def supported_schema(schema: Schema, *, optional: bool = False) -> Schema:
    """Return the structural schema that kro creates from the SimpleSchema of `schema`.

    Args:
        schema: of an object, a list or a value.
        optional: whether it is an object that may be left out.
    """
    kept = {
        key: value
        for key, value in schema.items()
        if key in _MARKERS or key in ("type", "description", "enum", "required")
    }
    if "x-kubernetes-list-map-keys" in schema:
        kept["x-kubernetes-list-map-keys"] = schema["x-kubernetes-list-map-keys"]
    if "items" in schema:
        kept["items"] = supported_schema(schema["items"])
    if "properties" in schema:
        kept["properties"] = {
            name: supported_schema(child, optional="default" not in child)
            for name, child in schema["properties"].items()
        }
        kept.pop("description", None)  # SimpleSchema describes fields, not objects
        kept.pop("default", None)
        if "required" not in kept:
            if optional:
                for child in kept["properties"].values():
                    child.pop("default", None)
            if any("default" in child for child in kept["properties"].values()):
                kept["default"] = {}
    return kept


def simple_schema(schema: Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of an object in SimpleSchema, and the types of the items of its lists.

    Args:
        schema: a result of `supported_schema`.
    """
    types: dict[str, Any] = {}
    return _fields(schema, types), types


def _fields(schema: Schema, types: dict[str, Any]) -> dict[str, Any]:
    required: list[str] = schema.get("required", [])
    return {
        name: _fields(child, types)
        if "properties" in child
        else _field(name, child, types, required=name in required)
        for name, child in schema["properties"].items()
    }


def _field(name: str, schema: Schema, types: dict[str, Any], *, required: bool) -> str:
    markers = ["required=true"] if required else []
    markers += [
        f"{marker}={_value(schema[key])}" for key, marker in _MARKERS.items() if key in schema
    ]
    markers += [f"listMapKey={key}" for key in schema.get("x-kubernetes-list-map-keys", [])]
    if "enum" in schema:
        markers.append(f"enum={_value(','.join(schema['enum']))}")
    if "description" in schema:
        markers.append(f"description={_value(schema['description'])}")
    kind = _type(name, schema, types)
    return f"{kind} | {' '.join(markers)}" if markers else kind


def _type(name: str, schema: Schema, types: dict[str, Any]) -> str:
    if schema["type"] != "array":
        return str(schema["type"])
    items = schema["items"]
    item = f"{name[0].upper()}{name[1:]}Item"
    definition: Any = (
        _fields(items, types)
        if "properties" in items
        else _field(item, items, types, required=False)
    )
    if types.setdefault(item, definition) != definition:
        raise UnsupportedSchema(
            f"{name}: two lists have this name and different items; rename one of them"
        )
    return f"[]{item}"


def _value(value: object) -> str:
    """Return the value of a marker: text is quoted, with quotes and backslashes escaped."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(value)
