"""Settings of the state store: `store` in one of its three forms.

Kratix reads and writes the store, Flux only reads. So outside the cluster each has an identity of
its own: Flux's settings begin with `read`. Without them Flux gets the same identity as Kratix.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from infra.checks import Group, SettingError, group, named, one_of, pair, part
from infra.groups import Hidden
from infra.targets import InCluster
from tablepromise.platform import S3, ExistingSecret, ExternalSecret, Git, IamRole

STORE_SECRET = "state-store-credentials"  # noqa: S105  a name
"""Name of the Secrets that a stack creates from the keys in its configuration: one for Kratix and
one for Flux, each in its namespace."""


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
    """A state store that is installed with the rest."""

    size: str = "1Gi"
    storage_class: str | None = None

    def backend(self) -> InCluster:
        """As the target has it."""
        if not re.fullmatch(r"[1-9]\d*(Mi|Gi|Ti)", self.size):
            raise SettingError("store.size", f"got {self.size!r}", allowed="such as 1Gi")
        return InCluster(size=self.size, storage_class=self.storage_class)

    def keys(self) -> StoreKeys:
        """None: they are created in the cluster."""
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
        """As the target has it.

        Raises:
            SettingError: an identity is missing, there is more than one, or one is not valid.
        """
        chosen = one_of("store", self, ("roleArn", "secret", "externalSecret", "accessKeyId"))
        pair("store", self, "accessKeyId", "secretAccessKey")
        identity = (
            part("store.roleArn", lambda: IamRole(arn=cast(str, self.role_arn)))
            if chosen == "roleArn"
            else self.external_secret or named("store.secret", self.secret, STORE_SECRET)
        )
        read_identity = self._read_identity()
        return part(
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

    def _read_identity(self) -> IamRole | ExistingSecret | ExternalSecret | None:
        names = ("readRoleArn", "readSecret", "readExternalSecret", "readAccessKeyId")
        pair("store", self, "readAccessKeyId", "readSecretAccessKey")
        if not any(self.said(name) for name in names):
            return None
        if one_of("store", self, names) == "readRoleArn":
            return part("store.readRoleArn", lambda: IamRole(arn=cast(str, self.read_role_arn)))
        return self.read_external_secret or named(
            "store.readSecret", self.read_secret, STORE_SECRET
        )

    def keys(self) -> StoreKeys:
        """Those of Kratix by its names, and those of Flux by its own."""
        own = (self.access_key_id, self.secret_access_key)
        if self.said("readAccessKeyId"):
            key, secret = self.read_access_key_id, self.read_secret_access_key
        elif any(map(self.said, ("readRoleArn", "readSecret", "readExternalSecret"))):
            key = secret = None
        else:
            key, secret = own
        return StoreKeys(
            write=_text({"accessKeyID": own[0], "secretAccessKey": own[1]}),
            read=_text({"accesskey": key, "secretkey": secret}),
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
    read_secret: str | None = None
    read_external_secret: ExternalSecret | None = None
    read_username: Hidden | None = None
    read_password: Hidden | None = None
    read_ssh_private_key: Hidden | None = None
    read_known_hosts: Hidden | None = None

    def backend(self) -> Git:
        """As the target has it.

        Raises:
            SettingError: an identity is missing, there is more than one, or the URL is not valid.
        """
        secret = self._secret("secret", "externalSecret", "password", "sshPrivateKey")
        read_names = ("readSecret", "readExternalSecret", "readPassword", "readSshPrivateKey")
        read_secret = (
            self._secret(*read_names) if any(self.said(name) for name in read_names) else None
        )
        pair("store", self, "username", "password")
        pair("store", self, "sshPrivateKey", "knownHosts")
        pair("store", self, "readUsername", "readPassword")
        pair("store", self, "readSshPrivateKey", "readKnownHosts")
        if self.ca_certificate and not (self.password or self.read_password):
            raise SettingError(
                "store.caCertificate", "has no use", allowed="beside username and password"
            )
        return part(
            "store.url",
            lambda: Git(
                url=self.url,
                branch=self.branch,
                interval=self.interval,
                secret=secret,
                read_secret=read_secret,
            ),
        )

    def _secret(self, *names: str) -> ExistingSecret | ExternalSecret:
        existing, external, password, key = names
        chosen = one_of("store", self, names)
        if chosen == (password if self.url.startswith("ssh://") else key):
            raise SettingError(
                f"store.{chosen}",
                f"does not fit {self.url!r}",
                allowed="a password with https://, a key with ssh://",
            )
        values = {
            "secret": self.secret,
            "readSecret": self.read_secret,
            "externalSecret": self.external_secret,
            "readExternalSecret": self.read_external_secret,
        }
        found = values[external]
        if isinstance(found, ExternalSecret):
            return found
        return named(f"store.{existing}", cast(str | None, values[existing]), STORE_SECRET)

    def keys(self) -> StoreKeys:
        """Those of Kratix by its names, and those of Flux by its own."""
        if any(map(self.said, ("readPassword", "readSshPrivateKey"))):
            username, password = self.read_username, self.read_password
            key, hosts = self.read_ssh_private_key, self.read_known_hosts
        elif any(map(self.said, ("readSecret", "readExternalSecret"))):
            username = password = key = hosts = None
        else:
            username, password = self.username, self.password
            key, hosts = self.ssh_private_key, self.known_hosts
        read = {"username": username, "password": password, "identity": key, "known_hosts": hosts}
        if password:
            read["ca.crt"] = self.ca_certificate
        return StoreKeys(
            write=_text(
                {
                    "username": self.username,
                    "password": self.password,
                    "sshPrivateKey": self.ssh_private_key,
                    "knownHosts": self.known_hosts,
                }
            ),
            read=_text(read),
        )


def _text(values: Mapping[str, Hidden | None]) -> dict[str, str]:
    """The values in plain text, as a program has them."""
    return {key: value for key, value in values.items() if isinstance(value, str)}


def store_group(value: dict[str, Any]) -> InClusterGroup | S3Group | GitGroup:
    """Return the settings of the state store in the form that they have.

    Raises:
        SettingError: they have none.
    """
    if "bucket" in value:
        return group("store", value, S3Group)
    if "url" in value:
        return group("store", value, GitGroup)
    return group("store", value, InClusterGroup, beside=("bucket", "url"))
