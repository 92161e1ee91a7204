"""Reads tables from DynamoDB, in AWS or at an endpoint."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import click

from tablepromise.diagnosis import TableDescription
from tablepromise.trial.connection import (
    NOT_FOUND,
    SECONDS,
    AWSConfigurationError,
    Connection,
    DynamoDBError,
    user_session,
)

THREADS = 6


class LiveTables:
    """DynamoDB, called with the credentials of the AWS CLI.

    Args:
        endpoint: its URL; None for AWS. Without credentials, an endpoint is called with generated
            ones, because emulators accept any.

    Raises:
        click.ClickException: the AWS configuration cannot be used.
    """

    def __init__(self, endpoint: str | None) -> None:
        try:
            session = user_session(endpoint)
        except AWSConfigurationError as error:
            raise click.ClickException(str(error)) from error
        self._connection = Connection(session, endpoint, SECONDS)

    def close(self) -> None:
        self._connection.close()

    def describe(
        self, tables: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], TableDescription]:
        """Return DynamoDB's description of each (region, table)."""
        wanted = sorted(set(tables))
        with ThreadPoolExecutor(THREADS) as pool:
            return dict(zip(wanted, pool.map(self._describe, wanted), strict=True))

    def _describe(self, table: tuple[str, str]) -> TableDescription:
        region, name = table
        try:
            found = self._connection.part(region, "DescribeTable", {"TableName": name}, "Table")
        except DynamoDBError as error:
            if error.code == NOT_FOUND:
                return TableDescription()
            return TableDescription(
                error=f"cannot read the table from DynamoDB in {region}: {error}"
            )
        return TableDescription(found.get("TableStatus", ""), found.get("ItemCount"))
