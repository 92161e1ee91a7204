"""What a request says of itself while something happens to it, and when."""

import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

from api import ApiServer
from installed import Platform
from orders import check

from tablepromise.diagnosis import Reason
from tablepromise.diagnosis.reasons import WAITING

NEXT = "; next: "


class Said(NamedTuple):
    """The conditions of a request, from a moment on.

    Attributes:
        at: that moment, of the monotonic clock.
        message: of `Ready`.
        next: the next step; that nothing needs to be done, if it is not stalled.
    """

    at: float
    ready: str
    stalled: str
    reason: str
    message: str
    next: str


class Listener:
    """Notes every change of a request's conditions, in a thread of its own.

    Attributes:
        said: all that it said, the latest last.
        false: each time that it said Ready and DynamoDB had no such table.
    """

    def __init__(self, platform: Platform, document: dict[str, Any]) -> None:
        self._platform = platform
        metadata, spec = document["metadata"], document["spec"]
        self._name = (metadata["namespace"], metadata["name"])
        self._table = (spec["name"], spec["region"])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._stop = threading.Event()
        self.said: list[Said] = []
        self.false: list[Said] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        type: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def until(
        self, what: Callable[[Said], bool], since: float, seconds: float, wanted: object = ""
    ) -> Said:
        """The first thing of that kind that it says, or still says at `since`."""
        while True:
            known = list(self.said)
            for number, said in enumerate(known):
                ended = known[number + 1].at if number + 1 < len(known) else float("inf")
                if ended > since and what(said):
                    return said._replace(at=max(said.at, since))
            if time.monotonic() - since > seconds:
                story = "\n".join(self.story(since))
                raise AssertionError(
                    f"no {wanted} in {seconds:.0f} s of {self._name}; it said\n{story}"
                )
            time.sleep(0.1)

    def reason(self, reasons: Iterable[Reason], since: float, seconds: float) -> Said:
        """The first of these reasons, with a next step; stalled, unless it goes on by itself."""
        wanted = set(reasons)

        def matches(said: Said) -> bool:
            stalled = said.stalled == "True" or said.reason in WAITING
            return said.reason in wanted and stalled and bool(said.next)

        return self.until(matches, since, seconds, wanted)

    def ready(self, since: float, seconds: float) -> Said:
        return self.until(lambda said: said.ready == "True", since, seconds, "Ready")

    def story(self, since: float) -> list[str]:
        """All that it said from then on, with the seconds after that."""
        return [
            f"{said.at - since:6.1f} s  Ready={said.ready} Stalled={said.stalled} {said.reason}: "
            f"{said.message}; next: {said.next}"
            for number, said in enumerate(self.said)
            if number + 1 == len(self.said) or self.said[number + 1].at > since
        ]

    def _listen(self) -> None:
        api = ApiServer(self._platform.api.url)
        platform = self._platform.seen_by(api)
        while not self._stop.wait(0.25):
            request = platform.request(*self._name)
            if not request:
                continue
            said = _said(request)
            if self.said and said[1:] == self.said[-1][1:]:
                continue
            if said.ready == "True":
                described = platform.described(*self._table)
                if described is None or described["TableStatus"] != "ACTIVE":
                    self.false.append(said)
            self.said.append(said)


def _said(request: dict[str, Any]) -> Said:
    """As `kubectl wait` sees it: what is said of another generation is not said."""
    status = request.get("status", {})
    current = status.get("checkedGeneration") == request["metadata"]["generation"]
    found = {c["type"]: c for c in status.get("conditions", []) if current}
    ready, stalled = found.get("Ready", {}), found.get("Stalled", {})
    return Said(
        time.monotonic(),
        ready.get("status", ""),
        stalled.get("status", ""),
        ready.get("reason", ""),
        ready.get("message", ""),
        stalled.get("message", "").rpartition(NEXT)[2],
    )


def agrees(platform: Platform, document: dict[str, Any]) -> None:
    """`tablepromise check` gives a request the reason that its conditions give.

    Both are looked at again if they differ: something may have happened between.
    """
    metadata = document["metadata"]
    namespace, name = metadata["namespace"], metadata["name"]
    differing: list[tuple[str, str]] = []
    for _ in range(4):
        [report] = [r for r in check(namespace=namespace)[1]["requests"] if r["name"] == name]
        said = _said(platform.request(namespace, name))
        if (report["reason"], report["problem"] is not None) == (
            said.reason,
            said.stalled == "True",
        ):
            return
        differing.append((report["reason"], said.reason))
        time.sleep(2)
    raise AssertionError(f"check and status of {name} differ: {differing}")


def is_ready(request: dict[str, Any]) -> bool:
    """Whether it says so of the generation that it has."""
    return _said(request).ready == "True"
