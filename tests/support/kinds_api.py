"""An API server that knows some kinds, their objects, and how to delete a kind."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import Handler, served

Object = dict[str, Any]

_KINDS = "customresourcedefinitions"
_PATH = re.compile(
    r"/apis/(?P<group>[^/]+)/(?P<version>[^/]+)/(?:namespaces/(?P<namespace>[^/]+)/)?"
    r"(?P<plural>[^/]+)(?:/(?P<name>.+))?"
)


class KindsApi:
    """Serves CustomResourceDefinitions, and lists what there is of their kinds in all namespaces.

    Attributes:
        kinds: CustomResourceDefinitions by name; may be changed meanwhile.
        objects: by the name of their kind; may be changed meanwhile.
        asked: methods with paths and queries, in the order they came.
        sent: the last body.
        sent_as: its Content-Type.
        refuses: status code for the name of a kind, instead of an answer.
        held: kinds whose objects have a finalizer, so that a deletion only marks them.
    """

    def __init__(self) -> None:
        self.kinds: dict[str, Object] = {}
        self.objects: dict[str, list[Object]] = {}
        self.asked: list[str] = []
        self.refuses: dict[str, int] = {}
        self.held: set[str] = set()
        self.url = ""
        self.sent = b""
        self.sent_as = ""

    @classmethod
    @contextmanager
    def serving(cls) -> Generator["KindsApi"]:
        api = cls()
        with served(type("Handler", (_Handler,), {"api": api})) as api.url:
            yield api

    @property
    def kubeconfig(self) -> str:
        """The text of one with this server as its context `kinds`."""
        return json.dumps(
            {
                "current-context": "kinds",
                "clusters": [{"name": "kinds", "cluster": {"server": self.url}}],
                "users": [{"name": "me", "user": {"token": "t"}}],
                "contexts": [{"name": "kinds", "context": {"cluster": "kinds", "user": "me"}}],
            }
        )

    def kind(
        self,
        name: str,
        kind: str,
        *,
        scope: str = "Namespaced",
        versions: tuple[str, ...] = ("v1",),
        served: tuple[str, ...] = (),
        release: str = "",
        owner: str = "",
    ) -> None:
        """Adds a kind, of name `<plural>.<group>`; all its versions are served if none is given.

        `release` is the `namespace/name` of the HelmRelease by which Flux installed it, `owner` of
        the release by which Helm did.
        """
        plural, _, group = name.partition(".")
        self.kinds[name] = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": name,
                "labels": _marks("helm.toolkit.fluxcd.io/", release),
                "annotations": _marks("meta.helm.sh/release-", owner),
            },
            "spec": {
                "group": group,
                "scope": scope,
                "names": {"kind": kind, "plural": plural},
                "versions": [
                    {"name": each, "served": each in (served or versions), "storage": False}
                    for each in versions
                ],
            },
        }

    def put(self, kind: str, name: str, namespace: str = "", **labels: str) -> None:
        """Adds an object to a kind."""
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        self.objects.setdefault(kind, []).append({"metadata": metadata})

    def answer(self, method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        found = _PATH.fullmatch(path)
        assert found, path
        if found["plural"] == _KINDS:
            if method == "GET" and found["name"]:
                kind = self.kinds.get(found["name"])
                return (200, kind) if kind else (404, _status(404))
            if method == "GET":
                return 200, _page(list(self.kinds.values()), query)
            assert method == "DELETE", method
            if self.kinds.pop(found["name"], None) is None:
                return 404, _status(404)
            self.objects.pop(found["name"], None)
            return 200, {"kind": "Status", "status": "Success"}
        name = f"{found['plural']}.{found['group']}"
        if method == "PATCH":
            # the API server applies no strategic merge patch to a custom resource
            if self.sent_as != "application/merge-patch+json":
                return 415, _status(415)
            for one in self.objects.get(name, []):
                if one["metadata"]["name"] == found["name"]:
                    annotations = one["metadata"].setdefault("annotations", {})
                    annotations |= json.loads(self.sent)["metadata"]["annotations"]
                    return 200, one
            return 404, _status(404)
        if found["namespace"]:
            one = next((one for one in self.objects.get(name, []) if _is(one, found)), None)
            if one is None:
                return 404, _status(404)
            if method == "DELETE" and name in self.held:
                one["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            elif method == "DELETE":
                self.objects[name].remove(one)
            return 200, one
        if method == "DELETE":
            left = [one for one in self.objects[name] if one["metadata"]["name"] != found["name"]]
            gone = len(left) < len(self.objects[name])
            self.objects[name] = left
            return (200, {"kind": "Status", "status": "Success"}) if gone else (404, _status(404))
        if name in self.refuses:
            return self.refuses[name], _status(self.refuses[name])
        versions = self.kinds.get(name, {"spec": {"versions": []}})["spec"]["versions"]
        if not any(each["served"] and each["name"] == found["version"] for each in versions):
            return 404, "404 page not found\n"
        wanted = query.get("labelSelector", [])
        objects = [
            one
            for one in self.objects.get(name, [])
            if all(label in one["metadata"]["labels"] for label in wanted)
        ]
        return 200, _page(objects, query)


def _is(one: Object, found: re.Match[str]) -> bool:
    metadata = one["metadata"]
    return (metadata["namespace"], metadata["name"]) == (found["namespace"], found["name"])


def _marks(prefix: str, release: str) -> dict[str, str]:
    """Labels as Flux's helm-controller sets them, or annotations as Helm does."""
    namespace, _, name = release.partition("/")
    return {f"{prefix}name": name, f"{prefix}namespace": namespace} if release else {}


class _Handler(Handler):
    api: KindsApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.api.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.api.sent_as = self.headers.get("Content-Type") or ""
        self.api.asked.append(f"{self.command} {self.path}")
        parts = urlsplit(self.path)
        code, body = self.api.answer(self.command, parts.path, parse_qs(parts.query))
        if isinstance(body, str):
            self.reply(code, body.encode(), "text/plain")
        else:
            self.reply(code, json.dumps(body).encode(), "application/json")

    do_DELETE = do_PATCH = do_GET


def _page(objects: list[Object], query: dict[str, list[str]]) -> Object:
    begin = int(query.get("continue", ["0"])[0])
    end = begin + int(query.get("limit", ["500"])[0])
    rest = {"continue": str(end)} if end < len(objects) else {}
    return {"kind": "List", "metadata": rest, "items": objects[begin:end]}


def _status(code: int) -> Object:
    return {"kind": "Status", "status": "Failure", "code": code, "message": f"refused: {code}"}
