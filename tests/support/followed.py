"""What a reflector sees of a world: what each of its reads selects."""

import random

from fake_api import selected
from world import Object, World

from tablepromise.diagnosis import Read, Snapshot
from tablepromise.reflector import FOLLOWED, Store


def chosen(world: World, read: Read) -> list[Object]:
    """The objects that a read is answered with, as the API server lists them."""
    query = {
        name: [",".join(f"{key}={value}" for key, value in pairs.items())]
        for name, pairs in (("labelSelector", read.labels), ("fieldSelector", read.fields))
        if pairs
    }
    found = [
        live
        for live in world.objects.get(read.kind, [])
        if read.namespace in ("", live["metadata"].get("namespace")) and selected(live, query)
    ]
    return sorted(found, key=path)


def path(live: Object) -> str:
    return f"{live['metadata'].get('namespace', '')}/{live['metadata']['name']}"


def full(world: World) -> Snapshot:
    """The snapshot of all of it, nothing left out of any object."""
    snapshot = world.snapshot()
    objects: dict[str, list[Object]] = {}
    for read in FOLLOWED:
        objects.setdefault(read.kind, []).extend(chosen(world, read))
    return Snapshot(objects, snapshot.read_errors)


def listed(world: World, store: Store) -> None:
    """Every read is answered with a list."""
    for read in FOLLOWED:
        if unread := world.unread.get(read.kind):
            store.fail(read, unread)
        else:
            store.replace(read, chosen(world, read))


def watched(before: World, after: World, store: Store, rng: random.Random) -> None:
    """Every difference comes as an event, in any order."""
    events: list[tuple[Read, Object, bool]] = []
    for read in FOLLOWED:
        was = {path(live): live for live in chosen(before, read)}
        now = {path(live): live for live in chosen(after, read)}
        events += [(read, live, True) for at, live in now.items() if was.get(at) != live]
        events += [(read, live, False) for at, live in was.items() if at not in now]
    rng.shuffle(events)
    for read, live, there in events:
        if there:
            store.put(read, live)
        else:
            store.drop(read, live)
    for read in FOLLOWED:
        if unread := after.unread.get(read.kind):
            store.fail(read, unread)
