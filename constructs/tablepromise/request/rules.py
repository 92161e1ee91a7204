"""A rule that OpenAPI cannot say: a CEL expression with what it demands and how to comply.

Rules are attached to the model's types and become `x-kubernetes-validations`. The API server and
`admission` evaluate the same expressions, so none is written twice. No rule uses the optional
syntax (`self.?x`): not every evaluator has it.
"""

from typing import Any

from msgspec import Struct


class Rule(Struct, frozen=True):
    """One `x-kubernetes-validations` entry.

    Attributes:
        expression: CEL over `self`, and over `oldSelf` for a rule about a change.
        must: what holds for a valid value, lower case, no full stop, no semicolon.
        fix: what to do when it does not hold, same style.
        field: the field below `self` that a violation is reported at, such as `.keySchema`.
        subject: CEL over the same values: the text that names what breaks the rule, for offline
            findings. A messageExpression with it would exceed the API server's cost budget.
        added_only: the rule is for a value that was not there before, at creation or later, so its
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
"""The API server's `oldSelf` is optional only in a rule with `optionalOldSelf`."""


def validations(*rules: Rule) -> dict[str, Any]:
    """The rules as an extension of an OpenAPI schema, for `msgspec.Meta(extra_json_schema=...)`."""
    return {"x-kubernetes-validations": [rule.as_openapi() for rule in rules]}


def immutable(field: str, instead: str) -> Rule:
    """A field that DynamoDB fixes when it makes the table."""
    return Rule("self == oldSelf", f"{field} cannot change once the table is requested", instead)
