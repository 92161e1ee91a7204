"""Asks DynamoDB itself about tables, in AWS or at an endpoint."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import botocore.session
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tablepromise.diagnosis import Described

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

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
        self._endpoint = endpoint
        self._session = botocore.session.Session()
        self._clients: dict[str, DynamoDBClient] = {}
        try:
            known = self._session.get_credentials() is not None
        except BotoCoreError as error:  # no such profile, ...
            raise click.ClickException(f"cannot use the AWS configuration: {error}") from error
        if endpoint and not known:
            self._session.set_credentials("tablepromise", "tablepromise")

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def describe(self, tables: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Described]:
        """What DynamoDB says of each (region, table)."""
        wanted = sorted(set(tables))
        for region in {region for region, _ in wanted} - self._clients.keys():
            self._clients[region] = self._client(region)
        with ThreadPoolExecutor(THREADS) as pool:
            return dict(zip(wanted, pool.map(self._describe, wanted), strict=True))

    def _client(self, region: str) -> "DynamoDBClient":
        return cast(
            "DynamoDBClient",
            self._session.create_client(
                "dynamodb",
                region_name=region,
                endpoint_url=self._endpoint,
                config=Config(
                    connect_timeout=5,
                    read_timeout=10,
                    retries={"mode": "standard", "total_max_attempts": 2},
                ),
            ),
        )

    def _describe(self, table: tuple[str, str]) -> Described:
        region, name = table
        client = self._clients[region]
        try:
            found = client.describe_table(TableName=name)["Table"]
        except client.exceptions.ResourceNotFoundException:
            return Described()
        except (BotoCoreError, ClientError) as error:
            return Described(error=f"DynamoDB in {region} cannot be asked: {error}")
        return Described(found.get("TableStatus", ""), found.get("ItemCount"))
