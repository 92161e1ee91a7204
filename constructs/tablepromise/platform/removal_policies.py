"""Admission policies against removals that end in lost data, or never end.

`guard` has the policies for a Table and for a request.
"""

from dataclasses import dataclass, field

from constructs import Construct

from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps
from tablepromise.reads import KRATIX_GROUP, KRATIX_NAMESPACE, REQUEST_CRD, TABLE_CRD
from tablepromise.request import model
from tablepromise.request.deletion import CONFIRM_DELETION

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
class ApiGuardProps:
    """Options of `ApiGuard`.

    Attributes:
        name: suffix of the policy's name; default: none.
        protected: objects whose deletion needs a confirmation; default: those of the Promise.
        namespace: of the controller that deletes a CRD because its owner was deleted; default:
            Kratix's.
    """

    name: str = ""
    protected: Protected = field(default_factory=lambda: PROMISE)
    namespace: str = KRATIX_NAMESPACE


class ApiGuard(Construct):
    """Rejects deleting an API with all its objects, unless an annotation on it confirms that.

    The API server deletes the objects of a CRD without a call to admission for each. So neither a
    request nor a Table is protected by its own policy then. The confirmation is needed without
    objects too: a policy for an object without a namespace cannot list objects in namespaces.

    A CRD is deleted without confirmation by the controller whose object brought it, and by
    Kubernetes's garbage collector: there, the deletion of the owner was confirmed.
    """

    def __init__(self, scope: Construct, id: str, props: ApiGuardProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or ApiGuardProps()
        controllers = (
            f"system:serviceaccount:{props.namespace}:",
            "system:serviceaccount:kube-system:generic-garbage-collector",
            "system:kube-controller-manager",
        )
        deletes = " : ".join(
            f"request.resource.resource == '{resource.partition('.')[0]}' && "
            f"oldObject.metadata.name == '{name}' ? '{what}'"
            for resource, names in props.protected.items()
            for name, what in names.items()
        )
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="-".join(filter(None, ("tablepromise-api-guard", props.name))),
                spec={
                    "matchConstraints": {
                        "resourceRules": [
                            {
                                "apiGroups": [group],
                                "apiVersions": ["*"],
                                "operations": ["DELETE"],
                                "resources": [plural],
                                "resourceNames": list(names),
                            }
                            for resource, names in props.protected.items()
                            for plural, _, group in [resource.partition(".")]
                        ]
                    },
                    "matchConditions": [
                        {
                            "name": "not-being-deleted",
                            "expression": "!has(oldObject.metadata.deletionTimestamp)",
                        },
                        {
                            "name": "not-by-the-controller-of-a-crd",
                            "expression": f"request.resource.resource != '{CRDS.partition('.')[0]}"
                            "' || !("
                            + " || ".join(
                                f"request.userInfo.username.startsWith('{user}')"
                                for user in controllers
                            )
                            + ")",
                        },
                    ],
                    "variables": [
                        {"name": "name", "expression": "oldObject.metadata.name"},
                        {"name": "deletes", "expression": f"{deletes} : 'all its objects'"},
                    ],
                    "validations": [
                        {
                            "expression": "has(oldObject.metadata.annotations) && "
                            f"'{CONFIRM_DELETION}' in oldObject.metadata.annotations && "
                            f"oldObject.metadata.annotations['{CONFIRM_DELETION}'] == "
                            "variables.name",
                            "messageExpression": "'deleting ' + request.resource.resource + ' ' + "
                            "variables.name + ' deletes ' + variables.deletes + ', and the data "
                            "of every table whose deletionPolicy is Delete; to confirm: kubectl "
                            "annotate ' + request.resource.resource + '.' + request.resource.group "
                            f"+ ' ' + variables.name + ' {CONFIRM_DELETION}=' + variables.name",
                            "reason": "Forbidden",
                        }
                    ],
                },
                binding={"validationActions": ["Deny"]},
            ),
        )


class NamespaceGuard(Construct):
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
                spec={
                    "paramKind": {"apiVersion": model.API_VERSION, "kind": model.KIND},
                    "matchConstraints": {
                        "resourceRules": [
                            {
                                "apiGroups": [""],
                                "apiVersions": ["v1"],
                                "operations": ["DELETE"],
                                "resources": ["namespaces"],
                            }
                        ]
                    },
                    "matchConditions": [
                        {
                            "name": "not-being-deleted",
                            "expression": "!has(oldObject.metadata.deletionTimestamp)",
                        }
                    ],
                    "validations": [
                        {
                            "expression": "params.metadata.namespace != oldObject.metadata.name",
                            "messageExpression": "'namespace ' + oldObject.metadata.name + "
                            f"' has {model.KIND} ' + params.metadata.name + ': no pipeline runs in "
                            "a namespace that is being deleted, so neither would ever be gone; "
                            f"first: kubectl delete {model.PLURAL} --all -n ' + "
                            "oldObject.metadata.name",
                            "reason": "Forbidden",
                        }
                    ],
                },
                binding={
                    "validationActions": ["Deny"],
                    # for a Namespace, the API server selects among the objects in it
                    "paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"},
                },
            ),
        )
