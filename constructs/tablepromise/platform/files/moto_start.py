"""Starts moto's server with the one operation that ACK needs and moto lacks.

ACK reads the contributor insights of every table; moto answers with an internal error.
"""

import json
import sys
from importlib import import_module
from typing import Any


def describe_contributor_insights(self: Any) -> str:
    """As for a table on which they were never switched on."""
    name = self.body["TableName"]
    self.dynamodb_backend.get_table(name)  # answers ResourceNotFoundException if there is none
    return json.dumps({"TableName": name, "ContributorInsightsStatus": "DISABLED"})


handler = import_module("moto.dynamodb.responses").DynamoHandler
handler.describe_contributor_insights = describe_contributor_insights
import_module("moto.server").main(sys.argv[1:])
