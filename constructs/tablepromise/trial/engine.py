"""A DynamoDB to try a Table on: embedded in this process, or at an endpoint."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tablepromise.request import ack
from tablepromise.trial.calls import Call, calls
from tablepromise.trial.comparison import compare, desired_form, read_actual, reports_all

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
            does not implement, or per field of an existing table that it does not report.

        Raises:
            TableDiffers: the table exists with other properties.
            EngineError: DynamoDB refused, or did not answer.
        """
        client = self._client(table["metadata"]["annotations"][ack.REGION])
        create, *rest = calls(table, client.meta.service_model)
        name = {"TableName": table["spec"]["tableName"]}
        if not self._create(client, create):
            description = self._wait(client, name)
            return description, self._compare(client, table, create, description)
        description = self._wait(client, name)
        missing: list[str] = []
        for call in rest:
            if self._call(client, call) is None:
                missing.append(f"{call.operation} is not implemented by this DynamoDB: not applied")
        return description, missing

    def _create(self, client: "DynamoDBClient", create: Call) -> bool:
        """Create the table unless it exists; whether this call created it."""
        name: str = create.parameters["TableName"]
        try:
            status = client.describe_table(TableName=name)["Table"].get("TableStatus")
        except client.exceptions.ResourceNotFoundException:
            try:
                self._call(client, create)
            except EngineError as error:
                # the table appeared meanwhile: it belongs to somebody else
                if isinstance(error.__cause__, client.exceptions.ResourceInUseException):
                    return False
                raise
            return True
        except (BotoCoreError, ClientError) as error:
            raise EngineError("DescribeTable", error) from error
        if status == "DELETING":
            raise EngineError("DescribeTable", f"table {name} is being deleted: try again later")
        return False

    def _compare(
        self,
        client: "DynamoDBClient",
        table: dict[str, Any],
        create: Call,
        description: "TableDescriptionTypeDef",
    ) -> list[str]:
        """Compare a table that exists; a sentence per field that cannot be compared."""

        def read(operation: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
            try:
                return self._call(client, Call(operation, parameters))
            except EngineError as error:
                if isinstance(error.__cause__, client.exceptions.PolicyNotFoundException):
                    return {}
                raise

        found = compare(
            desired_form(table["spec"], create.parameters),
            read_actual(
                cast(dict[str, Any], description), read, complete=reports_all(self._endpoint)
            ),
        )
        if found.different:
            raise TableDiffers(create.parameters["TableName"], found.different)
        return [
            f"{field} is not compared: this DynamoDB does not report it" for field in found.unknown
        ]

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

    def _call(self, client: "DynamoDBClient", call: Call) -> dict[str, Any] | None:
        """Make a call; None where this DynamoDB does not implement the operation."""
        try:
            answer: dict[str, Any] = getattr(client, xform_name(call.operation))(**call.parameters)
        except NotImplementedError:  # how moto, in this process, says it has no such call
            return None
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in _NOT_IMPLEMENTED and not reports_all(self._endpoint):
                return None
            raise EngineError(call.operation, error) from error
        except BotoCoreError as error:
            raise EngineError(call.operation, error) from error
        return answer

    def _wait(self, client: "DynamoDBClient", name: dict[str, str]) -> "TableDescriptionTypeDef":
        """Wait until the table is ACTIVE; its description."""
        try:
            client.get_waiter("table_exists").wait(
                TableName=name["TableName"],
                WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS},
            )
            return client.describe_table(TableName=name["TableName"])["Table"]
        except (BotoCoreError, ClientError) as error:
            raise EngineError("DescribeTable", error) from error


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
