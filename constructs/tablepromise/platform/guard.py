"""Keeps tables from being deleted by surprise: with their request, and without it."""

from constructs import Construct

from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps, requests
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


SPEC_GIVES_UP = (
    "has(oldObject.spec) && has(oldObject.spec.deletionPolicy) && "
    "oldObject.spec.deletionPolicy == 'Delete' && "
    "!(has(oldObject.spec.deletionProtection) && oldObject.spec.deletionProtection)"
)
"""`request.gives_up` in CEL."""

STATUS_AGREES = (
    "!has(oldObject.status) || !has(oldObject.status.deletionPolicy) || "
    "oldObject.status.deletionPolicy == '' || "
    f"(oldObject.status.deletionPolicy == 'Delete') == ({SPEC_GIVES_UP})"
)
"""Whether the last pipeline run saw the deletion policy that the request has, in CEL."""

_ANNOTATED = f"'{ack.DELETION_POLICY}' in params.metadata.annotations"
TABLE_GIVES_UP = (
    # without a word, ACK deletes
    f"!(has(params.metadata.annotations) && {_ANNOTATED} && "
    f"params.metadata.annotations['{ack.DELETION_POLICY}'] != 'delete') && "
    "!(has(params.spec.deletionProtectionEnabled) && params.spec.deletionProtectionEnabled)"
)

OWN_TABLE = (
    "params.metadata.name == oldObject.metadata.name && has(params.metadata.labels) && "
    f"'{table.REQUEST_LABEL}' in params.metadata.labels && "
    f"params.metadata.labels['{table.REQUEST_LABEL}'] == oldObject.metadata.name && "
    "!has(params.metadata.deletionTimestamp)"
)
"""Whether the parameter is the Table of the request, in CEL."""

_NOT_TAKEN_UP = (
    "variables.asked ? 'that the table is deleted with the request (deletionPolicy Delete, "
    "deletionProtection off) is not taken up yet: deleting it now would keep the table; wait until "
    "the request is Ready and delete it again, or set deletionPolicy to Retain, to delete the "
    "request and keep the table' : 'that the table is kept (deletionPolicy Retain, or "
    "deletionProtection) is not taken up yet: deleting the request now would delete the table "
    "with its data; wait until the request is Ready and delete it again, or set deletionPolicy to "
    "Delete and deletionProtection to false, to give the data up'"
)

_WHILE_DELETED = (
    "deletionPolicy and deletionProtection cannot change once the request is being deleted: "
    "nobody takes them up any more; to keep the data all the same, switch on deletion protection "
    "of the table in AWS"
)


def _changed(field: str, unset: str) -> str:
    old, new = (
        f"(has({o}.spec.{field}) ? {o}.spec.{field} : {unset})" for o in ("oldObject", "object")
    )
    return f"{old} != {new}"


class RequestGuard(Construct):
    """Refuses to delete a request that says another thing of its data than would happen.

    A request is deleted in seconds, and what becomes of its data was decided by what arrived
    before: its pipeline's last run, and the Table in the cluster as Flux applied it. So what was
    changed counts when both have it. Where nothing was made of the request, nothing is refused.

    A Table on another cluster is not seen; the pipeline's run is, by `status.deletionPolicy`.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-request-guard",
                spec={
                    "matchConstraints": requests("DELETE", "UPDATE"),
                    "variables": [{"name": "asked", "expression": SPEC_GIVES_UP}],
                    "validations": [
                        {
                            "expression": "request.operation != 'DELETE' || "
                            f"has(oldObject.metadata.deletionTimestamp) || {STATUS_AGREES}",
                            "messageExpression": _NOT_TAKEN_UP,
                            "reason": "Forbidden",
                        },
                        {
                            "expression": "request.operation != 'UPDATE' || "
                            "!has(oldObject.metadata.deletionTimestamp) || "
                            "!has(oldObject.spec) || !has(object.spec) || !("
                            + _changed("deletionPolicy", "'Retain'")
                            + " || "
                            + _changed("deletionProtection", "false")
                            + ")",
                            "message": _WHILE_DELETED,
                            "reason": "Forbidden",
                        },
                    ],
                },
                binding={"validationActions": ["Deny"]},
            ),
        )
        AdmissionPolicy(
            self,
            "TablePolicy",
            AdmissionPolicyProps(
                name="tablepromise-request-guard-table",
                spec={
                    "paramKind": {"apiVersion": ack.API_VERSION, "kind": ack.KIND},
                    "matchConstraints": requests("DELETE"),
                    "matchConditions": [
                        {
                            "name": "not-being-deleted",
                            "expression": "!has(oldObject.metadata.deletionTimestamp)",
                        }
                    ],
                    "variables": [
                        {"name": "asked", "expression": SPEC_GIVES_UP},
                        {"name": "itsOwn", "expression": OWN_TABLE},
                    ],
                    "validations": [
                        {
                            "expression": f"!variables.itsOwn || ({TABLE_GIVES_UP}) "
                            "== variables.asked",
                            "messageExpression": _NOT_TAKEN_UP,
                            "reason": "Forbidden",
                        }
                    ],
                },
                binding={
                    "validationActions": ["Deny"],
                    # every Table in the request's namespace
                    "paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"},
                },
            ),
        )
