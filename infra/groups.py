"""Groups: the settings that are objects, what of them goes together, and what they mean."""

import re
from typing import Annotated, Any, cast

import msgspec

from infra.checks import Group, SettingError, named, one_of, pair, part
from infra.targets import Mirror
from tablepromise.platform import (
    Emulator,
    ExternalSecret,
    IamRole,
    Repository,
    SealedSecret,
    Secret,
)

AWS_SECRET = "aws-credentials"  # noqa: S105  a name
"""Of the Secret that a stack makes of the keys in its configuration, for ACK."""

CREDENTIALS = {
    "aws": ("accessKeyId", "secretAccessKey"),
    "store": (
        *("accessKeyId", "secretAccessKey", "password", "sshPrivateKey"),
        *("readAccessKeyId", "readSecretAccessKey", "readPassword", "readSshPrivateKey"),
    ),
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
        return (
            self.external_secret
            or self.sealed_secret
            or named("aws.secret", self.secret, AWS_SECRET)
        )

    def keys(self) -> tuple[str, str] | None:
        """Access key id and secret access key, if they are told."""
        key, secret = self.access_key_id, self.secret_access_key
        return (key, secret) if isinstance(key, str) and isinstance(secret, str) else None
