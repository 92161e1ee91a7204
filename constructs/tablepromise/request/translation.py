"""Translates a value of another tool to the form of a request.

A value without a translation is returned unchanged, so that admission reports it.
"""

from typing import Any

from tablepromise.request.equivalents import (
    enum_value,
    is_switch,
    nested_field,
    our_name,
    switch_state,
    to_boolean,
    without_stream,
)
from tablepromise.request.schema import Schema
from tablepromise.request.short_forms import (
    expand_item,
    expand_list,
    expand_object,
    policy_text,
    with_key_schema,
)
from tablepromise.request.source_text import Map, as_list, as_map, as_text

_PRESENCE = ("stream", "onDemand", "provisioned")
"""Objects whose presence switches them on."""

_AWS_MANAGED_KEY = "alias/aws/dynamodb"


def translate(value: object, field: str, node: Schema, text: str | None = None) -> Any:
    """Return a value in the form of a request.

    Args:
        value: in any form.
        field: name of the field in a request; for an item, of its list.
        node: schema of the value.
        text: source text of the value.

    Returns:
        The value; None if a request leaves the field out.
    """
    kind = node.get("type")
    if kind == "array":
        found = expand_list(value, field, node["items"])
        items = as_list(found)
        return found if items is None else _items(items, field, node["items"])
    if kind == "object":
        found = expand_object(value, field)
        fields = as_map(found)
        return found if fields is None else _object(with_key_schema(fields), field, node)
    if kind == "boolean":
        return to_boolean(value)
    if kind == "integer":
        decimal = isinstance(value, str) and value.lstrip("+-").isdecimal()
        return int(str(value)) if decimal else value
    if field == "resourcePolicy":
        return policy_text(value)
    if text is None and isinstance(value, str):
        text = value
    if "enum" in node:
        return value if text is None else enum_value(text, field, node["enum"]) or value
    return value if text is None else text


def translate_item(
    item: object, field: str, node: Schema, index: int = 0, text: str | None = None
) -> Any:
    """Return an item of a list in the form of a request."""
    return translate(expand_item(item, field, node, index), field, node, text)


def _items(items: list[Any], field: str, node: Schema) -> list[Any]:
    return [
        translate_item(item, field, node, index, as_text(items, index))
        for index, item in enumerate(items)
    ]


def _object(fields: Map, field: str, node: Schema) -> Map | None:
    state = switch_state(fields) if field in (*_PRESENCE, "encryption") else None
    if field in _PRESENCE and state is False:
        return None
    made: Map = {}
    if field == "encryption" and state is not None:
        made["type"] = "KMS" if state else "AWS_OWNED"
    for name, child in fields.items():
        text = as_text(fields, name)
        part = nested_field(name, field, node)
        if ours := our_name(name, field, node):
            known = translate(child, ours, node["properties"][ours], text)
            outer, inner = as_map(made.get(ours)), as_map(known)
            if outer is not None and inner is not None:
                outer |= inner
            elif known is not None:
                made[ours] = known
        elif part and not (part[0] == "stream" and without_stream(fields)):
            outer = as_map(made.setdefault(part[0], {}))
            if outer is not None:
                schema = node["properties"][part[0]]["properties"][part[1]]
                outer[part[1]] = translate(child, part[1], schema, text)
        elif not part and (state is None or not is_switch(name)):
            made[name] = child
    if field == "encryption" and "kmsKeyArn" in made:
        made.setdefault("type", "KMS")
        if str(made["kmsKeyArn"]).endswith(_AWS_MANAGED_KEY):
            del made["kmsKeyArn"]  # type KMS without an ARN is this key
    return made
