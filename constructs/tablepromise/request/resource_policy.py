"""Parses the resource policy of a request: the one check that is not in the CRD's schema.

CEL of the API server cannot parse JSON. The pipeline and the command line read the policy here.
"""

from collections.abc import Iterator
from typing import Any, cast

from msgspec import DecodeError, json

from tablepromise.request.findings import Finding, invalid

_PATH = "spec.resourcePolicy"
_ALLOWED = "an IAM policy document in JSON with at least one Statement"


def policy_findings(spec: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with `spec.resourcePolicy`, at most one finding."""
    text: str | None = spec.get("resourcePolicy")
    if text is None:
        return
    try:
        policy: object = json.decode(text)
    except DecodeError as error:
        yield invalid(_PATH, f"not JSON ({error})", text, _ALLOWED, "correct the JSON")
        return
    statement = cast(dict[str, object], policy).get("Statement") if isinstance(policy, dict) else 0
    if not isinstance(statement, dict | list) or not statement:
        yield invalid(_PATH, "no Statement", text, _ALLOWED, "add a Statement, or remove the field")
