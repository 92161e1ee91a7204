"""A store that follows an API server over HTTP, with back-off a twentieth as long as it is."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager

from followed import full
from live_api import LiveApi
from world import NOW

from tablepromise.diagnosis import build_statuses
from tablepromise.reflector import Api, Reflector, Store, follow

FASTER = 20
"""How many times shorter each pause is than the one that the reflector wants."""


class Following:
    """A store, its watches, and a reflector whose loop runs only when a test calls `turn`.

    Attributes:
        pauses: seconds of each back-off that was wanted, by the name of the thread.
    """

    def __init__(self, api: LiveApi, silence: float) -> None:
        self._api = api
        self._stop = threading.Event()
        self.pauses = defaultdict[str, list[float]](list)
        self.store = Store()
        self.client = Api(api.config, silence, pause=1 / FASTER)
        self.threads = follow(
            self.client,
            self.client,
            self.store,
            clock=time.monotonic,
            sleep=self._sleep,
            stopping=self._stop.is_set,
        )
        self.reflector = Reflector(self.store, self.client, now=lambda: NOW, clock=time.monotonic)

    def close(self) -> None:
        self._stop.set()
        until(self._ended)
        self.client.close()

    def _sleep(self, seconds: float) -> None:
        if seconds:
            self.pauses[threading.current_thread().name].append(seconds)
        self._stop.wait(seconds / FASTER)

    def _ended(self) -> bool:
        self._api.forget()  # a thread that waits for an event sees only now that it should end
        return not any(thread.is_alive() for thread in self.threads)


@contextmanager
def following(api: LiveApi, silence: float = 60, *, complete: bool = True) -> Generator[Following]:
    """A store that follows `api`; with `complete`, once each read was answered."""
    found = Following(api, silence)
    try:
        if complete:
            until(lambda: found.store.complete)
        yield found
    finally:
        found.close()


def same(api: LiveApi, store: Store) -> bool:
    """Whether the store has the statuses of the objects that the API server has."""
    wanted = build_statuses(full(api.world), NOW)
    found = {key: build_statuses(store.snapshot(key), NOW)[key] for key in store.requests}
    return found == wanted


def until(true: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.02)
