"""The reconcile loop: writes the status of each request that may have changed.

The loop is level-triggered: a status depends on the current objects and not on events. So a
restart, a missed event or a failed write only delays it.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol

from msgspec.structs import replace

from tablepromise.diagnosis import (
    Healing,
    RequestReport,
    Snapshot,
    Status,
    build_patch,
    reports_and_statuses,
)
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.reflector.api import ApiCallError
from tablepromise.reflector.kratix_writes import MAX_HOLD_SECONDS, kratix_write_pending
from tablepromise.reflector.pipeline_retry import (
    FIRST_RETRY_SECONDS,
    due_retry,
    retry_count,
    retry_event,
    retry_label_patch,
)
from tablepromise.reflector.store import Key, Store
from tablepromise.request import model

DEBOUNCE: Final = 0.5
"""Seconds between two passes; all changes in between are one write."""

RECHECK, SLOWEST = 5.0, 30.0
"""Seconds after which a request that is not ready is reconciled again, because its status depends
on time too: after a change, and at most."""

RETRY_PAUSE: Final = 1.0
"""Seconds between two retries of pipelines, of any requests, because each retry is a Job."""

GRACE: Final = 20.0
"""Seconds for which a known status is not replaced by `Unknown`: watches restart one by one."""

_LATER, _LATEST = 1.0, 60.0
_CONFLICT, _NOT_FOUND = 409, 404

_log = logging.getLogger(__name__)


class RequestApi(Protocol):
    """Writes to the API server. All methods raise `ApiCallError`."""

    def patch_status(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Apply a merge patch to the status of a request; return the request."""
        ...

    def patch_labels(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Apply a merge patch to the metadata of a request; return the request."""
        ...

    def create_event(self, event: dict[str, Any]) -> None:
        """Create an Event."""
        ...


Wrote = Callable[[dict[str, Any], Status], None]


def _ignored(before: dict[str, Any], status: Status) -> None:
    del before, status


class Reflector:
    """Writes statuses and retries pipelines.

    Args:
        store: the objects of the cluster.
        api: the API server of the requests.
        now: returns the current time, with a time zone.
        clock: returns monotonic seconds.
        heals: whether to retry failed pipelines.
        wrote: called after each write with the request before it, and the written status.

    Attributes:
        reports: the last report on each request.
        heals: number of retries of pipelines, by reason.
        writes, conflicts, failures: number of patches that succeeded, conflicted, or failed.
        progressed_at: time of the last progress, by `clock`.
    """

    def __init__(
        self,
        store: Store,
        api: RequestApi,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        heals: bool = True,
        wrote: Wrote = _ignored,
    ) -> None:
        self._store = store
        self._api = api
        self._now = now
        self._clock = clock
        self._heals = heals
        self._wrote = wrote
        self._due: dict[Key, float] = {}
        self._happened: dict[Key, float] = {}
        self._stuck: dict[Key, tuple[tuple[int, str, int], float]] = {}
        self._healed = clock() - RETRY_PAUSE
        self._held: dict[Key, tuple[float, float]] = {}  # until when, for how long
        self._doubted: dict[Key, float] = {}
        self._yielded: dict[Key, float] = {}
        self.writes = self.conflicts = self.failures = 0
        self.heals = Counter[str]()
        self.reports: dict[Key, RequestReport] = {}
        self.progressed_at = clock()

    def run(self, sleep: Callable[[float], None], stopping: Callable[[], bool]) -> None:
        """Reconcile until `stopping`."""
        while not stopping():
            self.reconcile_due()
            sleep(DEBOUNCE)

    def reconcile_due(self) -> None:
        """Reconcile each request that is due."""
        self.progressed_at = start = self._clock()
        if not self._store.complete:
            return
        for key in self._store.take():
            self._due[key] = self._happened[key] = start
        for key, when in list(self._due.items()):
            if max(when, self._held.get(key, (when, 0))[0]) <= start:
                self._reconcile(key)
                self.progressed_at = self._clock()

    def _reconcile(self, key: Key) -> None:
        snapshot = self._store.snapshot(key)
        requests = snapshot.objects.get(model.KIND)
        if not requests:
            self._forget(key)
            return
        [request] = requests
        try:
            now = self._now()
            report, status = reports_and_statuses(snapshot, now)[key]
            if attempt := self._due_attempt(key, snapshot, status, now):
                status = replace(status, healing=attempt)
            body = build_patch(request, status)
        except (ValueError, TypeError, LookupError, AttributeError):
            # an invalid object must not block the statuses of other requests
            _log.exception("cannot compute the status of request %s/%s", *key)
            self._back_off(key)
            return
        self.reports[key] = report
        if status.conditions[0].status == "True":
            self._due.pop(key, None)
        else:
            self._due[key] = self._clock() + self._pause(key)
        if body is None or self._hides_known(key, request, status):
            return
        if self._waits_for_kratix(key, snapshot, now):
            self._due[key] = self._clock() + DEBOUNCE
            return
        try:
            after = self._api.patch_status(*key, body)
        except ApiCallError as error:
            self._write_failed(key, error)
            return
        self.writes += 1
        self._held.pop(key, None)
        self._store.written(request, after)
        self._wrote(request, status)
        if attempt:
            self._retry_pipeline(key, after, status)

    def _pause(self, key: Key) -> float:
        """Return the pause until the next check: a twelfth of the time without a change."""
        calm = self._clock() - self._happened.setdefault(key, self._clock())
        return min(max(calm / 12, RECHECK), SLOWEST)

    def _due_attempt(
        self, key: Key, snapshot: Snapshot, status: Status, now: datetime
    ) -> Healing | None:
        """Return the retry to record in the status; the replica that writes it first retries.

        Durations are measured by `clock`, so the wait starts again after a restart.
        """
        stalled, clock = status.conditions[1], self._clock()
        if not self._heals or stalled.status != "True" or stalled.reason not in FIRST_RETRY_SECONDS:
            self._stuck.pop(key, None)
            return None
        cause = (status.checked_generation, str(stalled.reason), retry_count(status))
        if key not in self._stuck or self._stuck[key][0] != cause:
            self._stuck[key] = cause, clock
        if clock - self._healed < RETRY_PAUSE:
            return None
        return due_retry(snapshot, status, clock - self._stuck[key][1], now)

    def _retry_pipeline(self, key: Key, request: dict[str, Any], status: Status) -> None:
        self._healed = self._clock()
        reason = str(status.conditions[1].reason)
        try:
            self._store.written(request, self._api.patch_labels(*key, retry_label_patch(request)))
        except ApiCallError as error:
            _log.warning("cannot retry the pipeline of request %s/%s: %s", *key, error)
            return
        self.heals[reason] += 1
        _log.info("request %s/%s: %s; retried its pipeline", *key, reason)
        try:
            self._api.create_event(retry_event(request, status))
        except ApiCallError as error:
            _log.warning("cannot create an Event for request %s/%s: %s", *key, error)

    def _hides_known(self, key: Key, request: dict[str, Any], status: Status) -> bool:
        """Return whether a known status would be replaced by `Unknown` within the grace period."""
        live = LiveObject(model.KIND, request)
        before = live.condition(status.conditions[0].type)
        if (
            status.conditions[0].status != "Unknown"
            or before is None
            or before.status == "Unknown"
            or live.number("status", "checkedGeneration") != live.generation
        ):
            self._doubted.pop(key, None)
            return False
        return self._clock() - self._doubted.setdefault(key, self._clock()) < GRACE

    def _waits_for_kratix(self, key: Key, snapshot: Snapshot, now: datetime) -> bool:
        """Return whether to wait for a write that Kratix would not retry after a conflict."""
        if not kratix_write_pending(snapshot, now):
            self._yielded.pop(key, None)
            return False
        return self._clock() - self._yielded.setdefault(key, self._clock()) < MAX_HOLD_SECONDS

    def _write_failed(self, key: Key, error: ApiCallError) -> None:
        if error.code in (_CONFLICT, _NOT_FOUND):
            # the watch will deliver the other write, or the deletion
            self.conflicts += 1
            self._back_off(key, RECHECK)
            return
        self.failures += 1
        _log.warning("cannot write the status of request %s/%s: %s", *key, error)
        self._back_off(key)

    def _back_off(self, key: Key, longest: float = _LATEST) -> None:
        """Reconcile the request again after twice the last pause."""
        pause = min(2 * self._held.get(key, (0, _LATER / 2))[1], longest)
        self._held[key] = self._clock() + pause, pause
        self._due[key] = self._clock() + pause

    def _forget(self, key: Key) -> None:
        times = (self._due, self._doubted, self._yielded, self._happened)
        for known in (*times, self._held, self._stuck):
            known.pop(key, None)
        self.reports.pop(key, None)
