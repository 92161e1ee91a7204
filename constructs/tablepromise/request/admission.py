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
from tablepromise.request.exceptions import RequestRejected
from tablepromise.request.findings import Finding, invalid, wrong_type
from tablepromise.request.object_meta import object_meta
from tablepromise.request.partitions import PARTITIONS
from tablepromise.request.quotas import AWS_DEFAULT, HIGHEST, Quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions
from tablepromise.request.resource_policy import policy_findings
from tablepromise.request.schema import Schema, request_schema
from tablepromise.request.structural import apply_defaults, duplicates, openapi, unknown_fields


def admit(
    document: object,
    old: object = None,
    regions: Regions = DEFAULT_REGIONS,
    quotas: Quotas = AWS_DEFAULT,
) -> model.TableRequest:
    """Return the typed request in `document`, if the API server would take it.

    Beyond the API server, `resourcePolicy` is parsed, as the pipeline does.

    Args:
        document: the object as read from YAML or JSON.
        old: the object that it replaces, for the rules about changes.
        regions: of the target; default: the usual ones, as a target in us-west-2 has them.
        quotas: of the target; default: AWS's.

    Raises:
        RequestRejected: it would not, or `resourcePolicy` is not a policy; the exception lists why.
    """
    findings, kept = _judged(document, old, regions, quotas)
    findings = findings or tuple(policy_findings(kept["spec"]))
    if findings:
        raise RequestRejected(qualified_name(document), findings)
    return model.TableRequest.of(kept)


def validate(
    document: object,
    old: object = None,
    regions: Regions = DEFAULT_REGIONS,
    quotas: Quotas = AWS_DEFAULT,
) -> tuple[Finding, ...]:
    """Every reason to refuse `document`; none means that the API server takes it."""
    return _judged(document, old, regions, quotas)[0]


def stored_request(document: dict[str, Any], regions: Regions = DEFAULT_REGIONS) -> dict[str, Any]:
    """`document` as the API server stores it: nulls dropped, defaults set."""
    kept: dict[str, Any] = apply_defaults(document, request_schema(regions))
    return kept


def is_request(document: object) -> bool:
    """Whether `document` is a request, or was probably meant to be one.

    That is an object of another kind only if it says so in words of its own.
    """
    if not isinstance(document, dict):
        return True
    fields = cast(dict[str, Any], document)
    version, kind = str(fields.get("apiVersion") or ""), str(fields.get("kind") or "")
    if not version and not kind:
        return "spec" in fields or "metadata" in fields
    if kind == model.KIND or version.partition("/")[0] == model.GROUP or not kind:
        return True
    from difflib import SequenceMatcher  # rarely needed: start-up time counts

    return SequenceMatcher(None, kind.lower(), model.KIND.lower()).ratio() > _TYPO


_TYPO = 0.8
"""How much alike a kind and that of a request must be: `DynamoDBTable` is another kind."""


def qualified_name(document: object) -> str:
    """`namespace/name` of a document that may be anything."""
    metadata = cast(dict[str, Any], document).get("metadata") if isinstance(document, dict) else 0
    if not isinstance(metadata, dict):
        return "(unnamed)"
    metadata = cast(dict[str, Any], metadata)
    return f"{metadata.get('namespace') or 'default'}/{metadata.get('name') or '(unnamed)'}"


def _judged(
    document: object, old: object, regions: Regions, quotas: Quotas
) -> tuple[tuple[Finding, ...], dict[str, Any]]:
    """The reasons to refuse `document`, and what the API server stores if there are none."""
    if not isinstance(document, dict):
        return (wrong_type("(document)", document, "object"),), {}
    request = cast(dict[str, Any], document)
    if foreign := _foreign(request):
        return (foreign,), {}
    kept: dict[str, Any] = apply_defaults(request, request_schema(regions, quotas))
    schema = _body_schema(_ratcheted(regions, old), quotas)
    body = _body(kept)
    findings = [
        *_type_meta(request),
        *object_meta(request.get("metadata")),
        *unknown_fields(_body(request), schema),
        *openapi(body, schema),
        *duplicates(body, schema),
    ]
    if not any(finding.stops_rules for finding in findings):
        before = apply_defaults(_body(old), schema)
        # a quota may have been lowered since
        if any(openapi(before, _body_schema(_ratcheted(regions, old), HIGHEST))):
            # there is none, or it was created before the schema was as it is
            before = None
        findings += broken_rules(body, before, schema)
    if findings:
        from tablepromise.request.fixes import improve_fixes  # only then: start-up time counts

        findings = [*improve_fixes(findings, request, request_schema(regions, quotas))]
    return tuple(findings), kept


def _ratcheted(regions: Regions, old: object) -> Regions:
    """`regions` with that of the old object: the API server accepts a value that did not change."""
    spec = cast(dict[str, Any], old).get("spec") if isinstance(old, dict) else None
    region = cast(dict[str, Any], spec).get("region") if isinstance(spec, dict) else None
    if not isinstance(region, str) or region in regions.offered or region not in PARTITIONS:
        return regions
    return Regions((*regions.offered, region), regions.default)


def _foreign(document: dict[str, Any]) -> Finding | None:
    """A finding if the document is a table in the form of another tool."""
    if (document.get("apiVersion"), document.get("kind")) == (model.API_VERSION, model.KIND):
        return None
    from tablepromise.request.flow_style import flow_style  # only then: start-up time counts
    from tablepromise.request.foreign_documents import foreign_tables

    tables = foreign_tables(document)
    if not tables:
        return None
    allowed = f"apiVersion: {model.API_VERSION}, kind: {model.KIND}"
    open_questions = [finding for table in tables for finding in validate(table.request)]
    fix = "write this request: " + flow_style(tables[0].request)
    if len(tables) > 1:
        requests = flow_style([table.request for table in tables])
        fix = f"write these requests, a document each: {requests}"
    if open_questions:
        fix += "; correct in it " + "; ".join(f"{f.path} ({f.problem})" for f in open_questions)
    return Finding("(document)", f"{tables[0].form}, not a table request", "", allowed, fix)


def _type_meta(request: dict[str, Any]) -> Iterator[Finding]:
    for field, allowed in (("apiVersion", model.API_VERSION), ("kind", model.KIND)):
        if request.get(field) != allowed:
            yield invalid(field, "not a table request", request.get(field), allowed, f"set {field}")


def _body(document: object) -> object:
    """An object without its metadata, which has rules of its own."""
    if not isinstance(document, dict):
        return document
    return {k: v for k, v in cast(dict[str, Any], document).items() if k != "metadata"}


def _body_schema(regions: Regions, quotas: Quotas) -> Schema:
    schema = request_schema(regions, quotas)
    return {**schema, "properties": _body(schema["properties"])}
