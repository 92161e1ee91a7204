"""Rights of people: to order tables, and to see what became of an order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.reads import READS, Read
from tablepromise.request import model

_RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, kw_only=True)
class AccessProps:
    """What people may be given rights to.

    Attributes:
        also: kinds by which tables are asked for beside a request, as `plural.group`; default:
            none.
    """

    also: tuple[str, ...] = ()


class Access(Construct):
    """Two ClusterRoles; binding them to people is the platform team's.

    - `tablepromise-requester`: requests, and what else asks for tables. It is part of Kubernetes'
      own roles `edit` and `admin`, so who may change a namespace may order tables in it.
    - `tablepromise-viewer`: what `tablepromise check` reads, and nothing else. No Secret is in it.
    """

    def __init__(self, scope: Construct, id: str, props: AccessProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or AccessProps()
        kinds = [kind.partition(".") for kind in (f"{model.PLURAL}.{model.GROUP}", *props.also)]
        KubeObject(
            self,
            "Requester",
            _role(
                "tablepromise-requester",
                [
                    {
                        "apiGroups": [group],
                        "resources": [plural],
                        "verbs": [
                            *("get", "list", "watch", "create", "update", "patch", "delete"),
                        ],
                    }
                    for plural, _, group in kinds
                ],
                {
                    f"{_RBAC}/aggregate-to-edit": "true",
                    f"{_RBAC}/aggregate-to-admin": "true",
                },
            ),
        )
        KubeObject(self, "Viewer", _role("tablepromise-viewer", reading(READS), {}))


def _role(name: str, rules: list[dict[str, Any]], labels: dict[str, str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, **({"labels": labels} if labels else {})}
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": metadata,
        "rules": rules,
    }


def reading(reads: Iterable[Read]) -> list[dict[str, Any]]:
    """One rule per kind: by name only if every read of the kind is."""
    kinds: dict[tuple[str, str], list[Read]] = {}
    for read in reads:
        kinds.setdefault((read.group, read.plural), []).append(read)
    rules: list[dict[str, Any]] = []
    for (group, plural), same in kinds.items():
        rule: dict[str, Any] = {"apiGroups": [group], "resources": [plural]}
        if all(read.names for read in same):
            rule["resourceNames"] = [name for read in same for name in read.names]
        rule["verbs"] = sorted({verb for read in same for verb in read.verbs})
        rules.append(rule)
    return rules
