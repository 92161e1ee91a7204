"""The example requests that a target may install."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tablepromise.request import load

EXAMPLES = Path(__file__).parents[1] / "examples/requests"


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each example request with the name of its file."""
    for file in sorted(EXAMPLES.glob("*.yaml")):
        for request in load(file.read_text(encoding="utf-8"), str(file)):
            yield file.stem, request
