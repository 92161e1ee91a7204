"""The DynamoDB in which a trial creates tables: embedded in this process, or at an endpoint."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import botocore.session

from tablepromise.request import ack
from tablepromise.trial.calls import Call, calls
from tablepromise.trial.comparison import (
    Comparison,
    compare,
    desired_form,
    read_actual,
    reports_all,
)
from tablepromise.trial.connection import (
    NOT_FOUND,
    NOT_IMPLEMENTED,
    SECONDS,
    Connection,
    DynamoDBError,
    user_session,
)

POLL_SECONDS, POLLS = 1, 300
"""Seconds between two polls until a table is ACTIVE, and the maximum number of polls."""

_NOT_IMPLEMENTED = ("UnknownOperationException", "InternalFailure", NOT_IMPLEMENTED, "501")


class TableDiffers(DynamoDBError):
    """The table exists and differs from the request.

    Attributes:
        fields: the differing fields.
    """

    def __init__(self, name: str, fields: list[str]) -> None:
        super().__init__(
            "DescribeTable",
            f"table {name} exists and differs in {', '.join(fields)}; a trial never changes or "
            "deletes a table: delete it yourself, or try another name",
        )
        self.fields = fields


class DynamoDB:
    """Creates tables in one DynamoDB; never changes an existing table.

    Args:
        session: botocore's session, with credentials.
        endpoint: the URL; None for AWS or the DynamoDB in this process.
        timeout: timeout of a call in seconds; None for the DynamoDB in this process.
    """

    def __init__(
        self,
        session: botocore.session.Session,
        endpoint: str | None,
        timeout: float | None = None,
    ) -> None:
        self._connection = Connection(session, endpoint, timeout)
        self._complete = reports_all(endpoint)

    def apply(self, table: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Create the table of an ACK Table, with the calls of ACK.

        Returns:
            DynamoDB's description of the ACTIVE table, and warnings: calls that this DynamoDB does
            not implement, fields of a new table that it dropped, and fields of an existing table
            that it does not report.

        Raises:
            TableDiffers: the table exists and differs.
            DynamoDBError: a call failed.
        """
        region: str = table["metadata"]["annotations"][ack.REGION]
        create, *rest = calls(table, self._connection.client(region).meta.service_model)
        created = self._create(region, create)
        description = self._wait(region, create.parameters["TableName"])
        try:
            if not created:
                return description, self._compare(region, table, create, description)
            missing: list[str] = []
            fields: set[str] = set()
            for call in rest:
                if self._call(region, call) is None:
                    fields.add(call.field)
                    missing.append(
                        f"{call.operation} is not implemented by this DynamoDB: not applied"
                    )
            dropped = self._dropped(region, table, create)
            return description, [
                *missing,
                *(
                    f"{field} is dropped by this DynamoDB: the table does not have it"
                    for field in dropped
                    if field not in fields
                ),
            ]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DynamoDBError(
                "reading the table", f"this DynamoDB does not describe it as AWS does: {error!r}"
            ) from error

    def _create(self, region: str, create: Call) -> bool:
        """Create the table unless it exists; return whether it was created."""
        name: str = create.parameters["TableName"]
        try:
            status = self._describe(region, name).get("TableStatus")
        except DynamoDBError as error:
            if error.code != NOT_FOUND:
                raise
            try:
                self._call(region, create)
            except DynamoDBError as refusal:
                # another process created the table in the meantime
                if refusal.code == "ResourceInUseException":
                    return False
                raise
            return True
        if status == "DELETING":
            raise DynamoDBError("DescribeTable", f"table {name} is being deleted: try again later")
        return False

    def _compare(
        self, region: str, table: dict[str, Any], create: Call, description: dict[str, Any]
    ) -> list[str]:
        """Compare an existing table; return a warning per field that cannot be compared."""
        found = self._found(region, table, create, description)
        if found.different:
            raise TableDiffers(create.parameters["TableName"], found.different)
        return [
            f"{field} is not compared: this DynamoDB does not report it" for field in found.unknown
        ]

    def _dropped(self, region: str, table: dict[str, Any], create: Call) -> list[str]:
        """Return the fields of a new table that this DynamoDB accepted and dropped."""
        if self._complete:
            return []  # AWS drops no field, but may report one later
        description = self._describe(region, create.parameters["TableName"])
        found = self._found(region, table, create, description)
        desired = desired_form(table["spec"], create.parameters)
        return sorted(field for field in [*found.different, *found.unknown] if desired.get(field))

    def _found(
        self, region: str, table: dict[str, Any], create: Call, description: dict[str, Any]
    ) -> Comparison:
        def read(operation: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
            try:
                return self._call(region, Call(operation, parameters))
            except DynamoDBError as error:
                if error.code == "PolicyNotFoundException":
                    return {}
                raise

        return compare(
            desired_form(table["spec"], create.parameters),
            read_actual(description, read, complete=self._complete),
        )

    def _call(self, region: str, call: Call) -> dict[str, Any] | None:
        """Call an operation; return None if this DynamoDB does not implement it."""
        try:
            return self._connection.send(region, call.operation, call.parameters)
        except DynamoDBError as error:
            if error.code == NOT_IMPLEMENTED:
                return None
            if error.code in _NOT_IMPLEMENTED and not self._complete:
                return None
            raise

    def _describe(self, region: str, name: str) -> dict[str, Any]:
        return self._connection.part(region, "DescribeTable", {"TableName": name}, "Table")

    def _wait(self, region: str, name: str) -> dict[str, Any]:
        """Wait until the table is ACTIVE; return its description."""
        for _ in range(POLLS):
            try:
                description = self._describe(region, name)
            except DynamoDBError as error:
                if error.code != NOT_FOUND:  # a new table is not visible at once
                    raise
            else:
                if description.get("TableStatus") == "ACTIVE":
                    return description
            time.sleep(POLL_SECONDS)
        raise DynamoDBError("DescribeTable", f"table {name} is not ACTIVE after {POLLS} polls")


@contextmanager
def embedded_dynamodb() -> Generator[DynamoDB]:
    """Yield an empty DynamoDB inside this process, which makes no network calls."""
    from moto import mock_aws

    with mock_aws():
        # ignore the user's profile and endpoints, which would make network calls
        session = botocore.session.Session(session_vars={"profile": (None, [], None, None)})
        session.set_config_variable("ignore_configured_endpoint_urls", True)
        session.set_credentials("embedded", "embedded")
        yield DynamoDB(session, None)


@contextmanager
def dynamodb_at(endpoint: str, timeout: float = SECONDS) -> Generator[DynamoDB]:
    """Yield the DynamoDB at a URL: LocalStack, DynamoDB Local, or AWS.

    Raises:
        AWSConfigurationError: the AWS configuration of the user cannot be used.
    """
    yield DynamoDB(user_session(endpoint), endpoint, timeout)
