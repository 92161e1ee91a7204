"""A ValidatingAdmissionPolicy with its binding."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.request import model

_VERSION = "admissionregistration.k8s.io/v1"


@dataclass(frozen=True, kw_only=True)
class AdmissionPolicyProps:
    """Options of `AdmissionPolicy`. All expressions are CEL.

    Attributes:
        name: of the policy and its binding.
        matches: rules for the resources and operations, by `match` or `requests`.
        validations: as in the API; those by `deny` say why.
        conditions: expressions by name that must be true for the policy to apply; default: none.
        variables: expressions by name; default: none.
        parameters: API version and kind: each validation runs once for each object of the kind in
            the namespace (of a Namespace: in it), as `params`. Without such objects, or such a
            kind, the policy rejects nothing. Default: none.
        action: default: Deny.
        failure_policy: what happens on an error in the policy; default: Ignore, so the cluster must
            be safe without the policy too.
    """

    name: str
    matches: tuple[dict[str, Any], ...]
    validations: list[dict[str, Any]]
    conditions: Mapping[str, str] = field(default_factory=dict[str, str])
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: tuple[str, str] | None = None
    action: Literal["Deny", "Warn"] = "Deny"
    failure_policy: Literal["Fail", "Ignore"] = "Ignore"


class AdmissionPolicy(Construct):
    """The policy, and a binding for the whole cluster.

    Flux never prunes them: without them, the API server accepts what they reject.
    """

    def __init__(self, scope: Construct, id: str, props: AdmissionPolicyProps) -> None:
        super().__init__(scope, id)
        spec: dict[str, Any] = {"failurePolicy": props.failure_policy}
        binding: dict[str, Any] = {"policyName": props.name, "validationActions": [props.action]}
        if props.parameters:
            version, kind = props.parameters
            spec["paramKind"] = {"apiVersion": version, "kind": kind}
            binding["paramRef"] = {"selector": {}, "parameterNotFoundAction": "Allow"}
        spec["matchConstraints"] = {"resourceRules": list(props.matches)}
        if props.conditions:
            spec["matchConditions"] = _expressions(props.conditions)
        if props.variables:
            spec["variables"] = _expressions(props.variables)
        spec["validations"] = props.validations
        kind = "ValidatingAdmissionPolicy"
        for id_, suffix, content in (("Resource", "", spec), ("Binding", "Binding", binding)):
            KubeObject(
                self,
                id_,
                {
                    "apiVersion": _VERSION,
                    "kind": kind + suffix,
                    "metadata": {"name": props.name, "annotations": KEEP},
                    "spec": content,
                },
            )


def _expressions(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "expression": expression} for name, expression in named.items()]


def match(
    group: str,
    version: str,
    resources: Iterable[str],
    *operations: str,
    names: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the rule for operations (such as `DELETE`) on resources; default: of any name."""
    found: dict[str, Any] = {
        "apiGroups": [group],
        "apiVersions": [version],
        "operations": list(operations),
        "resources": list(resources),
    }
    return found | ({"resourceNames": only} if (only := list(names)) else {})


def requests(*operations: str) -> dict[str, Any]:
    """Return the rule for operations on requests."""
    return match(model.GROUP, model.VERSION, [model.PLURAL], *operations)


def deny(expression: str, message: str = "", *, cel: str = "") -> dict[str, Any]:
    """Return a validation that denies where the expression is false.

    Args:
        expression: of the objects that are allowed.
        message: of the rejection.
        cel: expression of the message instead.
    """
    text = {"messageExpression": cel} if cel else {"message": message}
    return {"expression": expression, **text, "reason": "Forbidden"}


NOT_BEING_DELETED = {"not-being-deleted": "!has(oldObject.metadata.deletionTimestamp)"}
"""Condition of a policy for deletions: a second DELETE of the object is not denied."""
