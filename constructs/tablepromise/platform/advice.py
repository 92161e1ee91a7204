"""Warnings by `kubectl`: what `request.warnings` and `request.fate` say, in CEL, said earlier."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.platform.guard import OWN_TABLE, SPEC_GIVES_UP, STATUS_AGREES, TABLE_GIVES_UP
from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps, requests
from tablepromise.request import ack


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
    "tags": "has(variables.spec.tags) ? variables.spec.tags.filter(t, "
    "!(t.key + t.value).matches('^[\\\\p{L}\\\\p{N}\\\\p{Z}+=._:/-]*$') || "
    "t.key.lowerAscii().startsWith('aws:')).map(t, t.key) : []",
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
        "'billingMode is PROVISIONED with 5 read and 5 write capacity units: DynamoDB throttles "
        "beyond 5 writes per second and bills the capacity of an idle table; with "
        "PAY_PER_REQUEST it does neither'",
    ),
    Advice(
        "variables.tags.size() == 0",
        "'tag ' + variables.tags.join(', ') + ' has a character or prefix that AWS\\'s "
        "documentation does not allow: letters, white space, digits and + - = . _ : / are "
        "allowed, and aws: as the beginning of a key is not, in any case of letters'",
    ),
    Advice(
        "!has(variables.spec.timeToLive) || variables.spec.timeToLive.enabled",
        "'timeToLive is off: remove timeToLive once the table has it off (within an hour), or ACK "
        "never reports the Table as ready again'",
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

_POLICY = "(has(variables.spec.deletionPolicy) ? variables.spec.deletionPolicy : 'Retain')"
_PROTECTED = "has(variables.spec.deletionProtection) && variables.spec.deletionProtection"

FATE = (
    "'table ' + variables.spec.name + ' in ' + variables.spec.region + ("
    "has(oldObject.status) && has(oldObject.status.deletionPolicy) && "
    "oldObject.status.deletionPolicy == '' "
    "? ' is left alone: nothing was made of this request' : "
    f"{_POLICY} != 'Delete' ? ' is kept with its data: deletionPolicy is Retain' : "
    f"{_PROTECTED} ? ' is kept with its data: deletionPolicy is Delete, but deletionProtection "
    "is on and DynamoDB refuses; its Table object waits until protection is off in AWS' : "
    "' is deleted with its data: deletionPolicy is Delete')"
)
"""`request.fate`, of a request whose deletion no guard refuses."""


_NOT_DELETED_YET = {
    "name": "not-being-deleted",
    "expression": "!has(oldObject.metadata.deletionTimestamp)",
}
# every policy is evaluated by itself, so the conditions of `RequestGuard` are here again
_NOT_REJECTED = {"name": "not-rejected-by-its-status", "expression": STATUS_AGREES}
_HAS_HAD_A_TABLE = (
    "has(oldObject.status) && has(oldObject.status.syncedTable) && "
    "oldObject.status.syncedTable != ''"
)


class RequestAdvice(Construct):
    """Policies that warn and never reject: one for a change, two for a deletion.

    The warning for a deletion is silent where `RequestGuard` rejects the deletion. Of a request
    that has had a Table in this cluster, the warning depends on that Table; of every other
    request, on the status alone.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-request-advice",
                spec={
                    "matchConstraints": requests("CREATE", "UPDATE"),
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
        AdmissionPolicy(
            self,
            "Deletion",
            AdmissionPolicyProps(
                name="tablepromise-deletion-advice",
                spec={
                    "matchConstraints": requests("DELETE"),
                    "matchConditions": [
                        _NOT_DELETED_YET,
                        _NOT_REJECTED,
                        {"name": "has-had-no-table", "expression": f"!({_HAS_HAD_A_TABLE})"},
                    ],
                    "variables": [{"name": "spec", "expression": "oldObject.spec"}],
                    "validations": [{"expression": "false", "messageExpression": FATE}],
                },
                binding={"validationActions": ["Warn"]},
            ),
        )
        AdmissionPolicy(
            self,
            "TableDeletion",
            AdmissionPolicyProps(
                name="tablepromise-table-deletion-advice",
                spec={
                    "paramKind": {"apiVersion": ack.API_VERSION, "kind": ack.KIND},
                    "matchConstraints": requests("DELETE"),
                    "matchConditions": [
                        _NOT_DELETED_YET,
                        _NOT_REJECTED,
                        {"name": "has-had-a-table", "expression": _HAS_HAD_A_TABLE},
                    ],
                    "variables": [{"name": "spec", "expression": "oldObject.spec"}],
                    "validations": [
                        {
                            "expression": f"!({OWN_TABLE}) || "
                            f"({TABLE_GIVES_UP}) != ({SPEC_GIVES_UP})",
                            "messageExpression": FATE,
                        }
                    ],
                },
                binding={
                    "validationActions": ["Warn"],
                    # every Table in the request's namespace
                    "paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"},
                },
            ),
        )
