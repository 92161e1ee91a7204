"""A request's life on the real operators, from the order to the end of the table.

The tests build on each other, in this order. Tables are named `e2e-...` and deleted in the end.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from api import kubectl, kubectl_json, wait
from installed import KRATIX, NAMESPACE, SLOWEST, TABLES, Platform, in_store, is_synced, restart

from tablepromise.request import dump, load, model

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples/requests"
Requests = dict[str, dict[str, Any]]


def order(document: dict[str, Any], name: str, **spec: Any) -> dict[str, Any]:
    """A request like `document`, in our namespace and for a table of its own."""
    changed = deepcopy(document)
    changed["metadata"] = {"name": name, "namespace": NAMESPACE}
    changed["spec"] |= {"name": f"e2e-{name}", **spec}
    return changed


def apply(document: dict[str, Any]) -> str:
    return kubectl("apply", "-f", "-", stdin=dump(document))


def check(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and output of `tablepromise check`."""
    code = "from tablepromise.cli.main import main; main()"
    command = [sys.executable, "-c", code, "check", "-n", NAMESPACE, "-o", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def reached(name: str) -> str:
    """The hop that `tablepromise check` says a request has reached."""
    [hop] = [r["hop"] for r in check()[1]["requests"] if r["name"] == name]
    return str(hop)


@pytest.fixture(scope="module")
def examples() -> Requests:
    requests: Requests = {}
    for file in sorted(EXAMPLES.glob("*.yaml")):
        [document] = load(file.read_text())
        name = document["metadata"]["name"]
        # given up with the test, so that nothing of it stays
        requests[name] = order(document, name, deletionPolicy="Delete", deletionProtection=False)
    return requests


@pytest.fixture(scope="module")
def tables(platform: Platform) -> Iterator[dict[str, str]]:
    """The uid of each Table, which no test here may change."""
    uids: dict[str, str] = {}
    yield uids
    for name, uid in uids.items():
        assert platform.table(NAMESPACE, name)["metadata"]["uid"] == uid, f"{name} was replaced"


def test_five_requests_become_five_tables(
    platform: Platform,
    examples: Requests,
    tables: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows: dict[str, dict[str, float]] = {}
    for name, document in examples.items():
        rows[name] = dict(platform.stages(document))
        table = platform.active(NAMESPACE, name)
        tables[name] = table["metadata"]["uid"]
        described = platform.described(document["spec"]["name"], document["spec"]["region"])
        assert described is not None
        assert described["TableStatus"] == "ACTIVE"
        assert described["TableArn"] == table["status"]["ackResourceMetadata"]["arn"]
    with capsys.disabled():
        _print(rows)
    code, report = check()
    assert code == 0, report


def _print(rows: dict[str, dict[str, float]]) -> None:
    """Seconds since `apply` by request and stage, and the share of each stage."""
    stages = list(next(iter(rows.values())))
    print(f"\n\n{'seconds from apply to':<28}" + "".join(f"{name[:20]:>22}" for name in rows))
    for stage in stages:
        print(f"{stage:<28}" + "".join(f"{row[stage]:>22.1f}" for row in rows.values()))
    total = sum(row[stages[-1]] for row in rows.values())
    before = 0.0
    print("share of each stage:")
    for stage in stages:
        here = sum(row[stage] for row in rows.values())
        print(f"  {stage:<26}{(here - before) / total:>5.0%}")
        before = here


def test_changes_arrive_at_the_same_table(
    platform: Platform, examples: Requests, tables: dict[str, str]
) -> None:
    name = "production-orders-table"
    document = deepcopy(examples[name])
    spec = document["spec"]
    before = platform.described(spec["name"], spec["region"])
    assert before is not None
    spec["provisioned"] = {"readCapacity": 11, "writeCapacity": 6}
    spec["tags"] = [{"key": "team", "value": "orders"}, {"key": "e2e", "value": "changed"}]
    spec["timeToLive"] = {"attributeName": "expires", "enabled": True}
    spec["attributeDefinitions"] = [
        *spec["attributeDefinitions"],
        {"name": "shipment", "type": "S"},
    ]
    spec["globalSecondaryIndexes"] = [
        {
            "indexName": "by-shipment",
            "keySchema": [{"attributeName": "shipment", "keyType": "HASH"}],
        }
    ]
    apply(document)
    client = platform.client(spec["region"])

    def arrived() -> bool:
        now = platform.described(spec["name"], spec["region"])
        assert now is not None
        ttl = client.describe_time_to_live(TableName=spec["name"])["TimeToLiveDescription"]
        tags = client.list_tags_of_resource(ResourceArn=now["TableArn"])["Tags"]
        return (
            now["ProvisionedThroughput"]["ReadCapacityUnits"] == 11
            and [index["IndexName"] for index in now.get("GlobalSecondaryIndexes", [])]
            == ["by-shipment"]
            and ttl["TimeToLiveStatus"] == "ENABLED"
            and {"Key": "e2e", "Value": "changed"} in tags
        )

    wait(arrived, "the changes in DynamoDB", SLOWEST)
    after = platform.described(spec["name"], spec["region"])
    assert after is not None
    assert after["CreationDateTime"] == before["CreationDateTime"]
    assert platform.table(NAMESPACE, name)["metadata"]["uid"] == tables[name]
    examples[name] = document


def test_a_change_that_cannot_be_is_refused_and_says_why(
    platform: Platform, examples: Requests
) -> None:
    name = "simple-users-table"
    renamed = deepcopy(examples[name])
    renamed["spec"]["name"] = "e2e-other"
    done = subprocess.run(
        ["kubectl", "apply", "-f", "-"],
        input=dump(renamed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "name cannot change once the table is requested" in done.stderr, done.stderr
    taken = order(examples[name], "taken")
    taken["spec"]["name"] = examples[name]["spec"]["name"]
    apply(taken)
    wait(lambda: "is already requested by" in message(platform, "taken"), "the refusal", SLOWEST)
    assert f"{NAMESPACE}/{name}" in message(platform, "taken")
    assert not platform.table(NAMESPACE, "taken")
    code, report = check()
    assert code == 1
    assert "is already requested by" in json.dumps(report)
    kubectl("delete", "ddbr", "taken", "-n", NAMESPACE, "--timeout=120s")


def message(platform: Platform, name: str) -> str:
    return str(platform.request(NAMESPACE, name).get("status", {}).get("message", ""))


def test_advice_is_given_at_apply(examples: Requests) -> None:
    document = order(examples["simple-users-table"], "advised", deletionPolicy="Delete")
    document["spec"]["attributeDefinitions"].append({"name": "unused", "type": "S"})
    command = ["kubectl", "apply", "--dry-run=server", "-f", "-"]
    done = subprocess.run(command, input=dump(document), capture_output=True, text=True, check=True)
    assert "no key or index uses attribute unused" in done.stderr
    assert "deletes the table with its data" in done.stderr


@pytest.mark.usefixtures("disruption")
def test_a_destination_with_wrong_labels_is_seen(platform: Platform, examples: Requests) -> None:
    [destination] = platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    name = destination["metadata"]["name"]
    kubectl("label", "destination", name, "cloud-")
    try:
        apply(order(examples["simple-users-table"], "nowhere"))
        wait(
            lambda: platform.list(
                f"{KRATIX}/namespaces/{NAMESPACE}/works", **{"kratix.io/resource-name": "nowhere"}
            ),
            "a Work",
            SLOWEST,
        )
        text = json.dumps(check()[1])
        assert "cloud" in text
        assert name in text
    finally:
        kubectl(
            "label",
            "--overwrite",
            "destination",
            name,
            f"cloud={model.DESTINATION_LABELS['cloud']}",
        )
    platform.active(NAMESPACE, "nowhere")


@pytest.mark.usefixtures("disruption")
def test_a_request_without_ack_is_said_to_wait_for_it(
    platform: Platform, examples: Requests
) -> None:
    namespace, deployment = OPERATORS["ACK"]
    scale = ("scale", "deployment", deployment, "-n", namespace)
    kubectl(*scale, "--replicas=0")
    try:
        apply(order(examples["simple-users-table"], "stuck"))
        wait(lambda: platform.table(NAMESPACE, "stuck"), "its Table", SLOWEST)
        # Kratix takes note of what it wrote some seconds after ACK could have seen it
        wait(lambda: reached("stuck") == "table", "the hop at which it is stuck", 60)
        code, report = check()
        assert code == 1
        assert "scaled to zero" in json.dumps(report["requests"])
    finally:
        kubectl(*scale, "--replicas=1")
    platform.active(NAMESPACE, "stuck")


def test_a_table_cannot_be_deleted_under_its_request(
    platform: Platform, tables: dict[str, str]
) -> None:
    name = next(iter(tables))
    command = ["kubectl", "delete", "table", "-n", NAMESPACE, name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"{NAMESPACE}/{name} still asks for this table" in done.stderr
    assert "deletionTimestamp" not in platform.table(NAMESPACE, name)["metadata"]


def test_retain_keeps_the_table_and_delete_removes_it(
    platform: Platform, examples: Requests
) -> None:
    base = examples["simple-users-table"]
    region = base["spec"]["region"]
    kept = order(base, "kept", deletionPolicy="Retain", deletionProtection=False)
    gone = order(base, "gone", deletionPolicy="Delete", deletionProtection=False)
    for document in (kept, gone):
        apply(document)
    client = platform.client(region)
    for name in ("kept", "gone"):
        platform.active(NAMESPACE, name)
        item = {element["attributeName"]: {"S": "1"} for element in base["spec"]["keySchema"]}
        client.put_item(TableName=f"e2e-{name}", Item=item)
    kubectl("delete", "ddbr", "kept", "gone", "-n", NAMESPACE, "--timeout=120s")
    wait(
        lambda: not any(platform.table(NAMESPACE, n) for n in ("kept", "gone")),
        "both Tables to go",
        SLOWEST,
    )
    wait(lambda: platform.described("e2e-gone", region) is None, "the table to go", SLOWEST)
    assert client.scan(TableName="e2e-kept")["Count"] == 1
    client.delete_table(TableName="e2e-kept")


@pytest.mark.usefixtures("disruption")
def test_a_new_version_of_the_promise_replaces_no_table(
    platform: Platform, tables: dict[str, str]
) -> None:
    with suspended("promises"):
        promise = kubectl_json("get", "promise", model.PROMISE)
        path = "/spec/workflows/resource/configure/0/spec/containers/0/env"
        env = [{"name": "E2E", "value": str(time.time_ns())}]
        kubectl(
            "patch",
            "promise",
            model.PROMISE,
            "--type=json",
            "-p",
            json.dumps([{"op": "add", "path": path, "value": env}]),
        )
        try:
            before = {name: jobs(name) for name in tables}
            wait(
                lambda: all(jobs(name) - before[name] for name in tables),
                "every pipeline to run again",
                SLOWEST,
            )
            for name, uid in tables.items():
                assert platform.active(NAMESPACE, name)["metadata"]["uid"] == uid
        finally:
            old = promise["spec"]["workflows"]["resource"]["configure"]
            kubectl(
                "patch",
                "promise",
                model.PROMISE,
                "--type=merge",
                "-p",
                json.dumps({"spec": {"workflows": {"resource": {"configure": old}}}}),
            )


def jobs(name: str) -> set[str]:
    """Names of the finished Jobs of a request."""
    found = kubectl_json("get", "job", "-n", NAMESPACE, "-l", f"kratix.io/resource-name={name}")
    return {job["metadata"]["name"] for job in found["items"] if job["status"].get("succeeded")}


class suspended:
    """Keeps Flux from taking back what a test changes, where it follows a repository."""

    def __init__(self, stage: str) -> None:
        self._arguments = ("kustomization", stage, "-n", "flux-system", "--type=merge", "-p")
        found = kubectl("get", "kustomization", "-n", "flux-system", "-o", "name")
        self._there = f"/{stage}\n" in found

    def __enter__(self) -> None:
        if self._there:
            kubectl("patch", *self._arguments, '{"spec": {"suspend": true}}')

    def __exit__(self, *_: object) -> None:
        if self._there:
            kubectl("patch", *self._arguments, '{"spec": {"suspend": false}}')


OPERATORS = {
    "Kratix": ("kratix-platform-system", "kratix-platform-controller-manager"),
    "source-controller": ("flux-system", "source-controller"),
    "kustomize-controller": ("flux-system", "kustomize-controller"),
    "ACK": ("ack-system", "ack-dynamodb-controller"),
    "state store": ("state-store", "versitygw"),
}


@pytest.mark.usefixtures("disruption")
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_restart_loses_nothing(
    platform: Platform, examples: Requests, tables: dict[str, str], operator: str
) -> None:
    namespace, deployment = OPERATORS[operator]
    if not platform.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}"):
        pytest.skip(f"{namespace}/{deployment} is not on this cluster")
    name = f"during-{operator.lower().replace(' ', '-')}"
    document = order(examples["simple-users-table"], name)
    apply(document)
    restart(namespace, deployment)
    platform.active(NAMESPACE, name)
    for other, uid in tables.items():
        table = platform.table(NAMESPACE, other)
        assert table["metadata"]["uid"] == uid
        assert is_synced(table)


STORE = ("exec", "-n", "state-store", "deployment/versitygw", "-c", "versitygw", "--", "sh", "-c")


def has_store(platform: Platform) -> None:
    """Skips where the state store is not in the cluster."""
    if not platform.get("/apis/apps/v1/namespaces/state-store/deployments/versitygw"):
        pytest.skip("the state store is not on this cluster, and so not ours to harm")


def store(script: str) -> str:
    """Runs a script where the state store keeps its files."""
    return kubectl(*STORE, script)


@pytest.mark.usefixtures("disruption")
def test_every_table_survives_an_emptied_store(
    platform: Platform, tables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    has_store(platform)
    count = "cd /data/kratix && find . -name '*.yaml' | wc -l"
    files = int(store(count))
    before = {table["metadata"]["uid"] for table in platform.list(f"{TABLES}/tables")}
    store("rm -r /data/kratix/*")
    started = time.monotonic()
    while int(store(count)) < files:
        kept = {t["metadata"]["uid"] for t in platform.list(f"{TABLES}/tables") if is_kept(t)}
        assert before <= kept, "a Table was deleted"
        assert time.monotonic() - started < SLOWEST, "the store was not written again"
        time.sleep(1)
    with capsys.disabled():
        print(f"all {len(before)} Tables survived; {files} files were written again after ", end="")
        print(f"{time.monotonic() - started:.0f} s ", end="")
    for name, uid in tables.items():
        assert platform.active(NAMESPACE, name)["metadata"]["uid"] == uid


@pytest.mark.usefixtures("disruption")
def test_an_object_that_is_refused_holds_up_its_own_namespace_alone(
    platform: Platform, examples: Requests
) -> None:
    has_store(platform)
    [destination] = platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    bad = {
        "apiVersion": "dynamodb.services.k8s.aws/v1alpha1",
        "kind": "Table",
        "metadata": {"name": "bad", "namespace": NAMESPACE},
        "spec": {"tableName": "bad", "region": "no such field"},
    }
    base = examples["simple-users-table"]
    held, free = order(base, "held"), order(base, "free")
    free["metadata"]["namespace"] = "default"
    with in_store(f"{destination['spec']['path']}/resources/{NAMESPACE}/bad.yaml", bad):
        wait(lambda: "bad" in json.dumps(check()[1]["platform"]), "Flux to refuse it", SLOWEST)
        for document in (held, free):
            apply(document)
        try:
            platform.active("default", "free")
            blocker = f"Table/{NAMESPACE}/bad"
            wait(lambda: blocker in json.dumps(check()[1]["requests"]), "the blocker's name", 60)
            assert not platform.table(NAMESPACE, "held")
        finally:
            kubectl("delete", "ddbr", "free", "-n", "default", "--timeout=60s")
    platform.active(NAMESPACE, "held")


def is_kept(table: dict[str, Any]) -> bool:
    return "deletionTimestamp" not in table["metadata"]
