"""Kratix, Flux and ACK, played on a real API server: each writes what the real one writes.

Facts are recorded before they are written, so a status with more than these facts is too early.
"""

import itertools
import json
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api import ApiServer
from chain_api import post
from world import World, packed, put

from tablepromise.pipeline import kratix_files
from tablepromise.pipeline.configure import TABLE_FILE, configure
from tablepromise.request import dump, load, model

Object = dict[str, Any]
Key = tuple[str, str]

_ACK = "apis/dynamodb.services.k8s.aws/v1alpha1"
_KRATIX = "apis/platform.kratix.io/v1alpha1"
_REQUEST = f"apis/{model.API_VERSION}"


class Players:
    """The three of them.

    Attributes:
        true: by uid of a request, when ACK began to say of which of its generations that the table
            matches the request.
    """

    def __init__(self, api: ApiServer, folder: Path) -> None:
        self.true = defaultdict[str, dict[int, float]](dict)
        self._api = api
        self._folder = folder
        self._number = itertools.count(1)
        self._runs = itertools.count(1)
        self._one_at_a_time = threading.Lock()

    # --- people -----------------------------------------------------------------------------------

    def order(self, request: Object) -> None:
        namespace = request["metadata"]["namespace"]
        path = f"/{_REQUEST}/namespaces/{namespace}/{model.PLURAL}"
        self._taken(self._api.send("POST", path, request))

    def change(self, key: Key, value: str) -> None:
        """Another value of a tag."""
        spec = {"spec": {"tags": [{"key": "round", "value": value}]}}
        self._patch(_request(key), spec, "merge-patch", "kubectl")

    def withdraw(self, key: Key) -> None:
        """Deletes a request, and all that Kratix and Flux would."""
        work = _work(key[1])
        for path in (
            _request(key),
            f"/{_KRATIX}/namespaces/{key[0]}/works/{work}",
            f"/{_KRATIX}/namespaces/{key[0]}/workplacements/{work}.aws-5058f",
            _table(key),
        ):
            self._api.send("DELETE", path)

    # --- Kratix -----------------------------------------------------------------------------------

    def pipeline(self, key: Key) -> Object:
        """Runs the pipeline for the request as it is now; returns its Table."""
        live = self._get(_request(key))
        folders = kratix_files.Folders.under(self._folder / str(next(self._number)))
        Path(folders.input).mkdir(parents=True)
        Path(folders.input, "object.yaml").write_text(dump(live))
        with self._one_at_a_time:  # msgspec breaks when two threads first see a type at once
            configure(folders, lambda _: ())
        [table] = load(Path(folders.output, TABLE_FILE).read_text())
        [status] = load(Path(folders.metadata, "status.yaml").read_text())
        conditions: list[Object] = status.pop("conditions", [])

        def patched(request: Object) -> None:
            request.setdefault("status", {}).update(status)
            for one in conditions:
                _condition(request, one["type"], one["status"], one["reason"], one["message"])

        def observed(request: Object) -> None:
            request["status"]["observedGeneration"] = live["metadata"]["generation"]
            done = [{"name": "configure", "phase": "Succeeded"}]
            request["status"]["kratix"] = {"workflows": {"pipelines": done}}
            _condition(
                request, "ConfigureWorkflowCompleted", "True", "PipelinesExecutedSuccessfully"
            )
            for one in ("WorksSucceeded", "Reconciled"):
                _condition(request, one, "True", one)

        self._update(key, patched)
        self._place(key, live, table)
        self._update(key, observed)
        return table

    def _place(self, key: Key, request: Object, table: Object) -> None:
        """Work and WorkPlacement, with the file in it."""
        world = World([request])
        work, placement = world.one("Work"), world.one("WorkPlacement")
        paths = {
            kind: f"/{_KRATIX}/namespaces/{key[0]}/{kind}s/{made['metadata']['name']}"
            for kind, made in (("work", work), ("workplacement", placement))
        }
        if self._api.send("GET", paths["work"]).get("code") == 404:
            post(self._api, work)
            post(self._api, placement)
            return
        files = [{"filepath": TABLE_FILE, "content": packed(table)}]
        groups = work["spec"]["workloadGroups"]
        groups[0]["workloads"] = files
        self._patch(paths["work"], {"spec": {"workloadGroups": groups}}, "merge-patch", "manager")
        generation = self._get(paths["work"])["metadata"]["generation"]
        spec = {"workloads": files, "generation": generation}
        self._patch(paths["workplacement"], {"spec": spec}, "merge-patch", "manager")

    def _update(self, key: Key, change: Callable[[Object], None]) -> None:
        """As Kratix does: a whole update of what was read, again if somebody else has written."""
        run = next(self._runs)
        while True:
            live = self._get(_request(key))
            change(live)
            live["status"]["run"] = run
            answer = self._api.send("PUT", f"{_request(key)}/status", live)
            if answer.get("code") != 409:
                self._taken(answer)
                return

    # --- Flux and ACK -----------------------------------------------------------------------------

    def flux(self, key: Key, table: Object) -> None:
        """Applies a Table."""
        self._patch(_table(key), table, "apply-patch", "kustomize-controller", force="true")

    def ack(self, key: Key, request: tuple[str, int] | None, **conditions: str) -> None:
        """Reports on a Table.

        Args:
            key: of the request.
            request: uid and generation that DynamoDB's table is like now; None if it is like none.
            conditions: besides `Ready` and `ACK.ResourceSynced`, by type without `ACK.`.
        """
        live = self._get(_table(key))
        name, region = live["spec"]["tableName"], "us-east-1"
        arn = f"arn:aws:dynamodb:{region}:123456789012:table/{name}"
        live["status"] = {
            "ackResourceMetadata": {
                **{"arn": arn, "ownerAccountID": "123456789012", "region": region}
            },
            **{"tableStatus": "ACTIVE", "itemCount": 0, "tableSizeBytes": 0},
            # long ago: each report is from a reconcile that has compared the table
            "creationDateTime": "2026-01-01T00:00:00Z",
        }
        synced = "False" if request is None else "True"
        if "Terminal" in conditions:
            _condition(live, "ACK.Terminal", "True", "", conditions["Terminal"])
        _condition(live, "ACK.ResourceSynced", synced, "Synced")
        _condition(live, "Ready", "True" if "Terminal" in conditions else synced, "Synced")
        if request is not None:
            self.true[request[0]].setdefault(request[1], time.monotonic())
        body = {"status": live["status"]}
        self._patch(f"{_table(key)}/status", body, "merge-patch", "controller")

    def arrive(self, key: Key) -> None:
        """The whole way of a request as it is now."""
        self.flux(key, self.pipeline(key))
        self.ack(key, self.version(key))

    def holds(self, key: Key) -> None:
        """Records that the earlier table matches already."""
        uid, generation = self.version(key)
        self.true[uid].setdefault(generation, time.monotonic())

    def version(self, key: Key) -> tuple[str, int]:
        """Uid and generation of a request."""
        metadata = self._get(_request(key))["metadata"]
        return metadata["uid"], metadata["generation"]

    # --- HTTP -------------------------------------------------------------------------------------

    def _get(self, path: str) -> Object:
        return self._taken(self._api.send("GET", path))

    def _patch(self, path: str, body: Object, type: str, manager: str, **query: str) -> None:
        suffix = "yaml" if type == "apply-patch" else "json"
        answer = self._api.session.patch(
            self._api.url + path,
            data=json.dumps(body),
            params={"fieldManager": manager, **query},
            headers={"Content-Type": f"application/{type}+{suffix}"},
            timeout=60,
        )
        self._taken(answer.json())

    def _taken(self, answer: Object) -> Object:
        assert answer["kind"] != "Status", answer
        return answer


class Referee:
    """Sees every version of every request, and notes what was said that was not true.

    Attributes:
        wrong: what was seen that may not be.
        ready: by uid and generation, when it was first said to be ready.
        now: the requests as they are.
    """

    def __init__(self, api: ApiServer, players: Players) -> None:
        self.wrong: list[str] = []
        self.ready: dict[tuple[str, int], float] = {}
        self.now: dict[Key, Object] = {}
        self._players = players
        self._runs: dict[str, int] = {}
        path = f"/{_REQUEST}/{model.PLURAL}"
        version = api.send("GET", path)["metadata"]["resourceVersion"]
        query = f"watch=1&timeoutSeconds=3600&resourceVersion={version}"
        self._answer = urllib.request.urlopen(f"{api.url}{path}?{query}")  # noqa: S310  of http
        threading.Thread(target=self._watch, daemon=True).start()

    def await_ready(self, keys: set[Key], seconds: float = 60) -> None:
        """Until these, and no others, are there and ready, each as it is now."""
        deadline = time.monotonic() + seconds
        while waiting := self._unready(keys):
            assert time.monotonic() < deadline, f"{len(waiting)} are not ready: {waiting[:3]}"
            time.sleep(0.2)

    def _unready(self, keys: set[Key]) -> list[str]:
        live = dict(self.now)
        odd = [f"{key} is there or gone" for key in keys ^ live.keys()]
        return odd + [
            f"{key}: {self.condition(key, 'Ready')} {self.condition(key, 'Stalled')}"
            for key in keys & live.keys()
            if _said(live[key]) is None
        ]

    def condition(self, key: Key, type: str) -> Object:
        conditions: list[Object] = self.now[key].get("status", {}).get("conditions", [])
        found = [one for one in conditions if one["type"] == type]
        return found[0] if found else {}

    def _watch(self) -> None:
        for line in self._answer:
            event = json.loads(line)
            live = event["object"]
            key = live["metadata"]["namespace"], live["metadata"]["name"]
            if event["type"] == "DELETED":
                self.now.pop(key, None)
            else:
                self.now[key] = live
                self._judge(key, live)

    def _judge(self, key: Key, live: Object) -> None:
        uid = live["metadata"]["uid"]
        run = live.get("status", {}).get("run", 0)
        if run < self._runs.get(uid, 0):
            self.wrong.append(f"{key}: Kratix' update {self._runs[uid]} was undone to {run}")
        self._runs[uid] = run
        said = _said(live)
        if said is None:
            return
        if said not in self._players.true[uid]:
            self.wrong.append(f"{key}: ready in generation {said}, which it never was")
        self.ready.setdefault((uid, said), time.monotonic())


def _said(live: Object) -> int | None:
    """The generation that a request says is ready, if that is the one that it has."""
    status, generation = live.get("status", {}), live["metadata"]["generation"]
    conditions = {one["type"]: one["status"] for one in status.get("conditions", [])}
    if conditions.get("Ready") != "True" or status.get("checkedGeneration") != generation:
        return None
    return int(generation)


def _condition(live: Object, type: str, status: str, reason: str, message: str = "") -> None:
    put(live, type, status, reason, message)
    time_now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    live["status"]["conditions"][-1]["lastTransitionTime"] = time_now


def _request(key: Key) -> str:
    return f"/{_REQUEST}/namespaces/{key[0]}/{model.PLURAL}/{key[1]}"


def _table(key: Key) -> str:
    return f"/{_ACK}/namespaces/{key[0]}/tables/{key[1]}"


def _work(name: str) -> str:
    return f"{model.PROMISE}-{name}-configure-1"
