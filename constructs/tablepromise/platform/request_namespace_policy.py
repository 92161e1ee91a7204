"""Rejects requests in a namespace that has no agent."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps, requests


@dataclass(frozen=True, kw_only=True)
class RequestNamespacePolicyProps:
    """Options of `RequestNamespacePolicy`.

    Attributes:
        namespaces: whose requests are applied.
    """

    namespaces: tuple[str, ...]


class RequestNamespacePolicy(Construct):
    """Rejects the creation of a request in any other namespace: nothing would apply its Table."""

    NAME = "tablepromise-request-namespace"

    def __init__(self, scope: Construct, id: str, props: RequestNamespacePolicyProps) -> None:
        super().__init__(scope, id)
        allowed = ", ".join(sorted(props.namespaces))
        listed = ", ".join(f"'{name}'" for name in sorted(props.namespaces))
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name=self.NAME,
                spec={
                    "failurePolicy": "Fail",
                    "matchConstraints": requests("CREATE"),
                    "validations": [
                        {
                            "expression": f"object.metadata.namespace in [{listed}]",
                            "messageExpression": "'metadata.namespace: no agent applies tables in "
                            "this namespace: got ' + object.metadata.namespace + "
                            f"', allowed: {allowed}; create the request in one of these, or let "
                            "the platform team add the namespace to the setting teams'",
                            "reason": "Forbidden",
                        }
                    ],
                },
                binding={"validationActions": ["Deny"]},
            ),
        )
