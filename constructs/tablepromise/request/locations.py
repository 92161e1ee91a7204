"""Finds the location in a document that the path of a finding names."""

from __future__ import annotations

from typing import Any, cast

from msgspec import Struct

from tablepromise.request.findings import join
from tablepromise.request.schema import Schema
from tablepromise.request.source_text import as_list, as_map, source_text

ROOT = ""
"""Name of the whole document as a field."""


class Location(Struct, frozen=True):
    """The location of a value.

    Attributes:
        container: map or list that has the value.
        key: of the value in `container`.
        parent: path of `container`.
        parent_field: field that has `container`; of a list and its items, the list's field.
        node: schema of `container`; empty if it has none.
    """

    container: dict[str, Any] | list[Any]
    key: Any
    parent: str
    parent_field: str
    node: Schema

    @property
    def exists(self) -> bool:
        """Whether the container has the key."""
        return isinstance(self.container, list) or self.key in self.container

    @property
    def value(self) -> Any:
        return cast(Any, self.container)[self.key] if self.exists else None

    @property
    def source(self) -> str | None:
        """Source text of the value, if it is not text and was read from YAML."""
        return source_text(self.container, self.key)

    @property
    def schema(self) -> Schema:
        """Schema of the value; empty if it has none."""
        found: Schema
        if isinstance(self.container, list):
            found = self.node.get("items", {})
        else:
            found = self.node.get("properties", {}).get(self.key, {})
        return found

    @property
    def field(self) -> str:
        """Name of the field that has the value; of an item, of its list."""
        return self.parent_field if isinstance(self.container, list) else str(self.key)


def locate(document: object, path: str, schema: Schema) -> Location | None:
    """Return the location of a path, or None if the document has no map or list there."""
    container: Any = document
    parent, parent_field, node = "", ROOT, schema
    while True:
        items, fields = as_list(container), as_map(container)
        if items is not None:
            index, _, rest = path.removeprefix("[").partition("]")
            if not index.isdecimal() or int(index) >= len(items):
                return None
            key: Any = int(index)
            here = f"{parent}[{index}]"
        elif fields is not None:
            key = _longest_key(fields, path)
            rest, here = path[len(str(key)) :], join(parent, str(key))
        else:
            return None
        found = Location(items or fields or {}, key, parent, parent_field, node)
        if not rest:
            return found
        container, parent, parent_field, node = found.value, here, found.field, found.schema
        path = rest.removeprefix(".")


def _longest_key(fields: dict[Any, Any], path: str) -> Any:
    """Return the longest key that begins a path (a key may have dots), else its first name."""
    keys = [key for key in fields if path == str(key) or path.startswith((f"{key}.", f"{key}["))]
    first = path.partition(".")[0].partition("[")[0]
    return max(keys, key=lambda key: len(str(key)), default=first)
