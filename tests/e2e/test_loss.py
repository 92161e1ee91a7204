"""Every way to delete, and what happens to the tables: none is lost against its request.

Each way meets four tables with an item in each. A table counts as kept while its item is there, so
one that was made again is lost. E2E_REPORT names a file to which the matrix is written.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from api import kubectl, kubectl_json, wait
from installed import ELSEWHERE, KRATIX, NAMESPACE, SLOWEST, Platform, in_store, is_synced
from orders import Requests, apply, order

from tablepromise.diagnosis.reasons import Reason
from tablepromise.request import deletes_data, model
from tablepromise.request.deletion import CONFIRM_DELETION

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("disruption")]

KINDS: dict[str, dict[str, Any]] = {
    "Retain, protected (default)": {},
    "Retain": {"deletionProtection": False},
    "Delete, protected": {"deletionPolicy": "Delete", "deletionProtection": True},
    "Delete": {"deletionPolicy": "Delete"},
}

WATCHED = 20
"""Seconds for which nothing may be lost: Flux looks every 5."""


class Orders:
    """Four requests, one of each kind, with a table and an item each."""

    def __init__(self, platform: Platform, base: dict[str, Any], prefix: str, namespace: str):
        self.platform, self.namespace = platform, namespace
        self.documents: dict[str, dict[str, Any]] = {}
        for number, (kind, said) in enumerate(KINDS.items()):
            document = order(base, f"{prefix}-{number}")
            document["metadata"]["namespace"] = namespace
            for field in ("deletionPolicy", "deletionProtection"):
                document["spec"].pop(field, None)
            document["spec"] |= said
            self.documents[kind] = document

    def apply(self) -> None:
        for document in self.documents.values():
            apply(document)

    def fill(self) -> None:
        """Waits for the tables, and puts the items there."""
        for document in self.documents.values():
            spec = document["spec"]
            self.platform.active(self.namespace, document["metadata"]["name"])
            item = {key["attributeName"]: {"S": "1"} for key in spec["keySchema"]}
            self.platform.client(spec["region"]).put_item(TableName=spec["name"], Item=item)
        self.uids = self._uids()

    def end(self) -> None:
        """Gives all of it up, by hand where ACK would wait for ever."""
        for name in self.names():
            spec = {"deletionPolicy": "Retain", "deletionProtection": False}
            _quietly("patch", "ddbr", name, "-n", self.namespace, *_merge({"spec": spec}))
        self.let_go()
        for document in self.documents.values():
            self._end(document)

    def let_go(self) -> None:
        """Deletes the requests, again and again while that is refused."""

        def gone() -> bool:
            _quietly("delete", "ddbr", *self.names(), "-n", self.namespace, "--wait=false")
            return not any(self.platform.request(self.namespace, name) for name in self.names())

        wait(gone, "the requests to go", SLOWEST)

    def _end(self, document: dict[str, Any]) -> None:
        name, spec = document["metadata"]["name"], document["spec"]
        client = self.platform.client(spec["region"])
        if self.platform.described(spec["name"], spec["region"]):
            client.update_table(TableName=spec["name"], DeletionProtectionEnabled=False)
        spec_of_table = {"spec": {"deletionProtectionEnabled": False}}
        table = f"tables.dynamodb.services.k8s.aws/{name}"
        _quietly("patch", table, "-n", self.namespace, *_merge(spec_of_table))
        wait(lambda: not self.platform.table(self.namespace, name), f"Table {name} to go", SLOWEST)
        if self.platform.described(spec["name"], spec["region"]):
            client.delete_table(TableName=spec["name"])

    def names(self, kind: str | None = None) -> list[str]:
        return [d["metadata"]["name"] for k, d in self.documents.items() if kind in (None, k)]

    def kept(self, kind: str) -> bool:
        spec = self.documents[kind]["spec"]
        if not self.platform.described(spec["name"], spec["region"]):
            return False
        found = self.platform.client(spec["region"]).scan(TableName=spec["name"])
        return int(found["Count"]) == 1

    def outcome(self) -> dict[str, bool]:
        return {kind: self.kept(kind) for kind in self.documents}

    def unharmed(self) -> bool:
        """Whether every Table is synced, and the one that it was."""
        tables = [self.platform.table(self.namespace, name) for name in self.names()]
        return all(map(is_synced, tables)) and self._uids() == self.uids

    def _uids(self) -> list[str]:
        tables = [self.platform.table(self.namespace, name) for name in self.names()]
        return [table.get("metadata", {}).get("uid", "") for table in tables]


def _merge(body: object) -> tuple[str, ...]:
    return "--type=merge", "-p", json.dumps(body)


def _quietly(*arguments: str) -> str:
    """What kubectl says on its error output; it may fail."""
    done = subprocess.run(["kubectl", *arguments], capture_output=True, text=True, check=False)
    return done.stderr


# --- the report -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def matrix() -> Iterator[dict[str, dict[str, str]]]:
    """What became of each kind of table, by way; written in the end."""
    rows: dict[str, dict[str, str]] = {}
    yield rows
    lines = [
        f"| deleted | {' | '.join(f'`{kind}`' for kind in KINDS)} | lost against the request |"
    ]
    lines.append("|---" * (len(KINDS) + 2) + "|")
    for way, cells in rows.items():
        lost = sum(cell.endswith("LOST") for cell in cells.values())
        lines.append(f"| {way} | {' | '.join(cells[kind] for kind in KINDS)} | {lost} |")
    table = "\n".join(lines) + "\n"
    print(table)
    if report := os.environ.get("E2E_REPORT"):
        Path(report).write_text(table, encoding="utf-8")


def entered(
    matrix: dict[str, dict[str, str]], way: str, orders: Orders, requested: set[str] | None = None
) -> None:
    """Writes a row, and fails if more was lost than requested."""
    requested = requested or set()
    outcome = orders.outcome()
    matrix[way] = {
        kind: "kept" if kept else "deleted, as requested" if kind in requested else "LOST"
        for kind, kept in outcome.items()
    }
    assert {kind for kind, kept in outcome.items() if not kept} <= requested, matrix[way]


GIVEN_UP = {kind for kind, said in KINDS.items() if deletes_data(said)}


@pytest.fixture(scope="module")
def orders(platform: Platform, examples: Requests) -> Iterator[dict[str, Orders]]:
    """What each test may delete; all of it is ordered at once, which is quicker."""
    places = {
        **dict.fromkeys(("stays", "changed", "moment", "request", "promise"), NAMESPACE),
        "namespace": ELSEWHERE,
    }
    base = examples["simple-users-table"]
    made = {prefix: Orders(platform, base, prefix, place) for prefix, place in places.items()}
    for one in made.values():
        one.apply()
    for one in made.values():
        one.fill()
    yield made
    for one in made.values():
        one.end()


# --- what others delete, while the requests ask for their tables ----------------------------------


@pytest.fixture(scope="module")
def standing(orders: dict[str, Orders]) -> Orders:
    return orders["stays"]


Damage = Callable[[Platform, Orders], AbstractContextManager[None]]


@contextmanager
def the_table(platform: Platform, orders: Orders) -> Generator[None]:
    del platform
    for name in orders.names():
        table = ("tables.dynamodb.services.k8s.aws", name, "-n", orders.namespace)
        assert "still exists: delete the request" in _quietly("delete", *table, "--wait=false")
    yield


def _of(orders: Orders) -> tuple[str, ...]:
    names = ",".join(orders.names())
    return "-n", orders.namespace, "-l", f"kratix.io/resource-name in ({names})"


def _run_again(orders: Orders) -> None:
    kubectl(
        *("label", "ddbr", *orders.names(), "-n", orders.namespace),
        *("--overwrite", "kratix.io/manual-reconciliation=true"),
    )


@contextmanager
def the_works(platform: Platform, orders: Orders) -> Generator[None]:
    del platform
    kubectl("delete", "work", *_of(orders), "--wait=false")
    yield
    _run_again(orders)


@contextmanager
def the_placements(platform: Platform, orders: Orders) -> Generator[None]:
    path = f"{KRATIX}/namespaces/{orders.namespace}/works"

    def works() -> list[str]:
        return [
            work["metadata"]["name"]
            for name in orders.names()
            for work in platform.list(path, **{"kratix.io/resource-name": name})
        ]

    wait(lambda: len(works()) == len(KINDS), "a Work for each request", SLOWEST)
    selector = f"kratix.io/work in ({','.join(works())})"
    kubectl("delete", "workplacement", "-n", orders.namespace, "-l", selector, "--wait=false")
    yield
    _run_again(orders)


STORE = ("exec", "-n", "state-store", "deployment/versitygw", "-c", "versitygw", "--", "sh", "-c")


def _files() -> int:
    return int(kubectl(*STORE, "cd /data/kratix && find . -name '*.yaml' | wc -l"))


@contextmanager
def all_files(platform: Platform, orders: Orders) -> Generator[None]:
    del platform, orders
    before = _files()
    kubectl(*STORE, "rm -r /data/kratix/*")
    yield
    wait(lambda: _files() >= before, "Kratix to write the files again", SLOWEST)


@contextmanager
def other_files(platform: Platform, orders: Orders) -> Generator[None]:
    """Somebody else's object in the folder, and ours out of it: a store restored from elsewhere."""
    [destination] = platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    folder = f"{destination['spec']['path']}/resources/{orders.namespace}"
    other = {
        "apiVersion": "dynamodb.services.k8s.aws/v1alpha1",
        "kind": "Table",
        "metadata": {
            "name": "elsewhere",
            "namespace": orders.namespace,
            # an agent applies nothing else
            "labels": {f"{model.GROUP}/request": "elsewhere"},
        },
        "spec": {
            "tableName": "e2e-elsewhere",
            "attributeDefinitions": [{"attributeName": "id", "attributeType": "S"}],
            "keySchema": [{"attributeName": "id", "keyType": "HASH"}],
            "billingMode": "PAY_PER_REQUEST",
        },
    }
    before = _files()
    with in_store(f"{folder}/elsewhere.yaml", other):
        kubectl(*STORE, f"cd /data/kratix/{folder} && ls -A | grep -v elsewhere | xargs rm -r")
        yield
    wait(lambda: _files() >= before, "Kratix to write the files again", SLOWEST)
    wait(lambda: not platform.table(orders.namespace, "elsewhere"), "it to go", SLOWEST)


FLUX = "flux-system"


def _agents(platform: Platform) -> list[str]:
    """Names of the Destination's Kustomizations, and of their sources."""
    [destination] = platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    prefix = f"{destination['metadata']['name']}-"
    found = kubectl_json("get", "kustomization", "-n", FLUX)["items"]
    return [k["metadata"]["name"] for k in found if k["metadata"]["name"].startswith(prefix)]


@contextmanager
def taken_away(*objects: tuple[str, str, str]) -> Generator[None]:
    """Deletes objects (kind, name, namespace), and puts back those that nobody else has."""
    saved: list[dict[str, Any]] = []
    for kind, name, namespace in objects:
        document = kubectl_json("get", kind, name, *(("-n", namespace) if namespace else ()))
        document.pop("status", None)
        for field in (
            *("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"),
            *("finalizers", "deletionTimestamp", "ownerReferences"),
        ):
            document["metadata"].pop(field, None)
        saved.append(document)
    for kind, name, namespace in objects:
        _quietly("delete", kind, name, *(("-n", namespace) if namespace else ()), "--timeout=30s")
    try:
        yield
    finally:
        for document in saved:
            # what still waits to go does so before it can be made again
            def made(document: dict[str, Any] = document) -> bool:
                text = json.dumps(document)
                done = subprocess.run(
                    ["kubectl", "create", "-f", "-"],
                    input=text,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if done.returncode == 0:
                    return True
                metadata = document["metadata"]
                where = ("-n", metadata["namespace"]) if "namespace" in metadata else ()
                kind = f"{document['kind']}.{document['apiVersion'].split('/')[0]}".lower()
                there = kubectl(
                    *("get", kind, metadata["name"], *where, "--ignore-not-found"),
                    *("-o", "jsonpath={.metadata.name} {.metadata.deletionTimestamp}"),
                )
                return bool(there) and there.endswith(" ")

            wait(made, f"{document['kind']} to be there again", SLOWEST)


@contextmanager
def the_kustomizations(platform: Platform, orders: Orders) -> Generator[None]:
    del orders
    with taken_away(*(("kustomization", name, FLUX) for name in _agents(platform))):
        yield


@contextmanager
def the_sources(platform: Platform, orders: Orders) -> Generator[None]:
    del orders
    with taken_away(
        *(("bucket.source.toolkit.fluxcd.io", name, FLUX) for name in _agents(platform))
    ):
        yield


@contextmanager
def the_destination(platform: Platform, orders: Orders) -> Generator[None]:
    [destination] = platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    with taken_away(("destination", destination["metadata"]["name"], "")):
        yield
    _run_again(orders)


@contextmanager
def the_state_store(platform: Platform, orders: Orders) -> Generator[None]:
    [destination] = platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    reference = destination["spec"]["stateStoreRef"]
    with taken_away((reference["kind"].lower(), reference["name"], "")):
        yield
    _run_again(orders)


DAMAGE: dict[str, Damage] = {
    "its Table, by hand": the_table,
    "its Work": the_works,
    "its WorkPlacement": the_placements,
    "all files in the state store": all_files,
    "its files, others put there": other_files,
    "the Kustomizations of the Destination": the_kustomizations,
    "their sources": the_sources,
    "the Destination": the_destination,
    "the state store's object": the_state_store,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_nothing_is_lost_that_is_asked_for(
    platform: Platform, standing: Orders, matrix: dict[str, dict[str, str]], what: str
) -> None:
    in_cluster = platform.get("/apis/apps/v1/namespaces/state-store/deployments/versitygw")
    if DAMAGE[what] in (all_files, other_files) and not in_cluster:
        pytest.skip("the state store is not on this cluster, and so not ours to harm")
    with DAMAGE[what](platform, standing):
        time.sleep(WATCHED)
        entered(matrix, what, standing)
    wait(standing.unharmed, "every Table to be in step again", SLOWEST)
    entered(matrix, what, standing)


def test_a_table_object_that_was_removed_by_force(
    platform: Platform, standing: Orders, matrix: dict[str, dict[str, str]]
) -> None:
    """ACK does not take the table for its own any more, and the printed step changes that."""
    table = "tables.dynamodb.services.k8s.aws"
    where = ("-n", standing.namespace)
    with taken_away(("validatingadmissionpolicybinding", "tablepromise-table-guard", "")):
        for name in standing.names():
            kubectl("patch", table, name, *where, *_merge({"metadata": {"finalizers": None}}))
            wait(
                lambda name=name: not _quietly("delete", table, name, *where, "--wait=false"),
                "the guard to be off",
            )
    wait(
        lambda: all(
            stalled(platform, standing.namespace, name) == TAKEN for name in standing.names()
        ),
        "each request to say what was removed",
        SLOWEST,
    )
    entered(matrix, "its Table, by force", standing)
    # all of them first: the step restarts ACK, and a request then says that ACK is down
    messages = [_condition(platform, standing.namespace, n)["message"] for n in standing.names()]
    assert all("belongs to this request" in message for message in messages)
    for message in messages:
        follow(message)
        time.sleep(2)  # kubectl refuses to restart a Deployment twice within a second
    for name in standing.names():
        platform.active(standing.namespace, name)
    time.sleep(WATCHED)
    entered(matrix, "its Table, by force, after the printed step", standing)


# --- what deletes the requests --------------------------------------------------------------------


def test_changed_and_deleted_in_one_go(
    platform: Platform, orders: dict[str, Orders], matrix: dict[str, dict[str, str]]
) -> None:
    """Refused, both ways: `Delete` turned on, and turned off."""
    mine = orders["changed"]
    for kind, document in mine.documents.items():
        name = document["metadata"]["name"]
        keep = {"deletionPolicy": "Retain", "deletionProtection": None}
        _turn(name, keep if kind in GIVEN_UP else GIVE_UP)
        said = _quietly("delete", "ddbr", name, "-n", NAMESPACE, "--wait=false")
        assert "does not have the new value yet" in said, kind
    assert all(platform.request(NAMESPACE, name) for name in mine.names())
    entered(matrix, "the request, right after a change of what it says of the data", mine)


GIVE_UP = {"deletionPolicy": "Delete", "deletionProtection": False}


def _turn(name: str, said: dict[str, Any]) -> None:
    kubectl("patch", "ddbr", name, "-n", NAMESPACE, *_merge({"spec": said}))


def test_given_up_for_a_moment_and_deleted(
    orders: dict[str, Orders], matrix: dict[str, dict[str, str]]
) -> None:
    mine = orders["moment"]
    for kind, document in mine.documents.items():
        name = document["metadata"]["name"]
        _turn(name, GIVE_UP)
        time.sleep(2)  # its pipeline has begun
        before = {field: document["spec"].get(field) for field in GIVE_UP}
        _turn(name, before | {"deletionPolicy": before["deletionPolicy"] or "Retain"})
        _quietly("delete", "ddbr", name, "-n", NAMESPACE, "--wait=false")
        del kind
    mine.let_go()
    # a Table may be left over, if a run wrote it while its request was going; its data is kept
    time.sleep(2 * WATCHED)
    entered(matrix, "the request, two seconds after `Delete` was set", mine, GIVEN_UP)


def settled(platform: Platform, orders: Orders) -> None:
    """Waits until every Table went, but one that DynamoDB protects, and a little longer."""
    names = {name for kind in KINDS if kind != "Delete, protected" for name in orders.names(kind)}
    wait(
        lambda: not any(platform.table(orders.namespace, name) for name in names),
        "the Tables to go",
        SLOWEST,
    )
    time.sleep(10)


def test_the_request(
    platform: Platform, orders: dict[str, Orders], matrix: dict[str, dict[str, str]]
) -> None:
    mine = orders["request"]
    for kind, document in mine.documents.items():
        name = document["metadata"]["name"]
        said = _quietly("delete", "ddbr", name, "-n", NAMESPACE, "--dry-run=server")
        assert f"is {'deleted' if kind in GIVEN_UP else 'kept'} with its data" in said
        taken_up = platform.request(NAMESPACE, name)["status"]["deletionPolicy"]
        assert taken_up == ("Delete" if kind in GIVEN_UP else "Retain")
    mine.let_go()
    settled(platform, mine)
    entered(matrix, "the request", mine, GIVEN_UP)


def test_the_namespace(
    platform: Platform, orders: dict[str, Orders], matrix: dict[str, dict[str, str]]
) -> None:
    mine = orders["namespace"]
    assert "has DynamoDBRequest" in _quietly("delete", "namespace", ELSEWHERE, "--wait=false")
    entered(matrix, "the namespace: rejected", mine)
    # a namespace of which the policy knew nothing, as one that was deleted before it was installed
    with taken_away(("validatingadmissionpolicybinding", "tablepromise-namespace-guard", "")):
        wait(lambda: not _quietly("delete", "namespace", ELSEWHERE, "--wait=false"), "the deletion")
        wait(
            lambda: all(stalled(platform, ELSEWHERE, n) == TERMINATING for n in mine.names()),
            "each request to say what it waits for",
            SLOWEST,
        )
        entered(matrix, "the namespace", mine, GIVEN_UP)
        for name in mine.names():
            follow(_condition(platform, ELSEWHERE, name)["message"])
        wait(
            lambda: not any(platform.request(ELSEWHERE, name) for name in mine.names()),
            "the requests to go, by the printed step alone",
            SLOWEST,
        )
        time.sleep(WATCHED)
    entered(matrix, "the namespace, after the printed step", mine, GIVEN_UP)


TERMINATING, TAKEN = str(Reason.NAMESPACE_TERMINATING), str(Reason.NAME_TAKEN)


def _condition(platform: Platform, namespace: str, name: str) -> dict[str, str]:
    conditions: list[dict[str, str]] = (
        platform.request(namespace, name).get("status", {}).get("conditions", [])
    )
    none: dict[str, str] = {}
    return next((c for c in conditions if c["type"] == "Stalled" and c["status"] == "True"), none)


def stalled(platform: Platform, namespace: str, name: str) -> str:
    """The reason for which a request is stalled; "" if it is not."""
    return _condition(platform, namespace, name).get("reason", "")


def follow(message: str) -> None:
    """Runs the commands in the next step that a request prints, to the letter."""
    _, _, step = message.partition("; next: ")
    command = f"kubectl {step.partition('kubectl ')[2]}"
    subprocess.run(["bash", "-euc", command], check=True)


def test_the_promise(
    platform: Platform, orders: dict[str, Orders], matrix: dict[str, dict[str, str]]
) -> None:
    """The last: it takes every request along."""
    theirs = kubectl_json("get", "ddbr", "--all-namespaces")["items"]
    if any(found["metadata"]["namespace"] != NAMESPACE for found in theirs):
        pytest.skip("there are requests of others, which would go with the Promise")
    path = f"{KRATIX}/promises/{model.PROMISE}"
    said = _quietly("delete", "promise", model.PROMISE, "--wait=false")
    assert "deletes every DynamoDBRequest" in said
    assert all(platform.request(NAMESPACE, name) for name in orders["promise"].names())
    entered(matrix, "the Promise: rejected without a confirmation", orders["promise"])
    kubectl(*said.partition("to confirm: kubectl ")[2].split())
    with taken_away(("promise", model.PROMISE, "")):
        wait(lambda: not platform.get(path), "the Promise to go", SLOWEST)
        settled(platform, orders["promise"])
        entered(matrix, "the Promise", orders["promise"], GIVEN_UP)
    kubectl("annotate", "promise", model.PROMISE, f"{CONFIRM_DELETION}-")
    everywhere = f"/apis/{model.API_VERSION}/{model.PLURAL}"
    wait(lambda: "items" in platform.api.send("GET", everywhere), "the requests' API", SLOWEST)
