"""The chain without a cluster, ending in an embedded DynamoDB or at an endpoint."""

from tablepromise.trial.chain import STAGES, Result, run
from tablepromise.trial.connection import SECONDS, AWSConfigurationError, DynamoDBError
from tablepromise.trial.engine import Engine, TableDiffers, at, embedded

__all__ = [
    "SECONDS",
    "STAGES",
    "AWSConfigurationError",
    "DynamoDBError",
    "Engine",
    "Result",
    "TableDiffers",
    "at",
    "embedded",
    "run",
]
