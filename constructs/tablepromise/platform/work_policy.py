"""Rejects Works of Kratix that would be written outside their own folder of the state store."""

from constructs import Construct

from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps
from tablepromise.request import model

_GROUPS = "(has(object.spec.workloadGroups) ? object.spec.workloadGroups : [])"
_OURS = f"has(object.spec.promiseName) && object.spec.promiseName == '{model.PROMISE}'"


def _name(field: str) -> str:
    """A field that Kratix makes a folder of: one step of a path, and not a step up."""
    return f"(!has({field}) || !({field}.contains('/') || {field}.startsWith('.')))"


def _labelled(key: str, value: str) -> str:
    """Some selectors of a group want the label, and none wants another value."""
    has = f"has(s.matchLabels) && '{key}' in s.matchLabels"
    same = f"s.matchLabels['{key}'] == '{value}'"
    return (
        f"g.destinationSelectors.exists(s, {has}) && "
        f"g.destinationSelectors.all(s, !({has}) || {same})"
    )


class WorkPolicy(Construct):
    """Keeps each Work in its own folder of the state store, whoever writes it.

    Kratix joins names and file paths of a Work to a path of the store, and does not check them. So
    who can run a pod as the ServiceAccount of Kratix's pipeline in one namespace could write
    `../../../../other-team/...`, and the agent of the other team would apply it. And the pipeline
    of the tables' Promise writes Works of this Promise, for Destinations of tables, and no others.
    """

    NAME = "tablepromise-work"

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        labels = " && ".join(_labelled(k, v) for k, v in model.DESTINATION_LABELS.items())
        path = "(!has(w.filepath) || !w.filepath.matches('^/|(^|/)[.][.](/|$)'))"
        pipeline = (
            "request.userInfo.username.startsWith('system:serviceaccount:' + "
            f"request.namespace + ':{model.PROMISE}-resource-')"
        )
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name=self.NAME,
                spec={
                    "failurePolicy": "Fail",
                    "matchConstraints": {
                        "resourceRules": [
                            {
                                "apiGroups": ["platform.kratix.io"],
                                "apiVersions": ["v1alpha1"],
                                "operations": ["CREATE", "UPDATE"],
                                "resources": ["works"],
                            }
                        ]
                    },
                    "matchConditions": [
                        {
                            # what is there already must be able to go
                            "name": "spec-changes",
                            "expression": "has(object.spec) && (oldObject == null || "
                            "!has(oldObject.spec) || object.spec != oldObject.spec)",
                        }
                    ],
                    "variables": [
                        {"name": "groups", "expression": _GROUPS},
                        {"name": "pipeline", "expression": pipeline},
                    ],
                    "validations": [
                        {
                            "expression": "variables.groups.all(g, !has(g.workloads) || "
                            f"g.workloads.all(w, {path}))",
                            "message": "spec.workloadGroups.workloads.filepath: the path leaves "
                            "the folder of its request, allowed: a relative path without .. "
                            "steps",
                            "reason": "Forbidden",
                        },
                        {
                            "expression": " && ".join(
                                (
                                    _name("object.spec.promiseName"),
                                    _name("object.spec.resourceName"),
                                    f"variables.groups.all(g, {_name('g.id')})",
                                )
                            ),
                            "message": "spec: promiseName, resourceName or the id of a workload "
                            "group is no folder name, allowed: a name without / that does not "
                            "begin with .",
                            "reason": "Forbidden",
                        },
                        {
                            "expression": f"!variables.pipeline || ({_OURS} && "
                            "variables.groups.all(g, has(g.destinationSelectors) && "
                            f"{labels}))",
                            "message": f"spec: a pipeline of Promise {model.PROMISE} writes Works "
                            "of another Promise or for other Destinations, allowed: promiseName "
                            f"{model.PROMISE}, and destinationSelectors with "
                            + " ".join(f"{k}={v}" for k, v in model.DESTINATION_LABELS.items()),
                            "reason": "Forbidden",
                        },
                    ],
                },
                binding={"validationActions": ["Deny"]},
            ),
        )
