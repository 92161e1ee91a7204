"""Checks of the names that objects, containers and commands get from settings."""

import re

from infra.settings.validation import SettingError, require_match
from tablepromise.platform import (
    AckDynamoDB,
    CertManager,
    Crossplane,
    Flux,
    Kratix,
    Kro,
    KubeVela,
    VersityGw,
    agent_name,
)
from tablepromise.reads import REFLECTOR_NAMESPACE

_LONGEST = 63
"""Characters of a label of DNS, and of the value of a Kubernetes label."""

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_BUCKET = r"(?!\d+(\.\d+){3}$)[a-z0-9]([a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]"
_SUBDOMAIN = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"

STAGES = (
    *("tablepromise", "infrastructure-controllers", "infrastructure-configs"),
    *("promises", "requests"),
)
"""Names of the stages: Kustomizations of the same namespace as the agents."""

RESERVED = frozenset(
    {
        *("kube-system", "kube-public", "kube-node-lease", "argocd"),
        *(Kratix.NAMESPACE, Flux.NAMESPACE, AckDynamoDB.NAMESPACE, CertManager.NAMESPACE),
        *(Kro.NAMESPACE, Crossplane.NAMESPACE, KubeVela.NAMESPACE, VersityGw.NAMESPACE),
        *(REFLECTOR_NAMESPACE, "moto", "localstack"),
    }
)
"""Namespaces of Kubernetes and of the platform, none for a team: everyone who can create pods there
can act as a controller."""


def require_stack(name: str) -> None:
    """Check the name of a stack: of its Destination, state store and Kustomizations.

    Raises:
        SettingError: the name, or a name that begins with it, is not valid.
    """
    longest = _LONGEST - len("-x")
    allowed = f"a name of 1 to {longest} of a-z, 0-9 and -"
    require_match("stack", name, _LABEL, allowed, longest)


def require_teams(stack: str, teams: list[object]) -> tuple[str, ...]:
    """Check the namespaces of the teams, and the names that begin with the stack's.

    Raises:
        SettingError: a name is not valid, belongs to the platform, is too long or is there twice.
    """
    if not teams:
        raise SettingError("teams", "is empty", allowed="at least one namespace for requests")
    found = require_namespaces("teams", teams)
    for number, team in enumerate(found):
        key = f"teams[{number}]"
        if team in RESERVED or team.startswith("kube-"):
            raise SettingError(
                key,
                f"the namespace belongs to Kubernetes or the platform: got {team!r}",
                allowed="a namespace of the team's own",
            )
        name = agent_name(stack, team)
        if len(name) > _LONGEST:
            raise SettingError(
                key,
                f"the agent's name {name!r} would have {len(name)} characters",
                allowed="at most 63: the stack's name, a dash and the namespace; Flux writes it "
                "into a label",
                fix=f"give the team a namespace of at most {62 - len(stack)} characters, or the "
                "stack a shorter name",
            )
        if name in STAGES:
            raise SettingError(
                key,
                f"the agent's name {name!r} is the name of a stage",
                allowed=f"with the stack's name none of {', '.join(STAGES)}",
            )
    return found


def require_namespaces(key: str, names: list[object]) -> tuple[str, ...]:
    """Check names of namespaces.

    Raises:
        SettingError: a name is not valid or is there twice.
    """
    found: list[str] = []
    for number, name in enumerate(names):
        if not isinstance(name, str) or not re.fullmatch(_LABEL, name):
            problem = f"got {name!r}"
            raise SettingError(f"{key}[{number}]", problem, allowed="the name of a namespace")
        found.append(name)
    if len(set(found)) < len(found):
        raise SettingError(key, "has a namespace twice", allowed="each namespace once")
    return tuple(found)


def require_cluster_name(name: str) -> None:
    """Check the name of a k3d cluster, from which k3d derives host names.

    Raises:
        SettingError: k3d would reject it.
    """
    # k3d adds a prefix and a suffix, and a host name has 63 characters
    require_match("clusterName", name, _LABEL, "1 to 32 of a-z, 0-9 and -", 32)


def require_registry(name: str, cluster: str) -> None:
    """Check the name of a registry: of a container, and of a host that nodes pull from.

    Raises:
        SettingError: Docker or DNS would reject it, or a node of the cluster has it.
    """
    allowed = f"a host name of 1 to {_LONGEST} of a-z, 0-9, - and ., such as registry.localhost"
    require_match("k3d.registry", name, _SUBDOMAIN, allowed, _LONGEST)
    if re.fullmatch(rf"k3d-{cluster}-(server-\d+|agent-\d+|serverlb|tools)", name):
        raise SettingError("k3d.registry", f"got {name!r}, the name of a node", allowed=allowed)


def require_context(name: str) -> None:
    """Check the name of a context, which is in printed commands.

    Raises:
        SettingError: it cannot be printed.
    """
    if not name.isprintable() or name != name.strip():
        allowed = "the name of a context, without line breaks"
        raise SettingError("context", f"got {name!r}", allowed=allowed)


def require_bucket(name: str) -> None:
    """Check the name of a bucket by the rules of S3.

    Raises:
        SettingError: S3 would reject it.
    """
    allowed = "3 to 63 of a-z, 0-9, - and ., no IP address"
    require_match("store.bucket", name, _BUCKET, allowed)


def require_object(key: str, name: str) -> None:
    """Check the name of an existing object, such as a Secret or a StorageClass.

    Raises:
        SettingError: no object can have that name.
    """
    allowed = "the name of an object: 1 to 253 of a-z, 0-9, - and ."
    require_match(key, name, _SUBDOMAIN, allowed, 253)
