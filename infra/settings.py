"""Settings: what `stacks/Pulumi.<stack>.yaml` says, by the types in `Pulumi.yaml`, as a `Target`.

`cdk8s synth` reads the file itself, Pulumi gives the program the same values; both go through
`parse`, so a stack and the manifests of its name are of one target.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

import msgspec
import yaml

from infra.targets import Existing, InCluster, K3d, Mirror, Target
from tablepromise.platform import S3, Emulator, ExistingSecret, Git, IamRole, Repository
from tablepromise.request.limits import Region

PROJECT = "tablepromise"
ROOT = Path(__file__).parents[1]

AWS_SECRET = "aws-credentials"  # noqa: S105  a name
"""Of the Secret that a stack makes of the keys in its configuration, for ACK."""

STORE_SECRET = "state-store-credentials"  # noqa: S105  a name
"""Of the Secrets that a stack makes of the keys in its configuration, for Kratix and Flux."""


class SettingError(ValueError):
    """A setting that cannot be.

    Attributes:
        key: of the setting, such as `aws.roleArn`.
    """

    def __init__(self, key: str, problem: str, *, allowed: str, fix: str = "") -> None:
        self.key = key
        super().__init__(f"{key}: {problem}, allowed: {allowed}" + (f"; {fix}" if fix else ""))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack is told.

    Attributes:
        target: the environment.
        aws_keys: of ACK, access key id and secret access key; None if it is told no keys.
        store_keys: of the state store, by the names that Kratix and Flux give them; empty if it is
            told none.
    """

    target: Target
    aws_keys: tuple[str, str] | None = field(default=None, repr=False)
    store_keys: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def targets(folder: Path = ROOT) -> dict[str, Target]:
    """Every environment of a project, by name.

    Raises:
        SettingError: a file says what cannot be.
    """
    files = sorted((folder / "stacks").glob("Pulumi.*.yaml"))
    return {name: read(folder, name) for name in (file.name.split(".")[1] for file in files)}


def read(folder: Path, stack: str) -> Target:
    """The environment that a stack's file describes. What it encrypts stays encrypted.

    Raises:
        SettingError: the file says what cannot be.
    """
    values = defaults(folder) | configured(folder, stack)
    return parse(stack, {key: _text(value) for key, value in values.items()}).target


def declared(folder: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The settings that there are, each with its type, default and description."""
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    return {key: value for key, value in project["config"].items() if ":" not in key}


def defaults(folder: Path) -> dict[str, Any]:
    """Of the settings that have one."""
    return {key: value["default"] for key, value in declared(folder).items() if "default" in value}


def configured(folder: Path, stack: str) -> dict[str, Any]:
    """What the stack's own file says, if there is one.

    Raises:
        SettingError: a key that there is not, or a plain value where only an encrypted one is safe.
    """
    file = folder / f"stacks/Pulumi.{stack}.yaml"
    if not file.exists():
        return {}
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    config: dict[str, Any] = content.get("config") or {}
    prefix = f"{PROJECT}:"
    values: dict[str, Any] = {
        key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)
    }
    _known("", values, declared(folder))
    for group, secrets in _SECRETS.items():
        value = values.get(group)
        for name in secrets:
            if isinstance(value, dict) and isinstance(cast(dict[str, Any], value).get(name), str):
                raise plain(f"{group}.{name}")
    return values


def plain(key: str) -> SettingError:
    """The refusal of a credential that is not encrypted."""
    return SettingError(
        key,
        "is plain text",
        allowed="an encrypted value",
        fix=f"`pulumi config set --secret --path {key}`, and change it wherever it was plain",
    )


def parse(stack: str, values: Mapping[str, str]) -> Settings:
    """Settings from the text of each value, as Pulumi has it: JSON where it is a list or an object.

    Raises:
        SettingError: a value that cannot be.
    """
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", stack):
        raise SettingError("stack", f"got {stack!r}", allowed="a name of 1 to 63 of a-z, 0-9 and -")
    types = declared()
    _known("", values, types)
    if missing := [key for key in types if key not in values]:
        raise SettingError(missing[0], "is missing", allowed=types[missing[0]]["description"])
    said = {key: _value(key, text, types[key]["type"]) for key, text in values.items()}
    if said["region"] not in get_args(Region):
        raise SettingError("region", f"got {said['region']!r}", allowed=", ".join(get_args(Region)))
    if said["accountId"] and not re.fullmatch(r"\d{12}", said["accountId"]):
        raise SettingError(
            "accountId", f"got {said['accountId']!r}", allowed="12 digits, in quotes"
        )
    teams = _shape("teams", said["teams"], list[str])
    aws, store = _shape("aws", said["aws"], _Aws), _store(said["store"])
    repository = _shape("repository", said["repository"], _Repository)
    mirror = _shape("mirror", said["mirror"], _Mirror)
    if not teams:
        raise SettingError("teams", "names nobody", allowed="at least one namespace for requests")
    try:
        target = Target(
            name=stack,
            environment=said["environment"],
            region=said["region"],
            repository=Repository(
                url=repository.url, branch=repository.branch, secret=repository.secret
            ),
            aws=aws.identity(),
            account_id=said["accountId"] or None,
            store=store.backend(),
            teams=tuple(teams),
            cert_manager=said["certManager"],
            examples=said["examples"],
            mirror=Mirror(charts=mirror.charts, plain_http=mirror.plain_http, images=mirror.images),
            cluster=_cluster(said),
            protect=said["protect"],
        )
    except SettingError:
        raise
    except ValueError as error:  # of a part that judges its own values
        raise SettingError(stack, str(error), allowed="see Pulumi.yaml") from None
    return Settings(target=target, aws_keys=aws.keys(), store_keys=store.keys())


# --- groups ---------------------------------------------------------------------------------------


class _Group(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object among the settings."""


class _K3d(_Group, frozen=True, kw_only=True, rename="camel"):
    agents: int = 0
    ports: list[str] = []
    registry: str | None = None


class _Repository(_Group, frozen=True, kw_only=True, rename="camel"):
    url: str
    branch: str = "main"
    secret: str | None = None


class _Mirror(_Group, frozen=True, kw_only=True, rename="camel"):
    charts: str | None = None
    plain_http: bool = False
    images: dict[str, str] = {}


class _Aws(_Group, frozen=True, kw_only=True, rename="camel"):
    emulator: str | None = None
    endpoint: str | None = None
    role_arn: str | None = None
    secret: str | None = None
    access_key_id: Any = None
    secret_access_key: Any = None

    def keys(self) -> tuple[str, str] | None:
        return (self.access_key_id, self.secret_access_key) if self.access_key_id else None

    def identity(self) -> Any:
        chosen = _one_of("aws", self, ("emulator", "endpoint", "roleArn", "secret", "accessKeyId"))
        _pair("aws", self, "accessKeyId", "secretAccessKey")
        if chosen == "emulator":
            if self.emulator not in ("moto", "localstack"):
                raise SettingError(
                    "aws.emulator", f"got {self.emulator!r}", allowed="moto, localstack"
                )
            return self.emulator
        if chosen == "endpoint":
            if not re.match(r"https?://[^/]+$", self.endpoint or ""):
                raise SettingError(
                    "aws.endpoint", f"got {self.endpoint!r}", allowed="http(s)://host:port"
                )
            return Emulator(url=cast(str, self.endpoint))
        if chosen == "roleArn":
            return IamRole(arn=cast(str, self.role_arn))
        return ExistingSecret(name=self.secret or AWS_SECRET)


class _InCluster(_Group, frozen=True, kw_only=True, rename="camel"):
    size: str = "1Gi"
    storage_class: str | None = None

    def keys(self) -> dict[str, str]:
        return {}

    def backend(self) -> InCluster:
        return InCluster(size=self.size, storage_class=self.storage_class)


class _S3(_Group, frozen=True, kw_only=True, rename="camel"):
    bucket: str
    endpoint: str
    region: str | None = None
    plain_http: bool = False
    interval: str = "5s"
    role_arn: str | None = None
    secret: str | None = None
    access_key_id: Any = None
    secret_access_key: Any = None

    def keys(self) -> dict[str, str]:
        if not self.access_key_id:
            return {}
        # the same twice: Kratix's names, then Flux's
        return {
            "accessKeyID": self.access_key_id,
            "secretAccessKey": self.secret_access_key,
            "accesskey": self.access_key_id,
            "secretkey": self.secret_access_key,
        }

    def backend(self) -> S3:
        chosen = _one_of("store", self, ("roleArn", "secret", "accessKeyId"))
        _pair("store", self, "accessKeyId", "secretAccessKey")
        return S3(
            bucket=self.bucket,
            endpoint=self.endpoint,
            region=self.region,
            plain_http=self.plain_http,
            interval=self.interval,
            identity=IamRole(arn=cast(str, self.role_arn))
            if chosen == "roleArn"
            else ExistingSecret(name=self.secret or STORE_SECRET),
        )


class _Git(_Group, frozen=True, kw_only=True, rename="camel"):
    url: str
    branch: str = "main"
    interval: str = "15s"
    secret: str | None = None
    username: str | None = None
    password: Any = None
    ssh_private_key: Any = None
    known_hosts: str | None = None
    ca_certificate: str | None = None

    def keys(self) -> dict[str, str]:
        # of the ssh ones the same twice: Kratix's names, then Flux's
        given = {
            "username": self.username,
            "password": self.password,
            "sshPrivateKey": self.ssh_private_key,
            "knownHosts": self.known_hosts,
            "identity": self.ssh_private_key,
            "known_hosts": self.known_hosts,
            "ca.crt": self.ca_certificate,
        }
        return {} if self.secret else {key: value for key, value in given.items() if value}

    def backend(self) -> Git:
        _one_of("store", self, ("secret", "password", "sshPrivateKey"))
        _pair("store", self, "username", "password")
        _pair("store", self, "sshPrivateKey", "knownHosts")
        return Git(
            url=self.url,
            branch=self.branch,
            interval=self.interval,
            secret=ExistingSecret(name=self.secret or STORE_SECRET),
        )


_GROUPS = (_K3d, _Repository, _Mirror, _Aws, _InCluster, _S3, _Git)

_SECRETS = {
    "aws": ("accessKeyId", "secretAccessKey"),
    "store": ("accessKeyId", "secretAccessKey", "password", "sshPrivateKey"),
}
"""Settings that are credentials, by group."""


def credentials(values: Mapping[str, str]) -> dict[str, str]:
    """The first credential in each group that holds one."""
    found: dict[str, str] = {}
    for group, names in _SECRETS.items():
        said = json.loads(values.get(group) or "{}")
        held = [name for name in names if said.get(name)]
        if held:
            found[group] = held[0]
    return found


def _store(said: dict[str, Any]) -> _InCluster | _S3 | _Git:
    if "bucket" in said:
        return _shape("store", said, _S3)
    if "url" in said:
        return _shape("store", said, _Git)
    return _shape("store", said, _InCluster, beside=("bucket", "url"))


def _cluster(said: dict[str, Any]) -> K3d | Existing:
    if said["cluster"] == "k3d":
        name = said["clusterName"]
        # k3d puts a prefix before it and a suffix behind it, and a host name has 63 characters
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", name):
            raise SettingError("clusterName", f"got {name!r}", allowed="1 to 32 of a-z, 0-9 and -")
        k3d = _shape("k3d", said["k3d"], _K3d)
        if k3d.agents < 0:
            raise SettingError("k3d.agents", f"got {k3d.agents}", allowed="0 or more")
        return K3d(name=name, agents=k3d.agents, ports=tuple(k3d.ports), registry=k3d.registry)
    if said["cluster"] == "existing":
        return Existing(context=said["context"] or None, kubeconfig=said["kubeconfig"] or None)
    raise SettingError("cluster", f"got {said['cluster']!r}", allowed="existing, k3d")


# --- checks ---------------------------------------------------------------------------------------

_T = TypeVar("_T")


def _shape(key: str, value: object, shape: type[_T], beside: tuple[str, ...] = ()) -> _T:
    """`value` as `shape`; `beside` are keys that would make it another shape."""
    if shape in _GROUPS:
        names = [item.encode_name for item in msgspec.structs.fields(cast(Any, shape))]
        if not isinstance(value, dict):
            raise SettingError(key, f"got {value!r}", allowed=f"an object of {', '.join(names)}")
        _known(f"{key}.", cast(dict[str, Any], value), (*names, *beside))
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        place = key + path.rstrip("`")
        problem, _, got = text.partition(", got ")
        raise SettingError(
            place, f"got {got}" if got else "is incomplete", allowed=problem
        ) from None


def _known(prefix: str, values: Mapping[str, Any], names: Iterable[str]) -> None:
    allowed = list(names)
    for key in values:
        if key not in allowed:
            raise SettingError(
                f"{prefix}{key}", "there is no such setting", allowed=", ".join(allowed)
            )


def _one_of(key: str, group: _Group, names: tuple[str, ...]) -> str:
    said = [name for name in names if msgspec.to_builtins(group).get(name) is not None]
    if len(said) != 1:
        raise SettingError(
            key,
            f"got {' and '.join(said) or 'none'}",
            allowed=f"exactly one of {', '.join(names)}",
        )
    return said[0]


def _pair(key: str, group: _Group, one: str, other: str) -> None:
    said = msgspec.to_builtins(group)
    for here, there in ((one, other), (other, one)):
        if said.get(here) is not None and said.get(there) is None:
            raise SettingError(f"{key}.{there}", "is missing", allowed=f"both {one} and {other}")


def _value(key: str, text: str, kind: str) -> Any:
    """The value of a setting, by its type."""
    if kind == "string":
        return text
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError:
        value = text
    if type(value) is not {"boolean": bool, "integer": int, "array": list, "object": dict}[kind]:
        raise SettingError(key, f"got {text!r}", allowed=f"a value of type {kind}")
    return value


def _text(value: object) -> str:
    """A value as Pulumi gives it to a program."""
    return value if isinstance(value, str) else json.dumps(value)
