"""What holds of a request's status, whatever happens."""

import copy
import random
from datetime import datetime, timedelta

import pytest
from generated import legal, request
from situations import SITUATIONS
from status_world import ORDERS, ours, spoilt, status, write
from table_mutations import MUTATIONS, Mutation
from world import NOW, Object, World, ago

from tablepromise.diagnosis import build_statuses
from tablepromise.request import stored_request


@pytest.mark.parametrize("name", SITUATIONS)
def test_it_changes_nothing_and_says_the_same_again(name: str) -> None:
    snapshot = spoilt(name).snapshot()
    before = copy.deepcopy(snapshot)
    assert build_statuses(snapshot, NOW) == build_statuses(snapshot, NOW)
    assert snapshot == before


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_was_written_needs_no_second_write(name: str) -> None:
    world = spoilt(name)
    assert write(world)
    for _ in range(3):
        assert not write(world)
    # time alone makes one write at most: when what is waited for takes too long
    later = (1, 14, 16, 90, 125, 500, 650, 7200)
    writes = sum(write(world, NOW + timedelta(seconds=late)) for late in later)
    assert writes <= 1


def test_times_are_kept_through_any_story() -> None:
    rng = random.Random(7)  # noqa: S311  repeatable on purpose
    for _ in range(25):
        before: Object = {}
        now = NOW
        for name in rng.choices(list(SITUATIONS), k=6):
            world = spoilt(name)
            live = world.one("DynamoDBRequest")
            kept = {name: before[name] for name in ("stages", "checkedGeneration") if before}
            live["status"] = {**before, **live.get("status", {}), **kept}
            found = live["status"].get("conditions", [])
            live["status"]["conditions"] = [
                *(c for c in found if c["type"] not in ("Ready", "Stalled")),
                *(c for c in before.get("conditions", []) if c["type"] in ("Ready", "Stalled")),
            ]
            write(world, now)
            after = live["status"]
            _kept(before, after, now)
            before, now = copy.deepcopy(after), now + timedelta(seconds=rng.choice([0, 1, 300]))


def _kept(before: Object, after: Object, now: datetime) -> None:
    was = {one["type"]: one for one in before.get("conditions", [])}
    for one in after["conditions"]:
        if one["type"] in ("Ready", "Stalled"):
            old = was.get(one["type"], {})
            same = old.get("status") == one["status"]
            written = now.strftime("%Y-%m-%dT%H:%M:%SZ")
            assert one["lastTransitionTime"] == (old["lastTransitionTime"] if same else written)
    stages, earlier = after["stages"], before.get("stages", {})
    if stages["generation"] == earlier.get("generation"):
        assert earlier.items() <= stages.items()
    times = [stages[name] for name in _STAGES if name in stages]
    assert times == sorted(times)


_STAGES = ("admitted", "rendered", "stored", "applied", "active")


def test_a_new_generation_begins_its_stages_anew() -> None:
    world = World([ORDERS])
    write(world)
    live = world.one("DynamoDBRequest")
    live["metadata"]["generation"] = 2
    spec: Object = {"f:spec": {"f:tags": {}}}
    entry: Object = {"manager": "kubectl", "operation": "Update", "time": ago(3), "fieldsV1": spec}
    by_kratix: Object = {"f:metadata": {"f:labels": {}}}
    live["metadata"]["managedFields"] = [entry, {**entry, "time": ago(1), "fieldsV1": by_kratix}]
    assert write(world)
    assert live["status"]["stages"] == {"generation": 2, "admitted": ago(3)}
    assert live["status"]["checkedGeneration"] == 2
    assert ours(world)[0]["status"] == "False"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_it_is_never_ready_when_it_is_not(mutation: Mutation, share: int) -> None:
    rng = random.Random(mutation.__name__)  # noqa: S311  repeatable on purpose
    for _ in range(20 // share):
        world = World([stored_request(request(legal(rng)))])
        table = world.one("Table")
        if rng.random() < 0.5:
            table["metadata"]["generation"] = 2
        assert status(world).conditions[0].status == "True"
        mutation(rng, world)
        assert status(world).conditions[0].status != "True", table
