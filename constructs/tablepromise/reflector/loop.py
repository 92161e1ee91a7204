"""The loop: requests whose status may be another now get the one that they should have.

Level-triggered: a status is made of what is there, never of what happened. So a restart, an event
that was missed, or a write that did not work costs time, and nothing else.
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
"""Seconds between two turns: what happens meanwhile is one write."""

RECHECK, SLOWEST = 5.0, 30.0
"""Seconds after which a request that is not ready is looked at again, as time alone changes it: at
first, and where nothing has happened for long."""

PACE: Final = 1.0
"""Seconds between two attempts to heal, of any requests: each is a Job."""

GRACE: Final = 20.0
"""Seconds for which `Unknown` is not written over what was known: watches come back one by one."""

_LATER, _LATEST = 1.0, 60.0
_CONFLICT, _NOT_FOUND = 409, 404

_log = logging.getLogger(__name__)


class RequestApi(Protocol):
    """Where requests are written to. All of it raises `ApiCallError`."""

    def patch_status(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """The request after a merge patch of its status."""
        ...

    def patch_labels(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """The request after a merge patch of its metadata."""
        ...

    def create_event(self, event: dict[str, Any]) -> None:
        """Makes an Event."""
        ...


Wrote = Callable[[dict[str, Any], Status], None]


def _ignored(before: dict[str, Any], status: Status) -> None:
    del before, status


class Reflector:
    """Writes statuses.

    Args:
        store: what is known of the cluster.
        cluster: where it is written.
        now: the time of day, with a time zone.
        clock: seconds that only go forward.
        heals: whether to have Kratix try again what failed.
        wrote: told of each request, as it was before a write, and of the status then written.

    Attributes:
        reports: where each request stood when it was last looked at.
        heals: how often a pipeline was run again, by reason.
        writes, conflicts, failures: how often a patch was taken, met another's, or did not work.
        turned: when it last looked at something, or found nothing to look at; by `clock`.
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
        self._healed = clock() - PACE
        self._held: dict[Key, tuple[float, float]] = {}  # until when, for how long
        self._doubted: dict[Key, float] = {}
        self._yielded: dict[Key, float] = {}
        self.writes = self.conflicts = self.failures = 0
        self.heals = Counter[str]()
        self.reports: dict[Key, RequestReport] = {}
        self.turned = clock()

    def run(self, sleep: Callable[[float], None], stopping: Callable[[], bool]) -> None:
        """Turns until `stopping`."""
        while not stopping():
            self.turn()
            sleep(DEBOUNCE)

    def turn(self) -> None:
        """Looks at each request that is due, once."""
        self.turned = start = self._clock()
        if not self._store.complete:
            return
        for key in self._store.take():
            self._due[key] = self._happened[key] = start
        for key, when in list(self._due.items()):
            if max(when, self._held.get(key, (when, 0))[0]) <= start:
                self._look(key)
                self.turned = self._clock()

    def _look(self, key: Key) -> None:
        snapshot = self._store.snapshot(key)
        requests = snapshot.objects.get(model.KIND)
        if not requests:
            self._forget(key)
            return
        [request] = requests
        try:
            now = self._now()
            report, status = reports_and_statuses(snapshot, now)[key]
            if attempt := self._attempt(key, snapshot, status, now):
                status = replace(status, healing=attempt)
            body = build_patch(request, status)
        except (ValueError, TypeError, LookupError, AttributeError):
            # one object that nobody expects must not cost the others their status
            _log.exception("cannot tell the status of request %s/%s", *key)
            self._hold(key)
            return
        self.reports[key] = report
        if status.conditions[0].status == "True":
            self._due.pop(key, None)
        else:
            self._due[key] = self._clock() + self._pause(key)
        if body is None or self._doubtful(key, request, status):
            return
        if self._yields(key, snapshot, now):
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
            self._pull(key, after, status)

    def _pause(self, key: Key) -> float:
        """How long it may be left alone: a twelfth of the time for which nothing happened."""
        calm = self._clock() - self._happened.setdefault(key, self._clock())
        return min(max(calm / 12, RECHECK), SLOWEST)

    def _attempt(
        self, key: Key, snapshot: Snapshot, status: Status, now: datetime
    ) -> Healing | None:
        """What is to be written before the lever is pulled; who writes it first may pull it.

        How long something lasts is not told by times of day: a restart begins to wait anew.
        """
        stalled, clock = status.conditions[1], self._clock()
        if not self._heals or stalled.status != "True" or stalled.reason not in FIRST_RETRY_SECONDS:
            self._stuck.pop(key, None)
            return None
        what = (status.checked_generation, str(stalled.reason), retry_count(status))
        if key not in self._stuck or self._stuck[key][0] != what:
            self._stuck[key] = what, clock
        if clock - self._healed < PACE:
            return None
        return due_retry(snapshot, status, clock - self._stuck[key][1], now)

    def _pull(self, key: Key, request: dict[str, Any], status: Status) -> None:
        self._healed = self._clock()
        reason = str(status.conditions[1].reason)
        try:
            self._store.written(request, self._api.patch_labels(*key, retry_label_patch(request)))
        except ApiCallError as error:
            _log.warning("cannot have the pipeline of request %s/%s run again: %s", *key, error)
            return
        self.heals[reason] += 1
        _log.info("request %s/%s: %s; its pipeline is run again", *key, reason)
        try:
            self._api.create_event(retry_event(request, status))
        except ApiCallError as error:
            _log.warning("cannot make an Event about request %s/%s: %s", *key, error)

    def _doubtful(self, key: Key, request: dict[str, Any], status: Status) -> bool:
        """Whether what was known would be taken back for something that was not seen just now."""
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

    def _yields(self, key: Key, snapshot: Snapshot, now: datetime) -> bool:
        """Whether to wait, as Kratix is about to write what it would not write again."""
        if not kratix_write_pending(snapshot, now):
            self._yielded.pop(key, None)
            return False
        return self._clock() - self._yielded.setdefault(key, self._clock()) < MAX_HOLD_SECONDS

    def _write_failed(self, key: Key, error: ApiCallError) -> None:
        if error.code in (_CONFLICT, _NOT_FOUND):
            # what was written, or that it is gone, will be seen by the watch
            self.conflicts += 1
            self._hold(key, RECHECK)
            return
        self.failures += 1
        _log.warning("cannot write the status of request %s/%s: %s", *key, error)
        self._hold(key)

    def _hold(self, key: Key, longest: float = _LATEST) -> None:
        """Looks at it again, after twice as long as the last time."""
        pause = min(2 * self._held.get(key, (0, _LATER / 2))[1], longest)
        self._held[key] = self._clock() + pause, pause
        self._due[key] = self._clock() + pause

    def _forget(self, key: Key) -> None:
        times = (self._due, self._doubted, self._yielded, self._happened)
        for known in (*times, self._held, self._stuck):
            known.pop(key, None)
        self.reports.pop(key, None)
