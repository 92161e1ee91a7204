"""Parses the settings of a stack to a `Target`, and the credentials that become Secrets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args

from infra.settings.groups import ApiServerGroup, AwsGroup, MirrorGroup, RepositoryGroup
from infra.settings.k3d import K3dGroup
from infra.settings.names import require_context, require_namespaces, require_stack, require_teams
from infra.settings.quotas import require_quotas
from infra.settings.regions import require_reachable, require_region, require_regions
from infra.settings.stack_files import ROOT, as_text, configured, declared, defaults, typed_value
from infra.settings.store import StoreKeys, store_group
from infra.settings.validation import SettingError, check_known, group, require_match
from infra.targets import Existing, K3d, Mirror, Offer, Target
from tablepromise.platform import ClusterNetwork, pipeline_image
from tablepromise.platform.network import ANY_API_SERVER

_REGISTRY = (
    r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9.-]+(?=:))(:[0-9]{1,5})?"
    r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
)
"""A host, with a dot or a port as container engines need it, and a path; no scheme, no tag."""

_reference = cache(pipeline_image.reference)
"""It reads every source of the image, which do not change meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a stack.

    Attributes:
        target: the environment.
        aws_keys: access key id and secret access key for ACK; None if the settings have no keys.
        store_keys: credentials of the state store, for Kratix and for Flux.
    """

    target: Target
    aws_keys: tuple[str, str] | None = field(default=None, repr=False)
    store_keys: StoreKeys = field(default_factory=StoreKeys, repr=False)


def targets(folder: Path = ROOT) -> dict[str, Target]:
    """Return every environment of a project, by name.

    Raises:
        SettingError: a setting in a file is not valid.
    """
    files = sorted((folder / "stacks").glob("Pulumi.*.yaml"))
    names = [file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files]
    return {name: read(folder, name) for name in names}


def read(folder: Path, stack: str) -> Target:
    """Return the environment of a stack's file. Encrypted values stay encrypted.

    Raises:
        SettingError: a setting in the file is not valid.
    """
    values = defaults(folder) | configured(folder, stack)
    return parse(stack, {key: as_text(value) for key, value in values.items()}).target


def parse(stack: str, texts: Mapping[str, str]) -> Settings:
    """Return the settings of a stack.

    Args:
        stack: its name.
        texts: of the settings as Pulumi has them: a list or an object is JSON.

    Raises:
        SettingError: a setting is not valid.
    """
    require_stack(stack)
    types = declared()
    check_known("", texts, types)
    for key, described in types.items():
        if key not in texts:
            raise SettingError(key, "is missing", allowed=described["description"])
    values = {key: typed_value(key, text, types[key]["type"]) for key, text in texts.items()}
    require_match("accountId", values["accountId"], r"|[0-9]{12}", "12 digits, in quotes")
    label = r"[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?"
    require_match("environment", values["environment"], label, "the value of a label")
    aws, store = group("aws", values["aws"], AwsGroup), store_group(values["store"])
    mirror = group("mirror", values["mirror"], MirrorGroup).mirror()
    target = Target(
        name=stack,
        environment=values["environment"],
        region=require_region("region", values["region"]),
        regions=require_regions(values["regions"]),
        quotas=require_quotas(values["quotas"]),
        repository=group("repository", values["repository"], RepositoryGroup).repository(),
        aws=aws.identity(),
        account_id=values["accountId"] or None,
        store=store.backend(),
        teams=require_teams(stack, values["teams"]),
        offers=_offers(values["offers"]),
        cert_manager=values["certManager"],
        examples=values["examples"],
        image=_image(values["registry"], mirror, values["cluster"]),
        mirror=mirror,
        network=cluster_network(values["apiServer"], values["monitoring"]),
        cluster=_cluster(values),
        protect=values["protect"],
    )
    require_reachable(target)
    return Settings(target=target, aws_keys=aws.keys(), store_keys=store.keys())


def cluster_network(api_server: object, monitoring: list[object]) -> ClusterNetwork:
    """Return the cluster's network by the settings `apiServer` and `monitoring`.

    Raises:
        SettingError: an address range, a port or the name of a namespace is not valid.
    """
    return ClusterNetwork(
        api_server=group("apiServer", api_server, ApiServerGroup).peer()
        if api_server
        else ANY_API_SERVER,
        monitoring=require_namespaces("monitoring", monitoring),
    )


def _image(registry: str, mirror: Mirror, cluster: str) -> str:
    allowed = "a host and a path, such as registry.example.com/tablepromise"
    require_match("registry", registry, f"|{_REGISTRY}", allowed)
    image = _reference(registry or pipeline_image.LOCAL_REGISTRY)
    if cluster == "existing" and pipeline_image.is_local(mirror.image(image)):
        raise SettingError(
            "registry",
            "is missing, and nothing imports the pipeline's image into an existing cluster",
            allowed="the registry and path that the nodes pull the image from",
            fix="with your registry: `make push REGISTRY=registry.example.com/tablepromise` and "
            "`pulumi config set registry registry.example.com/tablepromise`",
        )
    return image


def _offers(names: Iterable[Any]) -> tuple[Offer, ...]:
    offers, allowed = tuple(names), get_args(Offer)
    for number, offer in enumerate(offers):
        if offer not in allowed:
            raise SettingError(f"offers[{number}]", f"got {offer!r}", allowed=", ".join(allowed))
    if "promise" not in offers:
        raise SettingError(
            "offers", "lacks promise", allowed="promise, and others beside it", fix="add promise"
        )
    if len(set(offers)) < len(offers):
        raise SettingError("offers", "has an offer twice", allowed="each offer once")
    return offers


def _cluster(values: Mapping[str, Any]) -> K3d | Existing:
    k3d = group("k3d", values["k3d"], K3dGroup)
    if values["cluster"] == "k3d":
        return k3d.cluster(values["clusterName"])
    if values["cluster"] == "existing":
        require_context(values["context"])
        return Existing(context=values["context"] or None, kubeconfig=values["kubeconfig"] or None)
    raise SettingError("cluster", f"got {values['cluster']!r}", allowed="existing, k3d")
