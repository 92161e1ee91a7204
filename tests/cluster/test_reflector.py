"""The reflector's process on a real API server: 200 requests, two replicas, kills, races.

Kratix, Flux and ACK are played; a referee sees every version of every request.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import quantiles
from typing import Any

import cdk8s
import pytest
from api import ApiServer, kubeconfig_of, kubectl, wait
from chain_api import operators, posted
from players import Key, Players, Referee
from world import World, examples

from tablepromise.platform import ReflectorAccess
from tablepromise.reads import REFLECTOR_NAMESPACE
from tablepromise.request import dump

pytestmark = pytest.mark.cluster

NAMESPACES = tuple(f"reflected-{number}" for number in range(4))
REQUESTS = 200
Object = dict[str, Any]


class Process:
    """A reflector."""

    def __init__(self, kubeconfig: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        arguments = ("--platform", kubeconfig, "--destination", kubeconfig)
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tablepromise.reflector", *arguments, "--port", str(self.port)],
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},
        )

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    def get(self, path: str) -> str:
        """Empty if there is no answer, or one that is no success."""
        url = f"http://127.0.0.1:{self.port}{path}"
        with suppress(OSError), urllib.request.urlopen(url) as answer:
            return str(answer.read().decode())
        return ""

    def number(self, metric: str) -> float:
        """The sum of a metric over its labels."""
        found = re.findall(rf"^{metric}(?:\{{.*\}})? (\S+)$", self.get("/metrics"), re.MULTILINE)
        return sum(map(float, found))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self._popen.send_signal(how)
        return self._popen.wait(timeout=20)


@pytest.fixture(scope="module")
def cluster(api: ApiServer) -> Iterator[ApiServer]:
    """The operators' kinds, and a Kustomization that has applied whatever there will be."""
    world = World(())
    world.inventory("aws-resources").extend(
        {"id": f"{namespace}_{name}_dynamodb.services.k8s.aws_Table", "v": "v1alpha1"}
        for namespace, name in _keys()
    )
    chart = cdk8s.Testing.chart()
    ReflectorAccess(chart, "X")
    rights = dump(*cdk8s.Testing.synth(chart))
    with operators(api), posted(api, world):
        for namespace in NAMESPACES:
            kubectl("create", "namespace", namespace)
        kubectl("apply", "-f", "-", stdin=rights)
        try:
            yield api
        finally:
            kubectl("delete", "-f", "-", stdin=rights)
            kubectl("delete", "namespace", *NAMESPACES)


@contextmanager
def reflecting(kubeconfig: str) -> Generator[Process]:
    process = Process(kubeconfig)
    try:
        wait(lambda: process.get("/readyz"), "the reflector to be ready")
        yield process
    finally:
        if process.running:
            process.stop(signal.SIGKILL)


def _keys() -> list[Key]:
    return [(NAMESPACES[n % len(NAMESPACES)], f"r{n:03}") for n in range(REQUESTS)]


def _request(key: Key) -> Object:
    [simple] = [one for one in examples() if one["metadata"]["name"] == "simple-users-table"]
    spec = {**simple["spec"], "name": f"{key[0]}-{key[1]}", "region": "us-east-1"}
    metadata = {"namespace": key[0], "name": key[1]}
    return {**simple, "metadata": metadata, "spec": spec}


def test_it_says_what_is_true_whatever_happens(cluster: ApiServer, tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311  repeatable on purpose
    kubeconfig = kubeconfig_of(REFLECTOR_NAMESPACE, "reflector", tmp_path)
    players = Players(cluster, tmp_path)
    referee = Referee(cluster, players)
    keys = _keys()

    def order(key: Key) -> None:
        players.order(_request(key))
        players.arrive(key)

    def again(key: Key) -> None:
        """Deletes a request, and orders it anew while the Table of before is still there."""
        cluster.send("DELETE", _path(key))
        players.order(_request(key))
        players.holds(key)
        players.arrive(key)

    def change(key: Key) -> None:
        """ACK's word about the Table of before comes late."""
        players.change(key, "a")
        table = players.pipeline(key)
        players.flux(key, table)
        late = players.version(key)[0], players.version(key)[1] - 1
        players.ack(key, late)
        time.sleep(2)
        players.ack(key, None)
        players.ack(key, players.version(key))

    def overtake(key: Key) -> None:
        """The request changes again while its first change is on the way."""
        players.change(key, "b")
        table, before = players.pipeline(key), players.version(key)
        players.change(key, "c")
        players.flux(key, table)
        players.ack(key, before)
        players.arrive(key)

    def back(key: Key) -> None:
        """What was changed is changed back before anybody has looked."""
        players.change(key, "d")
        players.change(key, "e")
        players.change(key, "d")
        players.arrive(key)

    def refuse(key: Key) -> None:
        """DynamoDB refuses; later it does not."""
        players.change(key, "f")
        players.flux(key, players.pipeline(key))
        players.ack(key, None, Terminal="ValidationException: no")
        wait(
            lambda: referee.condition(key, "Stalled").get("reason") == "Terminal", f"{key} refused"
        )
        players.ack(key, players.version(key))

    with ExitStack() as processes, ThreadPoolExecutor(8) as pool:
        first = processes.enter_context(reflecting(kubeconfig))
        list(pool.map(order, keys))
        referee.await_ready(set(keys))
        assert not referee.wrong
        seconds = [referee.ready[uid, 1] - players.true[uid][1] for uid in players.true]
        tell("ACK says ACTIVE -> the request says Ready", seconds)
        print(f"{first.number('tablepromise_status_writes_total') / REQUESTS:.1f} writes a request")
        print(f"{first.number('process_resident_memory_bytes') / 2**20:.1f} MiB")

        second = processes.enter_context(reflecting(kubeconfig))
        doing: list[tuple[Callable[[Key], None], Key]] = [
            (rng.choice((change, overtake, back, refuse, again)), key)
            for key in rng.sample(keys, 100)
        ]
        running = [pool.submit(act, key) for act, key in doing]
        for _ in range(4):
            time.sleep(rng.uniform(1, 4))
            killed, second = second, processes.enter_context(reflecting(kubeconfig))
            killed.stop(signal.SIGKILL)
        for one in running:
            one.result()
        referee.await_ready(set(keys))

        gone = set(rng.sample(keys, 40))
        list(pool.map(players.withdraw, gone))
        referee.await_ready(set(keys) - gone)
        assert first.running
        assert second.running
        assert first.stop() == 0
        assert second.stop() == 0
    assert not referee.wrong

    with reflecting(kubeconfig) as third:
        time.sleep(5)
        assert third.number("tablepromise_status_writes_total") == 0, "a restart writes nothing"


def _path(key: Key) -> str:
    return f"/apis/dynamodb.kratix.io/v1alpha1/namespaces/{key[0]}/dynamodbrequests/{key[1]}"


def tell(what: str, seconds: list[float]) -> None:
    *_, p95 = quantiles(seconds, n=20)
    p50 = quantiles(seconds, n=2)[0]
    print(f"{what}: p50 {p50:.2f} s, p95 {p95:.2f} s, {len(seconds)} requests")
