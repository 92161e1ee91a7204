"""A spoilt world, and the diagnosis of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from world import Object, World, ago

NAME, NAMESPACE = "production-orders-table", "default"


@dataclass(frozen=True)
class Situation:
    """A spoilt world, and where its only request stands; the texts are in tests/diagnosis/messages.

    Attributes:
        hop, state: of the request.
        parts, unknown: kind and name of each part of the platform that is unhealthy or unknown.
    """

    spoil: Callable[[World], object]
    hop: str
    state: str
    parts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = field(default=())


SITUATIONS: dict[str, Situation] = {}


def situation(
    hop: str, state: str, *, parts: tuple[str, ...] = (), unknown: tuple[str, ...] = ()
) -> Callable[[Callable[[World], object]], Callable[[World], object]]:
    def register(spoil: Callable[[World], object]) -> Callable[[World], object]:
        name = spoil.__name__.replace("_", " ")
        SITUATIONS[name] = Situation(spoil, hop, state, parts, unknown)
        return spoil

    return register


def changed(live: Object, age: float) -> None:
    live["metadata"]["managedFields"] = [
        {"manager": "kubectl", "operation": "Update", "time": ago(age)},
        {"manager": "x", "operation": "Update", "time": ago(0), "subresource": "status"},
    ]
