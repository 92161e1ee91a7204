"""Expands the short forms in which people and other tools write an object or a list."""

from collections.abc import Callable
from typing import Any

from msgspec import json

from tablepromise.request import foreign_names as names
from tablepromise.request.equivalents import our_name, to_boolean, to_key_schema
from tablepromise.request.schema import Schema
from tablepromise.request.source_text import Fields, Map, as_list, as_map, as_text, key_source
from tablepromise.request.spelling import normalize_name

_PAIRS = {
    "tags": ("key", "value"),
    "attributeDefinitions": ("name", "type"),
    "keySchema": ("attributeName", "keyType"),
}
"""Lists with items of two fields, which other tools write as a map or as `- name: value`."""


def expand_object(value: object, field: str) -> object:
    """Return the object for a short form: `{viewType: KEYS_ONLY}` for `KEYS_ONLY`."""
    items = as_list(value)
    fields = as_map(items[0]) if items and len(items) == 1 else as_map(value)
    if fields is not None:
        return fields
    return _OBJECTS[field](value) if field in _OBJECTS else value


def expand_list(value: object, field: str, node: Schema) -> object:
    """Return the list for a short form.

    Args:
        value: of the field.
        field: name of the list.
        node: schema of an item.
    """
    fields = as_map(value)
    if fields is not None:
        return _of_map(fields, field, node)
    return (
        [value] if isinstance(value, str) and field in ("keySchema", "nonKeyAttributes") else value
    )


def expand_item(item: object, field: str, node: Schema, index: int) -> object:
    """Return the item of a list for a short form."""
    if isinstance(item, str) and field == "keySchema":
        return {"attributeName": item, "keyType": "RANGE" if index else "HASH"}
    if isinstance(item, str) and field == "tags" and "=" in item:
        key, _, text = item.partition("=")
        return {"key": key, "value": text}
    fields = as_map(item)
    if fields is not None and len(fields) == 1 and field in _PAIRS:
        [name] = fields
        return item if our_name(name, field, node) else _pair(fields, name, field) or item
    return item


def policy_text(value: object) -> object:
    """Return a policy document as text."""
    fields = as_map(value)
    if fields is None:
        return value
    inner = {normalize_name(name): each for name, each in fields.items()}.get(
        "policydocument", fields
    )
    return inner if isinstance(inner, str) else json.encode(inner).decode()


def with_key_schema(fields: Map) -> Map:
    """Return the fields of a table or index with keySchema for hashKey and rangeKey."""
    key = None if "keySchema" in fields else to_key_schema(fields)
    if not key:
        return fields
    kept = {name: value for name, value in fields.items() if normalize_name(name) not in names.KEYS}
    return Fields.like(fields, {**kept, "keySchema": key})


def _of_map(fields: Map, field: str, node: Schema) -> object:
    if all(our_name(name, field, node) or normalize_name(name) in names.KEYS for name in fields):
        key = to_key_schema(fields) if field == "keySchema" else None
        return key or [fields]  # one item, without its list
    if field in _PAIRS:
        pairs = [_pair(fields, name, field) for name in fields]
        return fields if None in pairs else pairs
    maps = {name: inner for name, each in fields.items() if (inner := as_map(each)) is not None}
    if field.endswith("Indexes") and len(maps) == len(fields):
        return [
            Fields.like(each, {"indexName": key_source(fields, name) or name, **each})
            for name, each in maps.items()
        ]
    return fields


def _pair(fields: Map, name: str, field: str) -> Map | None:
    if isinstance(fields[name], dict | list):
        return None
    first, second = _PAIRS[field]
    text = as_text(fields, name)
    key = key_source(fields, name) or name
    return {first: key, second: fields[name] if text is None else text}


def _stream(value: object) -> object:
    state = to_boolean(value)
    if isinstance(state, bool):
        return {} if state else {"enabled": False}
    return {"viewType": state} if isinstance(state, str) else state


def _time_to_live(value: object) -> object:
    return {"attributeName": value} if isinstance(value, str) else value


def _encryption(value: object) -> object:
    state = to_boolean(value)
    if isinstance(state, bool):
        return {"enabled": state}
    if isinstance(state, str):
        return {"kmsKeyArn" if state.startswith("arn:") else "type": state}
    return state


def _projection(value: object) -> object:
    items: list[Any] = as_list(value) or []
    if items and all(isinstance(each, str) for each in items):
        return {"projectionType": "INCLUDE", "nonKeyAttributes": items}
    return {"projectionType": value} if isinstance(value, str) else value


_OBJECTS: dict[str, Callable[[object], object]] = {
    "stream": _stream,
    "timeToLive": _time_to_live,
    "encryption": _encryption,
    "projection": _projection,
}
