"""What people and machines do to a platform, and what becomes of the tables: nothing."""

import json
import time
from typing import Any

import pytest
from api import kubectl, kubectl_json, wait
from installed import KRATIX, NAMESPACE, SLOWEST, TABLES, Platform, in_store, is_synced, restart
from orders import Requests, apply, check, order, reached

from tablepromise.request import model

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("disruption")]


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


OPERATORS = {
    "Kratix": ("kratix-platform-system", "kratix-platform-controller-manager"),
    "source-controller": ("flux-system", "source-controller"),
    "kustomize-controller": ("flux-system", "kustomize-controller"),
    "ACK": ("ack-system", "ack-dynamodb-controller"),
    "state store": ("state-store", "versitygw"),
}


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


def test_a_request_that_goes_while_the_store_is_empty_takes_its_table_along(
    platform: Platform, examples: Requests
) -> None:
    has_store(platform)
    document = order(examples["simple-users-table"], "leaving", deletionPolicy="Delete")
    apply(document)
    platform.active(NAMESPACE, "leaving")
    store("rm -r /data/kratix/*")

    def refused() -> bool:
        return "leaving still asks for this table" in kubectl("get", "events", "-n", "flux-system")

    wait(refused, "Flux to be refused", SLOWEST)
    kubectl("delete", "ddbr", "leaving", "-n", NAMESPACE, "--timeout=120s")
    wait(lambda: not platform.table(NAMESPACE, "leaving"), "the Table to go", SLOWEST)
    region = document["spec"]["region"]
    wait(lambda: platform.described("e2e-leaving", region) is None, "the table to go", SLOWEST)


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
