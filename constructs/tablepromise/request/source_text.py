"""Maps and lists that keep the source text of the scalars that YAML does not read as text.

YAML reads `1.10` as the number 1.1, and `0042` as 34. A fix that quotes such a value needs the text
in the file.
"""

from collections.abc import Mapping
from typing import Any, cast

Map = dict[str, Any]


class Fields(dict[str, Any]):
    """A map that was read from YAML.

    Attributes:
        sources: the source text of each bool, number and null in it, and of each text with a tag
            such as `!Ref`, by key.
        key_sources: the source text of each key that YAML does not read as text, by key.
    """

    def __init__(self, *origin: Any) -> None:
        super().__init__(*origin)
        self.sources: dict[Any, str] = {}
        self.key_sources: dict[str, str] = {}

    @classmethod
    def like(cls, origin: Mapping[str, Any], fields: Map) -> "Fields":
        """Return `fields` with the source text of the map `origin`."""
        made = cls(fields)
        made.sources = origin.sources if isinstance(origin, Fields) else {}
        return made


class Items(list[Any]):
    """A list that was read from YAML.

    Attributes:
        sources: the source text of each bool, number and null in it, by index.
    """

    def __init__(self, *origin: Any) -> None:
        super().__init__(*origin)
        self.sources: dict[Any, str] = {}


def source_text(container: object, key: str | int) -> str | None:
    """Return the source text of a value of `container`, or None if it is unknown."""
    if isinstance(container, Fields | Items):
        return container.sources.get(key)
    return None


def key_source(container: object, key: object) -> str | None:
    """Return the source text of a key of `container`, or None if YAML reads the key as text."""
    return container.key_sources.get(str(key)) if isinstance(container, Fields) else None


def as_text(container: object, key: str | int) -> str | None:
    """Return a scalar of `container` as the text in the file, or None if it is unknown.

    A number that was not read from YAML is its own text; a boolean has many spellings.
    """
    value = cast(Any, container)[key]
    source = source_text(container, key)
    if source is None and isinstance(value, str):
        return value
    if source is None and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return source


def as_map(value: object) -> Map | None:
    """Return a value that is a map, else None."""
    return cast(Map, value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """Return a value that is a list, else None."""
    return value if isinstance(value, list) else None  # pyright: ignore[reportUnknownVariableType]
