"""Translates names, values and switches of other tools (`foreign_names`) to those of a request."""

from typing import cast

from tablepromise.request import foreign_names as names
from tablepromise.request.schema import Schema
from tablepromise.request.source_text import Map, as_list, as_map
from tablepromise.request.spelling import match_name, normalize_name

SWITCHES = names.ENABLED | names.DISABLED


def our_name(name: str, field: str, node: Schema) -> str | None:
    """Return the name of a field in the object of `field`, or None if it has no such field."""
    properties: Schema = node.get("properties", {})
    ours = match_name(name, properties) or names.FIELDS.get(field, {}).get(normalize_name(name))
    if ours is None and normalize_name(name) in names.ENABLED:
        ours = "enabled"
    return ours if ours in properties else None


def nested_field(name: str, field: str, node: Schema) -> tuple[str, str] | None:
    """Return the object and its field that `name` stands for: `provisioned` and `readCapacity`."""
    known = names.NESTED_FIELDS.get(field, {}).get(normalize_name(name))
    if known and known[0] in node.get("properties", {}):
        return known
    found = [
        (outer, inner)
        for outer, child in node.get("properties", {}).items()
        if (inner := match_name(name, child.get("properties", {}))) not in (None, "type", "enabled")
    ]
    return cast(tuple[str, str], found[0]) if len(found) == 1 else None


def enum_value(text: str, field: str, options: list[str]) -> str | None:
    """Return the value of an enum that a text stands for, or None if it is not known."""
    other = names.VALUES.get(field, {}).get(normalize_name(text))
    return match_name(text, options) or (other if other in options else None)


def to_key_schema(fields: Map) -> list[Map] | None:
    """Return hashKey and rangeKey of a table or index as its keySchema, or None without them."""
    key: list[Map] = []
    for name, value in fields.items():
        kind = names.KEYS.get(normalize_name(name))
        if kind and (pair := as_map(value)):  # {name, type}, as the CDK has it
            value = {normalize_name(each): text for each, text in pair.items()}.get("name")
        if kind and isinstance(value, str):
            key.append({"attributeName": value, "keyType": kind})
    return sorted(key, key=lambda element: element["keyType"]) or None


def is_switch(name: str) -> bool:
    """Return whether a field of another tool switches its object on or off."""
    return normalize_name(name) in SWITCHES


def switch_state(fields: Map) -> bool | None:
    """Return whether a map is switched on or off, or None if it has no switch."""
    for name, value in fields.items():
        state = to_boolean(value)
        if isinstance(state, bool) and is_switch(name):
            return state if normalize_name(name) in names.ENABLED else not state
    return None


def without_stream(fields: Map) -> bool:
    """Return whether a map has streamEnabled: false; its streamViewType then has no effect."""
    states = {normalize_name(name): to_boolean(value) for name, value in fields.items()}
    return states.get("streamenabled") is False


def to_boolean(value: object) -> object:
    """Return true or false for a value that stands for it, else the value."""
    if isinstance(value, str):
        return names.BOOLEANS.get(value.casefold(), value)
    if (items := as_list(value)) and len(items) == 1:
        return to_boolean(items[0])
    if (fields := as_map(value)) is not None:
        state = switch_state(fields)
        return fields if state is None else state
    return value
