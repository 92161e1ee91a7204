"""Warnings at `kubectl apply`: what `request.warnings` says, in CEL, to be said earlier."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps
from tablepromise.request import model


@dataclass(frozen=True)
class Advice:
    """A piece of advice, in CEL.

    Attributes:
        fine: true where there is nothing to say.
        sentence: what is said else.
    """

    fine: str
    sentence: str


_USED = " || ".join(
    (
        "variables.spec.keySchema.exists(k, k.attributeName == a.name)",
        *(
            f"(has(variables.spec.{indexes}) && variables.spec.{indexes}"
            ".exists(i, i.keySchema.exists(k, k.attributeName == a.name)))"
            for indexes in ("globalSecondaryIndexes", "localSecondaryIndexes")
        ),
    )
)

VARIABLES = {
    "spec": "object.spec",
    "unused": f"variables.spec.attributeDefinitions.filter(a, !({_USED})).map(a, a.name)",
}

ADVICE = (
    Advice(
        "variables.unused.size() == 0",
        "'no key or index uses attribute ' + variables.unused.join(', ') + "
        "': it is left out of the table (items may have it all the same)'",
    ),
    Advice(
        "variables.spec.billingMode != 'PROVISIONED' || !has(variables.spec.provisioned) || "
        "variables.spec.provisioned.readCapacity != 5 || "
        "variables.spec.provisioned.writeCapacity != 5",
        "'billingMode is PROVISIONED with a capacity of 5 and 5, which is what is filled in when "
        "nothing is said: it throttles beyond 5 writes per second, and is paid for when idle; "
        "PAY_PER_REQUEST does neither'",
    ),
    Advice(
        "variables.spec.deletionPolicy != 'Delete' || "
        "(has(variables.spec.deletionProtection) && variables.spec.deletionProtection)",
        "'deletionPolicy is Delete and deletionProtection is off: deleting the request deletes "
        "the table with its data'",
    ),
    Advice(
        "variables.spec.deletionPolicy != 'Delete' || !has(variables.spec.deletionProtection) || "
        "!variables.spec.deletionProtection",
        "'deletionPolicy is Delete but deletionProtection is on: deleting the request leaves the "
        "table, and its Table object waits until protection is switched off'",
    ),
)


class RequestAdvice(Construct):
    """A policy that warns and never refuses."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-request-advice",
                spec={
                    "matchConstraints": {
                        "resourceRules": [
                            {
                                "apiGroups": [model.GROUP],
                                "apiVersions": [model.VERSION],
                                "operations": ["CREATE", "UPDATE"],
                                "resources": [model.PLURAL],
                            }
                        ]
                    },
                    "variables": [
                        {"name": name, "expression": expression}
                        for name, expression in VARIABLES.items()
                    ],
                    "validations": [
                        {"expression": advice.fine, "messageExpression": advice.sentence}
                        for advice in ADVICE
                    ],
                },
                binding={"validationActions": ["Warn"]},
            ),
        )
