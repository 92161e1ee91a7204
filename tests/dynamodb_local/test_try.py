"""`tablepromise try --endpoint`, on AWS's own engine."""

import json
from typing import Any

import botocore.session
import pytest
from click.testing import CliRunner
from referee import differences
from world import examples

from tablepromise.cli.main import main
from tablepromise.request import admit, render

pytestmark = pytest.mark.dynamodb_local


LACKS = {"continuousBackups", "resourcePolicy", "tags"}
"""Fields that DynamoDB Local has no operation for."""


def attempt(endpoint: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["try", "--endpoint", endpoint, "-o", "json"])
    assert result.exit_code == 0, result.stderr
    requests: list[dict[str, Any]] = json.loads(result.stdout)["requests"]
    return requests


def described(endpoint: str) -> dict[str, list[str]]:
    """By table, the fields in which DynamoDB's table is not the one of its request."""
    session = botocore.session.Session()
    session.set_credentials("tablepromise", "tablepromise")
    found: dict[str, list[str]] = {}
    for request in examples():
        table = render(admit(request))
        client = session.create_client(
            "dynamodb", region_name=request["spec"]["region"], endpoint_url=endpoint
        )
        found[table["spec"]["tableName"]] = differences(client, table, LACKS)
    return found


def test_five_tables_and_a_second_run_that_changes_nothing(endpoint: str) -> None:
    assert list(described(endpoint).values()) == [["there is no table"]] * 5
    first = attempt(endpoint)
    wrong = described(endpoint)
    second = attempt(endpoint)
    assert described(endpoint) == wrong
    assert list(wrong.values()) == [[]] * 5
    for run in (first, second):
        assert [table["status"] for table in run] == ["ACTIVE"] * 5
        assert [table["failed_at"] for table in run] == [""] * 5
    assert [table["arn"] for table in first] == [table["arn"] for table in second]
    # DynamoDB Local has no backups
    orders = [next(t for t in run if t["table"] == "orders-table") for run in (first, second)]
    assert any(
        "is not implemented by this DynamoDB" in warning for warning in orders[0]["warnings"]
    )
    assert any(
        warning.startswith("PointInTimeRecovery is not compared")
        for warning in orders[1]["warnings"]
    )
