"""A ValidatingAdmissionPolicy, in force everywhere."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.request import model


@dataclass(frozen=True, kw_only=True)
class AdmissionPolicyProps:
    """What a policy may be told.

    Attributes:
        name: of the policy and its binding.
        spec: of the policy. If it says no failurePolicy, an error in it lets everything pass:
            what it judges must work without it.
        binding: spec of the binding, without the policy's name.
    """

    name: str
    spec: dict[str, Any]
    binding: dict[str, Any]


class AdmissionPolicy(Construct):
    """The policy and the binding that puts it in force.

    Flux never prunes them: without them, what they hold back would pass.
    """

    def __init__(self, scope: Construct, id: str, props: AdmissionPolicyProps) -> None:
        super().__init__(scope, id)
        version = "admissionregistration.k8s.io/v1"
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": version,
                "kind": "ValidatingAdmissionPolicy",
                "metadata": {"name": props.name, "annotations": KEEP},
                "spec": {"failurePolicy": "Ignore", **props.spec},
            },
        )
        KubeObject(
            self,
            "Binding",
            {
                "apiVersion": version,
                "kind": "ValidatingAdmissionPolicyBinding",
                "metadata": {"name": props.name, "annotations": KEEP},
                "spec": {"policyName": props.name, **props.binding},
            },
        )


def requests(*operations: str) -> dict[str, Any]:
    """`matchConstraints` of a policy about requests.

    Args:
        operations: such as `DELETE`.
    """
    rule: dict[str, Any] = {
        "apiGroups": [model.GROUP],
        "apiVersions": [model.VERSION],
        "operations": list(operations),
        "resources": [model.PLURAL],
    }
    return {"resourceRules": [rule]}
