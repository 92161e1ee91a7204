"""Rejects Tables of an agent that are not the Table of a request in the same namespace."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.platform.agent import account_name
from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps
from tablepromise.reads import FLUX_NAMESPACE
from tablepromise.request import ack, model, table

_PREFIX = "services.k8s.aws/"
_ANNOTATIONS = "has({0}.metadata.annotations) ? {0}.metadata.annotations : {{}}"
_OLD = f"oldObject == null ? {{}} : ({_ANNOTATIONS.format('oldObject')})"


@dataclass(frozen=True, kw_only=True)
class AgentPolicyProps:
    """Options of `AgentPolicy`.

    Attributes:
        destination: name of the Destination.
        namespaces: those with an agent.
    """

    destination: str
    namespaces: tuple[str, ...]


class AgentPolicy(Construct):
    """Holds the agents to what the renderer writes.

    An agent applies whatever is in its folder of the state store. So who writes there, or runs a
    pod as Kratix's pipeline, could adopt a table that was not created by ACK, point a Table of a
    request at another table, or have it deleted with its data. What a person or ACK wrote before
    stays: each rule is about a value that the agent changes.
    """

    NAME = "tablepromise-agent"

    def __init__(self, scope: Construct, id: str, props: AgentPolicyProps) -> None:
        super().__init__(scope, id)
        accounts = [
            f"system:serviceaccount:{FLUX_NAMESPACE}:{account_name(props.destination, name)}"
            for name in props.namespaces
        ]
        annotations = [
            {"name": "annotations", "expression": _ANNOTATIONS.format("object")},
            {"name": "old", "expression": _OLD},
        ]
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name=self.NAME,
                spec={
                    **_writes(accounts),
                    "variables": annotations,
                    "validations": [
                        {
                            "expression": "has(object.metadata.labels) && "
                            f"'{table.REQUEST_LABEL}' in object.metadata.labels && "
                            f"object.metadata.labels['{table.REQUEST_LABEL}'] == "
                            "object.metadata.name",
                            "messageExpression": f"'metadata.labels[{table.REQUEST_LABEL}]: an "
                            "agent applies Tables of requests only, allowed: ' + "
                            "object.metadata.name",
                            "reason": "Forbidden",
                        },
                        {
                            "expression": "variables.annotations.all(k, "
                            f"!k.startsWith('{_PREFIX}') || "
                            f"k in ['{ack.REGION}', '{ack.DELETION_POLICY}'] || "
                            "(k in variables.old && variables.old[k] == "
                            "variables.annotations[k]))",
                            "message": "metadata.annotations: an agent changes an annotation of "
                            f"ACK's that no request has, allowed: {ack.REGION}, "
                            f"{ack.DELETION_POLICY}",
                            "reason": "Forbidden",
                        },
                    ],
                },
                binding={"validationActions": ["Deny"]},
            ),
        )
        AdmissionPolicy(
            self,
            "RequestPolicy",
            AdmissionPolicyProps(
                name=f"{self.NAME}-request",
                spec={
                    "paramKind": {"apiVersion": model.API_VERSION, "kind": model.KIND},
                    **_writes(accounts),
                    "variables": [
                        *annotations,
                        {
                            "name": "other",
                            "expression": "params.metadata.name != object.metadata.name",
                        },
                    ],
                    "validations": [
                        _agrees(
                            "object.spec.tableName",
                            "params.spec.name",
                            "oldObject != null && oldObject.spec.tableName == "
                            "object.spec.tableName",
                            "spec.tableName",
                        ),
                        _agrees(
                            f"('{ack.REGION}' in variables.annotations ? "
                            f"variables.annotations['{ack.REGION}'] : '')",
                            "params.spec.region",
                            f"'{ack.REGION}' in variables.old && '{ack.REGION}' in "
                            f"variables.annotations && variables.old['{ack.REGION}'] == "
                            f"variables.annotations['{ack.REGION}']",
                            f"metadata.annotations[{ack.REGION}]",
                        ),
                        {
                            # the stricter value may come late; the one that loses data may not
                            "expression": f"variables.other || {_keeps('variables.annotations')} "
                            f"|| (oldObject != null && !({_keeps('variables.old')})) || "
                            "(has(params.spec.deletionPolicy) && "
                            "params.spec.deletionPolicy == 'Delete')",
                            "message": f"metadata.annotations[{ack.DELETION_POLICY}]: the request "
                            "of this name keeps its table, allowed: retain",
                            "reason": "Forbidden",
                        },
                    ],
                },
                binding={
                    "validationActions": ["Deny"],
                    # every request in the Table's namespace
                    "paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"},
                },
            ),
        )


def _keeps(annotations: str) -> str:
    """Whether ACK keeps the table of a Table with these annotations."""
    key = ack.DELETION_POLICY
    return f"('{key}' in {annotations} && {annotations}['{key}'] == 'retain')"


def _writes(accounts: Iterable[str]) -> dict[str, Any]:
    """Writes of Tables by these ServiceAccounts."""
    listed = ", ".join(f"'{name}'" for name in accounts)
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [ack.GROUP],
                    "apiVersions": [ack.VERSION],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": ["tables"],
                }
            ]
        },
        "matchConditions": [
            {"name": "agent", "expression": f"request.userInfo.username in [{listed}]"}
        ],
    }


def _agrees(value: str, wanted: str, unchanged: str, field: str) -> dict[str, Any]:
    return {
        "expression": f"variables.other || {value} == {wanted} || ({unchanged})",
        "messageExpression": f"'{field}: not as in the request of this name: got ' + {value} + "
        f"', allowed: ' + {wanted}",
        "reason": "Forbidden",
    }
