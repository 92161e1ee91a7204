"""The chain without a cluster, which ends in an embedded DynamoDB or at an endpoint.

Exceptions:

    TablePromiseError
    ├── AWSConfigurationError    the AWS configuration of the user cannot be used
    └── DynamoDBError            a call of DynamoDB failed
        └── TableDiffers         the table exists and differs from the request
"""

from tablepromise.trial.chain import STAGES, Result, run
from tablepromise.trial.connection import SECONDS, AWSConfigurationError, DynamoDBError
from tablepromise.trial.dynamodb import DynamoDB, TableDiffers, dynamodb_at, embedded_dynamodb

__all__ = [
    "SECONDS",
    "STAGES",
    "AWSConfigurationError",
    "DynamoDB",
    "DynamoDBError",
    "Result",
    "TableDiffers",
    "dynamodb_at",
    "embedded_dynamodb",
    "run",
]
