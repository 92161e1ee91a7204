"""Rules that OpenAPI cannot express: a CEL expression with the requirement and the fix.

Rules belong to the model's types and become `x-kubernetes-validations`. The API server and
`admission` evaluate the same expressions. No rule uses the optional syntax (`self.?x`), which not
every evaluator supports.
"""

from typing import Any

from msgspec import Struct


class Rule(Struct, frozen=True):
    """One `x-kubernetes-validations` entry.

    Attributes:
        expression: CEL over `self`, and over `oldSelf` for a rule about a change.
        must: the requirement, in lower case, without full stop and semicolon.
        fix: the change to make, in the same style.
        field: the field below `self` at which a violation is reported, such as `.keySchema`.
        subject: CEL over the same values: the name of the item that breaks the rule, for offline
            findings. A messageExpression with it would exceed the API server's cost budget.
        added_only: the rule applies only when the value is added, at creation or later; its
            expression has no `oldSelf`.
    """

    expression: str
    must: str
    fix: str
    field: str = ""
    subject: str = ""
    added_only: bool = False

    def as_openapi(self) -> dict[str, str | bool]:
        entry: dict[str, str | bool] = {
            "rule": self.expression,
            "message": f"{self.must}; {self.fix}",
        }
        if self.added_only:
            entry |= {"rule": f"{_WAS_THERE}({self.expression})", "optionalOldSelf": True}
        return entry | ({"fieldPath": self.field} if self.field else {})


def for_added_value(validation: dict[str, Any]) -> str:
    """Return the expression of an `added_only` rule, "" for every other rule."""
    rule = str(validation["rule"])
    return rule.removeprefix(_WAS_THERE) if validation.get("optionalOldSelf") else ""


_WAS_THERE = "oldSelf.hasValue() || "
"""`oldSelf` is optional only in a rule with `optionalOldSelf`."""


def validations(*rules: Rule) -> dict[str, Any]:
    """Return rules as an extension of an OpenAPI schema, for `extra_json_schema` of a Meta."""
    return {"x-kubernetes-validations": [rule.as_openapi() for rule in rules]}


def immutable(field: str, instead: str) -> Rule:
    """Return the rule of a field that is immutable in DynamoDB."""
    return Rule("self == oldSelf", f"{field} is immutable", instead)
