"""A structural schema in kro's SimpleSchema, with what SimpleSchema cannot say left out.

kro makes a default of `{}` for every object whose fields all have defaults, so an object that may
be absent loses those: the template sets them instead.
"""

import json
from collections.abc import Iterator
from typing import Any

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
"""Keywords of OpenAPI that a field can be marked with, and the markers."""


def supported_schema(schema: Schema, *, absent: bool = False) -> Schema:
    """What SimpleSchema can say of a schema, as the structural schema that kro makes of it.

    Args:
        schema: of an object, a list or a value.
        absent: whether it is an object that may be absent.
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
            name: supported_schema(child, absent="default" not in child)
            for name, child in schema["properties"].items()
        }
        kept.pop("description", None)  # of an object only its fields are described
        kept.pop("default", None)
        if "required" not in kept:
            if absent:
                for child in kept["properties"].values():
                    child.pop("default", None)
            if any("default" in child for child in kept["properties"].values()):
                kept["default"] = {}
    return kept


def lost(schema: Schema, path: str = "") -> Iterator[str]:
    """What SimpleSchema cannot say of a schema: `path: what`, list items by `[]`."""
    kept = supported_schema(schema)
    yield from _lost(schema, kept, path)


def _lost(schema: Schema, kept: Schema, path: str) -> Iterator[str]:
    for name, child in schema.get("properties", {}).items():
        below = kept["properties"][name]
        here = f"{path}.{name}".removeprefix(".")
        if "default" in child and "default" not in below:
            yield f"{here}: default"
        if "properties" in child and "description" in child:
            yield f"{here}: description"
        yield from _lost(child, below, here)
    if "items" in schema:
        yield from _lost(schema["items"], kept["items"], f"{path}[]")
    for _ in schema.get("x-kubernetes-validations", ()):
        yield f"{path}: rule".removeprefix(": ")


def simple_schema(schema: Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of an object in SimpleSchema, and the types that its lists are of.

    Args:
        schema: what `supported_schema` left of one.
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
        raise ValueError(f"two lists are called {name}, and their items differ")
    return f"[]{item}"


def _value(value: object) -> str:
    """A marker's value: text in quotes, in which only those and backslashes are escaped."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(value)
