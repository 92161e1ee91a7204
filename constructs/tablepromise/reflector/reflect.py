"""The loop: requests whose status may be another now get the one that they should have.

Level-triggered: a status is made of what is there, never of what happened. So a restart, an event
that was missed, or a write that did not work costs time, and nothing else.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from tablepromise.diagnosis import Status, patch, statuses
from tablepromise.diagnosis.live import Live
from tablepromise.reflector.api import Refused
from tablepromise.reflector.store import Key, Store
from tablepromise.request import model

DEBOUNCE: Final = 0.5
"""Seconds between two turns: what happens meanwhile is one write."""

RECHECK: Final = 5.0
"""Seconds after which a request that is not ready is looked at again, as time alone changes it."""

GRACE: Final = 20.0
"""Seconds for which `Unknown` is not written over what was known: watches come back one by one."""

_LATER, _LATEST = 1.0, 60.0
_CONFLICT, _NOT_FOUND = 409, 404

_log = logging.getLogger(__name__)


class Reflector:
    """Writes statuses.

    Args:
        store: what is known of the cluster.
        send: patches the status of the request of that namespace and name, and returns what it
            then is; raises `Refused`.
        now: the time of day, with a time zone.
        clock: seconds that only go forward.

    Attributes:
        writes, conflicts, failures: how often a patch was taken, met another's, or did not work.
        turned: when it last looked at something, or found nothing to look at; by `clock`.
    """

    def __init__(
        self,
        store: Store,
        send: Callable[[str, str, dict[str, Any]], dict[str, Any]],
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._send = send
        self._now = now
        self._clock = clock
        self._due: dict[Key, float] = {}
        self._held: dict[Key, tuple[float, float]] = {}  # until when, for how long
        self._doubted: dict[Key, float] = {}
        self.writes = self.conflicts = self.failures = 0
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
            self._due[key] = start
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
            status = statuses(snapshot, self._now())[key]
            body = patch(request, status)
        except (ValueError, TypeError, LookupError, AttributeError):
            # one object that nobody expects must not cost the others their status
            _log.exception("cannot tell the status of request %s/%s", *key)
            self._hold(key)
            return
        if status.conditions[0].status == "True":
            self._due.pop(key, None)
        else:
            self._due[key] = self._clock() + RECHECK
        if body is None or self._doubtful(key, request, status):
            return
        try:
            after = self._send(*key, body)
        except Refused as error:
            self._refused(key, error)
            return
        self.writes += 1
        self._held.pop(key, None)
        self._store.written(request, after)

    def _doubtful(self, key: Key, request: dict[str, Any], status: Status) -> bool:
        """Whether what was known would be taken back for something that was not seen just now."""
        live = Live(model.KIND, request)
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

    def _refused(self, key: Key, error: Refused) -> None:
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
        for known in (self._due, self._held, self._doubted):
            known.pop(key, None)
