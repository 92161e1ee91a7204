"""Loads a kubeconfig as kubectl does, and connects to the cluster."""

import os
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import httpx2
import msgspec
from lightkube import Client, ConfigError, KubeConfig, SingleConfig, generic_resource
from lightkube.codecs import resource_registry
from lightkube.config.client_adapter import ConnectionParams
from lightkube.config.models import Cluster, User
from lightkube.core.generic_client import GenericSyncClient

from tablepromise.request import InvalidManifest, TablePromiseError
from tablepromise.request import load as load_documents

DEFAULT = "~/.kube/config"

_TIMEOUT = 10.0

_EXEC, _EXEC_READ = (f"client.authentication.k8s.io/{version}" for version in ("v1", "v1beta1"))


class KubeconfigError(TablePromiseError):
    """There is no usable kubeconfig, or it lacks the context."""


def connect(config: SingleConfig, manager: str | None = None) -> Client:
    """Return a client that accepts the same certificates as kubectl.

    Args:
        config: the cluster and the user.
        manager: field manager of the client's writes.
    """
    return _Client(config, manager)


class _Client(Client):
    def __init__(self, config: SingleConfig, manager: str | None) -> None:
        self._timeout = httpx2.Timeout(_TIMEOUT)
        connection = _Connection(timeout=self._timeout)
        self._client = GenericSyncClient(connection, config, field_manager=manager)


class _Connection(ConnectionParams):
    def httpx_params(self, config: SingleConfig) -> dict[str, Any]:
        """Verify as Go does: a CA may lack `keyUsage` and key identifiers, or be an intermediate.

        Python 3.13's default context requires all of RFC 5280, which CAs of many clusters violate.
        The chain, the dates and the host name are still verified.
        """
        untyped: Any = super()
        parameters: dict[str, Any] = untyped.httpx_params(config)
        context: ssl.SSLContext = parameters["verify"]
        context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        return parameters


def load(file: str | None, context: str | None) -> SingleConfig:
    """Return the cluster, user and namespace of a context.

    Args:
        file: the kubeconfig; None for the files of KUBECONFIG (the first with a name overrides the
            others), then the default file, then the pod's ServiceAccount.
        context: its name; None for the current context.

    Raises:
        KubeconfigError: there is no kubeconfig, or it is not usable.
    """
    paths, found = _found(file)
    if not found and context is None:
        with suppress(KubeconfigError):
            return load_in_cluster()
    if not found:
        raise KubeconfigError(
            f"there is no kubeconfig (searched {', '.join(paths)}); "
            "set KUBECONFIG, or give --kubeconfig"
        )
    return _merged(found, context)


def load_in_cluster() -> SingleConfig:
    """Return the pod's own cluster, with its ServiceAccount.

    Raises:
        KubeconfigError: the process does not run in a pod with a ServiceAccount token.
    """
    untyped: Any = KubeConfig
    try:
        found: SingleConfig = untyped.from_service_account().get()
    except (ConfigError, KeyError) as error:
        raise KubeconfigError(
            f"this process does not run in a pod with a ServiceAccount token: {error}"
        ) from error
    return found


def parse(text: str, context: str) -> SingleConfig:
    """Return the cluster, user and namespace of a context in the text of a kubeconfig.

    Raises:
        KubeconfigError: the text is not a kubeconfig, or lacks the context.
    """
    config = _config(text, "the text", None)
    if config is None:
        raise KubeconfigError("the text is not a kubeconfig: it is empty")
    return _merged([config], context)


def list_contexts(file: str | None) -> list[str]:
    """Return the names of all contexts in the files that `load` reads.

    Raises:
        KubeconfigError: a file cannot be read.
    """
    return sorted({name for config in _found(file)[1] for name in config.contexts})


def _found(file: str | None) -> tuple[list[str], list[KubeConfig]]:
    """Return the searched files, for a message, and the kubeconfigs that exist."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)
    wanted = [file] if file else [name for name in named if name] or [DEFAULT]
    looked: list[str] = []
    found: list[KubeConfig] = []
    for path in (Path(name).expanduser() for name in wanted):
        config = None
        absent = not file and not path.is_file()
        if not absent and (config := _read(path)):
            found.append(config)
        looked.append(f"{path}" if absent or config else f"{path}, which is empty")
    return looked, found


def _read(path: Path) -> KubeConfig | None:
    try:
        return _config(path.read_bytes(), str(path), path)
    except FileNotFoundError as error:
        raise KubeconfigError(f"there is no kubeconfig {path}") from error
    except OSError as error:
        raise KubeconfigError(f"cannot read kubeconfig {path}: {error}") from error


def _config(text: str | bytes, source: str, path: Path | None) -> KubeConfig | None:
    """Parse a kubeconfig; None if the text is empty."""
    untyped: Any = KubeConfig
    try:
        documents = load_documents(text, source)
        if not documents:
            return None
        config: KubeConfig = untyped.from_dict(documents[0], path)
    except (InvalidManifest, ConfigError, msgspec.MsgspecError) as error:
        raise KubeconfigError(f"{source} is not a kubeconfig: {error}") from error
    except KeyError as error:
        raise KubeconfigError(f"{source} is not a kubeconfig: no {error}") from error
    except (TypeError, AttributeError) as error:
        raise KubeconfigError(
            f"{source} is not a kubeconfig: a field has the wrong type"
        ) from error
    if not isinstance(cast(object, config.current_context), str | None):
        raise KubeconfigError(f"{source} is not a kubeconfig: current-context is not a string")
    return config


def _merged(configs: list[KubeConfig], context: str | None) -> SingleConfig:
    names = [config.current_context for config in configs if config.current_context]
    name = context or next(iter(names), None)
    known = sorted({name for config in configs for name in config.contexts})
    allowed = f"allowed: {', '.join(known)}" if known else "the kubeconfig has none"
    if name is None:
        raise KubeconfigError(f"the kubeconfig has no current context; give --context, {allowed}")
    chosen = next((c.contexts[name] for c in configs if name in c.contexts), None)
    if chosen is None:
        raise KubeconfigError(f"there is no context {name}, {allowed}")
    clusters = {n: _cluster(c, n) for c in reversed(configs) for n in c.clusters}
    users = {n: _user(c, n) for c in reversed(configs) for n in c.users}
    if chosen.cluster not in clusters:
        raise KubeconfigError(
            f"context {name} names cluster {chosen.cluster}, which does not exist"
        )
    return SingleConfig(
        context_name=name,
        context=chosen,
        cluster=clusters[chosen.cluster],
        user=users.get(chosen.user or "", User()),
    )


def _cluster(config: KubeConfig, name: str) -> Cluster:
    cluster = config.clusters[name]
    return msgspec.structs.replace(
        cluster, certificate_auth=_absolute(config, cluster.certificate_auth)
    )


def _user(config: KubeConfig, name: str) -> User:
    user = config.users[name]
    command = user.exec
    if command and command.apiVersion == _EXEC:
        # lightkube knows only the older version; the output of a plugin is the same in both
        command = msgspec.structs.replace(command, apiVersion=_EXEC_READ)
    return msgspec.structs.replace(
        user,
        exec=command,
        client_cert=_absolute(config, user.client_cert),
        client_key=_absolute(config, user.client_key),
        token_file=_absolute(config, user.token_file),
    )


def _absolute(config: KubeConfig, path: str | None) -> str | None:
    """Return the absolute path of a file that a kubeconfig names relative to itself."""
    return str(config.fname.parent / path) if path and config.fname else path


def resource_class(group: str, version: str, kind: str, plural: str, *, namespaced: bool) -> Any:
    """Return lightkube's class for a kind; its registry rejects a second one."""
    known = resource_registry.get(f"{group}/{version}" if group else version, kind)
    if known is not None:
        return known
    library = cast(Any, generic_resource)
    create = library.create_namespaced_resource if namespaced else library.create_global_resource
    return create(group, version, kind, plural)


def to_object(resource: Any) -> dict[str, Any]:
    """Return an object of lightkube as a dict.

    Raises:
        ValueError: it has no name: the answer was not that of a Kubernetes API server.
    """
    found: dict[str, Any] = resource.to_dict()
    metadata: object = found.get("metadata")
    fields = cast(dict[str, object], metadata) if isinstance(metadata, dict) else {}
    if not isinstance(fields.get("name"), str):
        raise ValueError("the object has no metadata.name")
    return found
