"""Judges a request offline, as the API server does when `kubectl apply` sends it.

The steps are the API server's, in its order: unknown fields (kubectl asks for strict validation),
nulls and defaults, the OpenAPI schema, unique list items, and the CEL rules, which are evaluated
by a CEL library and not written a second time. As there, rules are skipped while an error of
another kind makes their input unreliable.
"""

from collections.abc import Iterator
from typing import Any, cast

from tablepromise.request import model
from tablepromise.request.evaluation import broken_rules
from tablepromise.request.findings import Finding, invalid, mistyped
from tablepromise.request.object_meta import object_meta
from tablepromise.request.resource_policy import policy_findings
from tablepromise.request.schema import Schema, request_schema
from tablepromise.request.structural import duplicates, openapi, prepared, unknown_fields


class RequestRefused(Exception):
    """Admission refuses the request.

    Attributes:
        request: `namespace/name` of the request, or as much of it as the document has.
        findings: every reason.
    """

    def __init__(self, request: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"request {request} is refused: " + "; ".join(map(str, findings)))
        self.request = request
        self.findings = findings


def admit(document: object, old: object = None) -> model.TableRequest:
    """Return the typed request in `document`, if the API server would take it.

    Beyond the API server, `resourcePolicy` is parsed, as the pipeline does.

    Args:
        document: the object as read from YAML or JSON.
        old: the object that it replaces, for the rules about changes.

    Raises:
        RequestRefused: it would not, or `resourcePolicy` is not a policy; the exception lists why.
    """
    findings, kept = _judged(document, old)
    findings = findings or tuple(policy_findings(kept["spec"]))
    if findings:
        raise RequestRefused(describe(document), findings)
    return model.TableRequest.of(kept)


def judge(document: object, old: object = None) -> tuple[Finding, ...]:
    """Every reason to refuse `document`; none means that the API server takes it."""
    return _judged(document, old)[0]


def stored(document: dict[str, Any]) -> dict[str, Any]:
    """`document` as the API server stores it: nulls dropped, defaults set."""
    kept: dict[str, Any] = prepared(document, request_schema())
    return kept


def describe(document: object) -> str:
    """`namespace/name` of a document that may be anything."""
    metadata = cast(dict[str, Any], document).get("metadata") if isinstance(document, dict) else 0
    if not isinstance(metadata, dict):
        return "(unnamed)"
    metadata = cast(dict[str, Any], metadata)
    return f"{metadata.get('namespace') or 'default'}/{metadata.get('name') or '(unnamed)'}"


def _judged(document: object, old: object) -> tuple[tuple[Finding, ...], dict[str, Any]]:
    """The reasons to refuse `document`, and what the API server stores if there are none."""
    if not isinstance(document, dict):
        return (mistyped("(document)", document, "object"),), {}
    request = cast(dict[str, Any], document)
    kept = stored(request)
    schema = _body_schema()
    body = _body(kept)
    findings = [
        *_type_meta(request),
        *object_meta(request.get("metadata")),
        *unknown_fields(_body(request), schema),
        *openapi(body, schema),
        *duplicates(body, schema),
    ]
    if not any(finding.stops_rules for finding in findings):
        before = prepared(_body(old), schema)
        if any(openapi(before, schema)):  # none, or made before the schema was as it is
            before = None
        findings += broken_rules(body, before, schema)
    return tuple(findings), kept


def _type_meta(request: dict[str, Any]) -> Iterator[Finding]:
    for field, allowed in (("apiVersion", model.API_VERSION), ("kind", model.KIND)):
        if request.get(field) != allowed:
            yield invalid(field, "not a table request", request.get(field), allowed, f"set {field}")


def _body(document: object) -> object:
    """An object without its metadata, which has rules of its own."""
    if not isinstance(document, dict):
        return document
    return {k: v for k, v in cast(dict[str, Any], document).items() if k != "metadata"}


def _body_schema() -> Schema:
    schema = request_schema()
    return {**schema, "properties": _body(schema["properties"])}
