"""Base class of the objects in a request, and helpers for the annotations of their fields."""

from typing import Any, ClassVar, cast

from msgspec import Meta, Struct, structs

from tablepromise.request.rules import Rule


class SpecObject(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"
):
    """An object in a request: immutable, compared by value, rejects unknown fields."""

    rules: ClassVar[tuple[Rule, ...]] = ()


def non_default_fields(part: SpecObject) -> dict[str, Any]:
    """Return the fields of a part by their names in YAML, without those that have their default.

    msgspec leaves out only the object that *is* the default, not an equal one.
    """
    return {
        field.encode_name: _given(value)
        for field in structs.fields(part)
        if (value := getattr(part, field.name)) != field.default
    }


def _given(value: object) -> object:
    if isinstance(value, SpecObject):
        return non_default_fields(value)
    if isinstance(value, tuple):
        return [_given(item) for item in cast(tuple[object, ...], value)]
    return value


def description(text: str, **schema: Any) -> Meta:
    return Meta(description=text, extra_json_schema=schema or None)


def map_list(key: str) -> dict[str, Any]:
    """Return the extension of a list whose items are identified by one field."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}
