"""What machines do to a platform, and what becomes of the tables: nothing; and what is said
of it meanwhile, in test_status.py."""

import json
import subprocess
import time

import pytest
from api import kubectl, kubectl_json, wait
from faults import (
    ACK,
    KRATIX_MANAGER,
    KUSTOMIZE,
    SOURCE,
    STORE,
    deployment,
    left_alone,
    scaled_to_zero,
    store,
)
from installed import NAMESPACE, SLOWEST, Platform, is_synced, restart
from orders import Requests, apply, check, order

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("disruption")]


OPERATORS = {
    "Kratix": KRATIX_MANAGER,
    "source-controller": SOURCE,
    "kustomize-controller": KUSTOMIZE,
    "ACK": ACK,
    "state store": STORE,
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_restart_loses_nothing(
    platform: Platform, examples: Requests, tables: dict[str, str], operator: str
) -> None:
    if not platform.get(deployment(OPERATORS[operator])):
        pytest.skip(f"{'/'.join(OPERATORS[operator])} is not on this cluster")
    name = f"during-{operator.lower().replace(' ', '-')}"
    document = order(examples["simple-users-table"], name)
    apply(document)
    restart(*OPERATORS[operator])
    platform.active(NAMESPACE, name)
    for other, uid in tables.items():
        table = platform.table(NAMESPACE, other)
        assert table["metadata"]["uid"] == uid
        assert is_synced(table)


def test_a_request_that_goes_while_the_store_is_empty_takes_its_table_along(
    platform: Platform, examples: Requests
) -> None:
    if not platform.get(deployment(STORE)):
        pytest.skip("the state store is not on this cluster, and so not ours to harm")
    document = order(examples["simple-users-table"], "leaving", deletionPolicy="Delete")
    apply(document)
    platform.active(NAMESPACE, "leaving")

    def refused() -> bool:
        # again and again: Kratix writes the files anew, maybe before Flux has looked
        store("rm -rf /data/kratix/*")
        found = kubectl_json("get", "kustomization", "-n", "flux-system")["items"]
        said = [
            c["message"] for live in found for c in live.get("status", {}).get("conditions", [])
        ]
        return any("leaving of this Table still exists" in message for message in said)

    wait(refused, "Flux to be refused", SLOWEST)
    kubectl("delete", "ddbr", "leaving", "-n", NAMESPACE, "--timeout=120s")
    wait(lambda: not platform.table(NAMESPACE, "leaving"), "the Table to go", SLOWEST)
    region = document["spec"]["region"]
    wait(lambda: platform.described("e2e-leaving", region) is None, "the table to go", SLOWEST)


def test_a_table_whose_request_is_gone_is_seen_while_ack_is_down(
    platform: Platform, examples: Requests
) -> None:
    document = order(examples["simple-users-table"], "unseen", deletionPolicy="Delete")
    apply(document)
    platform.active(NAMESPACE, "unseen")
    with left_alone(), scaled_to_zero(ACK):
        kubectl("delete", "ddbr", "unseen", "-n", NAMESPACE, "--timeout=120s")

        def seen() -> bool:
            _, report = check()
            parts = {part["name"]: part for part in report["platform"] if part["kind"] == "Table"}
            part = parts.get(f"{NAMESPACE}/unseen", {"message": "", "fix": ""})
            return "it waits for ACK" in part["message"] and "kubectl scale" in part["fix"]

        wait(seen, "`check` to show the Table, and why it waits", SLOWEST)
        assert platform.described("e2e-unseen", document["spec"]["region"]) is not None
    wait(lambda: not platform.table(NAMESPACE, "unseen"), "the Table to go", SLOWEST)


def test_the_keys_of_the_store_survive_a_person_and_the_printed_remedy_works(
    platform: Platform, examples: Requests, tables: dict[str, str]
) -> None:
    if not platform.get(deployment(STORE)):
        pytest.skip("the state store is not on this cluster, and so not ours to harm")
    bucket = "buckets.source.toolkit.fluxcd.io"
    [source, *_] = kubectl_json("get", bucket, "-n", "flux-system")["items"]
    secret = ("secret", source["spec"]["secretRef"]["name"], "-n", "flux-system")
    keys = kubectl_json("get", *secret)["data"]
    # a person sets the keys as they are, and Flux applies its manifests
    kubectl("patch", *secret, "--type=merge", "-p", json.dumps({"data": {"secretkey": "eA=="}}))
    kubectl("patch", *secret, "--type=merge", "-p", json.dumps({"data": keys}))
    now = f"reconcile.fluxcd.io/requestedAt={time.time()}"
    stages = "kustomizations.kustomize.toolkit.fluxcd.io"
    kubectl("annotate", "--overwrite", stages, "--all", "-n", "flux-system", now)
    time.sleep(20)
    assert kubectl_json("get", *secret)["data"] == keys
    kubectl("patch", *secret, "--type=merge", "-p", json.dumps({"data": {"secretkey": None}}))
    fix = ""

    def printed() -> bool:
        nonlocal fix
        _, report = check()
        fixes = [p["fix"] for p in report["platform"] if p["kind"] == "Bucket" and p["fix"]]
        fix = fixes[0] if fixes else ""
        return "kubectl create job" in fix

    wait(printed, "`check` to print the remedy", SLOWEST)
    fill, _, requeue = fix.partition(" (fills")
    subprocess.run(["bash", "-euc", fill], check=True)
    wait(lambda: kubectl_json("get", *secret)["data"] == keys, "the keys to be back", SLOWEST)
    subprocess.run(["bash", "-euc", f"kubectl {requeue.partition('kubectl ')[2]}"], check=True)
    kubectl("wait", bucket, "--all", "-n", "flux-system", "--for=condition=Ready", "--timeout=30s")
    apply(order(examples["simple-users-table"], "after-the-keys"))
    platform.active(NAMESPACE, "after-the-keys")
    del tables
