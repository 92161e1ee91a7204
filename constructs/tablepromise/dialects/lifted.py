"""A schema's rules as those of an admission policy, for kinds whose schema cannot carry rules."""

import re
from collections.abc import Iterator

from tablepromise.request.rules import Rule
from tablepromise.request.schema import Schema


def lifted(schema: Schema, now: str, before: str, path: str) -> Iterator[Rule]:
    """The rules of a schema, and of all that is in it, as expressions over the whole object.

    Args:
        schema: structural.
        now: CEL for the value that it is the schema of.
        before: CEL for that value before a change; rules about a change hold when there is none.
        path: of the value, for people.
    """
    for rule in _rules(schema, now, before, path, depth=0):
        expression = rule.expression
        if before in expression:
            expression = f"oldObject == null || ({expression})"
        yield Rule(expression, rule.must, rule.fix, rule.field)


def _rules(schema: Schema, now: str, before: str, path: str, depth: int) -> Iterator[Rule]:
    for rule in schema.get("x-kubernetes-validations", ()):
        must, _, fix = rule["message"].partition("; ")
        expression = re.sub(r"\boldSelf\b", before, re.sub(r"\bself\b", now, rule["rule"]))
        yield Rule(expression, must, fix, path + rule.get("fieldPath", ""))
    for name, child in schema.get("properties", {}).items():
        optional = name not in schema.get("required", ()) and "default" not in child
        for rule in _rules(child, f"{now}.{name}", f"{before}.{name}", f"{path}.{name}", depth):
            guards = [f"!has({value}.{name})" for value in (now, before) if optional]
            if f"{before}." not in rule.expression:
                guards = guards[:1]
            yield Rule(
                " || ".join([*guards, f"({rule.expression})"]), rule.must, rule.fix, rule.field
            )
    if "items" in schema:
        item, old = f"item{depth}", f"old{depth}"
        for rule in _rules(schema["items"], item, old, f"{path}[]", depth + 1):
            inner = rule.expression
            if re.search(rf"\b{old}\b", inner):
                [key] = schema["x-kubernetes-list-map-keys"]
                same = f"{before}.filter({old}, {old}.{key} == {item}.{key})"
                inner = f"{same}.all({old}, {inner})"
            yield Rule(f"{now}.all({item}, {inner})", rule.must, rule.fix, rule.field)
