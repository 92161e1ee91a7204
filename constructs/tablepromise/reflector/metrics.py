"""Prometheus metrics: requests by state and reason, durations of stages, writes, retries."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, get_args

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tablepromise.diagnosis import Reason, Stages, Status
from tablepromise.diagnosis.live_object import LiveObject, parse_time
from tablepromise.diagnosis.report import RequestState
from tablepromise.reads import WATCHED
from tablepromise.reflector.loop import Reflector
from tablepromise.reflector.pipeline_retry import FIRST_RETRY_SECONDS
from tablepromise.reflector.store import Store
from tablepromise.request import model

_BUCKETS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200)
_STAGES: Final = [name for name in Stages.__struct_fields__ if name != "generation"]


class Durations:
    """Durations of the stages that requests reached after this process started.

    The replica that writes the time of a stage observes its duration. So each duration is observed
    once, also with two replicas and after a restart.
    """

    def __init__(self, registry: CollectorRegistry, now: Callable[[], datetime]) -> None:
        self._now = now
        self._began = now().replace(microsecond=0)
        self._stages = Histogram(
            "tablepromise_stage_duration_seconds",
            "From one stage of a generation to the next; `ready`: from admitted to Ready written.",
            ["stage"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._delay = Histogram(
            "tablepromise_ready_delay_seconds",
            "From ACK's first report that the table matches to Ready written.",
            buckets=_BUCKETS,
            registry=registry,
        )

    def __call__(self, request: dict[str, Any], status: Status) -> None:
        """Observe a written status; `request` is the request before the write."""
        known = LiveObject(model.KIND, request).fields("status", "stages")
        if known.get("generation") != status.stages.generation:
            known = {}
        times = {name: parse_time(getattr(status.stages, name)) for name in _STAGES}
        before: datetime | None = None
        for name, time in times.items():
            if time and before and name not in known and time >= self._began:
                self._stages.labels(name).observe((time - before).total_seconds())
            before = time
        admitted, active = times["admitted"], times["active"]
        if admitted and active and "active" not in known and active >= self._began:
            # Ready waits for ACK's first report that the table matches the request
            now = self._now()
            self._stages.labels("ready").observe((now - admitted).total_seconds())
            self._delay.observe((now - active).total_seconds())


class _Counts(Collector):
    """Counters of a reflector and its store."""

    def __init__(self, reflector: Reflector, store: Store) -> None:
        self._reflector = reflector
        self._store = store

    def collect(self) -> Iterator[Metric]:
        reflector = self._reflector
        reports = list(reflector.reports.values())
        states = Counter(str(report.state) for report in reports)
        stalled = Counter(str(report.problem.reason) for report in reports if report.problem)
        results = {
            "written": reflector.writes,
            "conflict": reflector.conflicts,
            "failed": reflector.failures,
        }
        requests = GaugeMetricFamily(
            "tablepromise_requests", "Requests, by the state that `check` prints.", labels=["state"]
        )
        for state in get_args(RequestState):
            requests.add_metric([state], states[state])
        causes = GaugeMetricFamily(
            "tablepromise_stalled_requests",
            "Requests that need an action of a person, by reason.",
            labels=["reason"],
        )
        for reason in Reason:
            causes.add_metric([reason], stalled[reason])
        writes = CounterMetricFamily(
            "tablepromise_status_writes", "Patches of a status, by result.", labels=["result"]
        )
        for result, count in results.items():
            writes.add_metric([result], count)
        heals = CounterMetricFamily(
            "tablepromise_heals", "Automatic retries of pipelines, by reason.", labels=["reason"]
        )
        for reason in FIRST_RETRY_SECONDS:
            heals.add_metric([reason], reflector.heals[reason])
        reads = CounterMetricFamily(
            "tablepromise_read_failures",
            "Lists and watches that failed and were retried, by resource.",
            labels=["resource"],
        )
        for resource in dict.fromkeys(read.resource for read in WATCHED):
            reads.add_metric([resource], self._store.failures[resource])
        yield from (requests, causes, writes, heals, reads)


def expose(registry: CollectorRegistry, reflector: Reflector, store: Store) -> None:
    """Register the counters of the reflector and its store, and the metrics of the process."""
    registry.register(_Counts(reflector, store))
    ProcessCollector(registry=registry)
