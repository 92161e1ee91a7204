"""A schema's rules as those of an admission policy, for kinds whose schema cannot carry rules."""

import json
import re
from collections.abc import Iterator

from tablepromise.request.rules import Rule, for_added_value
from tablepromise.request.schema import Schema


def policy_rules(schema: Schema, kept: Schema, now: str, before: str, path: str) -> Iterator[Rule]:
    """The rules of a schema, and of all that is in it, as expressions over the whole object.

    Args:
        schema: structural, with rules.
        kept: what the kind's own schema has of it. Where it lost a default, rules see that default.
        now: CEL for the value that it is the schema of.
        before: CEL for that value before a change; rules about a change hold when there is none.
        path: of the value, for people.
    """
    defaults = dict(_lost_defaults(schema, kept))
    for rule in _rules(schema, kept, now, before, path, depth=0):
        expression = rule.expression
        for field, default in defaults.items():
            expression = _with_default(expression, field, default)
        if before in expression and not rule.added_only:
            expression = f"oldObject == null || ({expression})"
        yield Rule(expression, rule.must, rule.fix, rule.field)


def _with_default(expression: str, field: str, default: str) -> str:
    """Return a rule's expression in which the field `object.field` has its default."""
    part, _, last = field.rpartition(".")

    def replaced(match: re.Match[str]) -> str:
        # `has` is of a field with that name elsewhere, which has no default
        return match[1] or f"{part}.?{last}.orValue({default})"

    return re.sub(rf"(has\([\w.]*\))|\b{part}\.{last}\b", replaced, expression)


def _rules(
    schema: Schema, kept: Schema, now: str, before: str, path: str, depth: int
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
        below = kept["properties"][name]
        optional = name not in kept.get("required", ()) and "default" not in child
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
        for rule in _rules(schema["items"], kept["items"], item, old, f"{path}[]", depth + 1):
            inner = rule.expression
            if re.search(rf"\b{old}\b", inner):
                [key] = schema["x-kubernetes-list-map-keys"]
                same = f"{before}.filter({old}, {old}.{key} == {item}.{key})"
                inner = f"{same}.all({old}, {inner})"
            yield Rule(f"{now}.all({item}, {inner})", rule.must, rule.fix, rule.field)


def _lost_defaults(schema: Schema, kept: Schema) -> Iterator[tuple[str, str]]:
    """`object.field` and its default in CEL, for each default that is not kept."""
    for name, child in schema.get("properties", {}).items():
        below = kept["properties"][name]
        for field, node in child.get("properties", {}).items():
            if "default" in node and "default" not in below["properties"][field]:
                yield f"{name}.{field}", json.dumps(node["default"])
        yield from _lost_defaults(child, below)
        if "items" in child:
            yield from _lost_defaults(child["items"], below["items"])
