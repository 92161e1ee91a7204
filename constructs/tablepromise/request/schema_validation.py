"""Validates a value against a structural schema, as the API server does.

The CEL rules of a schema are evaluated by `evaluation`.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

from msgspec import json

from tablepromise.request.findings import (
    DUPLICATE,
    FORM,
    RANGE,
    Finding,
    invalid,
    join,
    missing,
    quote,
    unknown,
    unsupported,
    wrong_type,
)
from tablepromise.request.schema import Schema

_EXACT_FLOAT = 2**53


def apply_defaults(value: object, schema: Schema, *, floats: bool = False) -> Any:
    """Return a copy without nulls, with defaults, and with integers for whole floats.

    Args:
        value: of a document.
        schema: of the value.
        floats: keep whole floats: the API server evaluates rules with them.
    """
    if isinstance(value, dict):
        properties: dict[str, Schema] = schema.get("properties", {})
        others: Schema = schema.get("additionalProperties", {})
        kept = {
            name: apply_defaults(child, properties.get(name, others), floats=floats)
            for name, child in cast(dict[str, object], value).items()
            if child is not None or not (others or name in properties)
        }
        for name, child in properties.items():
            if "default" in child and name not in kept:
                kept[name] = apply_defaults(child["default"], child)
        return kept
    if isinstance(value, list):
        items: Schema = schema.get("items", {})
        return [apply_defaults(item, items, floats=floats) for item in cast(list[object], value)]
    if isinstance(value, float) and schema.get("type") == "integer" and not floats:
        return int(value) if value.is_integer() and abs(value) < _EXACT_FLOAT else value
    return value


def unknown_fields(value: object, schema: Schema) -> Iterator[Finding]:
    """Yield a finding for each field that the schema does not have. An empty schema has any."""
    for node, at, path in _nodes(value, schema):
        open_ended = "additionalProperties" in at or "x-kubernetes-preserve-unknown-fields" in at
        if isinstance(node, dict) and at and not open_ended:
            known = frozenset(cast(Schema, at.get("properties", {})))
            names = (name for name in cast(Schema, node) if name not in known)
            yield from (unknown(join(path, name), known) for name in names)


def schema_findings(value: object, schema: Schema) -> Iterator[Finding]:
    """Yield a finding for each value that its schema does not allow."""
    for node, at, path in _nodes(value, schema):
        kind = at.get("type")
        if kind is None:
            continue
        if not _IS[kind](node):
            yield wrong_type(path, node, at)
            continue
        if "enum" in at and node not in at["enum"]:
            yield unsupported(path, node, at["enum"])
        if isinstance(node, str):
            yield from _string_findings(node, at, path)
        elif kind == "integer":
            yield from _range_findings(cast(int, node), at, path)
        elif isinstance(node, list):
            count = len(cast(list[object], node))
            yield from _length_findings(count, at, "Items", path, "items", f"{count} items")
        elif isinstance(node, dict):
            for name in at.get("required", ()):
                if name not in node:
                    yield missing(join(path, name), at["properties"][name])


def duplicates(value: object, schema: Schema) -> Iterator[Finding]:
    """Yield a finding for each item that an earlier item of a set or map list equals."""
    for node, at, path in _nodes(value, schema):
        if not isinstance(node, list) or at.get("x-kubernetes-list-type") not in ("map", "set"):
            continue
        items = cast(list[object], node)
        keys: list[str] = at.get("x-kubernetes-list-map-keys", [])
        if keys and not all(isinstance(item, dict | None) for item in items):
            continue  # reported as a wrong type
        seen: dict[bytes, int] = {}
        for index, item in enumerate(items):
            identity = key_of(item, keys) if keys else item
            written = json.encode(identity)
            if seen.get(written) == 1:  # the API server does not report the third
                unique = f"{keys[0]} is" if keys else "is"
                allowed = f"a list in which each {unique} unique"
                yield invalid(f"{path}[{index}]", DUPLICATE, identity, allowed, "remove one")
            seen[written] = seen.get(written, 0) + 1


def key_of(item: object, keys: list[str]) -> dict[str, object]:
    """Return the fields by which an item of a map list is identified."""
    fields = cast(dict[str, object], item) if isinstance(item, dict) else {}
    return {key: fields.get(key) for key in keys}


def _nodes(value: object, schema: Schema, path: str = "") -> Iterator[tuple[object, Schema, str]]:
    """Yield a value and all values inside it that the schema has, with their schema and path."""
    yield value, schema, path
    if isinstance(value, dict):
        properties: dict[str, Schema] = schema.get("properties", {})
        for name, child in cast(dict[str, object], value).items():
            if name in properties:
                yield from _nodes(child, properties[name], join(path, name))
            elif "additionalProperties" in schema:  # reported at the map, as by the API server
                yield from _nodes(child, schema["additionalProperties"], path)
    elif isinstance(value, list):
        for index, item in enumerate(cast(list[object], value)):
            yield from _nodes(item, schema.get("items", {}), f"{path}[{index}]")


_IS: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    ),
}


def _range_findings(value: int, schema: Schema, path: str) -> Iterator[Finding]:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    if not low <= value <= high:
        allowed = f"{low} to {high}" if "maximum" in schema else f"{low} or more"
        yield invalid(path, RANGE, value, allowed, "choose a number in the range")


def _string_findings(value: str, schema: Schema, path: str) -> Iterator[Finding]:
    yield from _length_findings(len(value), schema, "Length", path, "characters", quote(value))
    pattern: str | None = schema.get("pattern")
    if pattern is not None and not _pattern(pattern).search(value):
        yield invalid(path, FORM, value, f"text that matches {pattern}", "correct it")


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern of the API server, which is one of RE2, in Python's syntax.

    In RE2, digits, spaces and letters are those of ASCII, a vertical tab is no space, and `$` is
    the end of the text, not of a line.
    """
    parts: list[str] = []
    inside = False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        ranges = _SPACES.get(part)
        if inside:
            inside = part != "]"
            parts.append(ranges or part)
        else:
            inside = part == "["
            parts.append(f"[{ranges}]" if ranges else r"\Z" if part in ("$", r"\z") else part)
    return re.compile("".join(parts), re.ASCII)


_SPACES = {r"\s": r"\t\n\f\r ", r"\S": "\0-\x08\x0b\x0e-\x1f!-\U0010ffff"}
"""RE2's characters that are spaces, and those that are not, for a class of characters."""


def _length_findings(
    length: int, schema: Schema, suffix: str, path: str, unit: str, got: str
) -> Iterator[Finding]:
    low, high = schema.get(f"min{suffix}", 0), schema.get(f"max{suffix}")
    allowed = f"{low} to {high} {unit}" if high is not None else f"at least {low} {unit}"
    few, many = ("few", "many") if suffix == "Items" else ("short", "long")
    if length < low:
        yield Finding(path, f"too {few}", got, allowed, f"add {low - length} {unit} or more")
    if high is not None and length > high:
        fix = f"remove {length - high} {unit} or more"
        yield Finding(path, f"too {many}", got, allowed, fix, stops_rules=True)
