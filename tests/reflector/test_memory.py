"""What each of many requests costs in memory."""

import copy
import tracemalloc

from followed import full, listed
from status_server import merge
from world import NOW, Object, World, examples

from tablepromise.diagnosis import build_patch, build_statuses
from tablepromise.reflector import Store

COUNT = 300


def many() -> World:
    """The examples, over and over, each with the status that it should have."""
    requests: list[Object] = []
    for number in range(COUNT):
        request = copy.deepcopy(examples()[number % 5] if number < 5 else requests[number % 5])
        request["metadata"]["name"] = f"orders-of-a-team-{number}"
        request["spec"]["name"] = f"Orders-Of-A-Team-{number}"
        requests.append(request)
    world = World(requests)
    for found in world.objects.values():
        for number, live in enumerate(found):
            live["metadata"]["resourceVersion"] = str(number)
            live["metadata"].setdefault("uid", f"0c1d7c2e-8f4e-4c3b-9d37-{number:012}")
    wanted = build_statuses(full(world), NOW)
    for live in world.objects["DynamoDBRequest"]:
        body = build_patch(live, wanted["default", live["metadata"]["name"]])
        assert body
        live["status"] = merge(live["status"], body["status"])
    return world


def test_a_request_with_all_that_belongs_to_it_is_a_few_kilobytes() -> None:
    world, store = many(), Store()
    tracemalloc.start()
    listed(world, store)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{store.size / COUNT:.0f} bytes packed, {held / COUNT:.0f} in the heap")
    assert len(store.requests) == COUNT
    assert store.size / COUNT < 2_500
    assert held / COUNT < 6_000
