"""Names: checks every name that an object, a container or a command gets from a setting."""

import re

from infra.settings.validation import SettingError
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
"""Of a label of DNS, and of the value of a Kubernetes label."""

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_BUCKET = re.compile(r"[a-z0-9]([a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")

STAGES = (
    *("tablepromise", "infrastructure-controllers", "infrastructure-configs"),
    *("promises", "requests"),
)
"""Names of the Kustomizations by which Flux follows a repository, which are beside the agents."""

RESERVED = frozenset(
    {
        *("kube-system", "kube-public", "kube-node-lease", "argocd"),
        *(Kratix.NAMESPACE, Flux.NAMESPACE, AckDynamoDB.NAMESPACE, CertManager.NAMESPACE),
        *(Kro.NAMESPACE, Crossplane.NAMESPACE, KubeVela.NAMESPACE, VersityGw.NAMESPACE),
        *(REFLECTOR_NAMESPACE, "moto", "localstack"),
    }
)
"""Namespaces of Kubernetes and of the platform. Who can create pods in one acts as a controller:
none is a team's."""


def require_stack(name: str) -> None:
    """Check the name of a stack: of its Destination, state store and Kustomizations.

    Raises:
        SettingError: the name, or a name that begins with it, is none.
    """
    longest = _LONGEST - len("-x")
    if not _LABEL.fullmatch(name) or len(name) > longest:
        raise SettingError(
            "stack", f"got {name!r}", allowed=f"a name of 1 to {longest} of a-z, 0-9 and -"
        )


def require_teams(stack: str, teams: list[object]) -> tuple[str, ...]:
    """Check the namespaces of the teams, and the names that begin with the stack's.

    Raises:
        SettingError: a name is not valid, belongs to the platform, is too long or is there twice.
    """
    if not teams:
        raise SettingError("teams", "names nobody", allowed="at least one namespace for requests")
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
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            raise SettingError(
                f"{key}[{number}]", f"got {name!r}", allowed="the name of a namespace"
            )
        found.append(name)
    if len(set(found)) < len(found):
        raise SettingError(key, "names one twice", allowed="each namespace once")
    return tuple(found)


def require_cluster_name(name: str) -> None:
    """Check the name of a k3d cluster, of which k3d makes names of hosts.

    Raises:
        SettingError: k3d would reject it.
    """
    # k3d puts a prefix before it and a suffix behind it, and a host name has 63 characters
    if not _LABEL.fullmatch(name) or len(name) > 32:
        raise SettingError("clusterName", f"got {name!r}", allowed="1 to 32 of a-z, 0-9 and -")


def require_registry(name: str, cluster: str) -> None:
    """Check the name of a registry: of a container, and of a host that nodes pull from.

    Raises:
        SettingError: Docker or DNS would reject it, or a node of the cluster has it.
    """
    problem = f"got {name!r}"
    taken = re.fullmatch(rf"k3d-{cluster}-(server-\d+|agent-\d+|serverlb|tools)", name)
    if taken:
        problem += ", the name of a node"
    if taken or not _SUBDOMAIN.fullmatch(name) or len(name) > _LONGEST:
        raise SettingError(
            "k3d.registry",
            problem,
            allowed=f"a host name of 1 to {_LONGEST} of a-z, 0-9, - and ., "
            "such as registry.localhost",
        )


def require_context(name: str) -> None:
    """Check the name of a context, which commands are printed with.

    Raises:
        SettingError: it cannot be printed.
    """
    if not name.isprintable() or name != name.strip():
        raise SettingError(
            "context", f"got {name!r}", allowed="the name of a context, without line breaks"
        )


def require_bucket(name: str) -> None:
    """Check the name of a bucket by the rules of S3.

    Raises:
        SettingError: S3 has no bucket of that name.
    """
    if not _BUCKET.fullmatch(name) or re.fullmatch(r"\d+(\.\d+){3}", name):
        raise SettingError(
            "store.bucket", f"got {name!r}", allowed="3 to 63 of a-z, 0-9, - and ., no IP address"
        )


def require_object(key: str, name: str) -> None:
    """Check the name of an object that exists, such as a Secret or a StorageClass.

    Raises:
        SettingError: no object has such a name.
    """
    if not _SUBDOMAIN.fullmatch(name) or len(name) > 253:
        raise SettingError(
            key, f"got {name!r}", allowed="the name of an object: 1 to 253 of a-z, 0-9, - and ."
        )
