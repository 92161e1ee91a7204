"""What every piece of a request has in common, and how its fields are annotated."""

from typing import Any, ClassVar

from msgspec import Meta, Struct, json

from tablepromise.request.rules import Rule


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """A piece of a request: immutable, compared by value, refuses fields it does not know."""

    rules: ClassVar[tuple[Rule, ...]] = ()


def plain(part: Struct) -> dict[str, Any]:
    """`part` in JSON's own types, as if it had been read from a file."""
    fields: dict[str, Any] = json.decode(json.encode(part))
    return fields


def described(text: str, **schema: Any) -> Meta:
    return Meta(description=text, extra_json_schema=schema or None)


def map_list(key: str) -> dict[str, Any]:
    """A list whose items are told apart by one field: no duplicates, merged item by item."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}
