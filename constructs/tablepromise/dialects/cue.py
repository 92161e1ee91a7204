"""A structural schema as CUE, in the form that `cue fmt` writes.

Two values, to be unified by who uses them. `fields` has types, defaults, docs and what strings may
be; `limits` has the sizes of lists, the bounds of numbers, and the structs that are there when left
out. They would be one, but for CUE's OpenAPI encoder, by which KubeVela describes parameters: it
fails on a list that must not be empty and on a bounded number with a default, and takes such a
struct for required.

Rules in CEL and lists without duplicates have no counterpart here: `unsaid` names them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import cast

from tablepromise.request.schema import Schema

IMPORTS = ("list", "strings")
"""What the text that is written here needs imported."""

_UNSAID = {"x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"}
_SAID = {
    "boolean": set[str](),
    "integer": {"minimum", "maximum", "format"},
    "string": {"enum", "minLength", "maxLength", "pattern"},
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required"},
}
_ANY = {"type", "description", "default"} | _UNSAID


def fields(schema: Schema) -> str:
    """An object's fields, at every level closed to others.

    Each struct is closed by itself: in a definition, CUE 0.14 leaves the items of a list open that
    is unified with its size.

    Raises:
        ValueError: the schema says something that would be lost.
    """
    lines: list[str] = []
    for name, child in schema["properties"].items():
        _lose_nothing(name, child)
        given = name in schema.get("required", ()) or ("default" in child and not _filled(child))
        if "description" in child:
            lines.append(f"// +usage={child['description']}")
        lines.append(f"{_label(name)}{'' if given else '?'}: {_defaulted(child)}")
    return f"close({_braced(lines)})"


def limits(schema: Schema) -> str:
    """How many, how much, and which structs are there: an open struct; `""` if it were empty."""
    found = _limited(schema)
    return _braced(_aligned(found)) if found else ""


def unsaid(schema: Schema, path: str = "") -> Iterator[tuple[str, str]]:
    """What is left to the API server: a path, and what must hold there."""
    for rule in schema.get("x-kubernetes-validations", ()):
        field = f"{path}{rule.get('fieldPath', '')}".removeprefix(".")
        yield field, rule["message"].partition("; ")[0]
    if schema.get("x-kubernetes-list-type") in ("map", "set"):
        keys = schema.get("x-kubernetes-list-map-keys", ())
        yield path, " ".join(("no item comes twice", *(f"(by {key})" for key in keys)))
    for name, child in schema.get("properties", {}).items():
        yield from unsaid(child, f"{path}.{name}".removeprefix("."))
    if "items" in schema:
        yield from unsaid(schema["items"], f"{path}[]")


def _lose_nothing(name: str, schema: Schema) -> None:
    said = _SAID[schema["type"]]
    if lost := schema.keys() - _ANY - said:
        raise ValueError(
            f"{name} says what is not written in CUE: got {', '.join(sorted(lost))}, allowed for "
            f"{schema['type']}: {', '.join(sorted(said)) or 'nothing'}; add it to `dialects.cue`"
        )
    if schema["type"] == "object":
        inner: dict[str, Schema] = schema["properties"]
        filled = {key: child["default"] for key, child in inner.items() if "default" in child}
        if schema.get("default", filled) != filled:
            raise ValueError(
                f"{name} has a default that CUE would not fill in: got {schema['default']}, "
                f"allowed: {filled}, which its fields have; change one of them"
            )


def _defaulted(schema: Schema) -> str:
    if "default" not in schema or _filled(schema):  # its fields have their own
        return _value(schema)
    first = _literal(schema["default"])
    if "enum" in schema:
        others = (_literal(value) for value in schema["enum"] if value != schema["default"])
        return " | ".join((f"*{first}", *others))
    return f"*{first} | {_value(schema)}"


def _value(schema: Schema) -> str:
    match schema["type"]:
        case "object":
            return fields(schema)
        case "array":
            _lose_nothing("an item", schema["items"])
            return f"[...{_defaulted(schema['items'])}]"
        case "boolean":
            return "bool"
        case "integer":
            return "int"
        case _ if "enum" in schema:
            return " | ".join(_literal(value) for value in cast(list[object], schema["enum"]))
        case _:
            pattern = [f"=~{_literal(schema['pattern'])}"] if "pattern" in schema else []
            return " & ".join((*_sizes(schema, "Length", "strings", "Runes"), *pattern)) or "string"


def _limited(schema: Schema) -> dict[str, str]:
    """The limits below an object, by the label of its field."""
    found: dict[str, str] = {}
    for name, child in schema["properties"].items():
        label = f"{_label(name)}{'' if _filled(child) else '?'}:"
        inner = _limited(child) if child["type"] == "object" else {}
        if len(inner) == 1:
            [(more, text)] = inner.items()
            found[f"{label} {more}"] = text
        elif text := _limit(child) or ("{...}" if _filled(child) else ""):
            found[label] = text
    return found


def _filled(schema: Schema) -> bool:
    """Whether it is a struct that is there when it is left out."""
    return schema["type"] == "object" and "default" in schema


def _limit(schema: Schema) -> str:
    match schema["type"]:
        case "object":
            return limits(schema)
        case "array":
            item = _limit(schema["items"])
            parts = [*_sizes(schema, "Items", "list", "Items"), *([f"[...{item}]"] if item else ())]
        case "integer":
            whole = ["int64"] if schema.get("format") == "int64" else []
            bounds = (("minimum", ">="), ("maximum", "<="))
            parts = [*whole, *(f"{sign}{schema[key]}" for key, sign in bounds if key in schema)]
        case _:
            parts = []
    return " & ".join(parts)


def _sizes(schema: Schema, suffix: str, package: str, unit: str) -> Iterator[str]:
    for bound in ("Min", "Max"):
        if (size := schema.get(f"{bound.lower()}{suffix}")) is not None:
            yield f"{package}.{bound}{unit}({size})"


def _label(name: str) -> str:
    return name if re.fullmatch("[A-Za-z][A-Za-z0-9]*", name) else _literal(name)


def _literal(value: object) -> str:
    if isinstance(value, str) and "\\" in value and not {'"', "\n"} & set(value):
        return f'#"{value}"#'  # a pattern, which is hard enough to read as it is
    return json.dumps(value, ensure_ascii=False)


def _aligned(values: dict[str, str]) -> Iterator[str]:
    """Lines with values that are no structs, under single labels, have these in a column."""
    for column, run in groupby(
        values.items(), lambda line: " " not in line[0] and "{" not in line[1]
    ):
        lines = list(run)
        width = max(len(label) for label, _ in lines) if column else 0
        yield from (f"{label:{width}} {value}" for label, value in lines)


def _braced(lines: Iterable[str]) -> str:
    inner = "\n".join(lines)
    return "\n".join(("{", *(f"\t{line}" for line in inner.split("\n")), "}"))
