"""A request's life on the real operators, from the order to the end of the table.

The tests build on each other, in this order. Tables are named `e2e-...` and deleted in the end.
"""

import json
import subprocess
from copy import deepcopy

import pytest
from api import kubectl, wait
from installed import NAMESPACE, SLOWEST, Platform
from orders import Requests, apply, check, order
from team_namespaces import SUSPENDED

from tablepromise.platform import Flux
from tablepromise.request import dump

pytestmark = pytest.mark.e2e


def test_five_requests_become_five_tables(
    platform: Platform,
    examples: Requests,
    tables: dict[str, str],
    timings: dict[str, dict[str, float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in tables:
        document = examples[name]
        ready = ("wait", "--for=condition=Ready", f"dynamodbrequest/{name}", "-n", NAMESPACE)
        # ACK compares a table with continuous backups one resync after it created the table
        kubectl(*ready, "--timeout=120s")
        described = platform.described(document["spec"]["name"], document["spec"]["region"])
        assert described is not None
        assert described["TableStatus"] == "ACTIVE"
        arn = platform.table(NAMESPACE, name)["status"]["ackResourceMetadata"]["arn"]
        assert described["TableArn"] == arn
    with capsys.disabled():
        _print(timings)
    _, report = check()
    assert {request["state"] for request in report["requests"]} == {"ready"}, report
    bad = [part["name"] for part in report["platform"] if part["state"] == "unhealthy"]
    assert set(bad) == {f"{Flux.NAMESPACE}/{name}" for name in SUSPENDED}, report


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
    assert "name is immutable" in done.stderr, done.stderr
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


def test_a_table_cannot_be_deleted_under_its_request(
    platform: Platform, tables: dict[str, str]
) -> None:
    name = next(iter(tables))
    command = ["kubectl", "delete", "table", "-n", NAMESPACE, name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"{NAMESPACE}/{name} of this Table still exists" in done.stderr
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
