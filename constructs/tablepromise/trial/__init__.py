"""The chain without a cluster, ending in an embedded DynamoDB or at an endpoint."""

from tablepromise.trial.chain import STAGES, Result, run
from tablepromise.trial.engine import Engine, EngineError, TableDiffers, at, embedded

__all__ = ["STAGES", "Engine", "EngineError", "Result", "TableDiffers", "at", "embedded", "run"]
