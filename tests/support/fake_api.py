"""An API server, and a DynamoDB, that answer from a `World` over HTTP: lists, selectors, chunks."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import Handler, served
from world import NOW, Object, World

from tablepromise.diagnosis import READS

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v[^/]+(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?"
)


class FakeApi:
    """Serves `world`, which may be changed meanwhile.

    Attributes:
        paths: of the requests, with queries, in order.
        tokens: that it was shown.
        refuses: status code for a plural, instead of an answer.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.paths: list[str] = []
        self.tokens: set[str] = set()
        self.refuses: dict[str, int] = {}
        self.url = ""
        self.started = datetime.now(UTC)

    @classmethod
    @contextmanager
    def serving(cls, world: World) -> Generator["FakeApi"]:
        fake = cls(world)
        with served(type("Handler", (_Handler,), {"fake": fake})) as fake.url:
            yield fake

    def kubeconfig(self, folder: Path, **user: Any) -> Path:
        """A kubeconfig with this server as its context `fake`."""
        path = folder / "kubeconfig"
        context = {"cluster": "fake", "user": "me", "namespace": "default"}
        content = {
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "me", "user": user or {"token": "t"}}],
            "contexts": [{"name": "fake", "context": context}],
        }
        path.write_text(json.dumps(content))
        return path

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Object]:
        found = PATH.fullmatch(path)
        assert found, path
        plural = found["plural"]
        [kind] = {
            read.kind
            for read in READS
            if (read.plural, read.group) == (plural, found["group"] or "")
        }
        if plural in self.refuses:
            return self.refuses[plural], _status(self.refuses[plural], f"{plural}: refused")
        unread = self.world.unread.get(kind)
        if unread:
            code = {"absent": 404, "forbidden": 403, "error": 500}[unread.cause]
            return code, _status(code, unread.message)
        objects = [
            live
            for live in self.world.objects.get(kind, [])
            if found["namespace"] in (None, live["metadata"].get("namespace"))
            and selected(live, query)
        ]
        if name := found["name"]:
            for live in objects:
                if live["metadata"]["name"] == name:
                    return 200, live
            return 404, _status(404, f"{name} not found")
        begin = int(query.get("continue", ["0"])[0])
        end = begin + int(query.get("limit", ["500"])[0])
        rest = {"continue": str(end)} if end < len(objects) else {}
        rest["resourceVersion"] = "1"
        return 200, {"kind": f"{kind}List", "metadata": rest, "items": objects[begin:end]}


class _Handler(Handler):
    fake: FakeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.fake.paths.append(self.path)
        self.fake.tokens.add(self.headers["Authorization"])
        parts = urlsplit(self.path)
        self._send(*self.fake.answer(parts.path, parse_qs(parts.query)), "application/json")

    def do_POST(self) -> None:
        """DynamoDB's DescribeTable."""
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        region = self.headers["Authorization"].split("/")[2]
        found = self.fake.world.described.get((region, wanted["TableName"]))
        if found is None:
            error = {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}
            self._send(400, error, "application/x-amz-json-1.0")
        else:
            table = {"TableStatus": found.status, "ItemCount": found.items}
            self._send(200, {"Table": table}, "application/x-amz-json-1.0")

    def _send(self, code: int, body: Object, type: str) -> None:
        self.reply(code, json.dumps(shifted(body, self.fake.started)).encode(), type)


def shifted(body: Object, now: datetime) -> Object:
    """`body` with all its times as if the world's `NOW` were now."""

    def shift(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found[0]) - NOW + now).strftime("%Y-%m-%dT%H:%M:%SZ")

    moved: Object = json.loads(_TIME.sub(shift, json.dumps(body)))
    return moved


def _status(code: int, message: str) -> Object:
    return {"kind": "Status", "status": "Failure", "code": code, "message": message}


def selected(live: Object, query: dict[str, list[str]]) -> bool:
    labels = live["metadata"].get("labels", {})
    for pair in _pairs(query, "labelSelector"):
        if labels.get(pair[0]) != pair[1]:
            return False
    for path, value in _pairs(query, "fieldSelector"):
        node: Any = live
        for step in path.split("."):
            node = node[step]
        if node != value:
            return False
    return True


def _pairs(query: dict[str, list[str]], name: str) -> list[list[str]]:
    return [
        re.split("==?", pair, maxsplit=1)
        for text in query.get(name, [])
        for pair in text.split(",")
    ]
