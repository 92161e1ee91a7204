"""What each offer makes of a request, offline."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from tablepromise.dialects import asked, crossplane, kro
from tablepromise.dialects.asked import Asked
from tablepromise.request import TableRequest, render


class Made(Struct, frozen=True):
    """What comes of a request.

    Attributes:
        written: what a developer writes to be given it.
        objects: what the offer makes of that, for others to act on.
        asked: what DynamoDB is asked for in the end.
    """

    written: dict[str, Any]
    objects: list[dict[str, Any]]
    asked: Asked


def promise(request: TableRequest) -> Made:
    table = render(request)
    return Made(request.as_document(), [table], asked.of_table(table))


def by_kro(request: TableRequest) -> Made:
    instance = kro.instance(request)
    table = kro.table(instance)
    return Made(instance, [table], asked.of_table(table))


def by_crossplane(request: TableRequest) -> Made:
    instance = crossplane.instance(request)
    resources = crossplane.composed(instance)
    return Made(instance, resources, crossplane.asked_of(resources))


OFFERS: dict[str, Callable[[TableRequest], Made]] = {
    "promise": promise,
    "kro": by_kro,
    "crossplane": by_crossplane,
}
"""By the name that a target's `offers` has for it."""


def differences(made: dict[str, Made]) -> list[str]:
    """Paths at which not all offers ask for the same."""
    columns = [asked.flat(each.asked) for each in made.values()]
    paths = dict.fromkeys(path for column in columns for path in column)
    return [path for path in paths if len({repr(c.get(path)) for c in columns}) > 1]
