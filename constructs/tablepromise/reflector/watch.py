"""One thread per read, which keeps the store as the cluster is: a list, then what happens after it.

Whatever goes wrong is answered with a new list, so nothing is missed for longer than `RELIST`.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from tablepromise.diagnosis import Read, ReadError
from tablepromise.reads import FOLLOWED
from tablepromise.reflector.api import Api, ApiCallError, Following
from tablepromise.reflector.store import Store

RELIST: Final = 300.0
"""Seconds after which a watch, and one that is silent, is begun anew with a list."""

STALE: Final = 30.0
"""Seconds without an answer after which a read proves nothing any more."""

_FIRST, _LONGEST = 1.0, 15.0
_FORBIDDEN, _ABSENT, _EXPIRED = 403, 404, 410

_log = logging.getLogger(__name__)


class Watch:
    """Follows one read.

    Args:
        api: the cluster.
        read: what to follow.
        store: where it goes.
        clock: seconds that only go forward.
        sleep: waits for so many seconds, or until `stopping`.
        stopping: whether to end.
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
        """Follows until `stopping`."""
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
        """A list, and the watch behind it, until it is time for another list."""
        with self._api.follow(self._read) as following:
            self._store.replace(self._read, following.list())
            self._answered = self._clock()
            try:
                self._events(following)
            finally:
                self._answered = self._clock()

    def _events(self, following: Following) -> None:
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
            _log.warning("cannot follow %s: %s", resource, error)
            if self._clock() - self._answered > STALE:
                self._store.fail(self._read, ReadError("error", f"cannot read {resource}"))


def follow(
    platform: Api,
    destination: Api,
    store: Store,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
    stopping: Callable[[], bool],
) -> list[threading.Thread]:
    """Starts a thread for everything that a status is made of; they end with the process."""
    threads: list[threading.Thread] = []
    for read in FOLLOWED:
        api = destination if read.at_destination else platform
        watch = Watch(api, read, store, clock=clock, sleep=sleep, stopping=stopping)
        thread = threading.Thread(target=watch.run, name=f"watch {read.resource}", daemon=True)
        thread.start()
        threads.append(thread)
    return threads
