"""Fixes of findings. A fix, followed to the letter, leads to the table that the user wanted.

A fix that names a change has one of these forms. `tests/support/followed_fixes.py` follows them.

    write <field>: <value>                          replace the field of the finding
    write <field>: <value> instead of <a> and <b>   replace several fields
    write <field>: <value> under <path>             move the field to another object
    write <value> as <path>                         replace the item of a list
    quote it: "<text>"                              replace the value
    write this request: <request>                   replace the document
    remove <path>
    did you mean <name>?                            for a misspelling only
"""

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from tablepromise.request import foreign_names as names
from tablepromise.request import quotas, regions
from tablepromise.request.equivalents import (
    enum_value,
    is_switch,
    nested_field,
    our_name,
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
from tablepromise.request.patterns import explain_pattern
from tablepromise.request.schema import Schema
from tablepromise.request.schema_validation import schema_findings
from tablepromise.request.source_text import as_map, key_source
from tablepromise.request.spelling import correct_spelling, normalize_name
from tablepromise.request.translation import translate, translate_item

FIELDS_PAGE = "docs/fields.md"


def improve_fixes(
    findings: Iterable[Finding], document: dict[str, Any], schema: Schema
) -> tuple[Finding, ...]:
    """Return findings with the fixes that follow from the values and their source text.

    Left out are findings inside a value of a wrong type, and those about a missing field that the
    fix of another finding sets.
    """
    found = list(findings)
    mistyped = [finding.path for finding in found if finding.problem == MISTYPED]
    improved: list[Finding] = []
    fixed: set[str] = set()
    for finding in found:
        if any(finding.path.startswith((f"{path}.", f"{path}[")) for path in mistyped):
            continue
        where = locate(document, finding.path, schema)
        if where is None or not where.exists:
            improved.append(finding)
        elif finding.problem == UNKNOWN:
            fix, sets = _unknown_field_fix(finding, where, schema, document)
            fixed |= sets
            if not fix.startswith("write ") and (source := key_source(where.container, where.key)):
                read = "true or false" if where.key in ("true", "false") else "a number"
                fix += f"; YAML reads a bare {source} as {read}: quote the key if it is text"
            allowed = f"field {min(sets)}" if len(sets) == 1 else finding.allowed
            improved.append(structs.replace(finding, fix=fix, allowed=allowed))
        elif finding.problem == MISSING and where.source:  # a null
            fix = f"{finding.fix}; if it is text, quote it: {_quote(where.source)}"
            improved.append(structs.replace(finding, fix=fix))
        elif finding.problem == MISTYPED:
            improved.append(_with_type_fix(finding, where))
        elif finding.problem == UNSUPPORTED:
            improved.append(structs.replace(finding, fix=_value_fix(where)))
        elif finding.problem in (RANGE, TOO_MANY):
            improved.append(_with_quota(finding, where))
        elif finding.problem == FORM:
            improved.append(explain_pattern(finding, where))
        else:
            improved.append(finding)
    return tuple(finding for finding in improved if not _is_fixed(finding, fixed))


def _is_fixed(finding: Finding, fixed: set[str]) -> bool:
    """Return whether a finding goes away when the paths in `fixed` are set."""
    if finding.problem == DUPLICATE:  # items without a key are all the same
        return any(path.startswith(f"{finding.path}.") for path in fixed)
    return finding.problem == MISSING and finding.path in fixed


def _with_quota(finding: Finding, where: Location) -> Finding:
    """Return a finding about a quota with the source and the setting that raises it."""
    name = quotas.QUOTA_OF.get(where.field)
    if name is None or (finding.problem == RANGE and where.value <= where.schema["maximum"]):
        return finding
    most: int = where.schema["maximum" if finding.problem == RANGE else "maxItems"]
    allowed = f"{finding.allowed}, the {quotas.quota_term(name, most)} of a table ({quotas.SOURCE})"
    return structs.replace(
        finding, allowed=allowed, fix=f"{finding.fix}, or, {quotas.quota_fix(name)}"
    )


def _unknown_field_fix(
    finding: Finding, where: Location, schema: Schema, document: dict[str, Any]
) -> tuple[str, set[str]]:
    """Return the fix of an unknown field, and the paths that it sets."""
    path, name, field, node = finding.path, str(where.key), where.parent_field, where.node
    fields = as_map(where.container) or {}
    spec: Schema = schema["properties"]["spec"]
    if field in (ROOT, "metadata") and (ours := our_name(name, "spec", spec)):
        value = translate(where.value, ours, spec["properties"][ours], where.source)
        if _is_set(document, "spec", ours):
            return _same_meaning_fix(path, f"spec.{ours}"), set()
        return f"write {flow_field(ours, value)} under spec", {f"spec.{ours}"}
    if ours := our_name(name, field, node):
        return _rename_fix(path, ours, where)
    key = to_key_schema(fields) if normalize_name(name) in names.KEYS else None
    if key and "keySchema" in node.get("properties", {}) and "keySchema" not in fields:
        others = " and ".join(n for n in fields if normalize_name(n) in names.KEYS)
        fix = f"write {flow_field('keySchema', key)} instead of {others}"
        return fix, {join(where.parent, "keySchema")}
    if nested := nested_field(name, field, node):
        outer, inner = nested
        if outer == "stream" and without_stream(fields):
            return f"remove {path} (the stream is not enabled)", set()
        inside: Schema = node["properties"][outer]["properties"][inner]
        value = translate(where.value, inner, inside, where.source)
        under = join(where.parent, outer)
        if _is_set(fields, outer, inner):
            return _same_meaning_fix(path, f"{under}.{inner}"), set()
        return f"write {flow_field(inner, value)} under {under}", {f"{under}.{inner}"}
    if is_switch(name):
        return _switch_fix(path, where), set()
    if reason := names.UNSUPPORTED.get(normalize_name(name)):
        return f"remove {path} ({reason})", set()
    item = translate_item(fields, field, node)
    if len(fields) == 1 and item != fields and not any(schema_findings(item, node)):
        sets = {join(where.parent, each) for each in node["properties"]}
        return f"write {flow_style(item)} as {where.parent}", sets
    return _spelling_fix(name, where, finding.allowed.split(", ")), set()


def _rename_fix(path: str, ours: str, where: Location) -> tuple[str, set[str]]:
    renamed = join(where.parent, ours)
    if (as_map(where.container) or {}).get(ours) is not None:
        return _same_meaning_fix(path, renamed), set()
    value = translate(where.value, ours, where.node["properties"][ours], where.source)
    if value is None:
        return f"remove {path} (without field {ours} it is off)", set()
    return f"write {flow_field(ours, value)}", {renamed}


def _same_meaning_fix(path: str, ours: str) -> str:
    return f"set {ours} only: {path} has the same meaning"


def _is_set(fields: dict[str, Any], outer: str, inner: str) -> bool:
    return (as_map(fields.get(outer)) or {}).get(inner) is not None


def _switch_fix(path: str, where: Location) -> str:
    """Return the fix of a switch in an object that has none: its presence switches it on."""
    state = switch_state({str(where.key): where.value})
    if where.parent_field == "encryption":
        if "type" in where.container or state is None:
            return "set type to AWS_OWNED for a key of DynamoDB's own, and to KMS for a key in KMS"
        return f"write {flow_field('type', 'KMS' if state else 'AWS_OWNED')}"
    if state is None or where.parent_field in (ROOT, "metadata", "spec"):
        return _no_such_field(where)
    if state:
        return f"remove {path} (the field {where.parent} switches it on)"
    return f"remove {where.parent} (the field switches it on, even if it is empty)"


def _spelling_fix(name: str, where: Location, fields: list[str]) -> str:
    meant = correct_spelling(name, [field for field in fields if field not in where.container])
    return f"did you mean {meant}?" if meant else _no_such_field(where)


def _no_such_field(where: Location) -> str:
    inside = where.parent or "a request"
    return f"{inside} has no field of this name or meaning: {FIELDS_PAGE} describes the fields"


def _with_type_fix(finding: Finding, where: Location) -> Finding:
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
    wrong = any(f.problem in (MISTYPED, UNSUPPORTED) for f in schema_findings(value, node))
    if wrong or (value == where.value and type(value) is type(where.value)):
        return structs.replace(finding, got=got, fix=_form_fix(finding, where))
    if where.source and node["type"] == "string":
        read = "true or false" if isinstance(where.value, bool) else "a number"
        allowed = finding.allowed if "enum" in node else "text"
        allowed = f"{allowed}; YAML reads a bare {got} as {read}"
        finding = structs.replace(finding, allowed=allowed)
    if node["type"] == "string" and "enum" not in node and not isinstance(where.value, dict):
        return structs.replace(finding, got=got, fix=f"quote it: {_quote(value)}")
    fix = f"write {flow_style(value)} as {finding.path}"
    if isinstance(where.container, dict):
        fix = f"write {flow_field(where.field, value)}"
    return structs.replace(finding, got=got, fix=fix)


def _quote(text: str) -> str:
    plain = flow_style(text)
    return plain if plain.startswith('"') else f'"{text}"'


def _form_fix(finding: Finding, where: Location) -> str:
    """Return the fix of a value of a wrong type that has no translation."""
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
        entries = ", ".join(f"{name}: {form(child)}" for name, child in fields if "type" in child)
        return f"{{{entries or '<name>: <value>'}}}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return f"<{' or '.join(node['enum']) if 'enum' in node else words[node['type']]}>"


def _value_fix(where: Location) -> str:
    options: list[str] = where.schema["enum"]
    text = str(where.value)
    if where.field == "region":
        return regions.region_fix(text, options)
    if known := enum_value(text, where.field, options):
        return f"write {flow_field(where.field, known)}"
    meant = correct_spelling(text, options)
    return f"did you mean {meant}?" if meant else "choose one of these"
