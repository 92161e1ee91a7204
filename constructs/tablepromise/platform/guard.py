"""Keeps Tables from being deleted while somebody still asks for them."""

from constructs import Construct

from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps
from tablepromise.request import ack, model, table


class TableGuard(Construct):
    """Refuses to delete a Table whose request is there and is not being deleted.

    The state store is all that Flux knows. When that loses a file, because it was emptied, restored
    from yesterday or swapped, Flux deletes the Table, and ACK the data. The API server knows
    better, and so it is asked: a Table goes when its request went. That holds for everyone, also
    for `kubectl delete table`.

    A Table whose request is on another cluster is not guarded: nothing there could say.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-table-guard",
                # with the Promise goes the requests' API; the policy then holds nothing back
                spec={
                    "paramKind": {"apiVersion": model.API_VERSION, "kind": model.KIND},
                    "matchConstraints": {
                        "resourceRules": [
                            {
                                "apiGroups": [ack.GROUP],
                                "apiVersions": [ack.VERSION],
                                "operations": ["DELETE"],
                                "resources": ["tables"],
                            }
                        ]
                    },
                    "matchConditions": [
                        {
                            "name": "made-for-a-request",
                            "expression": "has(oldObject.metadata.labels) && "
                            f"'{table.REQUEST_LABEL}' in oldObject.metadata.labels",
                        }
                    ],
                    "validations": [
                        {
                            "expression": "oldObject.metadata.labels"
                            f"['{table.REQUEST_LABEL}'] != params.metadata.name || "
                            "has(params.metadata.deletionTimestamp)",
                            "messageExpression": f"'{model.KIND} ' + params.metadata.namespace + "
                            "'/' + params.metadata.name + ' still asks for this table; delete "
                            "the request, and its deletionPolicy says what becomes of the data'",
                            "reason": "Forbidden",
                        }
                    ],
                },
                binding={
                    "validationActions": ["Deny"],
                    # every request in the Table's namespace
                    "paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"},
                },
            ),
        )
