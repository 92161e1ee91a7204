"""Reads the objects of a diagnosis from a cluster."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from lightkube import ConfigError, SingleConfig

from tablepromise import kubeconfig
from tablepromise.diagnosis import READS, Read, ReadError, Snapshot
from tablepromise.request import TablePromiseError

CHUNK = 250
"""Objects per answer of the API server."""

THREADS = 6
"""Concurrent requests."""

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


class ClusterUnreachable(TablePromiseError):
    """The API server does not answer, or rejects the credentials."""


class Fetcher:
    """Reads one cluster, over persistent connections.

    Args:
        config: the cluster and the user.
        namespace: namespace of the requests; None for all.
    """

    def __init__(self, config: SingleConfig, namespace: str | None) -> None:
        self._server = config.cluster.server
        self._namespace = namespace
        self._kinds = {
            read.kind: kubeconfig.resource_class(*read.api, namespaced=read.namespaced)
            for read in READS
        }
        try:
            # generic resources are not typed
            self._client: Any = kubeconfig.connect(config)
        except (ConfigError, OSError, ValueError) as error:
            raise ClusterUnreachable(f"cannot connect to {self._server}: {error}") from error

    def close(self) -> None:
        self._client.close()

    def snapshot(self) -> Snapshot:
        """Return the current objects.

        Raises:
            ClusterUnreachable: the API server does not answer, or rejects the credentials.
        """
        snapshot = Snapshot()
        # the first read alone, since it may have to log in, or may find no server
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
            return list(self._list(read))
        except httpx2.HTTPStatusError as error:
            code = error.response.status_code
            if code == _UNAUTHORIZED:
                raise ClusterUnreachable(
                    f"{self._server} rejects the credentials: {error}; log in, or give --context"
                ) from error
            if code == _FORBIDDEN:
                return ReadError("forbidden", self._permission(read))
            if code == _NOT_FOUND:
                return ReadError("absent", f"{self._server} has no {read.resource}")
            return ReadError("error", self._failure(read, error))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, ConfigError, OSError) as error:
            raise ClusterUnreachable(
                f"cannot reach {self._server}: {error}; try: kubectl cluster-info"
            ) from error
        except httpx2.HTTPError as error:
            return ReadError("error", self._failure(read, error))
        except Exception as error:  # lightkube's errors are handled; others are from decoding
            raise ClusterUnreachable(
                f"{self._server} does not answer as a Kubernetes API server does: cannot decode "
                f"its answer for {read.resource}; try: kubectl get --raw /version"
            ) from error

    def _list(self, read: Read) -> Iterator[dict[str, Any]]:
        kind = self._kinds[read.kind]
        if read.names:
            for name in read.names:
                yield from self._get(kind, name)
            return
        found = self._client.list(
            kind,
            namespace=self._namespace_of(read) or "*" if read.namespaced else None,
            chunk_size=CHUNK,
            labels=dict(read.labels) or None,
            fields=dict(read.fields) or None,
        )
        for one in found:
            yield kubeconfig.to_object(one)
        if not found.resourceVersion:
            raise ValueError("the list has no resourceVersion")

    def _get(self, kind: Any, name: str) -> Iterator[dict[str, Any]]:
        try:
            yield kubeconfig.to_object(self._client.get(kind, name))
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise

    def _failure(self, read: Read, error: Exception) -> str:
        lines = str(error).splitlines() or [type(error).__name__]
        return f"cannot read {read.resource} from {self._server}: {lines[0]}"

    def _namespace_of(self, read: Read) -> str:
        """Return the namespace of a read; empty for all."""
        return read.namespace or (self._namespace or "" if read.of_request else "")

    def _permission(self, read: Read) -> str:
        verb = "get" if read.names else "list"
        namespace = self._namespace_of(read)
        where = f"namespace {namespace}" if namespace else "the cluster"
        return f"not allowed to {verb} {read.resource} in {where}"
