"""Statuses are written when they change, never over somebody else's word, and are true."""

import copy
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from followed import full
from generated import legal, request
from live_api import LiveApi
from replica import Replica
from status_server import kratix_sets
from status_world import ORDERS
from world import NOW, Object, World, put

from tablepromise.diagnosis import ReadError, build_statuses, reports_and_statuses
from tablepromise.reflector import WATCHED, ApiCallError, Key, Reflector, Store
from tablepromise.reflector.loop import GRACE, RECHECK
from tablepromise.request import stored_request


def ready(live: Object) -> str:
    conditions: list[Object] = live["status"]["conditions"]
    return next((c["status"] for c in conditions if c["type"] == "Ready"), "")


def true_of(api: LiveApi, now: datetime = NOW) -> dict[Key, str]:
    return {
        key: one.conditions[0].status for key, one in build_statuses(full(api.world), now).items()
    }


def said_of(api: LiveApi) -> dict[Key, str]:
    found = api.world.objects["DynamoDBRequest"]
    return {(o["metadata"]["namespace"], o["metadata"]["name"]): ready(o) for o in found}


def several(count: int, seed: int = 1) -> LiveApi:
    rng = random.Random(seed)  # noqa: S311  repeatable on purpose
    return LiveApi(World(stored_request(request(legal(rng), f"r{n}")) for n in range(count)))


def terminal(live: Object) -> None:
    put(live, "ACK.Terminal", "True", "", "ValidationException", age=0)


def well(live: Object) -> None:
    live["status"]["conditions"] = [
        c for c in live["status"]["conditions"] if c["type"] != "ACK.Terminal"
    ]


def test_minimal() -> None:
    api = LiveApi(World([ORDERS]))
    replica = Replica(api)
    replica.turn()
    [live] = api.world.objects["DynamoDBRequest"]
    assert ready(live) == "True"
    assert replica.reflector.writes == 1


def test_nothing_is_said_before_everything_was_looked_at() -> None:
    api = LiveApi(World([ORDERS]))
    replica = Replica(api)
    replica.store = Store()
    replica.store.replace(WATCHED[0], api.world.objects["DynamoDBRequest"])
    early = Reflector(replica.store, api, now=replica.now, clock=lambda: 0)
    early.reconcile_due()
    assert not api.patches


def test_each_request_is_written_once_also_over_a_restart() -> None:
    api = several(100)
    first = Replica(api)
    first.settle()
    assert len(api.patches) == 100
    assert said_of(api) == true_of(api)
    again = Replica(api)
    again.settle()
    assert len(api.patches) == 100
    # time alone, and a clock that steps, change nothing
    for step in (3600, -7200):
        again.step = step
        again.relist()
        again.settle()
    assert len(api.patches) == 100


def test_what_waits_is_looked_at_until_it_waits_too_long() -> None:
    api = LiveApi(World([ORDERS]))
    api.world.one("Table")["status"] = {}
    api.world.one("Table")["metadata"]["creationTimestamp"] = "2026-05-04T11:59:59Z"
    replica = Replica(api)
    for _ in range(100):
        replica.hear()
        replica.turn(after=RECHECK)
    assert len(api.patches) == 2
    stalled = api.patches[1][2]["status"]["conditions"][-1]
    assert (stalled["type"], stalled["status"]) == ("Stalled", "True")


def test_a_missed_event_is_made_up_for_by_a_list() -> None:
    api = several(3)
    replica = Replica(api)
    replica.settle()
    api.change(api.world.objects["Table"][1], terminal, unheard=True)
    replica.settle()
    assert said_of(api) != true_of(api)
    replica.relist()
    replica.settle()
    assert said_of(api) == true_of(api)
    assert len(api.patches) == 4


def test_who_has_not_seen_the_newest_request_writes_nothing() -> None:
    api = LiveApi(World([ORDERS]))
    replica = Replica(api)
    live = api.world.one("DynamoDBRequest")
    api.change(live, lambda live: kratix_sets(live, "Reconciled", "False", "WorksFailing"))
    api.change(live, lambda live: live["spec"].update(tags=[{"key": "new", "value": "x"}]))
    before = copy.deepcopy(live)
    for _ in range(10):
        replica.turn()
    assert live == before
    assert replica.reflector.writes == 0
    # it does not ask again and again
    assert 2 <= replica.reflector.conflicts <= 4
    replica.settle()
    assert said_of(api) == true_of(api) == {("default", live["metadata"]["name"]): "False"}
    theirs = {c["type"]: c["reason"] for c in live["status"]["conditions"]}
    assert theirs["Reconciled"] == "WorksFailing"


def test_of_a_request_that_is_gone_nothing_is_said() -> None:
    api = several(3)
    replica = Replica(api)
    gone = api.world.objects["DynamoDBRequest"][1]
    api.remove(gone)
    replica.turn()
    assert (replica.reflector.writes, replica.reflector.conflicts) == (2, 1)
    replica.settle()
    assert len(replica.store.requests) == 2
    assert (replica.reflector.writes, replica.reflector.conflicts) == (2, 1)


def test_what_was_known_is_not_taken_back_for_a_hiccup() -> None:
    api = several(2)
    replica = Replica(api)
    replica.settle()
    [tables] = [read for read in WATCHED if read.kind == "Table"]
    replica.store.fail(tables, ReadError("error", "cannot read tables"))
    replica.turn()
    replica.turn(after=GRACE / 2)
    replica.relist()
    replica.settle()
    assert len(api.patches) == 2
    replica.store.fail(tables, ReadError("error", "cannot read tables"))
    for _ in range(10):
        replica.turn(after=GRACE / 4)
    assert set(said_of(api).values()) == {"Unknown"}
    assert len(api.patches) == 4


def test_an_object_that_nobody_expects_costs_only_its_own_request(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = several(3)

    def broken(snapshot: Any, now: datetime) -> Any:
        [live] = snapshot.objects["DynamoDBRequest"]
        if live["metadata"]["name"] == "r1":
            raise KeyError("spec")
        return reports_and_statuses(snapshot, now)

    monkeypatch.setattr("tablepromise.reflector.loop.reports_and_statuses", broken)
    replica = Replica(api)
    replica.settle()
    assert {name for _, name, _ in api.patches} == {"r0", "r2"}
    assert "default/r1" in caplog.text
    monkeypatch.undo()
    replica.turn(after=61)
    assert len(api.patches) == 3


def test_an_api_server_that_does_not_answer_is_not_pressed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = several(1)
    tried: list[str] = []

    def dead(_: LiveApi, namespace: str, name: str, body: Object) -> Object:
        del namespace, body
        tried.append(name)
        raise ApiCallError(0, "connection refused")

    monkeypatch.setattr(LiveApi, "patch_status", dead)
    replica = Replica(api)
    for _ in range(600):
        replica.turn(after=0.5)
    assert 5 <= len(tried) <= 12
    assert replica.reflector.failures == len(tried)


def test_two_replicas_through_any_story(share: int) -> None:
    for seed in range(12 // share):
        story(seed)


def story(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  repeatable on purpose
    api = several(6, seed)
    replicas = [Replica(api), Replica(api)]
    theirs: dict[Key, int] = {}
    for _ in range(120):
        happens(rng, api, replicas, theirs)
        for replica in replicas:
            replica.seconds += 0.1
        for live in api.world.objects["DynamoDBRequest"]:
            fresh = live["status"].get("checkedGeneration") == live["metadata"]["generation"]
            if ready(live) == "True" and fresh:
                # somebody saw all of it so
                assert any(seen(replica, live) for replica in replicas), live
    now = max(replica.now() for replica in replicas)
    for replica in replicas:
        replica.relist()
    before = -1
    while before != len(api.patches):
        before = len(api.patches)
        for replica in replicas:
            replica.settle()
    assert said_of(api) == true_of(api, now + timedelta(minutes=5))
    for live in api.world.objects["DynamoDBRequest"]:
        key = live["metadata"]["namespace"], live["metadata"]["name"]
        counted = [c for c in live["status"]["conditions"] if c["type"] == "Counted"]
        assert [c["message"] for c in counted] == ([str(theirs[key])] if key in theirs else [])


def happens(
    rng: random.Random, api: LiveApi, replicas: list[Replica], theirs: dict[Key, int]
) -> None:
    """One thing: somebody changes something, hears of something, or looks."""
    replica = rng.choice(replicas)
    found = api.world.objects["DynamoDBRequest"]
    what = rng.choice(["hear", "hear", "turn", "turn", "table", "kratix", "spec", "restart"])
    if what == "hear" and replica.at < len(api.events):
        # in order, but late
        upto = rng.randint(replica.at + 1, len(api.events))
        late = api.events[upto:]
        del api.events[upto:]
        replica.hear()
        api.events += late
    elif what == "turn":
        replica.turn()
    elif what == "table":
        api.change(rng.choice(api.world.objects["Table"]), rng.choice([terminal, well]))
    elif what == "kratix":
        live = rng.choice(found)
        key = live["metadata"]["namespace"], live["metadata"]["name"]
        theirs[key] = theirs.get(key, 0) + 1
        api.change(live, lambda live: put(live, "Counted", "True", "C", str(theirs[key]), age=0))
    elif what == "spec" and rng.random() < 0.2:
        tag = {"key": "x", "value": str(rng.random())}
        api.change(rng.choice(found), lambda live: live["spec"].update(tags=[tag]))
    elif what == "restart" and rng.random() < 0.3:
        new = Replica(api)
        new.seconds = replica.seconds
        replicas[replicas.index(replica)] = new
    elif what == "restart" and len(found) > 3 and rng.random() < 0.1:
        api.remove(rng.choice(found))


def seen(replica: Replica, live: Object) -> bool:
    """Whether a replica has the request at this generation, or may have forgotten by a restart."""
    key = live["metadata"]["namespace"], live["metadata"]["name"]
    requests = replica.store.snapshot(key).objects.get("DynamoDBRequest", [])
    return any(o["metadata"]["generation"] == live["metadata"]["generation"] for o in requests)
