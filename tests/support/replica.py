"""A reflector whose clock is set by hand."""

from datetime import datetime, timedelta

from followed import listed
from live_api import LiveApi
from world import NOW

from tablepromise.reflector import Reflector, Store
from tablepromise.reflector.loop import RECHECK


class Replica:
    """A reflector at a clock that is set by hand, and what it has heard so far."""

    def __init__(self, api: LiveApi) -> None:
        self.api = api
        self.seconds = 0.0
        self.step = 0.0
        self.store = Store()
        self.reflector = Reflector(self.store, api, now=self.now, clock=lambda: self.seconds)
        self.relist()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds + self.step)

    def relist(self) -> None:
        listed(self.api.world, self.store)
        self.at = len(self.api.events)

    def hear(self) -> None:
        self.at = self.api.heard(self.store, self.at)

    def turn(self, *, after: float = 0.5) -> None:
        self.seconds += after
        self.reflector.turn()

    def settle(self) -> None:
        for _ in range(12):
            self.hear()
            self.turn(after=RECHECK + 0.1)
