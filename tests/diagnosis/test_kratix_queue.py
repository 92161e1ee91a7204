"""A request that waits behind others queues; it is stalled when the queue does not move."""

import random
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from generated import legal, request
from situations_workflow import another_run
from status_world import ORDERS
from world import NOW, Object, World, ago, managed

from tablepromise.diagnosis import build_statuses
from tablepromise.diagnosis.kratix_queue import KratixQueue, QueuePosition
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.request import stored_request


def queued(count: int, age: float) -> World:
    """So many requests, made a second apart, the last so long ago; Kratix has begun none."""
    rng = random.Random(1)  # noqa: S311  repeatable on purpose
    world = World(stored_request(request(legal(rng), f"r{n:04}")) for n in range(count))
    for number, live in enumerate(world.objects["DynamoDBRequest"]):
        live["metadata"]["creationTimestamp"] = ago(age + count - number)
        del live["status"]
    for kind in ("Job", "Work", "WorkPlacement", "Table"):
        world.drop(kind)
    return world


def said(world: World) -> list[tuple[str, str]]:
    """Each request's message of `Ready`, and whether it is stalled."""
    found = build_statuses(world.snapshot(), NOW)
    return [(f.conditions[0].message, f.conditions[1].status) for _, f in sorted(found.items())]


def test_of_300_requests_none_is_stalled_as_long_as_one_after_another_is_begun() -> None:
    world = queued(300, age=130)
    assert {stalled for _, stalled in said(world)} == {"True"}, "nothing happens"
    another_run(world, 10)
    found = said(world)
    assert {stalled for _, stalled in found} == {"False"}
    message = "workflow: Kratix has not reconciled generation 1 of the request"
    for bound, places in ((10, (1, 9)), (100, (10, 99)), (1000, (100, 299))):
        for position in places:
            expected = f"{message}: fewer than {bound} other requests are queued before it"
            assert found[position][0] == expected, position
    assert found[0][0] == message


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (0, ""),
        (9, "fewer than 10"),
        (10, "fewer than 100"),
        (999, "fewer than 1000"),
        (1000, "1000 or more"),
        (1001, "1000 or more"),
    ],
)
def test_the_length_of_the_queue_in_words(before: int, text: str) -> None:
    assert QueuePosition(before=before).length_text == text


@pytest.mark.parametrize(
    "entry",
    [
        managed("manager", "Update", 10, {"f:metadata": {"f:labels": {}}}),
        managed("manager", "Update", 10, {"f:status": {}}, subresource="status"),
    ],
)
def test_a_label_or_status_that_kratix_writes_is_progress(entry: Object) -> None:
    world = queued(20, age=130)
    world.objects["DynamoDBRequest"][0]["metadata"]["managedFields"] = [entry]
    assert {stalled for _, stalled in said(world)} == {"False"}


@pytest.mark.parametrize(
    "entry",
    [
        managed("kubectl", "Update", 10, {"f:spec": {"f:tags": {}}}),
        managed("tablepromise-reflector", "Update", 10, {"f:status": {}}, subresource="status"),
    ],
)
def test_what_people_and_the_reflector_write_is_not(entry: Object) -> None:
    world = queued(20, age=130)
    world.objects["DynamoDBRequest"][0]["metadata"]["managedFields"] = [entry]
    assert [stalled for _, stalled in said(world)][1:] == ["True"] * 19


def test_a_request_that_a_later_one_has_overtaken_is_stalled() -> None:
    world = queued(2, age=0)
    first, second = world.objects["DynamoDBRequest"]
    first["metadata"]["creationTimestamp"] = ago(400)
    second["metadata"]["creationTimestamp"] = ago(250)
    another_run(world, 5)
    assert [stalled for _, stalled in said(world)] == ["False", "False"]
    second["status"] = {"conditions": [{"type": "ConfigureWorkflowCompleted", "status": "False"}]}
    assert next(stalled for _, stalled in said(world)) == "True"


def test_a_thousand_changes_cost_a_thousand_times_one() -> None:
    def live(number: int) -> LiveObject:
        metadata: dict[str, Any] = {"name": f"r{number}", "namespace": "default", "generation": 1}
        return LiveObject(
            "DynamoDBRequest", {"metadata": {**metadata, "creationTimestamp": ago(number)}}
        )

    def seconds(count: int) -> float:
        requests = [live(number) for number in range(count)]
        queue, begin = KratixQueue(), perf_counter()
        for one in requests:
            queue.put(one)
            queue.put(one)
            queue.queue_position(one)
        for one in requests:
            queue.drop(one)
        return perf_counter() - begin

    small, large = min(seconds(100) for _ in range(3)), min(seconds(2000) for _ in range(3))
    assert large < 20 * small * 4, "with the square it would be 20 times that"


def test_what_is_dropped_does_not_count() -> None:
    world = World([ORDERS])
    [raw], [job] = world.objects["DynamoDBRequest"], world.objects["Job"]
    queue = KratixQueue()
    for kind, one in (("DynamoDBRequest", raw), ("Job", job)):
        queue.put(LiveObject(kind, one))
        queue.drop(LiveObject(kind, one))
    position = queue.queue_position(LiveObject("DynamoDBRequest", raw))
    assert (position.before, position.moved, position.overtaken) == (0, None, False)
    changed = NOW - timedelta(minutes=5)
    assert position.since(changed, NOW) == changed
