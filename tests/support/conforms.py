"""An object against the OpenAPI schema of its kind, as strictly as `kubectl --validate=strict`."""

from collections.abc import Iterator
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def problems(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Fields that are unknown, missing, of another type or not in the enum. No CEL rules."""
    if "type" in schema and type(value) not in _KINDS[schema["type"]]:
        yield f"{path} is not {schema['type']}: {value!r}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path} is not one of {schema['enum']}: {value!r}"
    elif isinstance(value, list) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from problems(item, schema["items"], f"{path}[{index}]")
    elif isinstance(value, dict):
        yield from _fields(value, schema, path)  # pyright: ignore[reportUnknownArgumentType]


def _fields(fields: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    known: dict[str, Any] = schema.get("properties", {})
    others = schema.get("additionalProperties")
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or path == ".metadata"
    yield from (
        f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in fields
    )
    for name, child in fields.items():
        if name in known or isinstance(others, dict):
            yield from problems(child, known.get(name, others), f"{path}.{name}")
        elif not open_ended:
            yield f"{path}.{name} is unknown"
