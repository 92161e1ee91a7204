"""Settings: what `stacks/Pulumi.<stack>.yaml` says, by the types in `Pulumi.yaml`, as a `Target`.

`cdk8s synth` reads the file itself, Pulumi gives the program the same values; both go through
`parse`, so a stack and the manifests of its name are of one target.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from infra.checks import SettingError, group, known
from infra.groups import (
    CREDENTIALS,
    AwsGroup,
    K3dGroup,
    MirrorGroup,
    RepositoryGroup,
)
from infra.names import require_context, require_namespaces, require_stack, require_teams
from infra.network import cluster_network
from infra.quotas import require_quotas
from infra.regions import require_reachable, require_region, require_regions
from infra.store_groups import StoreKeys, store_group
from infra.targets import Existing, K3d, Mirror, Offer, Target
from tablepromise.platform import pipeline_image

PROJECT = "tablepromise"
ROOT = Path(__file__).parents[1]

_REGISTRY = re.compile(
    r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9.-]+(?=:))(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
)
"""A host, with a dot or a port as container engines demand, and a path; no scheme, no tag."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack is told.

    Attributes:
        target: the environment.
        aws_keys: of ACK, access key id and secret access key; None if it is told no keys.
        store_keys: of the state store, for Kratix and for Flux.
    """

    target: Target
    aws_keys: tuple[str, str] | None = field(default=None, repr=False)
    store_keys: StoreKeys = field(default_factory=StoreKeys, repr=False)


def targets(folder: Path = ROOT) -> dict[str, Target]:
    """Every environment of a project, by name.

    Raises:
        SettingError: a file says what cannot be.
    """
    files = sorted((folder / "stacks").glob("Pulumi.*.yaml"))
    names = [file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files]
    return {name: read(folder, name) for name in names}


def read(folder: Path, stack: str) -> Target:
    """The environment that a stack's file describes. What it encrypts stays encrypted.

    Raises:
        SettingError: the file says what cannot be.
    """
    values = defaults(folder) | configured(folder, stack)
    return parse(stack, {key: as_text(value) for key, value in values.items()}).target


@cache
def declared(folder: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The settings that there are, each with its type, default and description."""
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    return {key: value for key, value in project["config"].items() if ":" not in key}


def defaults(folder: Path = ROOT) -> dict[str, Any]:
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
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeError) as error:
        problem = str(error).replace("\n", " ")
        raise SettingError(file.name, f"is no YAML: {problem}", allowed="YAML") from None
    config = cast(dict[str, Any], content).get("config") if isinstance(content, dict) else content
    if config is not None and not isinstance(config, dict):
        raise SettingError(file.name, "its `config` is no object", allowed="an object of settings")
    prefix = f"{PROJECT}:"
    values: dict[str, Any] = {
        str(key).removeprefix(prefix): value
        for key, value in cast(dict[object, Any], config or {}).items()
        if str(key).startswith(prefix) and value is not None
    }
    known("", values, declared(folder))
    for key, value in _credentials(values):
        if not (isinstance(value, dict) and value.keys() == {"secure"}):
            raise plain(key)
    return values


def plain(key: str) -> SettingError:
    """The refusal of a credential that is not encrypted."""
    return SettingError(
        key,
        "is plain text",
        allowed="an encrypted value",
        fix=f"`pulumi config set --secret --path {key}`, and change it wherever it was plain",
    )


def credentials(values: Mapping[str, str]) -> dict[str, str]:
    """The first credential of each group that holds one, as Pulumi has the groups' text."""
    groups: dict[str, Any] = {}
    for key in CREDENTIALS:
        if text := values.get(key):
            groups[key] = _value(key, text, "object")
    found: dict[str, str] = {}
    for key, _ in _credentials(groups):
        found.setdefault(key.partition(".")[0], key)
    return found


def _credentials(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, keys in CREDENTIALS.items():
        said = values.get(name)
        if isinstance(said, dict):
            for key in keys:
                if (value := cast(dict[str, Any], said).get(key)) is not None:
                    yield f"{name}.{key}", value


def parse(stack: str, values: Mapping[str, str]) -> Settings:
    """Settings from the text of each value, as Pulumi has it: JSON where it is a list or an object.

    Raises:
        SettingError: a value that cannot be.
    """
    require_stack(stack)
    types = declared()
    known("", values, types)
    for key, described in types.items():
        if key not in values:
            raise SettingError(key, "is missing", allowed=described["description"])
    said = {key: _value(key, text, types[key]["type"]) for key, text in values.items()}
    if said["accountId"] and not re.fullmatch(r"[0-9]{12}", said["accountId"]):
        raise SettingError(
            "accountId", f"got {said['accountId']!r}", allowed="12 digits, in quotes"
        )
    if not re.fullmatch(r"[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?", said["environment"], re.ASCII):
        raise SettingError(
            "environment", f"got {said['environment']!r}", allowed="the value of a label"
        )
    aws, store = group("aws", said["aws"], AwsGroup), store_group(said["store"])
    mirror = group("mirror", said["mirror"], MirrorGroup).mirror()
    target = Target(
        name=stack,
        environment=said["environment"],
        region=require_region("region", said["region"]),
        regions=require_regions(said["regions"]),
        quotas=require_quotas(said["quotas"]),
        repository=group("repository", said["repository"], RepositoryGroup).repository(),
        aws=aws.identity(),
        account_id=said["accountId"] or None,
        store=store.backend(),
        teams=require_teams(stack, said["teams"]),
        offers=_offers(said["offers"]),
        cert_manager=said["certManager"],
        examples=said["examples"],
        image=_image(said["registry"], mirror, said["cluster"]),
        mirror=mirror,
        network=cluster_network(
            said["apiServer"], require_namespaces("monitoring", said["monitoring"])
        ),
        cluster=_cluster(said),
        protect=said["protect"],
    )
    require_reachable(target)
    return Settings(target=target, aws_keys=aws.keys(), store_keys=store.keys())


def _image(registry: str, mirror: Mirror, cluster: str) -> str:
    if registry and not _REGISTRY.fullmatch(registry):
        raise SettingError(
            "registry",
            f"got {registry!r}",
            allowed="a host and a path, such as registry.example.com/tablepromise",
        )
    image = pipeline_image.reference(registry or pipeline_image.LOCAL_REGISTRY)
    if cluster == "existing" and pipeline_image.is_local(mirror.image(image)):
        raise SettingError(
            "registry",
            "is missing, and nothing imports the pipeline's image into an existing cluster",
            allowed="the registry and path that the nodes pull the image from",
            fix="with your registry: `make push REGISTRY=registry.example.com/tablepromise` and "
            "`pulumi config set registry registry.example.com/tablepromise`",
        )
    return image


def _offers(said: list[Any]) -> tuple[Offer, ...]:
    offers = get_args(Offer)
    for number, offer in enumerate(said):
        if offer not in offers:
            raise SettingError(f"offers[{number}]", f"got {offer!r}", allowed=", ".join(offers))
    if "promise" not in said:
        raise SettingError(
            "offers", "lacks promise", allowed="promise, and others beside it", fix="add promise"
        )
    if len(set(said)) < len(said):
        raise SettingError("offers", "names one twice", allowed="each offer once")
    return tuple(said)


def _cluster(said: dict[str, Any]) -> K3d | Existing:
    k3d = group("k3d", said["k3d"], K3dGroup)
    if said["cluster"] == "k3d":
        return k3d.cluster(said["clusterName"])
    if said["cluster"] == "existing":
        require_context(said["context"])
        return Existing(context=said["context"] or None, kubeconfig=said["kubeconfig"] or None)
    raise SettingError("cluster", f"got {said['cluster']!r}", allowed="existing, k3d")


_TYPES: dict[str, type[Any]] = {"boolean": bool, "integer": int, "array": list, "object": dict}


def _value(key: str, text: str, kind: str) -> Any:
    """The value of a setting, by its type. Of groups no value is shown: it may be a credential."""
    if kind == "string":
        return text
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    if type(value) is not _TYPES[kind]:
        problem = "is of another type" if kind == "object" else f"got {text!r}"
        raise SettingError(key, problem, allowed=f"a value of type {kind}")
    return value


def as_text(value: object) -> str:
    """A value as Pulumi gives it to a program."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
