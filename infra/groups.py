"""Groups: the settings that are objects, what of them goes together, and what they mean."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, cast

import msgspec

from infra.checks import Group, SettingError, group, named, one_of, pair, part
from infra.names import require_bucket, require_cluster_name, require_object, require_registry
from infra.ports import port_mappings, require_address
from infra.targets import InCluster, K3d, Mirror
from tablepromise.platform import (
    S3,
    Emulator,
    ExternalSecret,
    Git,
    IamRole,
    Repository,
    SealedSecret,
    Secret,
)

AWS_SECRET = "aws-credentials"  # noqa: S105  a name
"""Of the Secret that a stack makes of the keys in its configuration, for ACK."""

STORE_SECRET = "state-store-credentials"  # noqa: S105  a name
"""Of the Secrets that a stack makes of the keys in its configuration, for Kratix and Flux."""

CREDENTIALS = {
    "aws": ("accessKeyId", "secretAccessKey"),
    "store": ("accessKeyId", "secretAccessKey", "password", "sshPrivateKey"),
}
"""Settings that are credentials, by group."""


class Encrypted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value as it is in a stack's file, and as synth has it."""

    secure: str


Hidden = Annotated[str, msgspec.Meta(min_length=1)] | Encrypted
"""A value that may be, or must be, encrypted. To a program Pulumi gives the text."""


class K3dGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """What a k3d cluster may have beside its server."""

    agents: int = 0
    ports: list[str] = msgspec.field(default_factory=list[str])
    registry: str | None = None
    host_ip: str = msgspec.field(default=K3d.host_ip, name="hostIP")

    def cluster(self, name: str) -> K3d:
        """Return the cluster as the target has it.

        Raises:
            SettingError: k3d or Docker would reject a value, some only with the cluster half made.
        """
        require_cluster_name(name)
        if self.agents < 0:
            raise SettingError("k3d.agents", f"got {self.agents}", allowed="0 or more")
        require_address("k3d.hostIP", self.host_ip)
        if self.registry is not None:
            require_registry(self.registry, name)
        return K3d(
            name=name,
            agents=self.agents,
            ports=port_mappings([*self.ports], self.host_ip, self.agents),
            registry=self.registry,
            host_ip=self.host_ip,
        )


class RepositoryGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """A repository of manifests."""

    url: str
    branch: str = "main"
    secret: str | None = None

    def repository(self) -> Repository:
        """As the target has it.

        Raises:
            SettingError: the Secret has no name that a Secret may have.
        """
        if self.secret is not None:
            require_object("repository.secret", self.secret)
        return Repository(url=self.url, branch=self.branch, secret=self.secret)


class MirrorGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """Where a site without internet keeps things."""

    charts: str | None = None
    plain_http: bool = False
    images: dict[str, str] = msgspec.field(default_factory=dict[str, str])

    def mirror(self) -> Mirror:
        """As the target has it."""
        return Mirror(charts=self.charts, plain_http=self.plain_http, images=self.images)


class AwsGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """Who makes the tables."""

    emulator: str | None = None
    endpoint: str | None = None
    role_arn: str | None = None
    secret: str | None = None
    external_secret: ExternalSecret | None = None
    sealed_secret: SealedSecret | None = None
    access_key_id: Hidden | None = None
    secret_access_key: Hidden | None = None

    def identity(self) -> Secret | IamRole | Emulator | Any:
        """As the target has it.

        Raises:
            SettingError: not one of them is said, or one that cannot be.
        """
        others = ("emulator", "endpoint", "roleArn")
        secrets = ("secret", "externalSecret", "sealedSecret", "accessKeyId")
        chosen = one_of("aws", self, (*others, *secrets))
        pair("aws", self, "accessKeyId", "secretAccessKey")
        if chosen == "emulator":
            if self.emulator not in ("moto", "localstack"):
                raise SettingError(
                    "aws.emulator", f"got {self.emulator!r}", allowed="moto, localstack"
                )
            return self.emulator
        if chosen == "endpoint":
            if not re.fullmatch(r"https?://[^/\s]+", self.endpoint or ""):
                raise SettingError(
                    "aws.endpoint", f"got {self.endpoint!r}", allowed="http(s)://host:port"
                )
            return Emulator(url=cast(str, self.endpoint))
        if chosen == "roleArn":
            return part("aws.roleArn", lambda: IamRole(arn=cast(str, self.role_arn)))
        return self.external_secret or self.sealed_secret or named("aws", self.secret, AWS_SECRET)

    def keys(self) -> tuple[str, str] | None:
        """Access key id and secret access key, if they are told."""
        key, secret = self.access_key_id, self.secret_access_key
        return (key, secret) if isinstance(key, str) and isinstance(secret, str) else None


class InClusterGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """A state store that is installed with the rest."""

    size: str = "1Gi"
    storage_class: str | None = None

    def backend(self) -> InCluster:
        """As the target has it."""
        if not re.fullmatch(r"[1-9]\d*(Mi|Gi|Ti)", self.size):
            raise SettingError("store.size", f"got {self.size!r}", allowed="such as 1Gi")
        if self.storage_class is not None:
            require_object("store.storageClass", self.storage_class)
        return InCluster(size=self.size, storage_class=self.storage_class)

    def keys(self) -> dict[str, str]:
        """None: they are made in the cluster."""
        return {}


class S3Group(Group, frozen=True, kw_only=True, rename="camel"):
    """A state store in a bucket."""

    bucket: str
    endpoint: str
    region: str | None = None
    plain_http: bool = False
    interval: str = "5s"
    role_arn: str | None = None
    secret: str | None = None
    external_secret: ExternalSecret | None = None
    access_key_id: Hidden | None = None
    secret_access_key: Hidden | None = None

    def backend(self) -> S3:
        """As the target has it.

        Raises:
            SettingError: not one identity is said, or one that cannot be.
        """
        require_bucket(self.bucket)
        chosen = one_of("store", self, ("roleArn", "secret", "externalSecret", "accessKeyId"))
        pair("store", self, "accessKeyId", "secretAccessKey")
        identity = (
            part("store.roleArn", lambda: IamRole(arn=cast(str, self.role_arn)))
            if chosen == "roleArn"
            else self.external_secret or named("store", self.secret, STORE_SECRET)
        )
        return part(
            "store.endpoint",
            lambda: S3(
                bucket=self.bucket,
                endpoint=self.endpoint,
                region=self.region,
                plain_http=self.plain_http,
                interval=self.interval,
                identity=identity,
            ),
        )

    def keys(self) -> dict[str, str]:
        """By Kratix's names, and the same by Flux's."""
        key, secret = self.access_key_id, self.secret_access_key
        return _told(
            {
                "accessKeyID": key,
                "secretAccessKey": secret,
                "accesskey": key,
                "secretkey": secret,
            }
        )


class GitGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """A state store in a Git repository."""

    url: str
    branch: str = "main"
    interval: str = "15s"
    secret: str | None = None
    external_secret: ExternalSecret | None = None
    username: Hidden | None = None
    password: Hidden | None = None
    ssh_private_key: Hidden | None = None
    known_hosts: Hidden | None = None
    ca_certificate: Hidden | None = None

    def backend(self) -> Git:
        """As the target has it.

        Raises:
            SettingError: not one identity is said, or the URL cannot be.
        """
        chosen = one_of("store", self, ("secret", "externalSecret", "password", "sshPrivateKey"))
        if chosen == ("password" if self.url.startswith("ssh://") else "sshPrivateKey"):
            raise SettingError(
                f"store.{chosen}",
                f"does not fit {self.url!r}",
                allowed="a password with https://, a key with ssh://",
            )
        pair("store", self, "username", "password")
        pair("store", self, "sshPrivateKey", "knownHosts")
        if self.ca_certificate and not self.password:
            raise SettingError(
                "store.caCertificate", "has no use", allowed="beside username and password"
            )
        secret = self.external_secret or named("store", self.secret, STORE_SECRET)
        return part(
            "store.url",
            lambda: Git(url=self.url, branch=self.branch, interval=self.interval, secret=secret),
        )

    def keys(self) -> dict[str, str]:
        """By Kratix's names, and the same by Flux's."""
        return _told(
            {
                "username": self.username,
                "password": self.password,
                "sshPrivateKey": self.ssh_private_key,
                "knownHosts": self.known_hosts,
                "identity": self.ssh_private_key,
                "known_hosts": self.known_hosts,
                "ca.crt": self.ca_certificate,
            }
        )


def _told(values: Mapping[str, Hidden | None]) -> dict[str, str]:
    """The values that are told in plain, as to a program."""
    return {key: value for key, value in values.items() if isinstance(value, str)}


def store_group(said: dict[str, Any]) -> InClusterGroup | S3Group | GitGroup:
    """The state store, whichever it is.

    Raises:
        SettingError: it is none.
    """
    if "bucket" in said:
        return group("store", said, S3Group)
    if "url" in said:
        return group("store", said, GitGroup)
    return group("store", said, InClusterGroup, beside=("bucket", "url"))
