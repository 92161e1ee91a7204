"""Rights of people: to order tables, and to see what became of an order."""

from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.reads import READS
from tablepromise.request import model

_RBAC = "rbac.authorization.k8s.io"


class Access(Construct):
    """Two ClusterRoles; binding them to people is the platform team's.

    - `tablepromise-requester`: requests and their state. It is part of Kubernetes' own roles
      `edit` and `admin`, so who may change a namespace may order tables in it.
    - `tablepromise-viewer`: what `tablepromise check` reads, and nothing else. No Secret is in it.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        requests: dict[str, Any] = {"apiGroups": [model.GROUP], "resources": [model.PLURAL]}
        KubeObject(
            self,
            "Requester",
            _role(
                "tablepromise-requester",
                [
                    {
                        **requests,
                        "verbs": [
                            *("get", "list", "watch", "create", "update", "patch", "delete"),
                        ],
                    }
                ],
                {
                    f"{_RBAC}/aggregate-to-edit": "true",
                    f"{_RBAC}/aggregate-to-admin": "true",
                },
            ),
        )
        KubeObject(self, "Viewer", _role("tablepromise-viewer", _reading(), {}))


def _role(name: str, rules: list[dict[str, Any]], labels: dict[str, str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, **({"labels": labels} if labels else {})}
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": metadata,
        "rules": rules,
    }


def _reading() -> list[dict[str, Any]]:
    """One rule per kind: by name only if every read of the kind is."""
    kinds = dict.fromkeys((read.group, read.plural) for read in READS)
    rules: list[dict[str, Any]] = []
    for group, plural in kinds:
        reads = [read for read in READS if (read.group, read.plural) == (group, plural)]
        rule: dict[str, Any] = {"apiGroups": [group], "resources": [plural]}
        if all(read.names for read in reads):
            rule["resourceNames"] = [name for read in reads for name in read.names]
        rule["verbs"] = sorted({verb for read in reads for verb in read.verbs})
        rules.append(rule)
    return rules
