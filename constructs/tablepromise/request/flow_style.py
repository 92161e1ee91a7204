"""Writes a value as YAML on one line (flow style), for fixes that are copied into a request."""

import json
import re
from typing import Any, cast

from tablepromise.request.manifest import load

_PLAIN = re.compile(r"[\w.][\w./+-]*")


def flow_style(value: object) -> str:
    """Return a value as YAML on one line, with quotes where YAML would not read text."""
    if isinstance(value, dict):
        return f"{{{', '.join(flow_field(k, v) for k, v in cast(dict[str, Any], value).items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow_style, cast(list[Any], value)))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and load(f"a: {value}") == [{"a": value}]:
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def flow_field(name: str, value: object) -> str:
    """Return a field with its value as YAML on one line."""
    return f"{flow_style(name)}: {flow_style(value)}"
