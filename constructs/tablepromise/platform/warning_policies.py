"""Admission policies that warn in `kubectl`: `request.warnings` and `request.fate` in CEL."""

from constructs import Construct

from tablepromise.platform.admission_policy import (
    NOT_BEING_DELETED,
    AdmissionPolicy,
    AdmissionPolicyProps,
    requests,
)
from tablepromise.platform.deletion_policies import (
    OWN_TABLE,
    SPEC_DELETES,
    STATUS_AGREES,
    TABLE_DELETES,
)
from tablepromise.request import ack

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

WARNINGS = (
    (
        "variables.unused.size() == 0",
        "'no key or index uses attribute ' + variables.unused.join(', ') + "
        "': it is left out of the table (items may have it all the same)'",
    ),
    (
        "variables.spec.billingMode != 'PROVISIONED' || !has(variables.spec.provisioned) || "
        "variables.spec.provisioned.readCapacity != 5 || "
        "variables.spec.provisioned.writeCapacity != 5",
        "'billingMode is PROVISIONED with 5 read and 5 write capacity units: DynamoDB throttles "
        "beyond 5 writes per second and bills the capacity of an idle table; with "
        "PAY_PER_REQUEST it does neither'",
    ),
    (
        "variables.tags.size() == 0",
        "'tag ' + variables.tags.join(', ') + ' has a character or prefix that AWS\\'s "
        "documentation does not allow: letters, white space, digits and + - = . _ : / are "
        "allowed, and aws: as the beginning of a key is not, in any case of letters'",
    ),
    (
        "!has(variables.spec.timeToLive) || variables.spec.timeToLive.enabled",
        "'timeToLive is off: remove timeToLive once the table has it off (within an hour), or ACK "
        "never reports the Table as ready again'",
    ),
    (
        "variables.spec.deletionPolicy != 'Delete' || "
        "(has(variables.spec.deletionProtection) && variables.spec.deletionProtection)",
        "'deletionPolicy is Delete and deletionProtection is off: deleting the request deletes "
        "the table with its data'",
    ),
    (
        "variables.spec.deletionPolicy != 'Delete' || !has(variables.spec.deletionProtection) || "
        "!variables.spec.deletionProtection",
        "'deletionPolicy is Delete but deletionProtection is on: deleting the request leaves the "
        "table, and its Table object waits until protection is switched off'",
    ),
)

"""Of each warning: the expression that is true where there is none, and its text."""

_POLICY = "(has(variables.spec.deletionPolicy) ? variables.spec.deletionPolicy : 'Retain')"
_PROTECTED = "has(variables.spec.deletionProtection) && variables.spec.deletionProtection"

FATE = (
    "'table ' + variables.spec.name + ' in ' + variables.spec.region + ("
    "has(oldObject.status) && has(oldObject.status.deletionPolicy) && "
    "oldObject.status.deletionPolicy == '' "
    "? ' is unchanged: no Table was created for this request' : "
    f"{_POLICY} != 'Delete' ? ' is kept with its data: deletionPolicy is Retain' : "
    f"{_PROTECTED} ? ' is kept with its data: deletionPolicy is Delete, but deletionProtection "
    "is on and DynamoDB denies it; the Table object waits until protection is off in AWS' : "
    "' is deleted with its data: deletionPolicy is Delete')"
)
"""`request.deletion_outcome` in CEL, for a request whose deletion no policy rejects."""


# each policy is evaluated alone, so the conditions of `RequestDeletionPolicy` are here again
_ACCEPTED = NOT_BEING_DELETED | {"not-rejected-by-its-status": STATUS_AGREES}
_HAS_HAD_A_TABLE = (
    "has(oldObject.status) && has(oldObject.status.syncedTable) && "
    "oldObject.status.syncedTable != ''"
)


class RequestWarnings(Construct):
    """Policies that warn and never reject: one for a change, two for a deletion.

    The warning for a deletion is silent where `RequestDeletionPolicy` rejects the deletion. Of a
    request that has had a Table in this cluster, the warning depends on that Table; of every other
    request, on the status alone.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-request-advice",
                action="Warn",
                matches=(requests("CREATE", "UPDATE"),),
                variables=VARIABLES,
                validations=[_warning(fine, cel) for fine, cel in WARNINGS],
            ),
        )
        AdmissionPolicy(
            self,
            "Deletion",
            AdmissionPolicyProps(
                name="tablepromise-deletion-advice",
                action="Warn",
                matches=(requests("DELETE"),),
                conditions=_ACCEPTED | {"has-had-no-table": f"!({_HAS_HAD_A_TABLE})"},
                variables={"spec": "oldObject.spec"},
                validations=[_warning("false", FATE)],
            ),
        )
        AdmissionPolicy(
            self,
            "TableDeletion",
            AdmissionPolicyProps(
                name="tablepromise-table-deletion-advice",
                action="Warn",
                matches=(requests("DELETE"),),
                parameters=(ack.API_VERSION, ack.KIND),
                conditions=_ACCEPTED | {"has-had-a-table": _HAS_HAD_A_TABLE},
                variables={"spec": "oldObject.spec"},
                validations=[
                    _warning(f"!({OWN_TABLE}) || ({TABLE_DELETES}) != ({SPEC_DELETES})", FATE)
                ],
            ),
        )


def _warning(fine: str, cel: str) -> dict[str, str]:
    return {"expression": fine, "messageExpression": cel}
