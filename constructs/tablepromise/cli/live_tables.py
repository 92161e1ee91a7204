"""Asks DynamoDB itself about tables, in AWS or at an endpoint."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import click

from tablepromise.diagnosis import TableDescription
from tablepromise.trial.connection import (
    NOT_FOUND,
    SECONDS,
    Connection,
    EngineError,
    UnusableConfiguration,
    user_session,
)

THREADS = 6


class LiveTables:
    """DynamoDB, with the credentials of the AWS CLI.

    Args:
        endpoint: its URL; None for AWS. Where there are no credentials, made-up ones are sent to
            an endpoint: emulators take any.

    Raises:
        click.ClickException: the AWS configuration is broken.
    """

    def __init__(self, endpoint: str | None) -> None:
        try:
            session = user_session(endpoint)
        except UnusableConfiguration as error:
            raise click.ClickException(str(error)) from error
        self._connection = Connection(session, endpoint, SECONDS)

    def close(self) -> None:
        self._connection.close()

    def describe(
        self, tables: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], TableDescription]:
        """What DynamoDB says of each (region, table)."""
        wanted = sorted(set(tables))
        with ThreadPoolExecutor(THREADS) as pool:
            return dict(zip(wanted, pool.map(self._describe, wanted), strict=True))

    def _describe(self, table: tuple[str, str]) -> TableDescription:
        region, name = table
        try:
            found = self._connection.part(region, "DescribeTable", {"TableName": name}, "Table")
        except EngineError as error:
            if error.code == NOT_FOUND:
                return TableDescription()
            return TableDescription(error=f"DynamoDB in {region} cannot be asked: {error}")
        return TableDescription(found.get("TableStatus", ""), found.get("ItemCount"))
