"""Parses the resource policy of a request, the only check that the CRD's schema does not have.

CEL in the API server cannot parse JSON. The pipeline and the command line parse the policy.
"""

from collections.abc import Iterator
from typing import Any, cast

from msgspec import DecodeError, json

from tablepromise.request.findings import Finding, invalid

_PATH = "spec.resourcePolicy"
_ALLOWED = "an IAM policy document in JSON with at least one Statement"


def policy_findings(spec: dict[str, Any]) -> Iterator[Finding]:
    """Yield the finding about `spec.resourcePolicy`, if there is one."""
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
