"""Starts moto's server with what ACK needs and moto lacks.

- DescribeContributorInsights: ACK reads the contributor insights of every table, and moto answers
  with an internal error.
- OnDemandThroughput of tables and global indexes: moto drops it, and ACK would set it for ever.
- PROVISIONED to PAY_PER_REQUEST: the capacity of global indexes becomes 0, as in DynamoDB.
- DescribeTimeToLive: no AttributeName while time to live is off, as in DynamoDB.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

MAXIMUMS = "OnDemandThroughput"
handler = import_module("moto.dynamodb.responses").DynamoHandler


def describe_contributor_insights(self: Any) -> str:
    """As for a table on which they were never switched on."""
    name = self.body["TableName"]
    self.dynamodb_backend.get_table(name)  # answers ResourceNotFoundException if there is none
    return json.dumps({"TableName": name, "ContributorInsightsStatus": "DISABLED"})


def maximums_of(table: Any) -> Any:
    """Return the maximums of a table and its indexes, by index name; "" is the table."""
    kept = getattr(table, "maximums", None)
    if kept is None:
        kept = table.maximums = dict[str, dict[str, int]]()
    return kept


def keep(table: Any, body: dict[str, Any]) -> None:
    """Keep the maximums of a call at the table: a maximum of -1 is removed, others stay."""
    maximums = maximums_of(table)
    if body.get("BillingMode") == "PROVISIONED":
        maximums.clear()
        return
    parts = [("", body), *((part["IndexName"], part) for part in indexes(body))]
    for index, part in parts:
        kept = {**maximums.get(index, {}), **part.get(MAXIMUMS, {})}
        maximums[index] = {name: units for name, units in kept.items() if units != -1}
    for change in body.get("GlobalSecondaryIndexUpdates", []):
        if "Delete" in change:
            maximums.pop(change["Delete"]["IndexName"], None)
    if body.get("BillingMode") == "PAY_PER_REQUEST":
        for part in table.global_indexes:
            part.throughput = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}


def indexes(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the global indexes that a call creates or updates."""
    changes = [
        change.get("Create") or change.get("Update")
        for change in body.get("GlobalSecondaryIndexUpdates", [])
    ]
    return [part for part in (*body.get("GlobalSecondaryIndexes", []), *changes) if part]


def with_maximums(call: Callable[[Any], Any], *, changes: bool) -> Callable[[Any], Any]:
    """Return the handler of an operation that has maximums in its request or answer."""

    def handle(self: Any) -> Any:
        answer = call(self)
        described = answer.result.get("Table") or answer.result["TableDescription"]
        table = self.dynamodb_backend.get_table(described["TableName"])
        if changes:
            keep(table, self.body)
        maximums = maximums_of(table)
        for index, part in [("", described), *((i["IndexName"], i) for i in indexes(described))]:
            if maximums.get(index):
                part[MAXIMUMS] = maximums[index]
        return answer

    return handle


def describe_time_to_live(self: Any) -> Any:
    """As moto's, without the attribute of a time to live that is off."""
    answer = moto_describes_time_to_live(self)
    description = dict(answer.result["TimeToLiveDescription"])
    if description["TimeToLiveStatus"] == "DISABLED":
        description.pop("AttributeName", None)
    answer.result["TimeToLiveDescription"] = description
    return answer


moto_describes_time_to_live = handler.describe_time_to_live
handler.describe_contributor_insights = describe_contributor_insights
handler.describe_time_to_live = describe_time_to_live
handler.create_table = with_maximums(handler.create_table, changes=True)
handler.update_table = with_maximums(handler.update_table, changes=True)
handler.describe_table = with_maximums(handler.describe_table, changes=False)
import_module("moto.server").main(sys.argv[1:])
