"""The objects that decide about the status of requests, each where its request finds it.

An object belongs to one request, or is shared by all. A change of it marks the requests whose
status may be another now. Nothing here talks to a cluster; all of it may be called by any thread.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from threading import RLock
from typing import Any, Final

from msgspec import Struct

from tablepromise.diagnosis import Read, ReadError, Snapshot
from tablepromise.diagnosis.kratix_queue import KratixQueue
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.reads import FOLLOWED
from tablepromise.reflector.packing import pack, trim, unpack
from tablepromise.request import ack, model

Key = tuple[str, str]
"""Namespace and name of a request."""


_TABLE: Final = f"_{ack.GROUP}_{ack.KIND}"
_QUEUED: Final = (model.KIND, "Job")
_RESOURCE, _PROMISE = "kratix.io/resource-name", "kratix.io/promise-name"
_WORK, _JOB = "kratix.io/work", "batch.kubernetes.io/job-name"


class _Kept(Struct, frozen=True, gc=False):
    """An object: packed, and the `Kind/namespace/name` that it belongs to; empty if to all."""

    packed: bytes
    place: str


class Store:
    """Everything that was last seen of a cluster.

    Attributes:
        failures: lists and watches that failed, by resource.
    """

    def __init__(self) -> None:
        self.failures = Counter[str]()
        self._lock = RLock()
        self._kept: tuple[dict[str, _Kept], ...] = tuple({} for _ in FOLLOWED)
        self._unread: dict[int, ReadError] = {}
        self._answered: set[int] = set()
        self._members = defaultdict[str, set[tuple[int, str]]](set)
        self._inventories: dict[str, frozenset[str]] = {}
        self._queue = KratixQueue()
        self._shared: dict[str, list[dict[str, Any]]] | None = None
        self._dirty: dict[Key, None] = {}

    # --- what watches say -------------------------------------------------------------------------

    def put(self, read: Read, raw: dict[str, Any]) -> None:
        """An object is there, or was changed."""
        with self._lock:
            self._put(FOLLOWED.index(read), raw)

    def drop(self, read: Read, raw: dict[str, Any]) -> None:
        """An object is gone."""
        with self._lock:
            self._drop(FOLLOWED.index(read), _path(LiveObject(read.kind, raw)))

    def replace(self, read: Read, raws: Iterable[dict[str, Any]]) -> None:
        """All objects of a read, as they were listed; what is not among them is gone.

        `raws` may take its time, and may end in an error: then nothing is taken for gone.
        """
        number = FOLLOWED.index(read)
        there: set[str] = set()
        for raw in raws:
            there.add(_path(LiveObject(read.kind, raw)))
            with self._lock:
                self._put(number, raw)
        with self._lock:
            for path in self._kept[number].keys() - there:
                self._drop(number, path)
            if self._unread.pop(number, None) is not None:
                self._mark_all()
            self._answered.add(number)

    def count_failure(self, read: Read) -> None:
        """A list or watch of a read failed, and is retried."""
        with self._lock:
            self.failures[read.resource] += 1

    def fail(self, read: Read, why: ReadError) -> None:
        """A read has no answer, so nothing is known of its objects."""
        with self._lock:
            number = FOLLOWED.index(read)
            for path in list(self._kept[number]):
                self._drop(number, path)
            self._answered.add(number)
            if self._unread.get(number) != why:
                self._unread[number] = why
                self._mark_all()

    def written(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """What a write made of a request; ignored if something else was seen meanwhile."""
        with self._lock:
            live = LiveObject(model.KIND, before)
            kept = self._kept[_REQUESTS].get(_path(live))
            if kept is not None and unpack(kept.packed) == trim(model.KIND, before):
                self._put(_REQUESTS, after)

    # --- what the loop asks -----------------------------------------------------------------------

    @property
    def complete(self) -> bool:
        """Whether every read was answered once; before that, what is missing proves nothing."""
        return not self.missing

    @property
    def missing(self) -> list[Read]:
        """The reads that were not answered yet."""
        with self._lock:
            return [read for n, read in enumerate(FOLLOWED) if n not in self._answered]

    @property
    def requests(self) -> list[Key]:
        """Of all requests that there are."""
        with self._lock:
            return [_key(path) for path in self._kept[_REQUESTS]]

    @property
    def size(self) -> int:
        """Bytes of all packed objects."""
        with self._lock:
            return sum(len(one.packed) for kept in self._kept for one in kept.values())

    def take(self) -> list[Key]:
        """The requests that are marked, which then are no more; those that are gone as well."""
        with self._lock:
            taken = list(self._dirty)
            self._dirty.clear()
            return taken

    def snapshot(self, request: Key) -> Snapshot:
        """A request, if it is there, with all that belongs to it and all that is shared."""
        namespace, name = request
        with self._lock:
            objects = {kind: list(raws) for kind, raws in self._common().items()}
            for place in self._places(f"{model.KIND}/{namespace}/{name}"):
                for number, path in self._members.get(place, ()):
                    raw = unpack(self._kept[number][path].packed)
                    objects.setdefault(FOLLOWED[number].kind, []).append(raw)
            mine = f"{namespace}_{name}{_TABLE}"
            objects["Kustomization"] = [
                _with_entries(raw, [mine] if mine in self._inventories[_path_of(raw)] else [])
                for raw in objects.get("Kustomization", [])
            ]
            unread = {FOLLOWED[number].kind: why for number, why in self._unread.items()}
            live = objects.get(model.KIND)
            queued = self._queue.queue_position(LiveObject(model.KIND, live[0])) if live else None
        for raws in objects.values():
            raws.sort(key=_path_of)  # as the API server lists them
        return Snapshot(objects, unread, queue_position=queued)

    # --- how it is kept ---------------------------------------------------------------------------

    def _put(self, number: int, raw: dict[str, Any]) -> None:
        kind = FOLLOWED[number].kind
        live = LiveObject(kind, raw)
        path, place = _path(live), _place(FOLLOWED[number], live)
        if place is None:
            self._drop(number, path)
            return
        trimmed = trim(kind, raw)
        if kind == "Kustomization":
            self._inventory(path, live)
            trimmed = _with_entries(trimmed, [])
        packed = pack(trimmed)
        before = self._kept[number].get(path)
        if before is not None and before.packed == packed and before.place == place:
            return
        if before is not None and before.place != place:
            self._drop(number, path)
        self._kept[number][path] = _Kept(packed, place)
        if kind in _QUEUED:
            self._queue.put(LiveObject(kind, trimmed))
        if place:
            self._members[place].add((number, path))
        self._mark(place)

    def _drop(self, number: int, path: str) -> None:
        before = self._kept[number].pop(path, None)
        if before is None:
            return
        if FOLLOWED[number].kind == "Kustomization":
            self._inventories.pop(path, None)
        if FOLLOWED[number].kind in _QUEUED:
            self._queue.drop(LiveObject(FOLLOWED[number].kind, unpack(before.packed)))
        self._mark(before.place)
        if before.place:
            members = self._members[before.place]
            members.discard((number, path))
            if not members:
                del self._members[before.place]

    def _inventory(self, path: str, live: LiveObject) -> None:
        """Which Tables a Kustomization has applied; other requests need not be told."""
        entries = live.items("status", "inventory", "entries")
        ids = (str(entry.get("id")) for entry in entries)
        now = frozenset(id for id in ids if id.endswith(_TABLE))
        for changed in now ^ self._inventories.get(path, frozenset()):
            namespace, name = changed.removesuffix(_TABLE).split("_", 1)
            self._touch(f"{model.KIND}/{namespace}/{name}")
        self._inventories[path] = now

    def _mark(self, place: str) -> None:
        if not place:
            self._shared = None
            self._mark_all()
            return
        kind, _, _ = place.partition("/")
        if kind == model.KIND:
            self._touch(place)
            return
        # a Work's or a Job's: whose is that?
        for other, read in enumerate(FOLLOWED):
            if read.kind == kind:
                owner = self._kept[other].get(place.partition("/")[2])
                if owner is not None:
                    self._touch(owner.place)

    def _touch(self, place: str) -> None:
        self._dirty[_key(place.partition("/")[2])] = None

    def _mark_all(self) -> None:
        self._dirty.update(dict.fromkeys(map(_key, self._kept[_REQUESTS])))

    def _common(self) -> dict[str, list[dict[str, Any]]]:
        """Objects that all requests share, read only."""
        if self._shared is None:
            self._shared = {}
            for read, kept in zip(FOLLOWED, self._kept, strict=True):
                if not read.of_request:
                    raws = [unpack(one.packed) for one in kept.values()]
                    self._shared.setdefault(read.kind, []).extend(raws)
        return self._shared

    def _places(self, request: str) -> list[str]:
        """The request's place, and those of its Works and Jobs."""
        members = self._members.get(request, ())
        kinds = ((FOLLOWED[number].kind, path) for number, path in members)
        return [request, *(f"{kind}/{path}" for kind, path in kinds if kind in ("Work", "Job"))]


_REQUESTS: Final = next(n for n, read in enumerate(FOLLOWED) if read.kind == model.KIND)


def _place(read: Read, live: LiveObject) -> str | None:
    """Where an object belongs, `""` for all requests; None if no status depends on it."""
    if not read.of_request:
        return ""
    if live.kind in (model.KIND, ack.KIND):
        return f"{model.KIND}/{_path(live)}"
    owner: object
    if live.kind in ("Job", "Work"):
        owner = live.labels.get(_RESOURCE) if live.labels.get(_PROMISE) == model.PROMISE else ""
        kind = model.KIND
    elif live.kind == "WorkPlacement":
        owner, kind = live.labels.get(_WORK), "Work"
        if live.text("spec", "promiseName") not in ("", model.PROMISE):
            return None
    elif live.kind == "Pod":
        owner, kind = live.labels.get(_JOB), "Job"
    else:
        owner, kind = live.text("involvedObject", "name"), "Job"
        if live.text("reason") != "FailedCreate":
            return None
    return f"{kind}/{live.namespace}/{owner}" if owner else None


def _with_entries(raw: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """A Kustomization with that inventory."""
    status = LiveObject("Kustomization", raw).fields("status")
    if not ids and "inventory" not in status:
        return raw
    inventory = {"entries": [{"id": id} for id in ids]}
    return {**raw, "status": {**status, "inventory": inventory}}


def _path(live: LiveObject) -> str:
    return f"{live.namespace}/{live.name}"


def _path_of(raw: dict[str, Any]) -> str:
    return _path(LiveObject("", raw))


def _key(path: str) -> Key:
    namespace, _, name = path.partition("/")
    return namespace, name
