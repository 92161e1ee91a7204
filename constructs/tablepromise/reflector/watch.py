"""One thread per read, which updates the store: a list, then a watch.

After every error it lists again, so no event is missed for longer than `RELIST`.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from tablepromise.diagnosis import Read, ReadError
from tablepromise.reads import WATCHED
from tablepromise.reflector.api import Api, ApiCallError, WatchStream
from tablepromise.reflector.store import Store

RELIST: Final = 300.0
"""Seconds after which a watch, also one without events, is replaced by a new list."""

STALE: Final = 30.0
"""Seconds without an answer after which the objects of a read are unknown."""

_FIRST, _LONGEST = 1.0, 15.0
_FORBIDDEN, _ABSENT, _EXPIRED = 403, 404, 410

_log = logging.getLogger(__name__)


class Watch:
    """Lists and watches one read.

    Args:
        api: the API server.
        read: the objects.
        store: the store to update.
        clock: returns monotonic seconds.
        sleep: waits for a number of seconds, or until `stopping`.
        stopping: returns whether to end.
    """

    def __init__(
        self,
        api: Api,
        read: Read,
        store: Store,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        stopping: Callable[[], bool],
    ) -> None:
        self._api = api
        self._read = read
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._stopping = stopping
        self._answered = clock()
        self._pause = 0.0

    def run(self) -> None:
        """List and watch until `stopping`; back off after errors."""
        while not self._stopping():
            began = self._clock()
            try:
                self._once()
                self._pause = 0.0
            except ApiCallError as error:
                calm = self._clock() - began > 2 * _LONGEST
                self._pause = _FIRST if calm else min(max(2 * self._pause, _FIRST), _LONGEST)
                self._failed(error)
            self._sleep(self._pause)

    def _once(self) -> None:
        """List, then watch until the next list is due."""
        with self._api.open_stream(self._read) as following:
            self._store.replace(self._read, following.list())
            self._answered = self._clock()
            try:
                self._events(following)
            finally:
                self._answered = self._clock()

    def _events(self, following: WatchStream) -> None:
        deadline = self._clock() + RELIST
        for type, raw in following.watch():
            if type == "DELETED":
                self._store.drop(self._read, raw)
            elif type in ("ADDED", "MODIFIED"):
                self._store.put(self._read, raw)
            if self._stopping() or self._clock() >= deadline:
                return

    def _failed(self, error: ApiCallError) -> None:
        resource = self._read.resource
        self._store.count_failure(self._read)
        if error.code == _FORBIDDEN:
            message = f"not allowed to list {resource}: {error}"
            self._store.fail(self._read, ReadError("forbidden", message))
        elif error.code == _ABSENT:
            self._store.fail(self._read, ReadError("absent", f"the cluster has no {resource}"))
        elif error.code != _EXPIRED:
            _log.warning("cannot watch %s: %s", resource, error)
            if self._clock() - self._answered > STALE:
                self._store.fail(self._read, ReadError("error", f"cannot read {resource}"))


def start_watches(
    platform: Api,
    destination: Api,
    store: Store,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
    stopping: Callable[[], bool],
) -> list[threading.Thread]:
    """Start a daemon thread for each read that a status depends on."""
    threads: list[threading.Thread] = []
    for read in WATCHED:
        api = destination if read.at_destination else platform
        watch = Watch(api, read, store, clock=clock, sleep=sleep, stopping=stopping)
        thread = threading.Thread(target=watch.run, name=f"watch {read.resource}", daemon=True)
        thread.start()
        threads.append(thread)
    return threads
