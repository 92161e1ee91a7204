"""Validates a request offline, as the API server does when `kubectl apply` sends it.

The steps are the API server's, in its order: unknown fields (kubectl asks for strict validation),
nulls and defaults, the OpenAPI schema, unique list items, and the CEL rules, which a CEL library
evaluates. Like the API server, it skips the rules if another error makes their input unreliable.
"""

from collections.abc import Iterator
from typing import Any, cast

from tablepromise.request import model
from tablepromise.request.evaluation import broken_rules
from tablepromise.request.exceptions import RequestRejected
from tablepromise.request.findings import Finding, invalid, wrong_type
from tablepromise.request.object_meta import OBJECT_META
from tablepromise.request.partitions import PARTITIONS
from tablepromise.request.quotas import DEFAULT_QUOTAS, MAXIMUM_QUOTAS, Quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions
from tablepromise.request.resource_policy import policy_findings
from tablepromise.request.schema import Schema, request_schema
from tablepromise.request.schema_validation import (
    apply_defaults,
    duplicates,
    schema_findings,
    unknown_fields,
)
from tablepromise.request.spelling import correct_spelling


def admit(
    document: object,
    old: object = None,
    regions: Regions = DEFAULT_REGIONS,
    quotas: Quotas = DEFAULT_QUOTAS,
) -> model.TableRequest:
    """Return the typed request in `document`, if the API server would admit it.

    `resourcePolicy` is parsed too, as in the pipeline; the API server cannot do this.

    Args:
        document: the object as read from YAML or JSON.
        old: the object that it replaces, for the rules about changes.
        regions: of the target; default: those of a target in us-west-2.
        quotas: of the target; default: AWS's.

    Raises:
        RequestRejected: the API server would reject it, or `resourcePolicy` is not a policy.
    """
    findings, kept = _validate(document, old, regions, quotas)
    findings = findings or tuple(policy_findings(kept["spec"]))
    if findings:
        raise RequestRejected(qualified_name(document), findings)
    return model.TableRequest.of(kept)


def validate(
    document: object,
    old: object = None,
    regions: Regions = DEFAULT_REGIONS,
    quotas: Quotas = DEFAULT_QUOTAS,
) -> tuple[Finding, ...]:
    """Return the reasons for which the API server would reject `document`; none if it would not."""
    return _validate(document, old, regions, quotas)[0]


def stored_request(document: dict[str, Any], regions: Regions = DEFAULT_REGIONS) -> dict[str, Any]:
    """Return `document` as the API server stores it: without nulls, with defaults."""
    kept: dict[str, Any] = apply_defaults(document, request_schema(regions))
    return kept


def is_request(document: object) -> bool:
    """Return whether `document` is a request, or seems to be meant as one.

    An object with another kind is not, unless the kind is a misspelling of a request's.
    """
    if not isinstance(document, dict):
        return True
    fields = cast(dict[str, Any], document)
    version, kind = str(fields.get("apiVersion") or ""), str(fields.get("kind") or "")
    if not version and not kind:
        return "spec" in fields or "metadata" in fields
    if version.partition("/")[0] == model.GROUP or not kind:
        return True
    return correct_spelling(kind, [model.KIND]) is not None


def qualified_name(document: object) -> str:
    """Return `namespace/name` of a document of any type."""
    metadata = cast(dict[str, Any], document).get("metadata") if isinstance(document, dict) else 0
    if not isinstance(metadata, dict):
        return "(unnamed)"
    metadata = cast(dict[str, Any], metadata)
    return f"{metadata.get('namespace') or 'default'}/{metadata.get('name') or '(unnamed)'}"


def _validate(
    document: object, old: object, regions: Regions, quotas: Quotas
) -> tuple[tuple[Finding, ...], dict[str, Any]]:
    """Return the findings, and the document as the API server stores it."""
    if not isinstance(document, dict):
        return (wrong_type("(document)", document, {"type": "object"}),), {}
    request = cast(dict[str, Any], document)
    if foreign := _foreign_finding(request):
        return (foreign,), {}
    regions = _with_old_region(regions, old)
    schema = _admission_schema(regions, quotas)
    kept: dict[str, Any] = apply_defaults(request, schema)
    findings = [
        *_type_findings(request),
        *unknown_fields(request, schema),
        *schema_findings(kept, schema),
        *duplicates(kept, schema),
    ]
    if not any(finding.stops_rules for finding in findings):
        before = apply_defaults(old, schema)
        # the old object may be above a quota that was lowered since
        if any(schema_findings(before, _admission_schema(regions, MAXIMUM_QUOTAS))):
            before = None  # there is no old object, or it is older than the schema
        exact = apply_defaults(request, schema, floats=True)
        findings += broken_rules(exact, before, schema)
    if findings:
        from tablepromise.request.fixes import improve_fixes  # only then: start-up time counts

        findings = [*improve_fixes(findings, request, schema)]
    return tuple(findings), kept


def _admission_schema(regions: Regions, quotas: Quotas) -> Schema:
    """Return the schema of a request with that of its metadata."""
    schema = request_schema(regions, quotas)
    properties = {**schema["properties"], "metadata": OBJECT_META}
    return {**schema, "required": ["metadata", "spec"], "properties": properties}


def _with_old_region(regions: Regions, old: object) -> Regions:
    """Return `regions` and the old object's: the API server admits an unchanged value."""
    spec = cast(dict[str, Any], old).get("spec") if isinstance(old, dict) else None
    region = cast(dict[str, Any], spec).get("region") if isinstance(spec, dict) else None
    if not isinstance(region, str) or region in regions.allowed or region not in PARTITIONS:
        return regions
    return Regions((*regions.allowed, region), regions.default)


def _foreign_finding(document: dict[str, Any]) -> Finding | None:
    """Return a finding if the document is a table in the format of another tool."""
    if (document.get("apiVersion"), document.get("kind")) == (model.API_VERSION, model.KIND):
        return None
    from tablepromise.request.flow_style import flow_style  # only then: start-up time counts
    from tablepromise.request.foreign_documents import foreign_tables

    tables = foreign_tables(document)
    if not tables:
        return None
    allowed = f"apiVersion: {model.API_VERSION}, kind: {model.KIND}"
    fix = "write this request: " + flow_style(tables[0].request)
    if len(tables) > 1:
        requests = flow_style([table.request for table in tables])
        fix = f"write these requests, a document each: {requests}"
    if remaining := [finding for table in tables for finding in validate(table.request)]:
        fix += "; correct in it " + "; ".join(f"{f.path} ({f.problem})" for f in remaining)
    return Finding("(document)", f"{tables[0].form}, not a table request", "", allowed, fix)


def _type_findings(request: dict[str, Any]) -> Iterator[Finding]:
    for field, allowed in (("apiVersion", model.API_VERSION), ("kind", model.KIND)):
        if request.get(field) != allowed:
            yield invalid(field, "not a table request", request.get(field), allowed, f"set {field}")
