"""Ways in which a table that is ready ceases to be, by chance."""

import random
from collections.abc import Callable, Iterator
from typing import Any, cast

from world import Object, World, ago, put

Mutation = Callable[[random.Random, World], None]

JUNK: tuple[Any, ...] = ("", "x", "N", 0, 7, -1, True, False, [], {}, ["x"], {"x": 1}, None)


def another_value(rng: random.Random, world: World) -> None:
    node, step = rng.choice(list(_places(world.one("Table")["spec"])))
    _set(node, step, rng.choice([junk for junk in JUNK if not _same(junk, node[step])]))


def a_field_less(rng: random.Random, world: World) -> None:
    node, step = rng.choice(list(_places(world.one("Table")["spec"])))
    del node[step]


def a_field_more(rng: random.Random, world: World) -> None:
    spec = world.one("Table")["spec"]
    places = [node[step] for node, step in _places(spec) if isinstance(node[step], dict | list)]
    place: Any = rng.choice([spec, *places])
    if isinstance(place, dict):
        place["more"] = rng.choice([junk for junk in JUNK if junk not in (None, [], {})])
    else:
        place.append(rng.choice(JUNK))


def other_labels(rng: random.Random, world: World) -> None:
    pairs = world.one("Table")["metadata"][rng.choice(["labels", "annotations"])]
    name = rng.choice(sorted(pairs))
    if rng.random() < 0.5:
        pairs[name] += "x"
    else:
        del pairs[name]


def another_request(rng: random.Random, world: World) -> None:
    request = world.one("DynamoDBRequest")
    request["metadata"]["generation"] += 1
    if rng.random() < 0.5:
        # Kratix has run the pipeline, and the Table is what it was
        request["status"]["observedGeneration"] += 1
        other = {"STANDARD": "STANDARD_INFREQUENT_ACCESS"}
        request["spec"]["tableClass"] = other.get(request["spec"]["tableClass"], "STANDARD")


def not_active(rng: random.Random, world: World) -> None:
    words = ("CREATING", "UPDATING", "DELETING", "ARCHIVED", "ARCHIVING", "", None)
    world.one("Table")["status"]["tableStatus"] = rng.choice(words)


def not_synced(rng: random.Random, world: World) -> None:
    type = rng.choice(["ACK.ResourceSynced", "Ready"])
    put(world.one("Table"), type, rng.choice(["False", "Unknown"]), "NotSynced", age=490)


def ack_has_given_up(_: random.Random, world: World) -> None:
    put(world.one("Table"), "ACK.Terminal", "True", "", "ValidationException", age=490)


def without_a_word_of_ack(rng: random.Random, world: World) -> None:
    status = world.one("Table")["status"]
    if rng.random() < 0.5:
        status["conditions"] = []
    else:
        status.clear()


def deleted(rng: random.Random, world: World) -> None:
    kind = rng.choice(["Table", "DynamoDBRequest"])
    if kind == "Table" and rng.random() < 0.5:
        world.drop("Table")
    else:
        world.one(kind)["metadata"]["deletionTimestamp"] = ago(rng.choice([1, 30, 900]))


def changed_after_acks_look(rng: random.Random, world: World) -> None:
    metadata = world.one("Table")["metadata"]
    metadata["generation"] += 1
    metadata["managedFields"][0]["time"] = ago(rng.choice([0, 5, 15, 100, 489]))


MUTATIONS: tuple[Mutation, ...] = (
    *(another_value, a_field_less, a_field_more, other_labels, another_request, not_active),
    *(not_synced, ack_has_given_up, without_a_word_of_ack, deleted, changed_after_acks_look),
)


def _places(node: object) -> Iterator[tuple[Any, Any]]:
    """Every value below `node`, as what holds it and where."""
    steps: Iterator[Any] = iter(())
    if isinstance(node, dict):
        steps = iter(list(cast(Object, node)))
    elif isinstance(node, list):
        steps = iter(range(len(cast(list[object], node))))
    for step in steps:
        yield node, step
        yield from _places(cast(Any, node)[step])


def _set(node: Any, step: Any, value: object) -> None:
    node[step] = value


def _same(one: object, other: object) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other
