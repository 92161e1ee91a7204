"""Reads from a cluster what a diagnosis needs, and nothing else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, cast

import httpx2
from lightkube import ConfigError, SingleConfig, generic_resource

from tablepromise import kubeconfig
from tablepromise.diagnosis import READS, Read, ReadError, Snapshot
from tablepromise.reads import to_object

CHUNK = 250
"""Objects per answer of the API server."""

THREADS = 6
"""Questions at a time: most of each is waiting."""

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


class Unreachable(Exception):
    """The API server does not answer, or does not know us."""


class Fetcher:
    """One cluster, over connections that are kept.

    Args:
        config: the cluster, and who we are.
        namespace: look at the requests of this one only; None for all.
    """

    def __init__(self, config: SingleConfig, namespace: str | None) -> None:
        self._server = config.cluster.server
        self._namespace = namespace
        self._kinds = {
            read.kind: _kind(read.group, read.version, read.kind, read.plural, read.namespaced)
            for read in READS
        }
        try:
            # generic resources are not typed
            self._client: Any = kubeconfig.connect(config)
        except (ConfigError, OSError, ValueError) as error:
            raise Unreachable(f"cannot connect to {self._server}: {error}") from error

    def close(self) -> None:
        self._client.close()

    def snapshot(self) -> Snapshot:
        """Everything as it is now.

        Raises:
            Unreachable: there is no cluster to read.
        """
        snapshot = Snapshot()
        # the first alone: it may have to log in, or find that nobody answers
        first, *others = READS
        answers = [self._answer(first)]
        with ThreadPoolExecutor(THREADS) as pool:
            answers += pool.map(self._answer, others)
        for read, answer in zip(READS, answers, strict=True):
            if isinstance(answer, ReadError):
                snapshot.read_errors[read.kind] = answer
            else:
                snapshot.objects.setdefault(read.kind, []).extend(answer)
        return snapshot

    def _answer(self, read: Read) -> list[dict[str, Any]] | ReadError:
        try:
            return list(self._ask(read))
        except httpx2.HTTPStatusError as error:
            code = error.response.status_code
            if code == _UNAUTHORIZED:
                raise Unreachable(
                    f"{self._server} does not know us: {error}; log in, or give --context"
                ) from error
            if code == _FORBIDDEN:
                return ReadError("forbidden", self._permission(read))
            if code == _NOT_FOUND:
                return ReadError("absent", f"{self._server} has no {read.resource}")
            return ReadError("error", self._failure(read, error))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, ConfigError, OSError) as error:
            raise Unreachable(
                f"cannot reach {self._server}: {error}; try: kubectl cluster-info"
            ) from error
        except httpx2.HTTPError as error:
            return ReadError("error", self._failure(read, error))
        except Exception as error:  # lightkube's own errors end here: what is left is its decoding
            raise Unreachable(
                f"{self._server} does not answer as a Kubernetes API server does: cannot decode "
                f"its answer for {read.resource}; try: kubectl get --raw /version"
            ) from error

    def _ask(self, read: Read) -> Iterator[dict[str, Any]]:
        kind = self._kinds[read.kind]
        if read.names:
            for name in read.names:
                yield from self._get(kind, name)
            return
        found = self._client.list(
            kind,
            namespace=self._place(read) or "*" if read.namespaced else None,
            chunk_size=CHUNK,
            labels=dict(read.labels) or None,
            fields=dict(read.fields) or None,
        )
        for one in found:
            yield to_object(one)
        if not found.resourceVersion:
            raise ValueError("the list has no resourceVersion")

    def _get(self, kind: Any, name: str) -> Iterator[dict[str, Any]]:
        try:
            yield to_object(self._client.get(kind, name))
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise

    def _failure(self, read: Read, error: Exception) -> str:
        lines = str(error).splitlines() or [type(error).__name__]
        return f"cannot read {read.resource} from {self._server}: {lines[0]}"

    def _place(self, read: Read) -> str:
        """The namespace to look in; empty for all."""
        return read.namespace or (self._namespace or "" if read.of_request else "")

    def _permission(self, read: Read) -> str:
        verb = "get" if read.names else "list"
        place = self._place(read)
        where = f"namespace {place}" if place else "the cluster"
        return f"not allowed to {verb} {read.resource} in {where}"


@cache
def _kind(group: str, version: str, kind: str, plural: str, namespaced: bool) -> Any:
    # lightkube takes a kind of the core group only once in a process
    library = cast(Any, generic_resource)
    create = library.create_namespaced_resource if namespaced else library.create_global_resource
    return create(group, version, kind, plural)
