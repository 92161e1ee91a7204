"""Admission policies against deletions that lose data by mistake, or that never end."""

from dataclasses import dataclass, field

from constructs import Construct

from tablepromise.platform.admission_policy import (
    NOT_BEING_DELETED,
    AdmissionPolicy,
    AdmissionPolicyProps,
    deny,
    match,
    requests,
)
from tablepromise.reads import KRATIX_GROUP, KRATIX_NAMESPACE, REQUEST_CRD, TABLE_CRD
from tablepromise.request import ack, model, table
from tablepromise.request.deletion import CONFIRM_DELETION


class TableDeletionPolicy(Construct):
    """Rejects deleting a Table whose request exists and is not being deleted.

    Flux knows only the state store. When the store loses a file, because it was emptied, restored
    from a backup or replaced, Flux deletes the Table, and ACK deletes the data. The API server
    knows the requests, and rejects deleting a Table before its request, for every user, also by
    `kubectl delete table`.

    A Table whose request is on another cluster is not protected: the API server does not know the
    request.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        label = f"oldObject.metadata.labels['{table.REQUEST_LABEL}']"
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-table-guard",
                matches=(match(ack.GROUP, ack.VERSION, ["tables"], "DELETE"),),
                # deleting the Promise deletes the requests' API; then the policy rejects nothing
                parameters=(model.API_VERSION, model.KIND),
                conditions={
                    "made-for-a-request": "has(oldObject.metadata.labels) && "
                    f"'{table.REQUEST_LABEL}' in oldObject.metadata.labels",
                },
                validations=[
                    deny(
                        f"{label} != params.metadata.name || "
                        "has(params.metadata.deletionTimestamp)",
                        cel=f"'{model.KIND} ' + params.metadata.namespace + '/' + "
                        "params.metadata.name + ' of this Table still exists: delete the request "
                        "instead; its deletionPolicy decides whether the data is kept'",
                    )
                ],
            ),
        )


SPEC_DELETES = (
    "has(oldObject.spec) && has(oldObject.spec.deletionPolicy) && "
    "oldObject.spec.deletionPolicy == 'Delete' && "
    "!(has(oldObject.spec.deletionProtection) && oldObject.spec.deletionProtection)"
)
"""`request.deletes_data` in CEL: deleting the request deletes the data, by its spec."""

STATUS_AGREES = (
    "!has(oldObject.status) || !has(oldObject.status.deletionPolicy) || "
    "oldObject.status.deletionPolicy == '' || "
    f"(oldObject.status.deletionPolicy == 'Delete') == ({SPEC_DELETES})"
)
"""Whether the last pipeline run had the deletion policy that the request has, in CEL."""

_ANNOTATED = f"'{ack.DELETION_POLICY}' in params.metadata.annotations"
TABLE_DELETES = (
    # without the annotation, ACK deletes
    f"!(has(params.metadata.annotations) && {_ANNOTATED} && "
    f"params.metadata.annotations['{ack.DELETION_POLICY}'] != 'delete') && "
    "!(has(params.spec.deletionProtectionEnabled) && params.spec.deletionProtectionEnabled)"
)
"""Whether deleting the Table `params` deletes the data, in CEL."""

OWN_TABLE = (
    "params.metadata.name == oldObject.metadata.name && has(params.metadata.labels) && "
    f"'{table.REQUEST_LABEL}' in params.metadata.labels && "
    f"params.metadata.labels['{table.REQUEST_LABEL}'] == oldObject.metadata.name && "
    "!has(params.metadata.deletionTimestamp)"
)
"""Whether `params` is the Table of the request, in CEL."""

_NOT_APPLIED = (
    "variables.deletes ? 'deletionPolicy was changed to Delete, and the Table does not have the "
    "new value yet: deleting the request now would keep the table; wait until the request is Ready "
    "and delete it again, or set deletionPolicy to Retain, to delete the request and keep the "
    "table' : 'deletionPolicy or deletionProtection was changed to keep the table, and the Table "
    "does not have the new value yet: deleting the request now would delete the table with its "
    "data; wait until the request is Ready and delete it again, or set deletionPolicy to Delete "
    "and deletionProtection to false, to delete the data'"
)

_WHILE_DELETED = (
    "deletionPolicy and deletionProtection cannot change once the request is being deleted: "
    "no pipeline runs for the new values; to keep the data, switch on deletion protection of the "
    "table in AWS"
)


def _changed(field: str, default: str) -> str:
    old, new = (
        f"(has({o}.spec.{field}) ? {o}.spec.{field} : {default})" for o in ("oldObject", "object")
    )
    return f"{old} != {new}"


class RequestDeletionPolicy(Construct):
    """Rejects deleting a request while its spec does not decide yet whether the data is kept.

    A request is deleted in seconds, and two things that happened before decide about its data: the
    last pipeline run, and the Table that Flux applied. So a changed deletionPolicy is in force when
    both have it. A request without pipeline run and Table can always be deleted.

    A Table on another cluster is unknown to the API server; the pipeline run is in
    `status.deletionPolicy`.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        changed = (
            _changed("deletionPolicy", "'Retain'"),
            _changed("deletionProtection", "false"),
        )
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-request-guard",
                matches=(requests("DELETE", "UPDATE"),),
                variables={"deletes": SPEC_DELETES},
                validations=[
                    deny(
                        "request.operation != 'DELETE' || "
                        f"has(oldObject.metadata.deletionTimestamp) || {STATUS_AGREES}",
                        cel=_NOT_APPLIED,
                    ),
                    deny(
                        "request.operation != 'UPDATE' || "
                        "!has(oldObject.metadata.deletionTimestamp) || "
                        "!has(oldObject.spec) || !has(object.spec) || "
                        f"!({' || '.join(changed)})",
                        _WHILE_DELETED,
                    ),
                ],
            ),
        )
        AdmissionPolicy(
            self,
            "TablePolicy",
            AdmissionPolicyProps(
                name="tablepromise-request-guard-table",
                matches=(requests("DELETE"),),
                parameters=(ack.API_VERSION, ack.KIND),
                conditions=NOT_BEING_DELETED,
                variables={"deletes": SPEC_DELETES, "isOwn": OWN_TABLE},
                validations=[
                    deny(
                        f"!variables.isOwn || ({TABLE_DELETES}) == variables.deletes",
                        cel=_NOT_APPLIED,
                    )
                ],
            ),
        )


CRDS = "customresourcedefinitions.apiextensions.k8s.io"

Protected = dict[str, dict[str, str]]
"""By resource (`plural.group`), the names of the objects whose deletion needs a confirmation, and
what each deletion deletes."""

PROMISE: Protected = {
    f"promises.{KRATIX_GROUP}": {model.PROMISE: "every DynamoDBRequest"},
    CRDS: {
        f"promises.{KRATIX_GROUP}": "every Promise, and with it every request",
        REQUEST_CRD: "every DynamoDBRequest",
        TABLE_CRD: "every Table of ACK",
    },
}
"""The APIs of the Promise and of ACK."""


@dataclass(frozen=True, kw_only=True)
class ApiDeletionPolicyProps:
    """Options of `ApiDeletionPolicy`.

    Attributes:
        name: suffix of the policy's name; default: none.
        protected: objects whose deletion needs a confirmation; default: those of the Promise.
        namespace: of the controller that deletes a CRD because its owner was deleted; default:
            Kratix's.
    """

    name: str = ""
    protected: Protected = field(default_factory=lambda: PROMISE)
    namespace: str = KRATIX_NAMESPACE


class ApiDeletionPolicy(Construct):
    """Rejects deleting an API with all its objects, unless an annotation on it confirms that.

    The API server deletes the objects of a CRD without a call to admission for each. So neither a
    request nor a Table is protected by its own policy then. The confirmation is needed without
    objects too: a policy for an object without a namespace cannot list objects in namespaces.

    A CRD is deleted without confirmation by the controller whose object brought it, and by
    Kubernetes's garbage collector: there, the deletion of the owner was confirmed.
    """

    def __init__(
        self, scope: Construct, id: str, props: ApiDeletionPolicyProps | None = None
    ) -> None:
        super().__init__(scope, id)
        props = props or ApiDeletionPolicyProps()
        controllers = (
            f"system:serviceaccount:{props.namespace}:",
            "system:serviceaccount:kube-system:generic-garbage-collector",
            "system:kube-controller-manager",
        )
        users = " || ".join(f"request.userInfo.username.startsWith('{u}')" for u in controllers)
        deletes = " : ".join(
            f"request.resource.resource == '{resource.partition('.')[0]}' && "
            f"oldObject.metadata.name == '{name}' ? '{what}'"
            for resource, names in props.protected.items()
            for name, what in names.items()
        )
        confirmed = f"oldObject.metadata.annotations['{CONFIRM_DELETION}'] == variables.name"
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="-".join(filter(None, ("tablepromise-api-guard", props.name))),
                matches=tuple(
                    match(group, "*", [plural], "DELETE", names=names)
                    for resource, names in props.protected.items()
                    for plural, _, group in [resource.partition(".")]
                ),
                conditions=NOT_BEING_DELETED
                | {
                    "not-by-the-controller-of-a-crd": "request.resource.resource != "
                    f"'{CRDS.partition('.')[0]}' || !({users})",
                },
                variables={
                    "name": "oldObject.metadata.name",
                    "deletes": f"{deletes} : 'all its objects'",
                },
                validations=[
                    deny(
                        "has(oldObject.metadata.annotations) && "
                        f"'{CONFIRM_DELETION}' in oldObject.metadata.annotations && {confirmed}",
                        cel="'deleting ' + request.resource.resource + ' ' + variables.name + "
                        "' deletes ' + variables.deletes + ', and the data of every table whose "
                        "deletionPolicy is Delete; to confirm: kubectl annotate ' + "
                        "request.resource.resource + '.' + request.resource.group + ' ' + "
                        f"variables.name + ' {CONFIRM_DELETION}=' + variables.name",
                    )
                ],
            ),
        )


class NamespaceDeletionPolicy(Construct):
    """Rejects deleting a namespace that has requests.

    Kratix runs a pipeline to delete a request, and a namespace that is being deleted accepts no new
    Job. So neither the request nor the namespace would ever be gone.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-namespace-guard",
                matches=(match("", "v1", ["namespaces"], "DELETE"),),
                parameters=(model.API_VERSION, model.KIND),
                conditions=NOT_BEING_DELETED,
                validations=[
                    deny(
                        "params.metadata.namespace != oldObject.metadata.name",
                        cel="'namespace ' + oldObject.metadata.name + "
                        f"' has {model.KIND} ' + params.metadata.name + ': no pipeline runs in a "
                        "namespace that is being deleted, so neither would ever be gone; first: "
                        f"kubectl delete {model.PLURAL} --all -n ' + oldObject.metadata.name",
                    )
                ],
            ),
        )
