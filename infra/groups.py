"""Groups: the settings that are objects, what of them goes together, and what they mean."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Annotated, Any, TypeVar, cast

import msgspec

from infra.targets import InCluster, Mirror
from tablepromise.platform import (
    S3,
    Emulator,
    ExistingSecret,
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

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
"""Of a Secret."""


class SettingError(ValueError):
    """A setting that cannot be.

    Attributes:
        key: of the setting, such as `aws.roleArn`.
    """

    def __init__(self, key: str, problem: str, *, allowed: str, fix: str = "") -> None:
        self.key = key
        super().__init__(f"{key}: {problem}, allowed: {allowed}" + (f"; {fix}" if fix else ""))


class Encrypted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value as it is in a stack's file, and as synth has it."""

    secure: str


Hidden = Annotated[str, msgspec.Meta(min_length=1)] | Encrypted
"""A value that may be, or must be, encrypted. To a program Pulumi gives the text."""


class Group(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object among the settings."""

    def said(self, name: str) -> bool:
        """Whether a setting of this name is given."""
        return any(
            field.encode_name == name and getattr(self, field.name) is not None
            for field in msgspec.structs.fields(self)
        )


class K3dGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """What a k3d cluster may have beside its server."""

    agents: int = 0
    ports: list[str] = []
    registry: str | None = None


class RepositoryGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """A repository of manifests."""

    url: str
    branch: str = "main"
    secret: str | None = None

    def repository(self) -> Repository:
        """As the target has it."""
        return Repository(url=self.url, branch=self.branch, secret=self.secret)


class MirrorGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """Where a site without internet keeps things."""

    charts: str | None = None
    plain_http: bool = False
    images: dict[str, str] = {}

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
        chosen = _one_of("aws", self, (*others, *secrets))
        _pair("aws", self, "accessKeyId", "secretAccessKey")
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
            return _part("aws.roleArn", lambda: IamRole(arn=cast(str, self.role_arn)))
        return self.external_secret or self.sealed_secret or _named("aws", self.secret, AWS_SECRET)

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
        chosen = _one_of("store", self, ("roleArn", "secret", "externalSecret", "accessKeyId"))
        _pair("store", self, "accessKeyId", "secretAccessKey")
        identity = (
            _part("store.roleArn", lambda: IamRole(arn=cast(str, self.role_arn)))
            if chosen == "roleArn"
            else self.external_secret or _named("store", self.secret, STORE_SECRET)
        )
        return _part(
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
        chosen = _one_of("store", self, ("secret", "externalSecret", "password", "sshPrivateKey"))
        if chosen == ("password" if self.url.startswith("ssh://") else "sshPrivateKey"):
            raise SettingError(
                f"store.{chosen}",
                f"does not fit {self.url!r}",
                allowed="a password with https://, a key with ssh://",
            )
        _pair("store", self, "username", "password")
        _pair("store", self, "sshPrivateKey", "knownHosts")
        if self.ca_certificate and not self.password:
            raise SettingError(
                "store.caCertificate", "has no use", allowed="beside username and password"
            )
        secret = self.external_secret or _named("store", self.secret, STORE_SECRET)
        return _part(
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


# --- checks ---------------------------------------------------------------------------------------

_G = TypeVar("_G", bound=Group)
_P = TypeVar("_P")

_PARTS = {"externalSecret": ExternalSecret, "sealedSecret": SealedSecret}
"""Parts of groups, which have names of their own."""


def group(key: str, value: object, shape: type[_G], beside: tuple[str, ...] = ()) -> _G:
    """`value` as a group. What is wrong is said without the value: it may be a credential.

    Args:
        key: of the setting.
        value: what is said.
        shape: of the group.
        beside: keys that would make it another group.

    Raises:
        SettingError: it has another shape.
    """
    names = [field.encode_name for field in msgspec.structs.fields(shape)]
    if not isinstance(value, dict):
        raise SettingError(key, "is no object", allowed=f"an object of {', '.join(names)}")
    said = cast(dict[str, Any], value)
    known(f"{key}.", said, (*names, *beside))
    for name, part in _PARTS.items():
        if isinstance(said.get(name), dict):
            known(f"{key}.{name}.", said[name], (field.name for field in fields(part)))
    try:
        return msgspec.convert(said, shape)
    except msgspec.ValidationError as error:
        raise _translated(key, error) from None
    except UnicodeError:
        raise SettingError(key, "holds what is no text", allowed="text") from None


def known(prefix: str, values: Mapping[Any, Any], names: Iterable[str]) -> None:
    """Checks that there are no other keys.

    Raises:
        SettingError: there is one.
    """
    allowed = list(names)
    for key in values:
        if key not in allowed:
            raise SettingError(
                f"{prefix}{key}", "there is no such setting", allowed=", ".join(allowed)
            )


def _translated(key: str, error: msgspec.ValidationError) -> SettingError:
    """What msgspec says of types, in our words. It never says values."""
    text, _, path = str(error).partition(" - at `$")
    place = key + path.rstrip("`")
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", text):
        return SettingError(f"{place}.{missing[1]}", "is missing", allowed="a value")
    expected, comma, got = text.partition(", got ")
    if comma:
        return SettingError(place, f"got {got}", allowed=expected.removeprefix("Expected "))
    return _of(place, text)


def _part(key: str, make: Callable[[], _P]) -> _P:
    """What `make` returns; a refusal of its own is one of `key`."""
    try:
        return make()
    except ValueError as error:
        raise _of(key, str(error)) from None


def _of(key: str, text: str) -> SettingError:
    problem, _, allowed = text.partition(", allowed: ")
    return SettingError(key, problem, allowed=allowed or "another value")


def _named(key: str, name: str | None, default: str) -> ExistingSecret:
    if name is not None and not _NAME.fullmatch(name):
        raise SettingError(f"{key}.secret", f"got {name!r}", allowed="the name of a Secret")
    return ExistingSecret(name=name or default)


def _one_of(key: str, said: Group, names: tuple[str, ...]) -> str:
    chosen = [name for name in names if said.said(name)]
    if len(chosen) != 1:
        raise SettingError(
            key,
            f"got {' and '.join(chosen) or 'none'}",
            allowed=f"exactly one of {', '.join(names)}",
        )
    return chosen[0]


def _pair(key: str, said: Group, one: str, other: str) -> None:
    for here, there in ((one, other), (other, one)):
        if said.said(here) and not said.said(there):
            raise SettingError(f"{key}.{there}", "is missing", allowed=f"both {one} and {other}")
