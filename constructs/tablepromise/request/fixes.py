"""Fixes of findings: followed to the letter, each leads to what the request was written for.

A fix that names a change has one of these forms. `tests/support/followed_fixes.py` follows them.

    write <field>: <value>                          in place of the field that the finding names
    write <field>: <value> instead of <a> and <b>   likewise, of several fields
    write <field>: <value> under <path>             in another object, and no more here
    write <value> as <path>                         in place of the item of a list
    quote it: "<text>"                              in place of the value
    write this request: <request>                   in place of the document
    remove <path>
    did you mean <name>?                            for a misspelling only
"""

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from tablepromise.request import foreign_names as names
from tablepromise.request import patterns, quotas, regions
from tablepromise.request.equivalents import (
    enum_value,
    is_switch,
    our_name,
    place_inside,
    switch_state,
    to_key_schema,
    without_stream,
)
from tablepromise.request.findings import (
    DUPLICATE,
    FORM,
    MISSING,
    MISTYPED,
    RANGE,
    TOO_MANY,
    UNKNOWN,
    UNSUPPORTED,
    Finding,
    join,
)
from tablepromise.request.flow_style import flow_field, flow_style
from tablepromise.request.locations import ROOT, Location, locate
from tablepromise.request.schema import Schema
from tablepromise.request.source_text import as_map
from tablepromise.request.spelling import correct_spelling, normalize_name
from tablepromise.request.structural import openapi
from tablepromise.request.translation import translate, translate_item

FIELDS_PAGE = "docs/fields.md"


def improve_fixes(
    findings: Iterable[Finding], document: dict[str, Any], schema: Schema
) -> tuple[Finding, ...]:
    """Return findings with the fixes that the values and their source text allow.

    A finding about a field inside a value of a wrong type is left out, and one about a missing
    field that another fix sets.
    """
    found = list(findings)
    mistyped = [finding.path for finding in found if finding.problem == MISTYPED]
    made: list[Finding] = []
    fixed: set[str] = set()
    for finding in found:
        if any(finding.path.startswith((f"{path}.", f"{path}[")) for path in mistyped):
            continue
        where = locate(document, finding.path, schema)
        if where is None or not where.there:
            made.append(finding)
        elif finding.problem == UNKNOWN:
            fix, sets = _unknown(finding, where, schema, document)
            fixed |= sets
            allowed = f"field {min(sets)}" if len(sets) == 1 else finding.allowed
            made.append(structs.replace(finding, fix=fix, allowed=allowed))
        elif finding.problem == MISSING and where.source:  # a null
            fix = f"{finding.fix}; if it is text, quote it: {_quoted(where.source)}"
            made.append(structs.replace(finding, fix=fix))
        elif finding.problem == MISTYPED:
            made.append(_mistyped(finding, where))
        elif finding.problem == UNSUPPORTED:
            made.append(structs.replace(finding, fix=_unsupported(where)))
        elif finding.problem in (RANGE, TOO_MANY):
            made.append(_above_quota(finding, where))
        elif finding.problem == FORM:
            made.append(patterns.explain_pattern(finding, where))
        else:
            made.append(finding)
    return tuple(each for each in made if not _is_fixed(each, fixed))


def _is_fixed(finding: Finding, fixed: set[str]) -> bool:
    """Whether a finding goes away when the paths in `fixed` are set."""
    if finding.problem == DUPLICATE:  # items without a key are all the same
        return any(path.startswith(f"{finding.path}.") for path in fixed)
    return finding.problem == MISSING and finding.path in fixed


def _above_quota(finding: Finding, where: Location) -> Finding:
    """A finding about a limit that is a quota, with the source and the setting that raises it."""
    name = quotas.QUOTA_OF.get(where.field)
    if name is None or (finding.problem == RANGE and where.value <= where.schema["maximum"]):
        return finding
    most: int = where.schema["maximum" if finding.problem == RANGE else "maxItems"]
    allowed = f"{finding.allowed}, the {quotas.term(name, most)} of a table ({quotas.SOURCE})"
    return structs.replace(finding, allowed=allowed, fix=f"{finding.fix}, or, {quotas.fix(name)}")


def _unknown(
    finding: Finding, where: Location, schema: Schema, document: dict[str, Any]
) -> tuple[str, set[str]]:
    """The fix of an unknown field, and the paths that it sets."""
    path, name, subject, node = finding.path, str(where.key), where.subject, where.node
    fields = as_map(where.container) or {}
    spec: Schema = schema["properties"]["spec"]
    if subject in (ROOT, "metadata") and (ours := our_name(name, "spec", spec)):
        value = translate(where.value, ours, spec["properties"][ours], where.source)
        if _is_set(document, "spec", ours):
            return _one_of(path, f"spec.{ours}"), set()
        return f"write {flow_field(ours, value)} under spec", {f"spec.{ours}"}
    if ours := our_name(name, subject, node):
        return _renamed(path, ours, where)
    key = to_key_schema(fields) if normalize_name(name) in names.KEYS else None
    if key and "keySchema" in node.get("properties", {}) and "keySchema" not in fields:
        others = " and ".join(n for n in fields if normalize_name(n) in names.KEYS)
        fix = f"write {flow_field('keySchema', key)} instead of {others}"
        return fix, {join(where.within, "keySchema")}
    if part := place_inside(name, subject, node):
        outer, inner = part
        if outer == "stream" and without_stream(fields):
            return f"remove {path} (the stream is not enabled)", set()
        inside: Schema = node["properties"][outer]["properties"][inner]
        value = translate(where.value, inner, inside, where.source)
        under = join(where.within, outer)
        if _is_set(fields, outer, inner):
            return _one_of(path, f"{under}.{inner}"), set()
        return f"write {flow_field(inner, value)} under {under}", {f"{under}.{inner}"}
    if is_switch(name):
        return _switched(path, where), set()
    if reason := names.NOT_OFFERED.get(normalize_name(name)):
        return f"remove {path} ({reason})", set()
    item = translate_item(fields, subject, node)
    if len(fields) == 1 and item != fields and not any(openapi(item, node)):
        return f"write {flow_style(item)} as {where.within}", {
            join(where.within, each) for each in node["properties"]
        }
    return _spelled(name, where, finding.allowed.split(", ")), set()


def _renamed(path: str, ours: str, where: Location) -> tuple[str, set[str]]:
    there = join(where.within, ours)
    if (as_map(where.container) or {}).get(ours) is not None:
        return _one_of(path, there), set()
    value = translate(where.value, ours, where.node["properties"][ours], where.source)
    if value is None:
        return f"remove {path} (without field {ours} it is off)", set()
    return f"write {flow_field(ours, value)}", {there}


def _one_of(path: str, ours: str) -> str:
    return f"set {ours} only: {path} has the same meaning"


def _is_set(fields: dict[str, Any], outer: str, inner: str) -> bool:
    return (as_map(fields.get(outer)) or {}).get(inner) is not None


def _switched(path: str, where: Location) -> str:
    """The fix of a switch where there is none: an object is on if it is there."""
    state = switch_state({str(where.key): where.value})
    if where.subject == "encryption":
        if "type" in where.container or state is None:
            return "set type to AWS_OWNED for a key of DynamoDB's own, and to KMS for a key in KMS"
        return f"write {flow_field('type', 'KMS' if state else 'AWS_OWNED')}"
    if state is None or where.subject in (ROOT, "metadata", "spec"):
        return _no_field(where)
    if state:
        return f"remove {path} (the field {where.within} switches it on)"
    return f"remove {where.within} (the field switches it on, even if it is empty)"


def _spelled(name: str, where: Location, fields: list[str]) -> str:
    meant = correct_spelling(name, [each for each in fields if each not in where.container])
    return f"did you mean {meant}?" if meant else _no_field(where)


def _no_field(where: Location) -> str:
    inside = where.within or "a request"
    return f"{inside} has no field of this name or meaning: {FIELDS_PAGE} describes the fields"


def _mistyped(finding: Finding, where: Location) -> Finding:
    node = where.schema
    if not node:
        return finding
    got = where.source or finding.got
    if isinstance(where.container, list):
        value = translate_item(where.value, where.field, node, where.key, where.source)
    else:
        value = translate(where.value, where.field, node, where.source)
    if value is None:
        return structs.replace(finding, got=got, fix=f"remove {finding.path}")
    wrong = any(each.problem in (MISTYPED, UNSUPPORTED) for each in openapi(value, node))
    if wrong or (value == where.value and type(value) is type(where.value)):
        return structs.replace(finding, got=got, fix=_form(finding, where))
    if where.source and node["type"] == "string":
        read = "true or false" if isinstance(where.value, bool) else "a number"
        allowed = finding.allowed if "enum" in node else "text"
        allowed = f"{allowed}; YAML reads a bare {got} as {read}"
        finding = structs.replace(finding, allowed=allowed)
    if node["type"] == "string" and "enum" not in node and not isinstance(where.value, dict):
        return structs.replace(finding, got=got, fix=f"quote it: {_quoted(value)}")
    fix = f"write {flow_style(value)} as {finding.path}"
    if isinstance(where.container, dict):
        fix = f"write {flow_field(where.field, value)}"
    return structs.replace(finding, got=got, fix=fix)


def _quoted(text: str) -> str:
    plain = flow_style(text)
    return plain if plain.startswith('"') else f'"{text}"'


def _form(finding: Finding, where: Location) -> str:
    """The fix of a value of a wrong type whose meaning is not known: the form of a right one."""
    if "enum" in where.schema and where.source:
        return "choose one of these, in quotes"
    if where.schema["type"] in ("object", "array"):
        head = "" if isinstance(where.container, list) else f"{where.field}: "
        return f"write it in the form {head}{form(where.schema)}"
    return finding.fix


def form(node: Schema) -> str:
    """Return the form of a value in words, such as `[{key: <text>, value: <text>}]`."""
    if node["type"] == "array":
        return f"[{form(node['items'])}]"
    if node["type"] == "object":
        fields = node.get("properties", {}).items()
        entries = ", ".join(f"{name}: {form(child)}" for name, child in fields)
        return f"{{{entries or '<name>: <value>'}}}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return f"<{' or '.join(node['enum']) if 'enum' in node else words[node['type']]}>"


def _unsupported(where: Location) -> str:
    options: list[str] = where.schema["enum"]
    text = str(where.value)
    if where.field == "region":
        return regions.region_fix(text, options)
    if known := enum_value(text, where.field, options):
        return f"write {flow_field(where.field, known)}"
    meant = correct_spelling(text, options)
    return f"did you mean {meant}?" if meant else "choose one of these"
