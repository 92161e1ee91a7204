"""Paths of the fields in a value, as the pages of the documents write them."""

from collections.abc import Iterator
from typing import Any


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each field, such as `keySchema[].keyType`, once for each item of a list."""
    if isinstance(value, dict):
        for name, child in value.items():  # pyright: ignore[reportUnknownVariableType]
            here = f"{path}.{name}".removeprefix(".")
            yield here
            yield from paths(child, here)
    elif isinstance(value, list):
        for child in value:  # pyright: ignore[reportUnknownVariableType]
            yield from paths(child, f"{path}[]")
