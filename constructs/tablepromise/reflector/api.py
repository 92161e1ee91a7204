"""Client of the API server: lists, watches, and writes to requests."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2
from lightkube import ApiError, ConfigError, SingleConfig
from lightkube.types import PatchType

from tablepromise import kubeconfig
from tablepromise.diagnosis import READS, Read, managed_fields
from tablepromise.request import TablePromiseError

CHUNK: Final = 25
"""Objects per answer, which are in memory at the same time."""

_CLOCK_JITTER: Final = 3.0
"""Maximum difference in seconds between the clock offsets of two answers of one server."""

PAUSE: Final = 1.0
"""Seconds between the starts of two watches of one read."""

MANAGER: Final = managed_fields.REFLECTOR
"""The field manager of the reflector."""


class ApiCallError(TablePromiseError):
    """A call to the API server failed.

    Attributes:
        code: the HTTP status; 0 without a valid answer.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Api:
    """One cluster.

    Args:
        config: the cluster and the user.
        silence: seconds without an event after which a watch ends; a watch on a dead connection
            has no events.
        pause: seconds between the starts of two watches of one read.
    """

    def __init__(self, config: SingleConfig, silence: float, pause: float = PAUSE) -> None:
        self._pause = pause
        self._here = threading.local()
        self._ahead: float | None = None
        with _api_errors():
            # generic resources are not typed
            self._client: Any = kubeconfig.connect(config, manager=MANAGER)
        # lightkube has no argument for the read timeout of a watch, and does not close a watch that
        # is not read to its end; a client per watch would cost a mebibyte each
        self._client._client._watch_timeout.read = silence
        self._client._client._client.event_hooks = {"response": [self._answered]}

    def close(self) -> None:
        self._client.close()

    def now(self) -> datetime:
        """Return the time of the API server, whose clock also sets the times in objects.

        Replicas with different clocks therefore agree on it.
        """
        ahead = time.time() - time.monotonic() if self._ahead is None else self._ahead
        return datetime.fromtimestamp(time.monotonic() + ahead, UTC)

    def patch_status(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Apply a merge patch to the status of a request; return the request.

        Raises:
            ApiCallError: 409 after another write, 404 if the request does not exist.
        """
        return self._patched(_kind(READS[0]).Status, namespace, name, body)

    def patch_labels(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Apply a merge patch to the metadata of a request; raises as `patch_status`."""
        return self._patched(_kind(READS[0]), namespace, name, body)

    def create_event(self, event: dict[str, Any]) -> None:
        """Create a core/v1 Event.

        Raises:
            ApiCallError: the Event was not created.
        """
        [read] = [read for read in READS if read.kind == "Event"]
        with _api_errors():
            self._client.create(_kind(read).from_dict(event))

    def _patched(
        self, kind: Any, namespace: str, name: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        with _api_errors():
            written = self._client.patch(
                kind, name, body, namespace=namespace, patch_type=PatchType.MERGE
            )
            return kubeconfig.to_object(written)

    @contextmanager
    def open_stream(self, read: Read) -> Generator["WatchStream"]:
        """Yield a list and the watch after it; always close the connection."""
        self._here.next = 0.0
        try:
            yield WatchStream(self._client, read)
        finally:
            answer: httpx2.Response | None = getattr(self._here, "answer", None)
            if answer is not None:
                answer.close()

    def _answered(self, answer: httpx2.Response) -> None:
        self._here.answer = answer
        with suppress(TypeError, ValueError):
            date = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
            ahead = date - time.monotonic()
            # a Date is cut to the second and delayed: keep the largest offset, unless the server's
            # clock was set
            if self._ahead is None or not 0 <= self._ahead - ahead <= _CLOCK_JITTER:
                self._ahead = ahead
        if "watch" in answer.request.url.params:
            # lightkube starts a watch again as soon as the server has ended it
            time.sleep(max(0.0, self._here.next - time.monotonic()))
            self._here.next = time.monotonic() + self._pause


class WatchStream:
    """The list and the watch of one read; used by one thread."""

    def __init__(self, client: Any, read: Read) -> None:
        self._client = client
        self._read = read
        self._select: dict[str, Any] = {
            "labels": dict(read.labels) or None,
            "fields": dict(read.fields) or None,
        }
        if read.namespaced:
            self._select["namespace"] = read.namespace or "*"
        self.version = ""

    def list(self) -> Iterator[dict[str, Any]]:
        """Yield all objects, then set `version` to the list's."""
        with _api_errors():
            found = self._client.list(_kind(self._read), chunk_size=CHUNK, **self._select)
            for one in found:
                yield kubeconfig.to_object(one)
            if not found.resourceVersion:
                raise ValueError("the list has no resourceVersion")
            self.version = str(found.resourceVersion)

    def watch(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the events after `version`: `ADDED`, `MODIFIED` or `DELETED`, and the object.

        Returns only after `silence` seconds without an event.
        """
        with _api_errors():
            try:
                for type, one in self._client.watch(
                    _kind(self._read), resource_version=self.version, **self._select
                ):
                    yield type, kubeconfig.to_object(one)
            except httpx2.ReadTimeout:
                return


@contextmanager
def _api_errors() -> Generator[None]:
    """Raise every error of lightkube as `ApiCallError`.

    The block must contain only calls of lightkube, because any other exception, such as a KeyError
    for a missing header or a decoding error, is taken for an invalid answer.
    """
    try:
        yield
    except ApiError as error:
        raise ApiCallError(int(error.status.code or 0), str(error)) from error
    except httpx2.HTTPStatusError as error:
        raise ApiCallError(error.response.status_code, str(error)) from error
    except (httpx2.HTTPError, httpx2.StreamError, ConfigError, OSError) as error:
        raise ApiCallError(0, f"{type(error).__name__}: {error}") from error
    except Exception as error:
        raise ApiCallError(0, f"invalid answer: {type(error).__name__}: {error}") from error


def _kind(read: Read) -> Any:
    return kubeconfig.resource_class(*read.api, namespaced=read.namespaced)
