"""What hangs on a pipeline is run again: a few times, by one, and nothing else is."""

import copy
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from live_api import LiveApi
from replica import Replica
from situations import SITUATIONS
from status_world import spoilt
from world import NOW, Object, World

from tablepromise.diagnosis import RECONCILE, TRIES, Healing, Reason, build_statuses
from tablepromise.reflector import Reflector
from tablepromise.reflector.pipeline_retry import FIRST_RETRY_SECONDS, due_retry

FAILED = "pipeline failed and its pod is gone"
MINUTES = 60


@cache
def reasons() -> dict[str, Reason | None]:
    return {name: reason_of(spoilt(name)) for name in SITUATIONS}


def of_reason(*wanted: Reason) -> list[str]:
    """Situations in which a request that is not being deleted has one of these."""
    return [
        name
        for name, reason in reasons().items()
        if reason in wanted and not is_deleted(spoilt(name))
    ]


def is_deleted(world: World) -> bool:
    live = world.objects.get("DynamoDBRequest", [])
    return any("deletionTimestamp" in one["metadata"] for one in live)


def reason_of(world: World) -> Reason | None:
    found = build_statuses(world.snapshot(), NOW).values()
    return next((status.conditions[1].reason for status in found), None)


def due(world: World, lasts: float = 3600, tries: int = 0) -> Healing | None:
    if tries:
        attempts = {str(reason_of(world)): tries, "Other": 3}
        healing = {"generation": 1, "attempts": attempts, "last": "2026-05-04T11:50:00Z"}
        world.one("DynamoDBRequest")["status"]["healing"] = healing
    snapshot = world.snapshot()
    [status] = build_statuses(snapshot, NOW).values()
    return due_retry(snapshot, status, lasts, NOW)


def labelled(kind: str, label: str) -> Callable[[World], object]:
    def spoil(world: World) -> object:
        for live in world.objects[kind]:
            live["metadata"].setdefault("labels", {})[label] = "true"
        return None

    return spoil


def deleting(world: World) -> None:
    world.one("DynamoDBRequest")["metadata"]["deletionTimestamp"] = "2026-05-04T11:00:00Z"


@pytest.mark.parametrize("name", SITUATIONS)
def test_only_what_a_run_of_the_pipeline_can_mend(name: str) -> None:
    world = spoilt(name)
    if world.objects.get("DynamoDBRequest"):
        wanted = reasons()[name] in FIRST_RETRY_SECONDS and not is_deleted(world)
        assert (due(world) is not None) == wanted


def test_every_cause_that_may_be_healed_is_met() -> None:
    assert set(reasons().values()) & FIRST_RETRY_SECONDS.keys() == FIRST_RETRY_SECONDS.keys()
    assert Reason.DELETE_PIPELINE_FAILED not in FIRST_RETRY_SECONDS


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (labelled("DynamoDBRequest", "kratix.io/paused"), "paused"),
        (labelled("Promise", "kratix.io/paused"), "the Promise is paused"),
        (labelled("DynamoDBRequest", RECONCILE), "the lever is pulled already"),
        (deleting, "it is being deleted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("name", of_reason(*FIRST_RETRY_SECONDS))
def test_it_is_left_alone(name: str, spoil: Callable[[World], object], what: str) -> None:
    world = spoilt(name)
    assert due(world), what
    spoil(world)
    assert due(world) is None


@pytest.mark.parametrize(
    ("reason", "waits"),
    [
        (Reason.PIPELINE_FAILED, [30, 60, 120, 240, 480, 960]),
        (Reason.IMAGE_NOT_PULLABLE, [120, 240, 480, 960, 1920, 3840]),
    ],
)
def test_each_attempt_waits_twice_as_long(reason: Reason, waits: list[int]) -> None:
    [name, *_] = of_reason(reason)
    for tries, wait in enumerate(waits):
        assert due(spoilt(name), wait - 1, tries) is None
        healing = due(spoilt(name), wait, tries)
        assert healing
        assert healing.attempts[reason] == tries + 1
        assert healing.last == "2026-05-04T12:00:00Z"
        assert len(healing.attempts) == (2 if tries else 1)
    assert due(spoilt(name), 10**6, TRIES) is None


def failing() -> LiveApi:
    return LiveApi(spoilt("the pipeline failed and its pod is gone"))


def healing_of(api: LiveApi) -> Any:
    return api.world.one("DynamoDBRequest")["status"].get("healing")


def kratix_takes_it(api: LiveApi) -> bool:
    """Kratix takes the label away; whether there was one."""
    live = api.world.one("DynamoDBRequest")
    labels: Object = live["metadata"].get("labels", {})
    if RECONCILE in labels:
        api.change(live, lambda live: live["metadata"]["labels"].pop(RECONCILE))
        return True
    return False


def test_two_replicas_try_six_times_and_then_say_so() -> None:
    api = failing()
    replicas = [Replica(api), Replica(api)]
    pulled: list[int] = []
    for second in range(60 * MINUTES):
        for number, replica in enumerate(replicas):
            replica.hear()
            replica.turn(after=1)
            if second % 600 == 599 and number:  # restarts cost time, and no attempt
                replicas[number] = again = Replica(api)
                again.seconds = replica.seconds
        if kratix_takes_it(api):
            pulled.append(second)
    assert len(pulled) == len(api.created_events) == TRIES
    waits = [later - earlier for earlier, later in pairwise(pulled)]
    for wait, least in zip(waits, (60, 120, 240, 480, 960), strict=True):
        assert least <= wait <= least + 35
    assert 30 <= pulled[0] <= 40
    assert healing_of(api)["attempts"] == {"PipelineFailed": TRIES}
    [stalled] = [
        c
        for c in api.world.one("DynamoDBRequest")["status"]["conditions"]
        if c["type"] == "Stalled"
    ]
    assert stalled["status"] == "True"
    assert f"; {TRIES} automatic retries of the pipeline failed; next:" in stalled["message"]
    assert [event["type"] for event in api.created_events] == ["Normal"] * 5 + ["Warning"]
    assert api.created_events[0]["reason"] == "Healing"
    assert "PipelineFailed" in api.created_events[0]["message"]
    assert "retry 1 of 6" in api.created_events[0]["message"]
    # a status for each attempt, and the first and the last
    assert len(api.patches) <= TRIES + 2


def test_a_claim_that_is_lost_pulls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    api = failing()
    replicas = [Replica(api), Replica(api)]
    for replica in replicas:
        replica.hear()
        replica.turn()
        replica.hear()
    # both find it due, neither has heard of the other
    for replica in replicas:
        replica.turn(after=31)
    assert [replica.reflector.heals.total() for replica in replicas] == [1, 0]
    assert len(api.created_events) == 1
    assert healing_of(api)["attempts"] == {"PipelineFailed": 1}
    # nor is one that changes between claim and lever
    kratix_takes_it(api)
    for replica in replicas:
        replica.hear()
    patch = api.patch_status

    def and_meanwhile(namespace: str, name: str, body: Object) -> Object:
        found = patch(namespace, name, body)
        api.change(api.world.one("DynamoDBRequest"), lambda live: live["spec"].update(x=1))
        return found

    monkeypatch.setattr(api, "patch_status", and_meanwhile)
    for _ in range(20):
        replicas[0].turn(after=5)
    assert not kratix_takes_it(api)
    assert len(api.created_events) == 1


def test_another_generation_begins_anew_and_so_does_what_went_well_for_an_hour() -> None:
    api = failing()
    live = api.world.one("DynamoDBRequest")
    attempts = {"generation": 1, "attempts": {"PipelineFailed": 6}, "last": "2026-05-04T11:30:00Z"}
    for since, kept in (("2026-05-04T11:31:00Z", True), ("2026-05-04T12:31:00Z", False)):
        stalled = {"type": "Stalled", "status": "True", "lastTransitionTime": since}
        live["status"]["conditions"] = [
            *(c for c in live["status"]["conditions"] if c["type"] != "Stalled"),
            {**stalled, "reason": "PipelineFailed", "message": ""},
        ]
        live["status"]["healing"] = copy.deepcopy(attempts)
        [status] = build_statuses(api.world.snapshot(), NOW).values()
        assert (status.healing is not None) == kept
    live["status"]["healing"] = attempts
    live["metadata"]["generation"] = 2
    replica = Replica(api)
    replica.hear()
    replica.turn()
    assert healing_of(api) is None


@pytest.mark.parametrize("spoilt_healing", ["x", {"generation": "1"}, {"attempts": []}, None])
def test_what_others_wrote_there_is_nothing(spoilt_healing: Any) -> None:
    api = failing()
    api.world.one("DynamoDBRequest")["status"]["healing"] = spoilt_healing
    [status] = build_statuses(api.world.snapshot(), NOW).values()
    assert status.healing is None


def test_it_can_be_told_not_to() -> None:
    api = failing()
    replica = Replica(api)
    replica.reflector = Reflector(
        replica.store, api, now=replica.now, clock=lambda: replica.seconds, heals=False
    )
    for _ in range(200):
        replica.hear()
        replica.turn(after=5)
    assert not api.created_events
    assert healing_of(api) is None
