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
    """

    expression: str
    must: str
    fix: str
    field: str = ""
    subject: str = ""

    def as_openapi(self) -> dict[str, str]:
        entry = {"rule": self.expression, "message": f"{self.must}; {self.fix}"}
        return entry | ({"fieldPath": self.field} if self.field else {})


def validations(*rules: Rule) -> dict[str, Any]:
    """The rules as an extension of an OpenAPI schema, for `msgspec.Meta(extra_json_schema=...)`."""
    return {"x-kubernetes-validations": [rule.as_openapi() for rule in rules]}


def immutable(field: str, instead: str) -> Rule:
    """A field that DynamoDB fixes when it makes the table."""
    return Rule("self == oldSelf", f"{field} cannot change once the table is requested", instead)
