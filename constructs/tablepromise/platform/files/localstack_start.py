"""Gives LocalStack the one operation that ACK needs and its DynamoDB lacks.

ACK reads the resource policy of every table; LocalStack's engine does not know the call.
LocalStack runs this file in its own process, after its services are loaded.
"""

from importlib import import_module
from typing import Any


def get_resource_policy(self: Any, context: Any, resource_arn: str, **parameters: Any) -> None:
    """As for a table that has no policy."""
    del self, context, parameters
    raise import_module("localstack.aws.api.dynamodb").PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {resource_arn}"
    )


provider = import_module("localstack.services.dynamodb.v2.provider").DynamoDBProvider
provider.get_resource_policy = get_resource_policy
