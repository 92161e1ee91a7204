"""Admission policies for what people, Kratix's pipelines and the agents deliver to a namespace."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.platform.admission_policy import (
    AdmissionPolicy,
    AdmissionPolicyProps,
    deny,
    match,
    requests,
)
from tablepromise.platform.agent import account_name
from tablepromise.reads import FLUX_NAMESPACE
from tablepromise.request import ack, model, table


@dataclass(frozen=True, kw_only=True)
class RequestNamespacePolicyProps:
    """Options of `RequestNamespacePolicy`.

    Attributes:
        namespaces: that have an agent.
    """

    namespaces: tuple[str, ...]


class RequestNamespacePolicy(Construct):
    """Rejects a request in a namespace without an agent: nothing would apply its Table."""

    NAME = "tablepromise-request-namespace"

    def __init__(self, scope: Construct, id: str, props: RequestNamespacePolicyProps) -> None:
        super().__init__(scope, id)
        names = sorted(props.namespaces)
        listed = ", ".join(f"'{name}'" for name in names)
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name=self.NAME,
                failure_policy="Fail",
                matches=(requests("CREATE"),),
                validations=[
                    deny(
                        f"object.metadata.namespace in [{listed}]",
                        cel="'metadata.namespace: no agent applies tables in this namespace: got ' "
                        f"+ object.metadata.namespace + ', allowed: {', '.join(names)}; create the "
                        "request in one of these, or let the platform team add the namespace to "
                        "the setting teams'",
                    )
                ],
            ),
        )


class WorkPolicy(Construct):
    """Keeps each Work in its own folder of the state store.

    Kratix joins names and file paths of a Work to a path of the store, and does not check them. So
    everyone who can run a pod as the ServiceAccount of Kratix's pipeline in one namespace could
    write `../../../../other-team/...`, and the agent of the other team would apply it. And the
    pipeline of the tables' Promise writes Works of this Promise, for Destinations of tables, and no
    others.
    """

    NAME = "tablepromise-work"

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        labels = " && ".join(_selects(k, v) for k, v in model.DESTINATION_LABELS.items())
        path = "(!has(w.filepath) || !w.filepath.matches('^/|(^|/)[.][.](/|$)'))"
        own = f"has(object.spec.promiseName) && object.spec.promiseName == '{model.PROMISE}'"
        names = (
            _is_folder("object.spec.promiseName"),
            _is_folder("object.spec.resourceName"),
            f"variables.groups.all(g, {_is_folder('g.id')})",
        )
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name=self.NAME,
                failure_policy="Fail",
                matches=(match("platform.kratix.io", "v1alpha1", ["works"], "CREATE", "UPDATE"),),
                conditions={
                    # the finalizer of an older Work must be removable
                    "spec-changes": "has(object.spec) && (oldObject == null || "
                    "!has(oldObject.spec) || object.spec != oldObject.spec)",
                },
                variables={
                    "groups": "(has(object.spec.workloadGroups) ? object.spec.workloadGroups : [])",
                    "pipeline": "request.userInfo.username.startsWith('system:serviceaccount:' + "
                    f"request.namespace + ':{model.PROMISE}-resource-')",
                },
                validations=[
                    deny(
                        f"variables.groups.all(g, !has(g.workloads) || g.workloads.all(w, {path}))",
                        "spec.workloadGroups.workloads.filepath: the path leaves the folder of its "
                        "request, allowed: a relative path without .. steps",
                    ),
                    deny(
                        " && ".join(names),
                        "spec: promiseName, resourceName or the id of a workload group is not a "
                        "folder name, allowed: a name without / that does not begin with .",
                    ),
                    deny(
                        f"!variables.pipeline || ({own} && "
                        f"variables.groups.all(g, has(g.destinationSelectors) && {labels}))",
                        f"spec: a pipeline of Promise {model.PROMISE} writes Works of another "
                        "Promise or for other Destinations, allowed: promiseName "
                        f"{model.PROMISE}, and destinationSelectors with "
                        + " ".join(f"{k}={v}" for k, v in model.DESTINATION_LABELS.items()),
                    ),
                ],
            ),
        )


def _is_folder(field: str) -> str:
    """Whether a field is a folder name for Kratix: one step of a path, and not a step up."""
    return f"(!has({field}) || !({field}.contains('/') || {field}.startsWith('.')))"


def _selects(key: str, value: str) -> str:
    """Whether a group's selectors select this label, and no other value of it."""
    has = f"has(s.matchLabels) && '{key}' in s.matchLabels"
    same = f"s.matchLabels['{key}'] == '{value}'"
    return (
        f"g.destinationSelectors.exists(s, {has}) && "
        f"g.destinationSelectors.all(s, !({has}) || {same})"
    )


_PREFIX = "services.k8s.aws/"
_ANNOTATIONS = "has({0}.metadata.annotations) ? {0}.metadata.annotations : {{}}"


@dataclass(frozen=True, kw_only=True)
class AgentPolicyProps:
    """Options of `AgentPolicy`.

    Attributes:
        destination: name of the Destination.
        namespaces: that have an agent.
    """

    destination: str
    namespaces: tuple[str, ...]


class AgentPolicy(Construct):
    """Rejects Tables of an agent that the renderer would not write for a request.

    An agent applies every file in its folder of the state store. So everyone who writes there, or
    runs a pod as Kratix's pipeline, could adopt a table that ACK did not create, point a Table of a
    request at another table, or have it deleted with its data. Each rule is about a value that the
    agent changes: values that a person or ACK wrote before stay.
    """

    NAME = "tablepromise-agent"

    def __init__(self, scope: Construct, id: str, props: AgentPolicyProps) -> None:
        super().__init__(scope, id)
        accounts = ", ".join(
            f"'system:serviceaccount:{FLUX_NAMESPACE}:{account_name(props.destination, name)}'"
            for name in props.namespaces
        )
        matches = (match(ack.GROUP, ack.VERSION, ["tables"], "CREATE", "UPDATE"),)
        conditions = {"agent": f"request.userInfo.username in [{accounts}]"}
        variables = {
            "annotations": _ANNOTATIONS.format("object"),
            "old": f"oldObject == null ? {{}} : ({_ANNOTATIONS.format('oldObject')})",
        }
        label = f"object.metadata.labels['{table.REQUEST_LABEL}']"
        AdmissionPolicy(
            self,
            "Policy",
            AdmissionPolicyProps(
                name=self.NAME,
                failure_policy="Fail",
                matches=matches,
                conditions=conditions,
                variables=variables,
                validations=[
                    deny(
                        "has(object.metadata.labels) && "
                        f"'{table.REQUEST_LABEL}' in object.metadata.labels && "
                        f"{label} == object.metadata.name",
                        cel=f"'metadata.labels[{table.REQUEST_LABEL}]: an agent applies Tables of "
                        "requests only, allowed: ' + object.metadata.name",
                    ),
                    deny(
                        f"variables.annotations.all(k, !k.startsWith('{_PREFIX}') || "
                        f"k in ['{ack.REGION}', '{ack.DELETION_POLICY}'] || "
                        "(k in variables.old && variables.old[k] == variables.annotations[k]))",
                        "metadata.annotations: an agent changes an annotation of ACK's that no "
                        f"request has, allowed: {ack.REGION}, {ack.DELETION_POLICY}",
                    ),
                ],
            ),
        )
        region = f"variables.annotations['{ack.REGION}']"
        AdmissionPolicy(
            self,
            "RequestPolicy",
            AdmissionPolicyProps(
                name=f"{self.NAME}-request",
                failure_policy="Fail",
                matches=matches,
                parameters=(model.API_VERSION, model.KIND),
                conditions=conditions,
                variables=variables | {"other": "params.metadata.name != object.metadata.name"},
                validations=[
                    _agrees(
                        "object.spec.tableName",
                        "params.spec.name",
                        "oldObject != null && oldObject.spec.tableName == object.spec.tableName",
                        "spec.tableName",
                    ),
                    _agrees(
                        f"('{ack.REGION}' in variables.annotations ? {region} : '')",
                        "params.spec.region",
                        f"'{ack.REGION}' in variables.old && '{ack.REGION}' in "
                        f"variables.annotations && variables.old['{ack.REGION}'] == {region}",
                        f"metadata.annotations[{ack.REGION}]",
                    ),
                    deny(
                        # the stricter value may come late; the one that loses data may not
                        f"variables.other || {_keeps('variables.annotations')} "
                        f"|| (oldObject != null && !({_keeps('variables.old')})) || "
                        "(has(params.spec.deletionPolicy) && "
                        "params.spec.deletionPolicy == 'Delete')",
                        f"metadata.annotations[{ack.DELETION_POLICY}]: the request of this name "
                        "keeps its table, allowed: retain",
                    ),
                ],
            ),
        )


def _keeps(annotations: str) -> str:
    """Whether ACK keeps the data of a Table with these annotations."""
    key = ack.DELETION_POLICY
    return f"('{key}' in {annotations} && {annotations}['{key}'] == 'retain')"


def _agrees(value: str, expected: str, unchanged: str, field: str) -> dict[str, Any]:
    return deny(
        f"variables.other || {value} == {expected} || ({unchanged})",
        cel=f"'{field}: not as in the request of this name: got ' + {value} + "
        f"', allowed: ' + {expected}",
    )
