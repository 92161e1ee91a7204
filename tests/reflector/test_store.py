"""What is kept of a cluster says the same as the cluster."""

import copy
import random
from datetime import timedelta

import pytest
from followed import chosen, full, listed, path, watched
from generated import legal, request
from situations import SITUATIONS
from status_world import ORDERS, spoilt
from table_mutations import MUTATIONS
from world import NOW, Object, World, put

from tablepromise.diagnosis import ReadError, Snapshot, Status, build_statuses
from tablepromise.reflector import WATCHED, Key, Store
from tablepromise.request import stored_request


def through(store: Store, late: int = 0) -> dict[Key, Status]:
    now = NOW + timedelta(seconds=late)
    return {key: build_statuses(store.snapshot(key), now)[key] for key in store.requests}


def read_of(kind: str) -> int:
    return next(number for number, read in enumerate(WATCHED) if read.kind == kind)


def many(rng: random.Random, count: int) -> World:
    """Requests by chance, in two namespaces, some of which are spoilt."""
    requests: list[Object] = []
    for number in range(count):
        one = stored_request(request(legal(rng), f"r{number // 2}"))
        one["metadata"]["namespace"] = ("default", "team")[number % 2]
        requests.append(one)
    world = World(requests)
    for number, live in enumerate(world.objects["DynamoDBRequest"]):
        live["metadata"]["resourceVersion"] = str(number)
    return world


def spoil(rng: random.Random, world: World) -> None:
    """Spoils one request, or what all of them need, by a situation or a change of its Table."""
    tables = world.objects.get("Table", [])
    if tables and rng.random() < 0.5:
        own = World(())
        table = rng.choice(tables)
        own.objects["Table"] = [table]
        requests = world.objects["DynamoDBRequest"]
        own.objects["DynamoDBRequest"] = [live for live in requests if path(live) == path(table)]
        rng.choice(MUTATIONS)(rng, own)
        return
    kind = rng.choice(["Job", "Work", "WorkPlacement", "Kustomization", "Deployment", "Table"])
    found = world.objects.get(kind, [])
    if not found:
        return
    live = rng.choice(found)
    if rng.random() < 0.3:
        found.remove(live)
    elif rng.random() < 0.5:
        put(live, rng.choice(["Ready", "WriteSucceeded", "ScheduleSucceeded"]), "False", "X", "y")
    else:
        live["status"] = {}


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_situation_has_the_same_status_through_the_store(name: str) -> None:
    world, store = spoilt(name), Store()
    assert not store.complete
    listed(world, store)
    assert store.complete
    for late in (0, 16, 125, 7200):
        assert through(store, late) == build_statuses(full(world), NOW + timedelta(seconds=late))
    # nothing is lost in what the reads select
    whole = Snapshot(world.objects, world.unread)
    assert build_statuses(full(world), NOW) == build_statuses(whole, NOW)


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_situation_may_come_and_go_by_events(name: str) -> None:
    rng = random.Random(name)  # noqa: S311  repeatable on purpose
    well, ill, store = World([ORDERS]), spoilt(name), Store()
    listed(well, store)
    store.take()
    watched(well, ill, store, rng)
    assert through(store) == build_statuses(full(ill), NOW)
    store.take()
    watched(ill, well, store, rng)
    for read in WATCHED:
        if ill.unread.get(read.kind):
            store.replace(read, chosen(well, read))
    assert through(store) == build_statuses(full(well), NOW)


@pytest.mark.parametrize("seed", range(12))
def test_whoever_is_not_marked_keeps_its_status(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  repeatable on purpose
    world, store = many(rng, rng.randint(2, 8)), Store()
    listed(world, store)
    assert set(store.take()) >= set(store.requests)
    known = through(store)
    assert known == build_statuses(full(world), NOW)
    for _ in range(12):
        before = copy.deepcopy(world)
        spoil(rng, world)
        if rng.random() < 0.8:
            watched(before, world, store, rng)
        else:
            listed(world, store)
        marked = store.take()
        after = through(store)
        assert after == build_statuses(full(world), NOW)
        assert {key for key in after if after[key] != known[key]} <= set(marked)
        known = after


def test_a_change_of_nothing_that_matters_marks_nobody() -> None:
    world, store = World([ORDERS]), Store()
    listed(world, store)
    store.take()
    listed(world, store)
    for kind in ("Table", "Work", "Kustomization"):
        live = copy.deepcopy(world.objects[kind][0])
        live["metadata"] |= {"resourceVersion": "99", "annotations": {}}
        if kind == "Table":
            live["metadata"]["annotations"] = world.objects[kind][0]["metadata"]["annotations"]
        live["status"]["lastHandledReconcileAt"] = "x"
        store.put(WATCHED[read_of(kind)], live)
        assert store.take() == [], kind
        live["status"]["conditions"] = []
        store.put(WATCHED[read_of(kind)], live)
        assert store.take() == store.requests != [], kind


def test_only_its_own_request_is_marked() -> None:
    rng = random.Random(1)  # noqa: S311  repeatable on purpose
    world, store = many(rng, 6), Store()
    listed(world, store)
    store.take()
    for kind in ("Table", "Work", "WorkPlacement", "Job"):
        live = copy.deepcopy(world.objects[kind][3])
        put(live, "Ready", "False", "New")
        store.put(WATCHED[read_of(kind)], live)
        assert store.take() == [("team", "r1")], kind
    flux = copy.deepcopy(world.one("Kustomization", "aws-resources"))
    del flux["status"]["inventory"]["entries"][3]
    store.put(WATCHED[read_of("Kustomization")], flux)
    assert store.take() == [("team", "r1")]
    put(flux, "Ready", "False", "New")
    store.put(WATCHED[read_of("Kustomization")], flux)
    assert set(store.take()) == set(store.requests)


def test_what_cannot_be_read_is_not_taken_for_gone() -> None:
    world, store = World([ORDERS]), Store()
    listed(world, store)
    [read] = [read for read in WATCHED if read.kind == "Table"]
    store.take()
    store.fail(read, ReadError("error", "the watch of tables broke"))
    assert store.take() == store.requests
    [status] = through(store).values()
    assert status.conditions[0].status == "Unknown"
    store.fail(read, ReadError("error", "the watch of tables broke"))
    assert store.take() == []
    store.replace(read, chosen(world, read))
    [status] = through(store).values()
    assert status.conditions[0].status == "True"


def test_a_late_answer_to_a_write_does_not_undo_what_was_seen() -> None:
    world, store = World([ORDERS]), Store()
    live = world.one("DynamoDBRequest")
    live["metadata"]["resourceVersion"] = "1"
    listed(world, store)
    [key] = store.requests
    [seen] = store.snapshot(key).objects["DynamoDBRequest"]
    newer = copy.deepcopy(live)
    newer["metadata"]["resourceVersion"] = "2"
    store.written(seen, newer)
    [seen] = store.snapshot(key).objects["DynamoDBRequest"]
    assert seen["metadata"]["resourceVersion"] == "2"
    store.drop(WATCHED[0], live)
    store.written(seen, newer)
    assert store.requests == []


def test_of_other_promises_nothing_is_kept() -> None:
    world, store = World([ORDERS]), Store()
    listed(world, store)
    before = store.size
    for kind in ("Work", "WorkPlacement"):
        live = copy.deepcopy(world.objects[kind][0])
        live["metadata"]["name"] = "other"
        live["metadata"]["labels"]["kratix.io/promise-name"] = "redis"
        live["spec"]["promiseName"] = "redis"
        store.put(WATCHED[read_of(kind)], live)
    assert store.size == before
