"""Settings of the state store: the group `store` in one of its three shapes.

Kratix reads and writes the store, Flux only reads. So outside the cluster each has an identity of
its own: Flux's settings begin with `read`. Without them Flux gets the same identity as Kratix.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.settings.groups import Hidden
from infra.settings.names import require_bucket, require_object
from infra.settings.validation import (
    Group,
    SettingError,
    checked,
    existing_secret,
    group,
    iam_role,
)
from infra.targets import InCluster
from tablepromise.platform import S3, ExistingSecret, ExternalSecret, Git, IamRole

STORE_SECRET = "state-store-credentials"  # noqa: S105  a name
"""Name of the Secrets that a stack creates from the keys in its configuration: one for Kratix and
one for Flux, each in its namespace."""

_KRATIX = ""
_FLUX = "read"


def _name(user: str, name: str) -> str:
    """The setting of Kratix or Flux, such as `readSecret` for Flux."""
    return user + name[0].upper() + name[1:] if user else name


def _names(user: str, *names: str) -> tuple[str, ...]:
    return tuple(_name(user, name) for name in names)


@dataclass(frozen=True, kw_only=True)
class StoreKeys:
    """Contents of the Secrets that a stack creates; empty if the settings have no keys.

    Attributes:
        write: for Kratix, by Kratix's names.
        read: for Flux, by Flux's names.
    """

    write: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    read: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


class InClusterGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """A state store on a volume in the cluster."""

    size: str = "1Gi"
    storage_class: str | None = None

    def backend(self) -> InCluster:
        """Return the state store as the target has it."""
        if not re.fullmatch(r"[1-9]\d*(Mi|Gi|Ti)", self.size):
            raise SettingError("store.size", f"got {self.size!r}", allowed="such as 1Gi")
        if self.storage_class is not None:
            require_object("store.storageClass", self.storage_class)
        return InCluster(size=self.size, storage_class=self.storage_class)

    def keys(self) -> StoreKeys:
        """Return no keys: they are created in the cluster."""
        return StoreKeys()


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
    read_role_arn: str | None = None
    read_secret: str | None = None
    read_external_secret: ExternalSecret | None = None
    read_access_key_id: Hidden | None = None
    read_secret_access_key: Hidden | None = None

    def backend(self) -> S3:
        """Return the state store as the target has it.

        Raises:
            SettingError: an identity is missing, there is more than one, or one is not valid.
        """
        require_bucket(self.bucket)
        for user in (_KRATIX, _FLUX):
            self.require_pair("store", *_names(user, "accessKeyId", "secretAccessKey"))
        identity = self._identity(_KRATIX)
        read_identity = self._identity(_FLUX) if self._reader() else None
        return checked(
            "store.endpoint",
            lambda: S3(
                bucket=self.bucket,
                endpoint=self.endpoint,
                region=self.region,
                plain_http=self.plain_http,
                interval=self.interval,
                identity=identity,
                read_identity=read_identity,
            ),
        )

    def _identity(self, user: str) -> IamRole | ExistingSecret | ExternalSecret:
        role, secret, external, key = _names(user, *_S3_IDENTITY)
        if self.require_one("store", (role, secret, external, key)) == role:
            return iam_role(f"store.{role}", self.get(role))
        found: ExternalSecret | None = self.get(external)
        return found or existing_secret(f"store.{secret}", self.get(secret), STORE_SECRET)

    def _reader(self) -> str:
        """Return the user whose identity Flux has."""
        return _FLUX if self.given(_names(_FLUX, *_S3_IDENTITY)) else _KRATIX

    def keys(self) -> StoreKeys:
        """Return the keys by the names that Kratix and Flux have for them."""
        id_, key = "accessKeyId", "secretAccessKey"
        return StoreKeys(
            write=_text(self, _KRATIX, {id_: "accessKeyID", key: "secretAccessKey"}),
            read=_text(self, self._reader(), {id_: "accesskey", key: "secretkey"}),
        )


_S3_IDENTITY = ("roleArn", "secret", "externalSecret", "accessKeyId")


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
    read_secret: str | None = None
    read_external_secret: ExternalSecret | None = None
    read_username: Hidden | None = None
    read_password: Hidden | None = None
    read_ssh_private_key: Hidden | None = None
    read_known_hosts: Hidden | None = None

    def backend(self) -> Git:
        """Return the state store as the target has it.

        Raises:
            SettingError: an identity is missing, there is more than one, or the URL is not valid.
        """
        secret = self._secret(_KRATIX)
        read_secret = self._secret(_FLUX) if self._reader() else None
        for user in (_KRATIX, _FLUX):
            self.require_pair("store", *_names(user, "username", "password"))
            self.require_pair("store", *_names(user, "sshPrivateKey", "knownHosts"))
        if self.ca_certificate and not (self.password or self.read_password):
            raise SettingError(
                "store.caCertificate", "has no use", allowed="beside username and password"
            )
        return checked(
            "store.url",
            lambda: Git(
                url=self.url,
                branch=self.branch,
                interval=self.interval,
                secret=secret,
                read_secret=read_secret,
            ),
        )

    def _secret(self, user: str) -> ExistingSecret | ExternalSecret:
        secret, external, password, key = names = _names(user, *_GIT_IDENTITY)
        chosen = self.require_one("store", names)
        if chosen == (password if self.url.startswith("ssh://") else key):
            raise SettingError(
                f"store.{chosen}",
                f"does not fit {self.url!r}",
                allowed="a password with https://, a key with ssh://",
            )
        found: ExternalSecret | None = self.get(external)
        return found or existing_secret(f"store.{secret}", self.get(secret), STORE_SECRET)

    def _reader(self) -> str:
        """Return the user whose identity Flux has."""
        return _FLUX if self.given(_names(_FLUX, *_GIT_IDENTITY)) else _KRATIX

    def keys(self) -> StoreKeys:
        """Return the credentials by the names that Kratix and Flux have for them."""
        same = {"username": "username", "password": "password"}
        read = _text(
            self, self._reader(), same | {"sshPrivateKey": "identity", "knownHosts": "known_hosts"}
        )
        if "password" in read and isinstance(self.ca_certificate, str):
            read["ca.crt"] = self.ca_certificate
        own = same | {name: name for name in ("sshPrivateKey", "knownHosts")}
        return StoreKeys(write=_text(self, _KRATIX, own), read=read)


_GIT_IDENTITY = ("secret", "externalSecret", "password", "sshPrivateKey")


def _text(values: Group, user: str, names: Mapping[str, str]) -> dict[str, str]:
    """The credentials in plain text, as a program has them, by the names of their reader."""
    found = {theirs: values.get(_name(user, ours)) for ours, theirs in names.items()}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def store_group(value: dict[str, Any]) -> InClusterGroup | S3Group | GitGroup:
    """Return the settings of the state store in the shape that they have.

    Raises:
        SettingError: they have none of the shapes.
    """
    if "bucket" in value:
        return group("store", value, S3Group)
    if "url" in value:
        return group("store", value, GitGroup)
    return group("store", value, InClusterGroup, other=("bucket", "url"))
