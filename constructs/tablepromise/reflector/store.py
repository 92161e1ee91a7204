"""The objects that the statuses of requests depend on, indexed by request.

An object belongs to one request, or to all. A change of an object marks the requests whose status
may have changed. The store calls no API server; all methods are thread-safe.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from threading import RLock
from typing import Any, Final

from msgspec import Struct

from tablepromise.diagnosis import Read, ReadError, Snapshot
from tablepromise.diagnosis.kratix_queue import KratixQueue
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.reads import WATCHED
from tablepromise.reflector.packing import pack, trim, unpack
from tablepromise.request import ack, model

Key = tuple[str, str]
"""Namespace and name of a request."""

_TABLE: Final = f"_{ack.GROUP}_{ack.KIND}"
_QUEUED: Final = (model.KIND, "Job")
_RESOURCE, _PROMISE = "kratix.io/resource-name", "kratix.io/promise-name"
_WORK, _JOB = "kratix.io/work", "batch.kubernetes.io/job-name"


class _Kept(Struct, frozen=True, gc=False):
    """A packed object, and its owner as `Kind/namespace/name`; empty if it belongs to all."""

    packed: bytes
    owner: str


class Store:
    """The last known objects of a cluster.

    Attributes:
        failures: number of failed lists and watches, by resource.
    """

    def __init__(self) -> None:
        self.failures = Counter[str]()
        self._lock = RLock()
        self._kept: tuple[dict[str, _Kept], ...] = tuple({} for _ in WATCHED)
        self._unread: dict[int, ReadError] = {}
        self._answered: set[int] = set()
        self._members = defaultdict[str, set[tuple[int, str]]](set)
        self._inventories: dict[str, frozenset[str]] = {}
        self._queue = KratixQueue()
        self._shared: dict[str, list[dict[str, Any]]] | None = None
        self._dirty: dict[Key, None] = {}

    # --- written by watches -----------------------------------------------------------------------

    def put(self, read: Read, raw: dict[str, Any]) -> None:
        """Add or update an object."""
        with self._lock:
            self._put(WATCHED.index(read), raw)

    def drop(self, read: Read, raw: dict[str, Any]) -> None:
        """Remove an object."""
        with self._lock:
            self._drop(WATCHED.index(read), _path(LiveObject(read.kind, raw)))

    def replace(self, read: Read, raws: Iterable[dict[str, Any]]) -> None:
        """Replace the objects of a read by a list.

        If `raws` raises an error, no object is removed.
        """
        number = WATCHED.index(read)
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
        """Count a failed list or watch."""
        with self._lock:
            self.failures[read.resource] += 1

    def fail(self, read: Read, why: ReadError) -> None:
        """Remove the objects of a read that fails, and record the error."""
        with self._lock:
            number = WATCHED.index(read)
            for path in list(self._kept[number]):
                self._drop(number, path)
            self._answered.add(number)
            if self._unread.get(number) != why:
                self._unread[number] = why
                self._mark_all()

    def written(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Update a request after a write, unless the watch delivered another version meanwhile."""
        with self._lock:
            live = LiveObject(model.KIND, before)
            kept = self._kept[_REQUESTS].get(_path(live))
            if kept is not None and unpack(kept.packed) == trim(model.KIND, before):
                self._put(_REQUESTS, after)

    # --- read by the loop -------------------------------------------------------------------------

    @property
    def complete(self) -> bool:
        """Whether every read was answered once; before that, a missing object proves nothing."""
        return not self.missing

    @property
    def missing(self) -> list[Read]:
        """Reads that were not answered yet."""
        with self._lock:
            return [read for n, read in enumerate(WATCHED) if n not in self._answered]

    @property
    def requests(self) -> list[Key]:
        """Keys of all requests."""
        with self._lock:
            return [_key(path) for path in self._kept[_REQUESTS]]

    @property
    def size(self) -> int:
        """Total bytes of the packed objects."""
        with self._lock:
            return sum(len(one.packed) for kept in self._kept for one in kept.values())

    def take(self) -> list[Key]:
        """Return the marked requests, also deleted ones, and clear the marks."""
        with self._lock:
            taken = list(self._dirty)
            self._dirty.clear()
            return taken

    def snapshot(self, request: Key) -> Snapshot:
        """Return a snapshot of one request, its objects, and the objects of all requests."""
        namespace, name = request
        with self._lock:
            objects = {kind: list(raws) for kind, raws in self._common().items()}
            for owner in self._owners(f"{model.KIND}/{namespace}/{name}"):
                for number, path in self._members.get(owner, ()):
                    raw = unpack(self._kept[number][path].packed)
                    objects.setdefault(WATCHED[number].kind, []).append(raw)
            mine = f"{namespace}_{name}{_TABLE}"
            objects["Kustomization"] = [
                _with_entries(raw, [mine] if mine in self._inventories[_path_of(raw)] else [])
                for raw in objects.get("Kustomization", [])
            ]
            unread = {WATCHED[number].kind: why for number, why in self._unread.items()}
            live = objects.get(model.KIND)
            queued = self._queue.queue_position(LiveObject(model.KIND, live[0])) if live else None
        for raws in objects.values():
            raws.sort(key=_path_of)  # the order of the API server
        return Snapshot(objects, unread, queue_position=queued)

    # --- index ------------------------------------------------------------------------------------

    def _put(self, number: int, raw: dict[str, Any]) -> None:
        kind = WATCHED[number].kind
        live = LiveObject(kind, raw)
        path, owner = _path(live), _owner(WATCHED[number], live)
        if owner is None:
            self._drop(number, path)
            return
        trimmed = trim(kind, raw)
        if kind == "Kustomization":
            self._inventory(path, live)
            trimmed = _with_entries(trimmed, [])
        packed = pack(trimmed)
        before = self._kept[number].get(path)
        if before is not None and before.packed == packed and before.owner == owner:
            return
        if before is not None and before.owner != owner:
            self._drop(number, path)
        self._kept[number][path] = _Kept(packed, owner)
        if kind in _QUEUED:
            self._queue.put(LiveObject(kind, trimmed))
        if owner:
            self._members[owner].add((number, path))
        self._mark(owner)

    def _drop(self, number: int, path: str) -> None:
        before = self._kept[number].pop(path, None)
        if before is None:
            return
        if WATCHED[number].kind == "Kustomization":
            self._inventories.pop(path, None)
        if WATCHED[number].kind in _QUEUED:
            self._queue.drop(LiveObject(WATCHED[number].kind, unpack(before.packed)))
        self._mark(before.owner)
        if before.owner:
            members = self._members[before.owner]
            members.discard((number, path))
            if not members:
                del self._members[before.owner]

    def _inventory(self, path: str, live: LiveObject) -> None:
        """Record the Tables in an inventory, and mark the requests of changed entries."""
        entries = live.items("status", "inventory", "entries")
        ids = (str(entry.get("id")) for entry in entries)
        now = frozenset(id for id in ids if id.endswith(_TABLE))
        for changed in now ^ self._inventories.get(path, frozenset()):
            namespace, name = changed.removesuffix(_TABLE).split("_", 1)
            self._touch(f"{model.KIND}/{namespace}/{name}")
        self._inventories[path] = now

    def _mark(self, owner: str) -> None:
        if not owner:
            self._shared = None
            self._mark_all()
            return
        kind, _, _ = owner.partition("/")
        if kind == model.KIND:
            self._touch(owner)
            return
        # the found is a Work or a Job: mark the found's request
        for other, read in enumerate(WATCHED):
            if read.kind == kind:
                found = self._kept[other].get(owner.partition("/")[2])
                if found is not None:
                    self._touch(found.owner)

    def _touch(self, owner: str) -> None:
        self._dirty[_key(owner.partition("/")[2])] = None

    def _mark_all(self) -> None:
        self._dirty.update(dict.fromkeys(map(_key, self._kept[_REQUESTS])))

    def _common(self) -> dict[str, list[dict[str, Any]]]:
        """Return the objects that belong to all requests; callers must not change them."""
        if self._shared is None:
            self._shared = {}
            for read, kept in zip(WATCHED, self._kept, strict=True):
                if not read.of_request:
                    raws = [unpack(one.packed) for one in kept.values()]
                    self._shared.setdefault(read.kind, []).extend(raws)
        return self._shared

    def _owners(self, request: str) -> list[str]:
        """Return the request as an owner, and its Works and Jobs, which own objects too."""
        members = self._members.get(request, ())
        kinds = ((WATCHED[number].kind, path) for number, path in members)
        return [request, *(f"{kind}/{path}" for kind, path in kinds if kind in ("Work", "Job"))]


_REQUESTS: Final = next(n for n, read in enumerate(WATCHED) if read.kind == model.KIND)


def _owner(read: Read, live: LiveObject) -> str | None:
    """Return the owner of an object, `""` for all requests; None if no status depends on it."""
    if not read.of_request:
        return ""
    if live.kind in (model.KIND, ack.KIND):
        return f"{model.KIND}/{_path(live)}"
    owner_name: object
    if live.kind in ("Job", "Work"):
        owner_name = (
            live.labels.get(_RESOURCE) if live.labels.get(_PROMISE) == model.PROMISE else ""
        )
        kind = model.KIND
    elif live.kind == "WorkPlacement":
        owner_name, kind = live.labels.get(_WORK), "Work"
        if live.text("spec", "promiseName") not in ("", model.PROMISE):
            return None
    elif live.kind == "Pod":
        owner_name, kind = live.labels.get(_JOB), "Job"
    else:
        owner_name, kind = live.text("involvedObject", "name"), "Job"
        if live.text("reason") != "FailedCreate":
            return None
    return f"{kind}/{live.namespace}/{owner_name}" if owner_name else None


def _with_entries(raw: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """Return a Kustomization with this inventory."""
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
