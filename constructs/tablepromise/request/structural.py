"""A value against a structural schema, as the API server holds one against the other.

Everything here walks value and schema side by side; what the schema says in CEL is in `evaluation`.
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


def apply_defaults(value: object, schema: Schema) -> Any:
    """A copy with nulls dropped, defaults set and whole floats made integers."""
    if isinstance(value, dict):
        properties: dict[str, Schema] = schema.get("properties", {})
        items = cast(dict[str, object], value).items()
        kept = {
            name: apply_defaults(child, properties.get(name, {}))
            for name, child in items
            if child is not None or name not in properties
        }
        for name, child in properties.items():
            if "default" in child and name not in kept:
                kept[name] = apply_defaults(child["default"], child)
        return kept
    if isinstance(value, list):
        return [apply_defaults(item, schema.get("items", {})) for item in cast(list[object], value)]
    if isinstance(value, float) and schema.get("type") == "integer":
        return int(value) if value.is_integer() and abs(value) < _EXACT_FLOAT else value
    return value


def unknown_fields(value: object, schema: Schema, path: str = "") -> Iterator[Finding]:
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    if isinstance(value, dict):
        properties: dict[str, Schema] = schema.get("properties", {})
        for name, child in cast(dict[str, object], value).items():
            here = join(path, name)
            if name in properties:
                yield from unknown_fields(child, properties[name], here)
            else:
                yield unknown(here, frozenset(properties))
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(cast(list[object], value)):
            yield from unknown_fields(item, schema["items"], f"{path}[{index}]")


def openapi(value: object, schema: Schema, path: str = "") -> Iterator[Finding]:
    kind = schema.get("type")
    if kind is None:
        return
    if not _IS[kind](value):
        yield wrong_type(path, value, kind, schema.get("enum"))
        return
    if "enum" in schema and value not in schema["enum"]:
        yield unsupported(path, value, schema["enum"])
    if isinstance(value, str):
        yield from string(value, schema, path)
    elif isinstance(value, int) and kind == "integer":
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high:
            allowed = f"{low} to {high}" if "maximum" in schema else f"{low} or more"
            yield invalid(path, RANGE, value, allowed, "choose a number in the range")
    elif isinstance(value, list):
        items = cast(list[object], value)
        yield from length(len(items), schema, "Items", path, "items", f"{len(items)} items")
        for index, item in enumerate(items):
            yield from openapi(item, schema.get("items", {}), f"{path}[{index}]")
    elif isinstance(value, dict):
        fields = cast(dict[str, object], value)
        for name in schema.get("required", ()):
            if name not in fields:
                yield missing(join(path, name), schema["properties"][name].get("description", ""))
        for name, child in fields.items():
            if name in schema.get("properties", {}):
                yield from openapi(child, schema["properties"][name], join(path, name))


_IS: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    ),
}


def string(value: str, schema: Schema, path: str) -> Iterator[Finding]:
    yield from length(len(value), schema, "Length", path, "characters", quote(value))
    pattern: str | None = schema.get("pattern")
    if pattern is not None and not _pattern(pattern).search(value):
        yield invalid(path, FORM, value, f"text that matches {pattern}", "correct it")


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern of the API server, which is one of RE2, as Python has it.

    RE2's digits, spaces and letters are those of ASCII, a vertical tab is no space, and `$` is the
    end of the text, not of a line.
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
"""What RE2 takes for a space, and for none, in a class of characters."""


def length(
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


def duplicates(value: object, schema: Schema, path: str = "") -> Iterator[Finding]:
    if isinstance(value, dict):
        for name, child in cast(dict[str, object], value).items():
            if name in schema.get("properties", {}):
                yield from duplicates(child, schema["properties"][name], join(path, name))
    elif isinstance(value, list):
        items = cast(list[object], value)
        seen: dict[bytes, int] = {}
        keys: list[str] = schema.get("x-kubernetes-list-map-keys", [])
        unique = schema.get("x-kubernetes-list-type") in ("map", "set")
        if keys and not all(isinstance(item, dict | None) for item in items):
            unique = False  # reported as a wrong type
        for index, item in enumerate(items):
            here = f"{path}[{index}]"
            identity = key_of(item, keys) if keys else item
            written = json.encode(identity) if unique else b""
            if unique and seen.get(written) == 1:  # the third is not reported, as there
                what = f"{keys[0]} is" if keys else "is"
                yield invalid(
                    here, DUPLICATE, identity, f"a list in which each {what} unique", "remove one"
                )
            seen[written] = seen.get(written, 0) + 1
            yield from duplicates(item, schema.get("items", {}), here)


def key_of(item: object, keys: list[str]) -> dict[str, object]:
    fields = cast(dict[str, object], item) if isinstance(item, dict) else {}
    return {key: fields.get(key) for key in keys}
