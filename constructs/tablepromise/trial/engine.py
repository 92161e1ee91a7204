"""A DynamoDB to try a Table on: embedded in this process, or at an endpoint."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tablepromise.request import ack
from tablepromise.trial.calls import Call, calls

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

POLL_SECONDS, POLLS = 1, 300
"""How often, and how many times, a table is looked at until it is ACTIVE."""

_NOT_IMPLEMENTED = ("UnknownOperationException", "InternalFailure", "NotImplemented", "501")


class EngineError(Exception):
    """DynamoDB refused a call, or did not answer.

    Attributes:
        operation: the call.
    """

    def __init__(self, operation: str, reason: object) -> None:
        super().__init__(f"{operation} failed: {reason}")
        self.operation = operation


class TableDiffers(EngineError):
    """A table of this name exists and is not the one that the request describes.

    Attributes:
        fields: where they differ.
    """

    def __init__(self, name: str, fields: list[str]) -> None:
        super().__init__(
            "DescribeTable",
            f"table {name} exists and differs in {', '.join(fields)}; a trial never changes or "
            "deletes a table: delete it yourself, or try another name",
        )
        self.fields = fields


class Engine:
    """Applies Tables to one DynamoDB, creating what is missing and changing nothing that exists."""

    def __init__(self, session: botocore.session.Session, endpoint: str | None) -> None:
        self._session = session
        self._endpoint = endpoint
        self._clients: dict[str, DynamoDBClient] = {}

    def apply(self, table: dict[str, Any]) -> "tuple[TableDescriptionTypeDef, list[str]]":
        """Makes the table of an ACK Table, as ACK would.

        Returns:
            DynamoDB's description of the ACTIVE table, and a sentence per call that this DynamoDB
            does not have.

        Raises:
            TableDiffers: the table exists with other properties.
            EngineError: DynamoDB refused, or did not answer.
        """
        client = self._client(table["metadata"]["annotations"][ack.REGION])
        create, *rest = calls(table, client.meta.service_model)
        name = {"TableName": table["spec"]["tableName"]}
        missing: list[str] = []
        described = self._describe(client, name)
        if described is None:
            self._call(client, create)
        elif fields := sorted(_differences(create.parameters, described)):
            raise TableDiffers(name["TableName"], fields)
        self._wait(client, name)
        for call in rest:
            try:
                if not self._done(client, call, name):
                    self._call(client, call)
            except _Unsupported:
                missing.append(f"{call.operation} is not implemented by this DynamoDB: not applied")
        return cast("TableDescriptionTypeDef", self._describe(client, name)), missing

    def _client(self, region: str) -> "DynamoDBClient":
        if region not in self._clients:
            self._clients[region] = cast(
                "DynamoDBClient",
                self._session.create_client(
                    "dynamodb",
                    region_name=region,
                    endpoint_url=self._endpoint,
                    config=Config(
                        connect_timeout=5,
                        retries={"mode": "standard", "total_max_attempts": 3},
                    ),
                ),
            )
        return self._clients[region]

    def _call(self, client: "DynamoDBClient", call: Call) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(client, xform_name(call.operation))(**call.parameters)
        except NotImplementedError as error:  # how moto, in this process, says it has no such call
            raise _Unsupported(call.operation, error) from error
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOT_IMPLEMENTED:
                raise _Unsupported(call.operation, error) from error
            raise EngineError(call.operation, error) from error
        except BotoCoreError as error:
            raise EngineError(call.operation, error) from error
        return answer

    def _describe(
        self, client: "DynamoDBClient", name: dict[str, str]
    ) -> "TableDescriptionTypeDef | None":
        try:
            return client.describe_table(TableName=name["TableName"])["Table"]
        except client.exceptions.ResourceNotFoundException:
            return None
        except (BotoCoreError, ClientError) as error:
            raise EngineError("DescribeTable", error) from error

    def _wait(self, client: "DynamoDBClient", name: dict[str, str]) -> None:
        try:
            client.get_waiter("table_exists").wait(
                TableName=name["TableName"],
                WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS},
            )
        except (BotoCoreError, ClientError) as error:
            raise EngineError("DescribeTable", error) from error

    def _done(self, client: "DynamoDBClient", call: Call, name: dict[str, str]) -> bool:
        """Whether an earlier run has made the call: some may be made once an hour only."""
        if call.operation == "UpdateTimeToLive":
            answer = self._call(client, Call("DescribeTimeToLive", name))
            current = answer["TimeToLiveDescription"]
            return current["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
        if call.operation == "UpdateContinuousBackups":
            answer = self._call(client, Call("DescribeContinuousBackups", name))
            current = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            return bool(current["PointInTimeRecoveryStatus"] == "ENABLED")
        return False


class _Unsupported(EngineError):
    pass


def _differences(wanted: dict[str, Any], described: "TableDescriptionTypeDef") -> Iterator[str]:
    """Parameters of CreateTable that an existing table does not have, of those it reports."""
    actual = cast(dict[str, Any], described)
    billing = actual.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    reported = {**_ABSENT, **actual, "BillingMode": billing}
    if "SSEDescription" in actual:
        reported["SSESpecification"] = {"Enabled": actual["SSEDescription"]["Status"] == "ENABLED"}
    for field, value in {**_ABSENT, **wanted}.items():
        if field == "SSESpecification":
            value = {"Enabled": value["Enabled"]}
        if field in reported and not _covers(reported[field], value):
            yield field


_ABSENT: dict[str, Any] = {
    "GlobalSecondaryIndexes": [],
    "LocalSecondaryIndexes": [],
    "StreamSpecification": {"StreamEnabled": False},
}
"""What a description leaves out when the table has none."""


def _covers(actual: Any, wanted: Any) -> bool:
    """Whether `actual` says all that `wanted` says; the order of named items does not matter."""
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(
            _covers(cast(dict[str, Any], actual).get(key), value)
            for key, value in cast(dict[str, Any], wanted).items()
            if key != "OnDemandThroughput"  # emulators do not report it for an index
        )
    if isinstance(wanted, list):
        if not isinstance(actual, list):
            return False
        items, others = cast(list[object], wanted), cast(list[object], actual)
        return len(items) == len(others) and all(
            any(_covers(other, item) for other in others) for item in items
        )
    return bool(actual == wanted)


@contextmanager
def embedded() -> Generator[Engine]:
    """A DynamoDB inside this process, empty, gone afterwards; it sends nothing anywhere."""
    from moto import mock_aws

    with mock_aws():
        # no profile and no configured endpoint of the user's may reach out of the process
        session = botocore.session.Session(session_vars={"profile": (None, [], None, None)})
        session.set_config_variable("ignore_configured_endpoint_urls", True)
        session.set_credentials("embedded", "embedded")
        yield Engine(session, None)


@contextmanager
def at(endpoint: str) -> Generator[Engine]:
    """The DynamoDB at a URL: LocalStack, DynamoDB Local, or AWS.

    Uses the credentials of the environment, and made-up ones where there are none: emulators take
    any.
    """
    session = botocore.session.Session()
    if session.get_credentials() is None:
        session.set_credentials("tablepromise", "tablepromise")
    yield Engine(session, os.fspath(endpoint))
