"""An API server with a memory: versions, watches, conflicts, and ways to lose an event."""

import copy
import json
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fake_api import PATH, selected
from followed import chosen, path
from lightkube import SingleConfig
from loopback import Handler, served
from status_server import KRATIX_SCHEMA, merge
from world import Object, World

from tablepromise import kubeconfig
from tablepromise.reflector import WATCHED, ApiCallError, Store

_ONE = re.compile(r"/apis/.+/namespaces/([^/]+)/dynamodbrequests/([^/]+)(/status)?")

Event = tuple[int, str, str, Object]
"""Version, kind, type and object."""


class LiveApi:
    """Keeps a world.

    Attributes:
        events: sent to watches.
        patches: those taken, as namespace, name and body.
        created_events: Events of core/v1.
        refuses: status code for a kind, instead of an answer to a list.
        lists: how often each kind was listed.
        watches: how often each was watched.
        wrong: broken answers, by `list`, `watch` or `patch` and kind.
        token: the only one that it takes, if there is one.
        short: whether it ends each watch at once.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[Event] = []
        self.patches: list[tuple[str, str, Object]] = []
        self.created_events: list[Object] = []
        self.refuses: dict[str, int] = {}
        self.lists: dict[str, int] = {}
        self.watches: dict[str, int] = {}
        self.wrong: dict[tuple[str, str], Callable[[Any], None]] = {}
        self.token = ""
        self.short = False
        self.url = ""
        self.changed = threading.Condition(threading.RLock())
        self.version = 0
        self.oldest = 0
        for found in world.objects.values():
            for live in found:
                self._bump(live)

    @classmethod
    @contextmanager
    def serving(cls, world: World) -> Generator["LiveApi"]:
        api = cls(world)
        with served(type("Handler", (_Handler,), {"api": api})) as api.url:
            yield api

    @property
    def config(self) -> SingleConfig:
        content = {
            "clusters": [{"name": "live", "cluster": {"server": self.url}}],
            "users": [{"name": "me", "user": {"token": "t"}}],
            "contexts": [{"name": "live", "context": {"cluster": "live", "user": "me"}}],
        }
        return kubeconfig.parse(json.dumps(content), "live")

    # --- what happens -----------------------------------------------------------------------------

    def change(
        self, live: Object, edit: Callable[[Object], object], *, unheard: bool = False
    ) -> None:
        """Changes an object; `unheard` if no watch gets the event."""
        with self.changed:
            spec = copy.deepcopy(live.get("spec"))
            edit(live)
            if live.get("spec") != spec:
                live["metadata"]["generation"] += 1
            self._bump(live)
            self._tell("MODIFIED", self._kind(live), live, unheard=unheard)

    def remove(self, live: Object, *, unheard: bool = False) -> None:
        with self.changed:
            kind = self._kind(live)
            self.world.objects[kind] = [o for o in self.world.objects[kind] if o is not live]
            self._bump(live)
            self._tell("DELETED", kind, live, unheard=unheard)

    def forget(self) -> None:
        """Earlier versions cannot be watched from any more, and all watches end."""
        with self.changed:
            self.version += 1
            self.oldest = self.version
            self.changed.notify_all()

    def patch_status(self, namespace: str, name: str, body: Object) -> Object:
        """A merge patch of the status of a request."""
        body = json.loads(json.dumps(body))
        assert body.keys() == {"metadata", "status"}
        assert body["metadata"].keys() == {"resourceVersion"}
        with self.changed:
            live = self._guarded(namespace, name, body)
            status = merge(live.get("status", {}), body["status"])
            for condition in status["conditions"]:
                for field in condition.keys() - KRATIX_SCHEMA:
                    del condition[field]
            self.patches.append((namespace, name, body))
            self.change(live, lambda live: live.update(status=status))
            return copy.deepcopy(live)

    def patch_labels(self, namespace: str, name: str, body: Object) -> Object:
        """A merge patch of the labels of a request."""
        assert body.keys() == {"metadata"}
        assert body["metadata"].keys() == {"resourceVersion", "labels"}
        with self.changed:
            live = self._guarded(namespace, name, body)
            labels = merge(live["metadata"].get("labels", {}), body["metadata"]["labels"])
            self.change(live, lambda live: live["metadata"].update(labels=labels))
            return copy.deepcopy(live)

    def create_event(self, event: Object) -> None:
        """An Event is made."""
        self.created_events.append(event)

    def _guarded(self, namespace: str, name: str, body: Object) -> Object:
        for live in self.world.objects["DynamoDBRequest"]:
            if path(live) == f"{namespace}/{name}":
                break
        else:
            raise ApiCallError(404, f"{name} not found")
        if body["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"]:
            raise ApiCallError(409, f"{name} was written meanwhile")
        return live

    def heard(self, store: Store, since: int) -> int:
        """Tells a store of the events after the first `since`; how many there are now."""
        for _, kind, type, live in self.events[since:]:
            for read in WATCHED:
                if read.kind == kind and live in chosen(_only(kind, live), read):
                    (store.drop if type == "DELETED" else store.put)(read, live)
        return len(self.events)

    def _bump(self, live: Object) -> None:
        self.version += 1
        live["metadata"]["resourceVersion"] = str(self.version)

    def _tell(self, type: str, kind: str, live: Object, *, unheard: bool) -> None:
        if not unheard:
            self.events.append((self.version, kind, type, copy.deepcopy(live)))
            self.changed.notify_all()

    def _kind(self, live: Object) -> str:
        return next(kind for kind, all in self.world.objects.items() if any(o is live for o in all))


def _only(kind: str, live: Object) -> World:
    world = World(())
    world.objects = {kind: [live]}
    return world


class _Handler(Handler):
    api: LiveApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        found = PATH.fullmatch(parts.path)
        assert found, parts.path
        [kind] = {
            read.kind
            for read in WATCHED
            if (read.plural, read.group) == (found["plural"], found["group"] or "")
        }
        namespace = found["namespace"]
        if self.api.token and self.headers["Authorization"] != f"Bearer {self.api.token}":
            self._json(401, {"kind": "Status", "code": 401, "message": "Unauthorized"})
            return

        def ours(live: Object) -> bool:
            there = live["metadata"].get("namespace")
            return namespace in (None, there) and selected(live, query)

        if self._wrong("watch" if "watch" in query else "list", kind):
            return
        if "watch" in query:
            self._watch(kind, int(query["resourceVersion"][0]), ours)
            return
        with self.api.changed:
            if "continue" not in query:
                self.api.lists[kind] = self.api.lists.get(kind, 0) + 1
            if code := self.api.refuses.get(kind):
                self._json(code, {"kind": "Status", "code": code, "message": "refused"})
                return
            items = [live for live in self.api.world.objects.get(kind, []) if ours(live)]
            begin = int(query.get("continue", ["0"])[0])
            end = begin + int(query.get("limit", ["500"])[0])
            metadata = {"resourceVersion": str(self.api.version)}
            metadata |= {"continue": str(end)} if end < len(items) else {}
            content = json.dumps({"metadata": metadata, "items": items[begin:end]}).encode()
        self.reply(200, content, "application/json")

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = _ONE.fullmatch(urlsplit(self.path).path)
        assert found, self.path
        assert self.headers["Content-Type"] == "application/merge-patch+json"
        if self._wrong("patch", "DynamoDBRequest"):
            return
        patch = self.api.patch_status if found[3] else self.api.patch_labels
        try:
            self._json(200, patch(found[1], found[2], body))
        except ApiCallError as error:
            self._json(error.code, {"kind": "Status", "code": error.code, "message": str(error)})

    def _wrong(self, verb: str, kind: str) -> bool:
        answer = self.api.wrong.get((verb, kind))
        if answer is None:
            return False
        answer(self)
        return True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        namespace = body["metadata"]["namespace"]
        assert urlsplit(self.path).path == f"/api/v1/namespaces/{namespace}/events"
        assert body["involvedObject"]["namespace"] == namespace
        self.api.create_event(body)
        self._json(201, body)

    def _watch(self, kind: str, version: int, ours: Callable[[Object], bool]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        api, sent = self.api, 0
        with api.changed:
            api.watches[kind] = api.watches.get(kind, 0) + 1
            if version < api.oldest:
                gone = {"kind": "Status", "code": 410, "message": "too old resource version"}
                self._line({"type": "ERROR", "object": gone})
                return
            began = api.oldest
            while api.oldest == began:
                for at, what, type, live in api.events[sent:]:
                    if (
                        at > version
                        and what == kind
                        and ours(live)
                        and not self._line({"type": type, "object": live})
                    ):
                        return
                if api.short:
                    return
                sent = len(api.events)
                api.changed.wait(1)

    def _line(self, event: Object) -> bool:
        try:
            self.wfile.write(json.dumps(event).encode() + b"\n")
            self.wfile.flush()
        except OSError:
            return False  # nobody listens any more
        return True

    def _json(self, code: int, body: Any) -> None:
        self.reply(code, json.dumps(body).encode(), "application/json")
