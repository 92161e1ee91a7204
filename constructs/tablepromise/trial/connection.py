"""Client of one DynamoDB, with a timeout for each call and an error message for each failure."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tablepromise.request import TablePromiseError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS: Final = 10.0
"""Timeout of a call; LocalStack starts its DynamoDB at the first call."""

NOT_IMPLEMENTED: Final = "NotImplemented"
"""Code of an operation that the DynamoDB in this process does not have."""

NOT_FOUND: Final = "ResourceNotFoundException"

_ATTEMPTS = 3


class DynamoDBError(TablePromiseError):
    """A call of DynamoDB failed.

    Attributes:
        operation: the operation.
        code: the error code of DynamoDB; empty for other errors.
    """

    def __init__(self, operation: str, reason: object, code: str = "") -> None:
        super().__init__(f"{operation} failed: {reason}")
        self.operation = operation
        self.code = code


class AWSConfigurationError(TablePromiseError):
    """The AWS configuration of the user cannot be used."""


def user_session(endpoint: str | None) -> botocore.session.Session:
    """Return a session with the credentials of the AWS CLI.

    Without credentials, an `endpoint` is called with generated ones, because emulators accept any.

    Raises:
        AWSConfigurationError: a profile does not exist, a file is invalid, ...
    """
    session = botocore.session.Session()
    try:
        if session.get_credentials() is None and endpoint:
            session.set_credentials("tablepromise", "tablepromise")
    except (BotoCoreError, OSError, ValueError, KeyError) as error:
        raise AWSConfigurationError(
            f"cannot use the AWS configuration: {error}; correct it, or unset AWS_PROFILE"
            + _profiles()
        ) from error
    return session


def _profiles() -> str:
    try:
        found = botocore.session.Session().available_profiles
    except BotoCoreError:  # the file with the profiles is invalid
        return ""
    return f" or set it to {' or '.join(found)}" if found else ""


class Connection:
    """One DynamoDB.

    Args:
        endpoint: its URL; None for that of each region.
        timeout: timeout of a call in seconds; None for the DynamoDB in this process. After a
            timeout all further calls fail at once.
    """

    def __init__(
        self, session: botocore.session.Session, endpoint: str | None, timeout: float | None
    ) -> None:
        self._session, self._endpoint, self._timeout = session, endpoint, timeout
        self._clients: dict[str, DynamoDBClient] = {}
        self._silent: dict[str, str] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def client(self, region: str) -> "DynamoDBClient":
        """Return the client of a region.

        Raises:
            DynamoDBError: botocore rejects the endpoint or the configuration.
        """
        with self._lock:
            if region not in self._clients:
                try:
                    self._clients[region] = self._create(region)
                except (BotoCoreError, ValueError, OSError) as error:
                    raise DynamoDBError("connecting", error) from error
            return self._clients[region]

    def send(self, region: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call an operation and return its answer.

        Raises:
            DynamoDBError: DynamoDB rejected the call, or the answer is not one of DynamoDB.
        """
        where = self._endpoint or f"DynamoDB in {region}"
        if silence := self._silent.get(where):
            raise DynamoDBError(operation, silence)
        call = partial(getattr(self.client(region), xform_name(operation)), **parameters)
        try:
            answer = _within(self._timeout, call) if self._timeout else call()
            return cast(dict[str, Any], answer)
        except NotImplementedError as error:  # raised by moto in this process
            raise DynamoDBError(operation, error, NOT_IMPLEMENTED) from error
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code.isdigit():  # an HTTP status; codes of DynamoDB are names
                raise DynamoDBError(operation, _strange(where, f"HTTP {code}"), code) from error
            raise DynamoDBError(operation, error, code) from error
        except (TimeoutError, ConnectTimeoutError, ReadTimeoutError) as error:
            silence = f"{where} gave no answer in {self._timeout:g} s; is it a DynamoDB that runs?"
            self._silent[where] = silence
            raise DynamoDBError(operation, silence) from error
        except BotoCoreError as error:
            if isinstance(error, EndpointConnectionError):
                self._silent[where] = str(error)
            raise DynamoDBError(operation, error) from error
        except Exception as error:  # any exception of botocore's decoders
            raise DynamoDBError(operation, _strange(where, type(error).__name__)) from error

    def part(
        self, region: str, operation: str, parameters: dict[str, Any], name: str
    ) -> dict[str, Any]:
        """Call an operation and return the object `name` of its answer.

        Raises:
            DynamoDBError: as in `send`, or the answer lacks the object.
        """
        found: object = self.send(region, operation, parameters).get(name)
        if not isinstance(found, dict):
            where = self._endpoint or f"DynamoDB in {region}"
            raise DynamoDBError(operation, _strange(where, f"no {name}"))
        return cast(dict[str, Any], found)

    def _create(self, region: str) -> "DynamoDBClient":
        return cast(
            "DynamoDBClient",
            self._session.create_client(
                "dynamodb",
                region_name=region,
                endpoint_url=self._endpoint,
                config=Config(
                    connect_timeout=min(5, self._timeout or SECONDS),
                    read_timeout=self._timeout or SECONDS,
                    max_pool_connections=10,
                    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                ),
            ),
        )


def _strange(where: str, what: str) -> str:
    return f"{where} does not answer as DynamoDB does ({what}); give the URL of a DynamoDB"


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """Return the result of `call`.

    A socket's timeout is per packet, so a server that sends single bytes never reaches it. The call
    runs in a daemon thread.

    Raises:
        TimeoutError: `call` did not return in time.
    """
    done: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(call())
        except BaseException as error:  # raised again in the waiting thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError
    return done[0]
