"""`tablepromise try --endpoint`, on AWS's own engine."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tablepromise.cli.main import main

pytestmark = pytest.mark.dynamodb_local


def attempt(endpoint: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["try", "--endpoint", endpoint, "-o", "json"])
    assert result.exit_code == 0, result.stderr
    requests: list[dict[str, Any]] = json.loads(result.stdout)["requests"]
    return requests


def test_five_tables_and_a_second_run_that_changes_nothing(endpoint: str) -> None:
    first, second = attempt(endpoint), attempt(endpoint)
    for run in (first, second):
        assert [table["status"] for table in run] == ["ACTIVE"] * 5
        assert [table["failed_at"] for table in run] == [""] * 5
    assert [table["arn"] for table in first] == [table["arn"] for table in second]
    # DynamoDB Local has no backups
    orders = [next(t for t in run if t["table"] == "orders-table") for run in (first, second)]
    [warning] = orders[0]["warnings"]
    assert "is not implemented by this DynamoDB" in warning
    assert any(
        warning.startswith("PointInTimeRecovery is not compared")
        for warning in orders[1]["warnings"]
    )
