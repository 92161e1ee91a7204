"""RBAC: the ClusterRoles for people, and manifests of roles, bindings and ServiceAccounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.reads import READS, Read
from tablepromise.request import model

GROUP = "rbac.authorization.k8s.io"

Rule = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AccessProps:
    """Options of `Access`.

    Attributes:
        more_kinds: kinds by which people request tables, beside a DynamoDBRequest, as
            `plural.group`; default: none.
    """

    more_kinds: tuple[str, ...] = ()


class Access(Construct):
    """Two ClusterRoles for people. The platform team binds them.

    - `tablepromise-requester`: requests, and the kinds of the other offers. It is aggregated to
      Kubernetes's own roles `edit` and `admin`: everyone who has these in a namespace can request
      tables there.
    - `tablepromise-viewer`: the objects that `tablepromise check` reads, and no others. Secrets are
      not among them.
    """

    def __init__(self, scope: Construct, id: str, props: AccessProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or AccessProps()
        verbs = ("get", "list", "watch", "create", "update", "patch", "delete")
        kinds = [
            kind.partition(".") for kind in (f"{model.PLURAL}.{model.GROUP}", *props.more_kinds)
        ]
        KubeObject(
            self,
            "Requester",
            role(
                "tablepromise-requester",
                [rule(group, [plural], verbs) for plural, _, group in kinds],
                labels={f"{GROUP}/aggregate-to-{name}": "true" for name in ("edit", "admin")},
            ),
        )
        KubeObject(self, "Viewer", role("tablepromise-viewer", read_rules(READS)))


def rule(
    group: str, resources: Iterable[str], verbs: Iterable[str], names: Iterable[str] = ()
) -> Rule:
    """Return a rule of a role; without `names` it is for every object of the resources."""
    found: Rule = {"apiGroups": [group], "resources": list(resources)}
    if only := list(names):
        found["resourceNames"] = only
    return found | {"verbs": list(verbs)}


def role(
    name: str,
    rules: Iterable[Rule],
    namespace: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a Role, or a ClusterRole if there is no namespace."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Role" if namespace else "ClusterRole",
        "metadata": _metadata(name, namespace, labels, annotations),
        "rules": list(rules),
    }


def binding(
    name: str,
    role: tuple[str, str],
    account: tuple[str, str],
    namespace: str = "",
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a RoleBinding, or a ClusterRoleBinding if there is no namespace.

    Args:
        name: of the binding.
        role: kind and name.
        account: namespace and name of the ServiceAccount that gets the permissions.
        namespace: of the permissions; default: all.
        annotations: of the binding.
    """
    kind, role_name = role
    subject = {"kind": "ServiceAccount", "name": account[1], "namespace": account[0]}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": _metadata(name, namespace, None, annotations),
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role_name},
        "subjects": [subject],
    }


def service_account(
    name: str,
    namespace: str,
    annotations: Mapping[str, str] | None = None,
    *,
    mount_token: bool = False,
) -> dict[str, Any]:
    """Return a ServiceAccount; without `mount_token`, a pod gets its token only if it says so."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(name, namespace, None, annotations),
        **({} if mount_token else {"automountServiceAccountToken": False}),
    }


def read_rules(reads: Iterable[Read]) -> list[Rule]:
    """Return one rule for each kind: with names only if every read of the kind has names."""
    kinds: dict[tuple[str, str], list[Read]] = {}
    for read in reads:
        kinds.setdefault((read.group, read.plural), []).append(read)
    rules: list[Rule] = []
    for (group, plural), same in kinds.items():
        all_named = all(read.names for read in same)
        names = [name for read in same for name in read.names] if all_named else []
        verbs = sorted({verb for read in same for verb in read.verbs})
        rules.append(rule(group, [plural], verbs, names))
    return rules


def _metadata(
    name: str,
    namespace: str,
    labels: Mapping[str, str] | None,
    annotations: Mapping[str, str] | None,
) -> dict[str, Any]:
    optional = {"namespace": namespace, "labels": labels, "annotations": annotations}
    return {"name": name, **{key: value for key, value in optional.items() if value}}
