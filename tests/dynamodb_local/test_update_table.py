"""Sends AWS's own engine the calls that ACK makes for generated changes that admission accepts."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from generated import request, with_supported_keys
from mutations import updates

from tablepromise.request import TableRequest, admit, render, validate
from tablepromise.trial.calls import Call, calls, dynamodb_names

pytestmark = pytest.mark.dynamodb_local

LEAST = 0.3
"""Share of the generated changes that must reach the engine, or the test proves little."""

STUCK = "engine does not finish"
"""DynamoDB Local 2.6.1 now and then fails to drop an index: "DROP INDEX b_0*gsi0; syntax error"."""


class _Stuck(Exception):
    """The engine accepted a change and never finishes it."""


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials("local", "local")
    # the engine is to judge, not botocore
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    found: Any = session.create_client(
        "dynamodb", region_name="us-east-1", endpoint_url=endpoint, config=config
    )
    # the engine's quota of capacity is for all tables, those of other tests too
    for name in found.list_tables()["TableNames"]:
        if found.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
            found.update_table(TableName=name, DeletionProtectionEnabled=False)
        found.delete_table(TableName=name)
    return found


def test_what_admission_accepts_update_table_accepts(
    client: Any, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    count: Any = pytestconfig.getoption("--generated-changes")
    counts: Counter[str] = Counter()
    wrongly_accepted: list[str] = []
    for number, (old, new) in enumerate(updates(seed=12, count=count)):
        if new.get("name") == old["name"]:
            # a table that the engine cannot remove is in nobody's way
            old["name"] = new["name"] = f"change-{number}"
        before, after = request(old), request(new)
        if validate(before) or validate(after, before):
            counts["rejected by admission"] += 1
            continue
        before, after = with_supported_keys(before), with_supported_keys(after)
        tables = _without_maximums(admit(before)), _without_maximums(admit(after, before))
        try:
            for sent in _attempt(client, *tables):
                counts[sent] += 1
                if ": " in sent:
                    wrongly_accepted.append(f"{sent}: {old} -> {new}")
        except _Stuck:
            counts[STUCK] += 1
    with capsys.disabled():
        print(f"\n{count} generated changes: {dict(counts)}")
    assert not wrongly_accepted
    assert counts[STUCK] <= count / 100
    assert count - counts["rejected by admission"] > LEAST * count
    assert not {"UpdateTable", "UpdateTimeToLive"} - counts.keys()


def _without_maximums(accepted: TableRequest) -> dict[str, Any]:
    """Return the Table without `onDemandThroughput`.

    The engine (2.6.1 and 3.3.1) answers UpdateTable with an InternalFailure where there is one.
    """
    table = render(accepted)
    table["spec"].pop("onDemandThroughput", None)
    for index in table["spec"].get("globalSecondaryIndexes", ()):
        index.pop("onDemandThroughput", None)
    return table


def _attempt(client: Any, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Make the table of `before`, change it, remove it: yield each operation, or its error."""
    name = before["spec"]["tableName"]
    create, *others = calls(before, client.meta.service_model)
    client.create_table(**create.parameters)
    try:
        for call in others:
            if call.operation == "UpdateTimeToLive":  # the engine has no backups, no insights
                client.update_time_to_live(**call.parameters)
        for call in _changes(before["spec"], after["spec"], client.meta.service_model):
            method = {"UpdateTable": client.update_table}.get(
                call.operation, client.update_time_to_live
            )
            _wait_until_active(client, name)
            try:
                method(**call.parameters)
            except ClientError as error:
                yield f"{call.operation}: {error}: {call.parameters}"
            else:
                yield call.operation
    finally:
        if _wait_until_active(client, name)["DeletionProtectionEnabled"]:
            client.update_table(TableName=name, DeletionProtectionEnabled=False)
        client.delete_table(TableName=name)


def _wait_until_active(client: Any, name: str) -> dict[str, Any]:
    """Return the table once it and its indexes are active: only one index changes at a time."""
    deadline = time.monotonic() + 10
    while True:
        try:
            table: dict[str, Any] = client.describe_table(TableName=name)["Table"]
        except ClientError as error:
            # while an index goes away, the engine now and then answers with an InternalFailure
            states = {str(error)}
        else:
            indexes = table.get("GlobalSecondaryIndexes", [])
            states = {table["TableStatus"], *(index["IndexStatus"] for index in indexes)}
            if states == {"ACTIVE"}:
                return table
        if time.monotonic() > deadline:
            raise _Stuck(f"{name}: {states}")
        time.sleep(0.02)


def _changes(old: dict[str, Any], new: dict[str, Any], service: Any) -> Iterator[Call]:
    """ACK's calls for a change, in its order. `customUpdateTable` of its hooks has them.

    Left out: encryption, which the engine does not have.
    """
    update = service.operation_model("UpdateTable").input_shape
    name = {"tableName": new["tableName"]}

    def update_table(**fields: Any) -> Call:
        return Call("UpdateTable", dynamodb_names({**name, **fields}, update))

    if old.get("timeToLive") != new.get("timeToLive") and "timeToLive" in new:
        shape = service.operation_model("UpdateTimeToLive").input_shape
        live = {**name, "timeToLiveSpecification": new["timeToLive"]}
        yield Call("UpdateTimeToLive", dynamodb_names(live, shape))
    definitions = {"attributeDefinitions": new["attributeDefinitions"]}
    were = {index["indexName"]: index for index in old.get("globalSecondaryIndexes", ())}
    are = {index["indexName"]: index for index in new.get("globalSecondaryIndexes", ())}
    for gone in were.keys() - are.keys():
        change = {"delete": {"indexName": gone}}
        yield update_table(**definitions, globalSecondaryIndexUpdates=[change])
    capacities = [
        {"update": {"indexName": key, "provisionedThroughput": are[key]["provisionedThroughput"]}}
        for key in were.keys() & are.keys()
        if "provisionedThroughput" in are[key]
        and are[key]["provisionedThroughput"] != were[key].get("provisionedThroughput")
    ]
    simple = {
        field: new[field]
        for field in ("billingMode", "tableClass", "deletionProtectionEnabled")
        if old[field] != new[field]
    }
    provisioned = {"provisionedThroughput": new.get("provisionedThroughput")}
    if simple.get("billingMode") == "PROVISIONED":
        simple |= provisioned
        if capacities:
            simple["globalSecondaryIndexUpdates"] = capacities
            capacities = []
    if simple:
        yield update_table(**simple)
    for change in capacities:
        yield update_table(**definitions, globalSecondaryIndexUpdates=[change])
    if old.get("streamSpecification") != new.get("streamSpecification"):
        yield update_table(streamSpecification=new["streamSpecification"])
    if (
        "billingMode" not in simple
        and provisioned["provisionedThroughput"]
        and old["provisionedThroughput"] != new["provisionedThroughput"]
    ):
        yield update_table(**provisioned)
    for added in are.keys() - were.keys():
        change = {"create": are[added]}
        yield update_table(**definitions, globalSecondaryIndexUpdates=[change])
