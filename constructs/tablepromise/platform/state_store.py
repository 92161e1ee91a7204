"""The state store: where Kratix writes manifests and the agent of a Destination reads them.

It is a bucket (`S3`) or a repository (`Git`), and the same construct describes it to both: as
Kratix's BucketStateStore or GitStateStore, and as the source that Flux reads.
"""

import re
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.credentials import (
    CredentialsSecret,
    CredentialsSecretProps,
    ExistingSecret,
    ExternalSecret,
    IamRole,
)
from tablepromise.platform.flux import Flux
from tablepromise.platform.kratix import Kratix
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.network import Peer, peers_of

StoreSecret = ExistingSecret | ExternalSecret
"""No SealedSecret: two namespaces need the Secret, and a sealed value is for one."""


@dataclass(frozen=True, kw_only=True)
class S3:
    """A bucket. It must exist, and be persistent.

    Attributes:
        bucket: its name.
        endpoint: host, with the port if it is not the default one, and without a scheme.
        identity: of Kratix, which reads and writes: a Secret with the keys `accessKeyID` and
            `secretAccessKey`; or the IAM role of Kratix's manager.
        read_identity: of Flux, which only reads: a Secret with the keys `accesskey` and
            `secretkey`; or the IAM role of Flux's source-controller. Default: like `identity`: the
            Secret of that name in Flux's namespace, or the same role, which can write.
        read_endpoint: for Flux, if it is another one; default: `endpoint`.
        region: default: the endpoint's own.
        plain_http: the endpoint has no TLS; default: False.
        interval: at which Flux lists the bucket for changes; default: 5s.
    """

    bucket: str
    endpoint: str
    identity: StoreSecret | IamRole
    read_identity: StoreSecret | IamRole | None = None
    read_endpoint: str | None = None
    region: str | None = None
    plain_http: bool = False
    interval: str = "5s"

    def __post_init__(self) -> None:
        for name, endpoint in (("endpoint", self.endpoint), ("read_endpoint", self.read_endpoint)):
            if "/" in (endpoint or ""):
                raise ValueError(
                    f"{name} is not a host: got {endpoint!r}, allowed: host or host:port; "
                    "remove the scheme, and set plain_http for http"
                )


@dataclass(frozen=True, kw_only=True)
class Git:
    """A repository. Its branch must exist, with a commit.

    Attributes:
        url: `https://...` or `ssh://...`. Kratix rejects http.
        secret: of Kratix, which reads and writes: for https `username` and `password`; for ssh
            `sshPrivateKey` and `knownHosts`.
        read_secret: of Flux, which only reads: for https `username` and `password`, and `ca.crt`
            if the server's certificate is signed by an authority of your own; for ssh `identity`
            and `known_hosts`. Default: like `secret`, in Flux's namespace.
        branch: default: main.
        interval: at which Flux fetches changes; default: 15s.
    """

    url: str
    secret: StoreSecret
    read_secret: StoreSecret | None = None
    branch: str = "main"
    interval: str = "15s"

    def __post_init__(self) -> None:
        if not re.match(r"(https|ssh)://", self.url):
            raise ValueError(
                f"url is not one that Kratix accepts: got {self.url!r}, allowed: https://... or "
                "ssh://user@host/path"
            )


@dataclass(frozen=True, kw_only=True)
class StateStoreProps:
    """Options of `StateStore`.

    Attributes:
        name: of Kratix's object.
        backend: the bucket or the repository.
    """

    name: str
    backend: S3 | Git


class StateStore(Construct):
    """A state store of Kratix.

    Attributes:
        reference: of a Destination to it.
    """

    def __init__(self, scope: Construct, id: str, props: StateStoreProps) -> None:
        super().__init__(scope, id)
        backend = props.backend
        self._backend = backend
        kind = "BucketStateStore" if isinstance(backend, S3) else "GitStateStore"
        self.reference = {"kind": kind, "name": props.name}
        secrets = {
            Kratix.NAMESPACE: _secret(backend),
            Flux.NAMESPACE: _secret(backend, read_only=True),
        }
        for user, secret in secrets.items():
            if secret:
                CredentialsSecret(
                    self,
                    f"Secret-{user}",
                    CredentialsSecretProps(namespace=user, source=secret),
                )
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "platform.kratix.io/v1alpha1",
                "kind": kind,
                "metadata": {"name": props.name, "annotations": KEEP},
                "spec": _kratix_bucket(backend)
                if isinstance(backend, S3)
                else _kratix_git(backend),
            },
        )

    def source(self, *, only: str) -> dict[str, Any]:
        """Return kind and spec of Flux's source of one folder of the store."""
        if isinstance(self._backend, S3):
            return _flux_bucket(self._backend, only)
        return _flux_git(self._backend, only)


def _identity(backend: S3 | Git, *, read_only: bool = False) -> StoreSecret | IamRole:
    """The identity of Kratix; with `read_only`, that of Flux."""
    if isinstance(backend, S3):
        own, reader = backend.identity, backend.read_identity
    else:
        own, reader = backend.secret, backend.read_secret
    return reader or own if read_only else own


def write_role(backend: S3 | Git) -> IamRole | None:
    """Return the role with which Kratix reads and writes the store."""
    identity = _identity(backend)
    return identity if isinstance(identity, IamRole) else None


def read_role(backend: S3 | Git) -> IamRole | None:
    """Return the role with which Flux reads the store."""
    identity = _identity(backend, read_only=True)
    return identity if isinstance(identity, IamRole) else None


def _secret(backend: S3 | Git, *, read_only: bool = False) -> StoreSecret | None:
    identity = _identity(backend, read_only=read_only)
    return None if isinstance(identity, IamRole) else identity


def store_peers(backend: S3 | Git, *, read_only: bool = False) -> tuple[Peer, ...]:
    """Return the peers of Kratix, or of Flux, which only reads, when they use a state store."""
    if isinstance(backend, Git):
        return peers_of([backend.url])
    endpoint = (backend.read_endpoint if read_only else None) or backend.endpoint
    urls = [f"{'http' if backend.plain_http else 'https'}://{endpoint}"]
    if isinstance(_identity(backend, read_only=read_only), IamRole):
        urls.append("https://sts.amazonaws.com")
    return peers_of(urls)


def _kratix_bucket(backend: S3) -> dict[str, Any]:
    secret = _secret(backend)
    spec: dict[str, Any] = {
        "bucketName": backend.bucket,
        "endpoint": backend.endpoint,
        "insecure": backend.plain_http,
        "authMethod": "accessKey" if secret else "IAM",
    }
    if secret:
        spec["secretRef"] = {"name": secret.name, "namespace": Kratix.NAMESPACE}
    return spec


def _kratix_git(backend: Git) -> dict[str, Any]:
    return {
        "url": backend.url,
        "branch": backend.branch,
        "authMethod": "ssh" if backend.url.startswith("ssh://") else "basicAuth",
        "secretRef": {"name": backend.secret.name, "namespace": Kratix.NAMESPACE},
    }


def _flux_bucket(backend: S3, only: str) -> dict[str, Any]:
    secret = _secret(backend, read_only=True)
    spec: dict[str, Any] = {
        "interval": backend.interval,
        "provider": "generic" if secret else "aws",
        "bucketName": backend.bucket,
        "endpoint": backend.read_endpoint or backend.endpoint,
        "insecure": backend.plain_http,
        "prefix": f"{only}/",
    }
    if backend.region:
        spec["region"] = backend.region
    if secret:
        spec["secretRef"] = {"name": secret.name}
    return {"kind": "Bucket", "spec": spec}


def _flux_git(backend: Git, only: str) -> dict[str, Any]:
    # ignore everything, then include each folder on the path to the one that is read
    lines = ["/*"]
    parts = only.split("/")
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        lines.append(f"!/{folder}/")
        if depth < len(parts):
            lines.append(f"/{folder}/*")
    return {
        "kind": "GitRepository",
        "spec": {
            "interval": backend.interval,
            "url": backend.url,
            "ref": {"branch": backend.branch},
            "secretRef": {"name": (backend.read_secret or backend.secret).name},
            "ignore": "\n".join(lines) + "\n",
        },
    }
