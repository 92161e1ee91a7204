"""The chain without a cluster, ending in an embedded DynamoDB or at an endpoint."""

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
