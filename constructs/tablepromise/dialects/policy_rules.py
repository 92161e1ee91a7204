"""CEL rules of a schema as those of a ValidatingAdmissionPolicy.

For kinds whose schema cannot have rules: the policy's expressions are about the whole object.
"""

import json
import re
from collections.abc import Iterator

from tablepromise.request.rules import Rule, for_added_value
from tablepromise.request.schema import Schema, walk


def policy_rules(
    schema: Schema, kind_schema: Schema, object: str, old_object: str, path: str
) -> Iterator[Rule]:
    """Yield the rules of a schema and of its fields, as expressions over the whole object.

    Args:
        schema: structural, with rules.
        kind_schema: the schema of the kind itself. Rules see the defaults that it lacks.
        object: CEL for the value that has the schema.
        old_object: CEL for that value before a change; rules about a change are true without one.
        path: of the value, for messages.
    """
    defaults = dict(_missing_defaults(schema, kind_schema))
    for rule in _rules(schema, kind_schema, object, old_object, path, depth=0):
        expression = rule.expression
        for field, default in defaults.items():
            expression = _with_default(expression, field, default)
        if old_object in expression and not rule.added_only:
            expression = f"oldObject == null || ({expression})"
        yield Rule(expression, rule.must, rule.fix, rule.field)


def _with_default(expression: str, field: str, default: str) -> str:
    """Return a rule's expression in which the field `object.field` has its default."""
    part, _, last = field.rpartition(".")

    def replaced(match: re.Match[str]) -> str:
        # `has` is about a field of that name elsewhere, which has no default
        return match[1] or f"{part}.?{last}.orValue({default})"

    return re.sub(rf"(has\([\w.]*\))|\b{part}\.{last}\b", replaced, expression)


def _rules(
    schema: Schema, kind_schema: Schema, now: str, before: str, path: str, depth: int
) -> Iterator[Rule]:
    for rule in schema.get("x-kubernetes-validations", ()):
        must, _, fix = rule["message"].partition("; ")
        added = for_added_value(rule)
        expression = re.sub(r"\bself\b", now, added or rule["rule"])
        expression = re.sub(r"\boldSelf\b", before, expression)
        if added:
            expression = f"oldObject != null && has({before}) || ({expression})"
        yield Rule(expression, must, fix, path + rule.get("fieldPath", ""), added_only=bool(added))
    for name, child in schema.get("properties", {}).items():
        below = kind_schema["properties"][name]
        optional = name not in kind_schema.get("required", ()) and "default" not in child
        for rule in _rules(
            child, below, f"{now}.{name}", f"{before}.{name}", f"{path}.{name}", depth
        ):
            expression = rule.expression
            if optional:
                both = f"{before}.{name}" in expression and not rule.added_only
                values = (now, before) if both else (now,)
                absent = " || ".join(f"!has({value}.{name})" for value in values)
                expression = f"{absent} || ({expression})"
            yield Rule(expression, rule.must, rule.fix, rule.field, added_only=rule.added_only)
    if "items" in schema:
        item, old = f"item{depth}", f"old{depth}"
        below = kind_schema["items"]
        for rule in _rules(schema["items"], below, item, old, f"{path}[]", depth + 1):
            inner = rule.expression
            if re.search(rf"\b{old}\b", inner):
                [key] = schema["x-kubernetes-list-map-keys"]
                same = f"{before}.filter({old}, {old}.{key} == {item}.{key})"
                inner = f"{same}.all({old}, {inner})"
            yield Rule(f"{now}.all({item}, {inner})", rule.must, rule.fix, rule.field)


def _missing_defaults(schema: Schema, kind_schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield `object.field` and its default in CEL, for each default that the kind lacks."""
    nodes = dict(walk(kind_schema))
    for path, node in walk(schema):
        if "default" in node and "default" not in nodes[path]:
            yield ".".join(path.split(".")[-2:]), json.dumps(node["default"])
