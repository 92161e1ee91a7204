"""The referee of the e2e tests finds each field in which a table is not as its request says."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import boto3
import pytest
from referee import Referee, differences
from world import examples

from tablepromise.request import admit, render
from tablepromise.trial.engine import embedded

ORDERS = next(r for r in examples() if r["metadata"]["name"] == "production-orders-table")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Clients, by region, of a DynamoDB that has the tables of the examples."""
    with embedded() as engine:
        for request in examples():
            engine.apply(render(admit(request)))

        @cache
        def of(region: str) -> Any:
            keys = {"aws_access_key_id": "embedded", "aws_secret_access_key": "embedded"}
            return cast(Any, boto3).client("dynamodb", region_name=region, **keys)

        yield of


def test_a_table_as_its_request_says_has_no_difference(client: Any) -> None:
    for request in examples():
        table = render(admit(request))
        assert differences(client(request["spec"]["region"]), table) == []


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("continuousBackups", {"pointInTimeRecovery": False}),
        ("timeToLive", {"timeToLive": {"attributeName": "other"}}),
        ("tags", {"tags": [{"key": "team", "value": "other"}]}),
        ("streamSpecification", {"stream": {"viewType": "KEYS_ONLY"}}),
        ("sseSpecification", {"encryption": {"type": "KMS"}}),
        ("tableClass", {"tableClass": "STANDARD_INFREQUENT_ACCESS"}),
        ("deletionProtectionEnabled", {"deletionProtection": False}),
        ("resourcePolicy", {"resourcePolicy": '{"Statement": [{}]}'}),
        ("provisionedThroughput", {"provisioned": {"readCapacity": 99, "writeCapacity": 99}}),
    ],
)
def test_another_value_is_a_difference(client: Any, field: str, change: dict[str, Any]) -> None:
    request = {**ORDERS, "spec": {**ORDERS["spec"], **change}}
    found = differences(client(ORDERS["spec"]["region"]), render(admit(request)))
    assert any(one.startswith(field) for one in found)


def test_a_request_that_says_ready_too_early_is_a_window(client: Any) -> None:
    region, name = ORDERS["spec"]["region"], ORDERS["spec"]["name"]
    client(region).update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-05-04T12:00:00Z"}
    status = {"checkedGeneration": 1, "conditions": [ready]}
    metadata = {"namespace": "default", **ORDERS["metadata"], "generation": 1}
    referee = Referee("", "", client)
    referee.judge({**ORDERS, "metadata": {**metadata, "generation": 2}, "status": status})
    assert not referee.windows, "it says so of the generation before"
    referee.judge({**ORDERS, "metadata": metadata, "status": status})
    client(region).update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    [window] = referee.windows
    assert window.wrong == ["continuousBackups: True in the Table, False in DynamoDB"]
