"""Settings that are objects, and their meaning. `store` and `k3d` have modules of their own."""

import re
from ipaddress import ip_network
from typing import Annotated, Literal

import msgspec

from infra.settings.names import require_object
from infra.settings.validation import (
    Group,
    SettingError,
    existing_secret,
    iam_role,
)
from infra.targets import Mirror
from tablepromise.platform import (
    Emulator,
    ExternalSecret,
    IamRole,
    Peer,
    Repository,
    SealedSecret,
    Secret,
)

AWS_SECRET = "aws-credentials"  # noqa: S105  a name
"""Name of the Secret that a stack creates for ACK from the keys in its configuration."""

CREDENTIALS = {
    "aws": ("accessKeyId", "secretAccessKey"),
    "store": (
        *("accessKeyId", "secretAccessKey", "password", "sshPrivateKey"),
        *("readAccessKeyId", "readSecretAccessKey", "readPassword", "readSshPrivateKey"),
    ),
}
"""Settings that are credentials, by group."""


_EMULATORS: dict[str, Literal["moto", "localstack"]] = {
    "moto": "moto",
    "localstack": "localstack",
}


class Encrypted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An encrypted value as it is in a stack's file: `cdk8s synth` cannot decrypt it."""

    secure: str


Hidden = Annotated[str, msgspec.Meta(min_length=1)] | Encrypted
"""A value that may be encrypted, or must be. Pulumi gives the text to the program."""


class RepositoryGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """The repository of manifests that a cluster follows."""

    url: str
    branch: str = "main"
    secret: str | None = None

    def repository(self) -> Repository:
        """Return the repository as the target has it.

        Raises:
            SettingError: no Secret can have the name in `secret`.
        """
        if self.secret is not None:
            require_object("repository.secret", self.secret)
        return Repository(url=self.url, branch=self.branch, secret=self.secret)


class MirrorGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """The registries of a site without internet."""

    charts: str | None = None
    plain_http: bool = False
    images: dict[str, str] = msgspec.field(default_factory=dict[str, str])

    def mirror(self) -> Mirror:
        """Return the mirror as the target has it."""
        return Mirror(charts=self.charts, plain_http=self.plain_http, images=self.images)


class ApiServerGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """Addresses of the API server."""

    cidrs: list[str]
    ports: list[int] = msgspec.field(default_factory=lambda: [443, 6443])

    def peer(self) -> Peer:
        """Return the API server as the peer of a NetworkPolicy.

        Raises:
            SettingError: an address range or a port is not valid, or there is none.
        """
        for key, values in (("cidrs", self.cidrs), ("ports", self.ports)):
            if not values:
                raise SettingError(f"apiServer.{key}", "is empty", allowed="at least one")
        for number, cidr in enumerate(self.cidrs):
            try:
                ip_network(cidr)
                valid = "/" in cidr
            except ValueError:
                valid = False
            if not valid:
                raise SettingError(
                    f"apiServer.cidrs[{number}]",
                    f"got {cidr!r}",
                    allowed="an address range such as 10.0.0.0/16, or 10.0.0.7/32 for one address",
                )
        for number, port in enumerate(self.ports):
            if not 0 < port < 65536:
                key = f"apiServer.ports[{number}]"
                raise SettingError(key, f"got {port}", allowed="1 to 65535")
        return Peer(cidrs=tuple(self.cidrs), ports=tuple(self.ports))


class AwsGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """Credentials and endpoint of ACK's controller."""

    emulator: str | None = None
    endpoint: str | None = None
    role_arn: str | None = None
    secret: str | None = None
    external_secret: ExternalSecret | None = None
    sealed_secret: SealedSecret | None = None
    access_key_id: Hidden | None = None
    secret_access_key: Hidden | None = None

    def identity(self) -> Secret | IamRole | Emulator | Literal["moto", "localstack"]:
        """Return the identity of ACK's controller as the target has it.

        Raises:
            SettingError: there is none, more than one, or one that is not valid.
        """
        others = ("emulator", "endpoint", "roleArn")
        secrets = ("secret", "externalSecret", "sealedSecret", "accessKeyId")
        chosen = self.require_one("aws", (*others, *secrets))
        self.require_pair("aws", "accessKeyId", "secretAccessKey")
        if chosen == "emulator":
            if found := _EMULATORS.get(self.emulator or ""):
                return found
            problem = f"got {self.emulator!r}"
            raise SettingError("aws.emulator", problem, allowed="moto, localstack")
        if chosen == "endpoint":
            url = self.endpoint or ""
            if not re.fullmatch(r"https?://[^/\s]+", url):
                raise SettingError("aws.endpoint", f"got {url!r}", allowed="http(s)://host:port")
            return Emulator(url=url)
        if chosen == "roleArn":
            return iam_role("aws.roleArn", self.role_arn or "")
        return (
            self.external_secret
            or self.sealed_secret
            or existing_secret("aws.secret", self.secret, AWS_SECRET)
        )

    def keys(self) -> tuple[str, str] | None:
        """Return access key id and secret access key, if they are set and not encrypted."""
        key, secret = self.access_key_id, self.secret_access_key
        return (key, secret) if isinstance(key, str) and isinstance(secret, str) else None
