"""The API server, as the reflector needs it: lists, watches, and the status of a request."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, cast

import httpx2
from lightkube import ApiError, ConfigError, SingleConfig, generic_resource
from lightkube.codecs import resource_registry
from lightkube.types import PatchType

from tablepromise import kubeconfig
from tablepromise.diagnosis import READS, Read, managed_fields
from tablepromise.reads import to_object

CHUNK: Final = 25
"""Objects per answer: they are in memory at once."""

_TOLD: Final = 3.0
"""Seconds by which the time that an answer tells may differ from one to the next."""

PAUSE: Final = 1.0
"""Seconds between the starts of two watches of one read."""

MANAGER: Final = managed_fields.REFLECTOR
"""Who writes, in the request's managedFields."""


class ApiCallError(Exception):
    """The API server does not do it.

    Attributes:
        code: its status; 0 if there is no answer.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Api:
    """One cluster.

    Args:
        config: where it is, and who we are.
        silence: seconds without an event after which a watch ends, as one of a dead connection
            would be silent for ever.
        pause: seconds between the starts of two watches of one read.
    """

    def __init__(self, config: SingleConfig, silence: float, pause: float = PAUSE) -> None:
        self._pause = pause
        self._here = threading.local()
        self._ahead: float | None = None
        with _api_errors():
            # generic resources are not typed
            self._client: Any = kubeconfig.connect(config, manager=MANAGER)
        # lightkube lets a watch be silent for ever, and leaves one open that is not read to its
        # end; it has no argument for either, and a client for each watch is a mebibyte for each
        self._client._client._watch_timeout.read = silence
        self._client._client._client.event_hooks = {"response": [self._answered]}

    def close(self) -> None:
        self._client.close()

    def now(self) -> datetime:
        """The time of day as the API server has it, as all times in objects are of such a clock.

        So replicas agree on it, whatever their own clocks say.
        """
        ahead = time.time() - time.monotonic() if self._ahead is None else self._ahead
        return datetime.fromtimestamp(time.monotonic() + ahead, UTC)

    def patch_status(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """The request after a merge patch of its status.

        Raises:
            ApiCallError: 409 if it was written meanwhile, 404 if it is gone.
        """
        return self._patched(_kind(READS[0]).Status, namespace, name, body)

    def patch_labels(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """The request after a merge patch of its metadata; raises as `patch`."""
        return self._patched(_kind(READS[0]), namespace, name, body)

    def create_event(self, event: dict[str, Any]) -> None:
        """Makes a core/v1 Event.

        Raises:
            ApiCallError: it was not made.
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
            return to_object(written)

    @contextmanager
    def follow(self, read: Read) -> Generator["Following"]:
        """A list and the watch behind it; its connection is closed whatever happens."""
        self._here.next = 0.0
        try:
            yield Following(self._client, read)
        finally:
            answer: httpx2.Response | None = getattr(self._here, "answer", None)
            if answer is not None:
                answer.close()

    def _answered(self, answer: httpx2.Response) -> None:
        self._here.answer = answer
        with suppress(TypeError, ValueError):
            told = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
            ahead = told - time.monotonic()
            # it is cut to the second, and late: the best of them counts, unless that clock stepped
            if self._ahead is None or not 0 <= self._ahead - ahead <= _TOLD:
                self._ahead = ahead
        if "watch" in answer.request.url.params:
            # lightkube begins a watch anew as soon as the server has ended it
            time.sleep(max(0.0, self._here.next - time.monotonic()))
            self._here.next = time.monotonic() + self._pause


class Following:
    """A read, in one thread."""

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
        """All objects; after the last, `version` is that of the list."""
        with _api_errors():
            found = self._client.list(_kind(self._read), chunk_size=CHUNK, **self._select)
            for one in found:
                yield to_object(one)
            if not found.resourceVersion:
                raise ValueError("the list has no resourceVersion")
            self.version = str(found.resourceVersion)

    def watch(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What happens after that version, as `ADDED`, `MODIFIED` or `DELETED`.

        It ends with an error only, or when it was silent for too long.
        """
        with _api_errors():
            try:
                for type, one in self._client.watch(
                    _kind(self._read), resource_version=self.version, **self._select
                ):
                    yield type, to_object(one)
            except httpx2.ReadTimeout:
                return


@contextmanager
def _api_errors() -> Generator[None]:
    """Turn every error of lightkube into `ApiCallError`.

    The block must contain nothing but calls of lightkube: whatever it raises beyond its own errors
    (a KeyError for a missing header, a decoding error) means that the answer was broken.
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
        raise ApiCallError(0, f"broken answer: {type(error).__name__}: {error}") from error


def _kind(read: Read) -> Any:
    return _resource(read.group, read.version, read.kind, read.plural, read.namespaced)


@cache
def _resource(group: str, version: str, kind: str, plural: str, namespaced: bool) -> Any:
    # its register is the process's, and refuses a second class for a kind that somebody imported
    known = resource_registry.get(f"{group}/{version}" if group else version, kind)
    if known is not None:
        return known
    library = cast(Any, generic_resource)
    create = library.create_namespaced_resource if namespaced else library.create_global_resource
    return create(group, version, kind, plural)
