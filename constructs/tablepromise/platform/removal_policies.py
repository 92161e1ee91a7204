"""Admission policies against removals that end in lost data, or never end.

`guard` has the policies for a Table and for a request.
"""

from constructs import Construct

from tablepromise.dialects import crossplane, kro
from tablepromise.platform.crossplane import Crossplane
from tablepromise.platform.crossplane_aws import CrossplaneAws
from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps
from tablepromise.reads import KRATIX_GROUP, KRATIX_NAMESPACE, REQUEST_CRD, TABLE_CRD
from tablepromise.request import model

CONFIRM = "tablepromise.dev/confirm-deletion"
"""Annotation that confirms the deletion of an object; its value is the object's name."""

_CRDS = "customresourcedefinitions.apiextensions.k8s.io"
_XRDS = "compositeresourcedefinitions.apiextensions.crossplane.io"

PROTECTED: dict[str, dict[str, str]] = {
    f"promises.{KRATIX_GROUP}": {model.PROMISE: "every DynamoDBRequest"},
    _XRDS: {crossplane.NAME: "every DynamoDBTable of Crossplane"},
    _CRDS: {
        f"promises.{KRATIX_GROUP}": "every Promise, and with it every request",
        REQUEST_CRD: "every DynamoDBRequest",
        TABLE_CRD: "every Table of ACK",
        kro.NAME: "every DynamoDBTable of kro",
        _XRDS: "every API of Crossplane, and with it every DynamoDBTable",
        crossplane.NAME: "every DynamoDBTable of Crossplane",
        CrossplaneAws.TABLES: "every Table of Crossplane",
        "applications.core.oam.dev": "every Application of KubeVela, and with it its requests",
    },
}
"""By resource, the names of the objects whose deletion needs a confirmation, and what each deletes.

The API server deletes the objects of a CRD without asking admission for each. So neither the
request nor the Table is protected by its own policy then.
"""

_CONTROLLERS = (
    f"system:serviceaccount:{KRATIX_NAMESPACE}:",
    f"system:serviceaccount:{Crossplane.NAMESPACE}:",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:kube-controller-manager",
)
"""Users (by prefix) that delete a CRD because its Promise, XRD or Provider was deleted."""


class ApiGuard(Construct):
    """Rejects deleting an API with all its objects, unless an annotation on it confirms that.

    There is no condition on the existence of requests: a policy for an object without a namespace
    cannot list objects in namespaces.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        deletes = " : ".join(
            f"request.resource.resource == '{resource.partition('.')[0]}' && "
            f"oldObject.metadata.name == '{name}' ? '{what}'"
            for resource, names in PROTECTED.items()
            for name, what in names.items()
        )
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name="tablepromise-api-guard",
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
                            for resource, names in PROTECTED.items()
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
                            "expression": f"request.resource.resource != '{_CRDS.partition('.')[0]}"
                            "' || !("
                            + " || ".join(
                                f"request.userInfo.username.startsWith('{user}')"
                                for user in _CONTROLLERS
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
                            f"'{CONFIRM}' in oldObject.metadata.annotations && "
                            f"oldObject.metadata.annotations['{CONFIRM}'] == variables.name",
                            "messageExpression": "'deleting ' + request.resource.resource + ' ' + "
                            "variables.name + ' deletes ' + variables.deletes + ', and the data "
                            "of every table whose deletionPolicy is Delete; to confirm: kubectl "
                            "annotate ' + request.resource.resource + '.' + request.resource.group "
                            f"+ ' ' + variables.name + ' {CONFIRM}=' + variables.name",
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
