"""What AWS's own engine answers when ACK changes the billing mode of a table with an index."""

import time
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from corpus import GSI, MAXIMUMS, PROVISIONED, spec
from generated import request

from tablepromise.request import admit, render, validate
from tablepromise.trial.calls import calls, dynamodb_names

pytestmark = pytest.mark.dynamodb_local

INDEX = {"globalSecondaryIndexes": [GSI]}
INDEX_MAXIMUMS = {"globalSecondaryIndexes": [{**GSI, "onDemand": MAXIMUMS}]}


@pytest.fixture
def client(endpoint: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials("local", "local")
    config = Config(retries={"total_max_attempts": 1})
    return session.create_client(
        "dynamodb", region_name="us-west-2", endpoint_url=endpoint, config=config
    )


def on_demand(client: Any, name: str, **after: Any) -> None:
    """Sends what ACK 1.9.2 sends: the billing mode, then each index as the Table has it."""
    old = request(spec(name=name, **INDEX, **PROVISIONED, deletionProtection=False))
    new = request(spec(name=name, **after, deletionProtection=False))
    create, *_ = calls(render(admit(old)), client.meta.service_model)
    client.create_table(**create.parameters)
    try:
        _wait(client, name)
        client.update_table(TableName=name, BillingMode="PAY_PER_REQUEST")
        _wait(client, name)
        [index] = render(admit(new))["spec"]["globalSecondaryIndexes"]
        fields = ("indexName", "provisionedThroughput", "onDemandThroughput")
        update = {field: index[field] for field in fields if field in index}
        shape = client.meta.service_model.operation_model("UpdateTable").input_shape
        parameters = {"tableName": name, "globalSecondaryIndexUpdates": [{"update": update}]}
        client.update_table(**dynamodb_names(parameters, shape))
        _wait(client, name)
        [described] = client.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
        assert described["OnDemandThroughput"] == {
            "MaxReadRequestUnits": MAXIMUMS["maxReadRequestUnits"],
            "MaxWriteRequestUnits": MAXIMUMS["maxWriteRequestUnits"],
        }
    finally:
        client.delete_table(TableName=name)


def _wait(client: Any, name: str) -> None:
    deadline = time.monotonic() + 30
    while client.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_index_update_without_maximums_fails_and_admission_rejects_it(client: Any) -> None:
    with pytest.raises(ClientError):
        on_demand(client, "empty-update", **INDEX)
    assert validate(request(spec(**INDEX)), request(spec(**INDEX, **PROVISIONED)))


def test_an_index_update_with_maximums_works_and_admission_accepts_it(client: Any) -> None:
    on_demand(client, "update", **INDEX_MAXIMUMS)
    assert not validate(request(spec(**INDEX_MAXIMUMS)), request(spec(**INDEX, **PROVISIONED)))
