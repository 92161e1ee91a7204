"""Writes a structural schema as CUE, in the format of `cue fmt`.

The result is two CUE values, which the template unifies. `fields` has types, defaults,
descriptions, and the patterns and lengths of strings; `limits` has the sizes of lists, the bounds
of numbers, and the structs with a default. They are separate because of CUE's OpenAPI encoder, by
which KubeVela describes parameters: it fails on a list with a minimum size and on a bounded number
with a default, and marks a struct with a default as required.

CEL rules and unique lists have no counterpart in CUE: the API server checks them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import cast

from tablepromise.request.exceptions import UnsupportedSchema
from tablepromise.request.schema import Schema

IMPORTS = ("list", "strings")
"""Packages that the result needs."""

_UNSUPPORTED = {"x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"}
_SUPPORTED = {
    "boolean": set[str](),
    "integer": {"minimum", "maximum", "format"},
    "string": {"enum", "minLength", "maxLength", "pattern"},
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required"},
}
_IGNORED = {"type", "description", "default"} | _UNSUPPORTED


def fields(schema: Schema) -> str:
    """Return an object's fields as a struct that rejects unknown fields at every level.

    Each struct is closed by itself: CUE 0.14 does not close the items of a list in a definition
    when the list is unified with its size.

    Raises:
        UnsupportedSchema: CUE cannot express a part of the schema.
    """
    lines: list[str] = []
    for name, child in schema["properties"].items():
        _check(name, child)
        present = name in schema.get("required", ()) or ("default" in child and not _filled(child))
        if "description" in child:
            lines.append(f"// +usage={child['description']}")
        lines.append(f"{_label(name)}{'' if present else '?'}: {_defaulted(child)}")
    return f"close({_braced(lines)})"


def limits(schema: Schema) -> str:
    """Return the limits as an open struct; `""` if there are none."""
    found = _limited(schema)
    return _braced(_aligned(found)) if found else ""


def _check(name: str, schema: Schema) -> None:
    supported = _SUPPORTED[schema["type"]]
    if lost := schema.keys() - _IGNORED - supported:
        raise UnsupportedSchema(
            f"{name}: keyword without a counterpart in CUE: got {', '.join(sorted(lost))}, allowed "
            f"for {schema['type']}: {', '.join(sorted(supported)) or 'none'}; add it to "
            "`dialects.cue`"
        )
    if schema["type"] == "object":
        inner: dict[str, Schema] = schema["properties"]
        filled = {key: child["default"] for key, child in inner.items() if "default" in child}
        if schema.get("default", filled) != filled:
            raise UnsupportedSchema(
                f"{name}: a default that CUE would not set: got {schema['default']}, "
                f"allowed: {filled}, the defaults of its fields; change one of them"
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
            _check("an item", schema["items"])
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
    """Return the limits of an object's fields, by label."""
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
    """Return whether it is a struct with a default."""
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
        return f'#"{value}"#'  # a pattern, without doubled backslashes
    return json.dumps(value, ensure_ascii=False)


def _aligned(values: dict[str, str]) -> Iterator[str]:
    """Yield the lines, with values that are no structs aligned in a column."""
    for column, run in groupby(
        values.items(), lambda line: " " not in line[0] and "{" not in line[1]
    ):
        lines = list(run)
        width = max(len(label) for label, _ in lines) if column else 0
        yield from (f"{label:{width}} {value}" for label, value in lines)


def _braced(lines: Iterable[str]) -> str:
    inner = "\n".join(lines)
    return "\n".join(("{", *(f"\t{line}" for line in inner.split("\n")), "}"))
