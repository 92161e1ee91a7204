"""Evaluates kro's template by the rules of kro, without kro."""

import re
from functools import cache
from typing import Any, cast

from cel_expr_python import cel

from tablepromise.dialects import kro
from tablepromise.request.schema_validation import apply_defaults


def created_table(instance: dict[str, Any]) -> dict[str, Any]:
    """Return the ACK Table that kro creates for an instance."""
    defaulted = apply_defaults(instance, {"properties": {"spec": kro.instance_spec_schema()}})
    table = cast(dict[str, Any], _evaluate(kro.template(), {"schema": defaulted}))
    namespace = instance["metadata"].get("namespace") or "default"
    return {**table, "metadata": {"namespace": namespace, **table["metadata"]}}


def _evaluate(template: object, data: dict[str, Any]) -> object:
    """Return a template with its expressions replaced by their values."""
    if isinstance(template, dict):
        fields = cast(dict[str, object], template)
        return {key: _evaluate(value, data) for key, value in fields.items()}
    if not isinstance(template, str):
        return template
    if (whole := re.fullmatch(r"\$\{(.*)\}", template, re.DOTALL)) and "${" not in whole[1]:
        return _value(whole[1], data)
    return re.sub(r"\$\{([^}]*)\}", lambda found: str(_value(found[1], data)), template)


def _value(expression: str, data: dict[str, Any]) -> Any:
    result = _compiled(expression).eval(data=data)
    if result.type() == cel.Type.ERROR:
        raise ValueError(f"kro could not create a Table: {result.value()}")
    return result.plain_value()


@cache
def _compiled(expression: str) -> cel.Expression:
    extensions = "".join(f"\n- name: {name}" for name in ("optional", "strings", "lists"))
    config = cel.NewEnvConfigFromYaml(f"name: kro\nextensions:{extensions}\n")
    return cel.NewEnv(config=config, variables={"schema": cel.Type.DYN}).compile(expression)
