"""Each stage is measured once, by who writes it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from live_api import LiveApi
from prometheus_client import CollectorRegistry, generate_latest
from replica import Replica
from status_world import ORDERS
from world import NOW, World, put

from tablepromise.reflector.loop import RECHECK, SLOWEST, Reflector
from tablepromise.reflector.metrics import Durations, expose


class Measured(Replica):
    """A replica that measures, and began a while before now."""

    def __init__(self, api: LiveApi, began: timedelta = timedelta(days=-1)) -> None:
        super().__init__(api)
        registry = CollectorRegistry()
        times = [NOW + began]
        durations = Durations(registry, lambda: times[-1])
        times.append(NOW)
        self.registry = registry
        self.reflector = Reflector(
            self.store, api, now=self.now, clock=lambda: self.seconds, wrote=durations
        )
        expose(registry, self.reflector, self.store)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def test_two_replicas_and_a_restart_measure_once() -> None:
    api = LiveApi(World([ORDERS]))
    replicas = [Measured(api), Measured(api)]
    for replica in replicas:
        replica.turn()
    replicas.append(Measured(api))
    for replica in replicas:
        replica.settle()
    name = "tablepromise_stage_duration_seconds_count"
    for stage in ("rendered", "stored", "applied", "active", "ready"):
        assert sum(one.value(name, stage=stage) or 0 for one in replicas) == 1, stage
    assert sum(one.value("tablepromise_ready_delay_seconds_count") or 0 for one in replicas) == 1
    written = "tablepromise_status_writes_total"
    assert [one.value(written, result="written") for one in replicas] == [1, 0, 0]
    assert [one.value(written, result="conflict") for one in replicas] == [0, 1, 0]


def test_what_was_long_before_is_not_measured() -> None:
    api = LiveApi(World([ORDERS]))
    replica = Measured(api, timedelta(seconds=1))
    replica.settle()
    assert b"_duration_seconds_count" not in generate_latest(replica.registry)
    assert replica.value("tablepromise_requests", state="ready") == 1


def test_causes_are_counted_and_those_that_are_gone_are_not() -> None:
    api = LiveApi(World([ORDERS]))
    table = api.world.one("Table")
    put(table, "ACK.Terminal", "True", "", "ValidationException", age=0)
    replica = Measured(api)
    replica.settle()
    assert replica.value("tablepromise_stalled_requests", reason="Terminal") == 1
    assert replica.value("tablepromise_requests", state="failed") == 1
    api.remove(api.world.one("DynamoDBRequest"))
    replica.settle()
    assert replica.value("tablepromise_stalled_requests", reason="Terminal") == 0
    assert replica.value("tablepromise_requests", state="failed") == 0


def test_what_waits_for_long_is_looked_at_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    api = LiveApi(World([ORDERS]))
    api.world.one("Table")["status"] = {}
    replica = Replica(api)
    looks: list[float] = []
    snapshot = replica.store.snapshot

    def looked(key: tuple[str, str]) -> object:
        looks.append(replica.seconds)
        return snapshot(key)

    monkeypatch.setattr(replica.store, "snapshot", looked)
    for _ in range(3600):
        replica.hear()
        replica.turn(after=0.5)
    pauses = [later - earlier for earlier, later in pairwise(looks)]
    assert max(pauses[:5]) <= RECHECK + 0.5
    assert SLOWEST - 0.5 <= max(pauses) <= SLOWEST + 0.5
    assert len(looks) < 90
