"""What every piece of a request has in common, and how its fields are annotated."""

from typing import Any, ClassVar, cast

from msgspec import Meta, Struct, structs

from tablepromise.request.rules import Rule


class SpecObject(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"
):
    """A piece of a request: immutable, compared by value, refuses fields it does not know."""

    rules: ClassVar[tuple[Rule, ...]] = ()


def non_default_fields(part: SpecObject) -> dict[str, Any]:
    """Return the fields of a part by their names in YAML, without those that have their default.

    msgspec leaves out what *is* the default. What was read is often another object of that value.
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
    """A list whose items are told apart by one field: no duplicates, merged item by item."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}
