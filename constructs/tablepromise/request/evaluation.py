"""Evaluates the CEL rules of a structural schema over a value, as the API server does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from tablepromise.request.findings import Finding, join, quote
from tablepromise.request.rules import for_added_value
from tablepromise.request.schema import Schema
from tablepromise.request.schema_validation import key_of
from tablepromise.request.spec_rules import SUBJECTS

if TYPE_CHECKING:
    # the library needs six mebibytes of memory: the reflector never evaluates
    from cel_expr_python import cel


def broken_rules(value: object, old: object, schema: Schema, path: str = "") -> Iterator[Finding]:
    """Yield a finding for each rule that a value, or its change from `old`, breaks."""
    rules: list[dict[str, str]] = schema.get("x-kubernetes-validations", [])
    if rules:
        data = {"self": _canonical(value, schema), "oldSelf": _canonical(old, schema)}
        for rule in rules:
            expression = for_added_value(rule)
            if expression and old is not None:
                continue
            expression = expression or rule["rule"]
            if old is None and "oldSelf" in expression:
                continue
            if _holds_vacuously(expression, data):
                continue
            outcome = _compiled(expression).eval(data=data)
            if outcome.value() is True:
                continue
            failed = outcome.type() == _failure()  # an index out of bounds, say
            field = "" if failed else rule.get("fieldPath", "").removeprefix(".")
            must, _, fix = rule["message"].partition("; ")
            if failed and has_float(value):
                fix = "write whole numbers without a point, such as 5 for 5.0"
            got = _below(value, field)
            named = "" if failed else _subject(rule["rule"], data)
            yield Finding(join(path, field), "breaks a rule", named or quote(got), must, fix)
    if isinstance(value, dict):
        before = cast(dict[str, object], old) if isinstance(old, dict) else {}
        for name, child in cast(dict[str, object], value).items():
            if name in schema.get("properties", {}):
                yield from broken_rules(
                    child, before.get(name), schema["properties"][name], join(path, name)
                )
    elif isinstance(value, list):
        for index, item in enumerate(cast(list[object], value)):
            yield from broken_rules(
                item, _counterpart(item, old, schema), schema.get("items", {}), f"{path}[{index}]"
            )


def _subject(expression: str, data: dict[str, Any]) -> str:
    """Return the name of the item that breaks a rule; empty if the rule has no subject."""
    subject = SUBJECTS.get(expression)
    return str(_compiled(subject).eval(data=data).value()) if subject else ""


def _below(value: object, field: str) -> object:
    """Return the value of a field such as `encryption.kmsKeyArn`, None where it is absent."""
    for name in field.split(".") if field else ():
        value = cast(dict[str, object], value).get(name) if isinstance(value, dict) else None
    return value


def _holds_vacuously(expression: str, data: dict[str, Any]) -> bool:
    """Return whether the rule begins with `!has(x.y) ||` and there is no y.

    That is true of most rules for most requests, and compiling a rule takes a hundred times as
    long. The pipeline's container evaluates one request and ends.
    """
    guard = _GUARD.match(expression)
    return guard is not None and guard[2] not in (data[guard[1]] or {})


_GUARD = re.compile(r"!has\((self|oldSelf)\.(\w+)\) \|\| ")


def _counterpart(item: object, old: object, schema: Schema) -> object:
    """Return the item of the old list with the same keys; only lists of type map have one."""
    keys: list[str] = schema.get("x-kubernetes-list-map-keys", [])
    if not keys or not isinstance(old, list):
        return None
    for candidate in cast(list[object], old):
        if key_of(candidate, keys) == key_of(item, keys):
            return candidate
    return None


def _canonical(value: object, schema: Schema) -> Any:
    """Return `value` with its lists of type map and set sorted: their order has no meaning."""
    if isinstance(value, dict):
        properties: dict[str, Schema] = schema.get("properties", {})
        return {
            name: _canonical(child, properties.get(name, {}))
            for name, child in cast(dict[str, object], value).items()
        }
    if isinstance(value, list):
        items = [_canonical(item, schema.get("items", {})) for item in cast(list[object], value)]
        keys: list[str] = schema.get("x-kubernetes-list-map-keys", [])
        if keys:
            return sorted(items, key=lambda item: [item[key] for key in keys])
        return sorted(items) if schema.get("x-kubernetes-list-type") == "set" else items
    return value


def has_float(value: object) -> bool:
    """Whether a number anywhere in `value` is a float."""
    if isinstance(value, dict):
        return any(map(has_float, cast(dict[str, object], value).values()))
    if isinstance(value, list):
        return any(map(has_float, cast(list[object], value)))
    return isinstance(value, float)


def _total(numbers: list[int]) -> int:
    if has_float(numbers):
        raise TypeError("the API server adds no floats up")
    return sum(numbers)


def list_functions() -> cel.CelExtension:
    """Return the function `sum` that the API server adds to lists."""
    from cel_expr_python import cel

    total = cel.Overload(
        id="list_sum",
        return_type=cel.Type.INT,
        parameters=[cel.Type.List(cel.Type.DYN)],
        is_member=True,
        impl=_total,
    )
    return cel.CelExtension("kubernetes.lists", [cel.FunctionDecl("sum", [total])])


@cache
def _environment() -> cel.Env:
    """Return the CEL environment of the rules: the standard functions and those of lists."""
    from cel_expr_python import cel

    return cel.NewEnv(
        variables={"self": cel.Type.DYN, "oldSelf": cel.Type.DYN},
        extensions=[list_functions()],
    )


def _failure() -> Any:
    from cel_expr_python import cel

    return cel.Type.ERROR


@cache
def _compiled(expression: str) -> cel.Expression:
    return _environment().compile(expression)
