"""A spoilt world, and what a diagnosis must say of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from world import Object, World, ago

NAME, NAMESPACE = "production-orders-table", "default"


@dataclass(frozen=True)
class Situation:
    """A spoilt world, and what must be said of its only request.

    Attributes:
        hop, state: where it stands.
        says: texts that must be in its problem; without any, it must have none.
        parts: kind and name of each part of the platform that is unhealthy.
    """

    spoil: Callable[[World], object]
    hop: str
    state: str
    says: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = field(default=())


SITUATIONS: dict[str, Situation] = {}


def situation(
    hop: str, state: str, *says: str, parts: tuple[str, ...] = (), unknown: tuple[str, ...] = ()
) -> Callable[[Callable[[World], object]], Callable[[World], object]]:
    def register(spoil: Callable[[World], object]) -> Callable[[World], object]:
        name = spoil.__name__.replace("_", " ")
        SITUATIONS[name] = Situation(spoil, hop, state, says, parts, unknown)
        return spoil

    return register


def changed(live: Object, age: float) -> None:
    live["metadata"]["managedFields"] = [
        {"manager": "kubectl", "operation": "Update", "time": ago(age)},
        {"manager": "x", "operation": "Update", "time": ago(0), "subresource": "status"},
    ]
