"""The reflector is never why Kratix loses the one write that it does not repeat."""

import copy

import pytest
from live_api import LiveApi
from replica import Replica
from situations_workflow import begun, fresh, lost
from status_world import ORDERS
from world import Object, World, put

from tablepromise.reflector.kratix_writes import MAX_HOLD_SECONDS, WRITE_DELAY

PENDING: Object = {"workflows": {"pipelines": [{"name": "configure", "phase": "Pending"}]}}


def taken_up(age: float = 2) -> World:
    """Kratix has set up the status of a new request, and is about to make its Job."""
    world = World([ORDERS])
    request = fresh(world, age)
    request["status"] = {"workflows": 1, "kratix": PENDING}
    return world


def test_nothing_is_written_between_the_job_and_the_status_that_follows_it() -> None:
    api = LiveApi(taken_up())
    replica = Replica(api)
    [request] = api.world.objects["DynamoDBRequest"]
    read_by_kratix = request["metadata"]["resourceVersion"]
    for _ in range(5):
        replica.turn()
    before = copy.deepcopy(request["status"])
    begun(api.world, request, 0)
    request["status"] = before
    replica.relist()
    for _ in range(4):
        replica.turn()
    assert request["metadata"]["resourceVersion"] == read_by_kratix
    assert not api.patches

    def kratix_says_that_it_runs(live: Object) -> None:
        live["status"]["kratix"]["workflows"]["pipelines"][0]["phase"] = "Running"
        put(live, "ConfigureWorkflowCompleted", "False", "PipelinesInProgress", age=0)

    api.change(request, kratix_says_that_it_runs)
    replica.hear()
    replica.turn()
    assert len(api.patches) == 1


def test_what_waits_for_kratix_says_so_before_kratix_has_taken_it_up() -> None:
    world = World([ORDERS])
    fresh(world, 2)
    api = LiveApi(world)
    Replica(api).turn()
    assert len(api.patches) == 1


def test_a_lost_write_is_not_waited_for() -> None:
    world = taken_up(60)
    request = world.one("DynamoDBRequest")
    begun(world, request, WRITE_DELAY.total_seconds() + 1)
    lost(world)
    api = LiveApi(world)
    Replica(api).turn()
    assert len(api.patches) == 1


@pytest.mark.parametrize("down", [True, False])
def test_kratix_is_not_waited_for_if_it_is_down_or_hangs(down: bool) -> None:
    world = taken_up()
    if down:
        kratix = world.one("Deployment", "kratix-platform-controller-manager")
        kratix["spec"]["replicas"], kratix["status"] = 0, {}
    api = LiveApi(world)
    replica = Replica(api)
    replica.turn()
    assert len(api.patches) == down
    replica.turn(after=MAX_HOLD_SECONDS + 1)
    assert len(api.patches) == 1
