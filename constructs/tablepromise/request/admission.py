"""Judges a request offline, as the API server does when `kubectl apply` sends it.

The steps are the API server's, in its order: unknown fields (kubectl asks for strict validation),
nulls and defaults, the OpenAPI schema, unique list items, and the CEL rules, which are evaluated
by a CEL library and not written a second time. As there, rules are skipped while an error of
another kind makes their input unreliable.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

from cel_expr_python import cel
from msgspec import Struct, json

from tablepromise.request import limits, model
from tablepromise.request.schema import Schema, request_schema

GOT_LENGTH = 120
"""Characters of a refused value that a finding quotes."""

_OBJECT_META = frozenset(
    {
        *("annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp"),
        *("finalizers", "generateName", "generation", "labels", "managedFields", "name"),
        *("namespace", "ownerReferences", "resourceVersion", "selfLink", "uid"),
    }
)
_EXACT_FLOAT = 2**53
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"


class Finding(Struct, frozen=True):
    """One reason why a request is refused.

    Attributes:
        path: the field, as the API server names it: `spec.keySchema[0].keyType`.
        problem: what is wrong.
        got: the value as JSON, shortened; empty when there is none.
        allowed: what a valid value is.
        fix: what to do.
        stops_rules: the API server evaluates no CEL rule beside an error like this.
    """

    path: str
    problem: str
    got: str
    allowed: str
    fix: str
    stops_rules: bool = False

    def __str__(self) -> str:
        got = f"got {self.got}, " if self.got else ""
        return f"{self.path}: {self.problem}: {got}allowed: {self.allowed}; {self.fix}"


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
    """The typed request in `document`, if the API server would take it.

    Args:
        document: the object as read from YAML or JSON.
        old: the object that it replaces, for the rules about changes.

    Raises:
        RequestRefused: it would not; the exception lists why.
    """
    if findings := judge(document, old):
        raise RequestRefused(describe(document), findings)
    return model.TableRequest.of(stored(cast(dict[str, Any], document)))


def judge(document: object, old: object = None) -> tuple[Finding, ...]:
    """Every reason to refuse `document`; none means that the API server takes it."""
    if not isinstance(document, dict):
        return (_mistyped("(document)", document, "object"),)
    schema = request_schema()
    request = cast(dict[str, Any], document)
    findings = [*_identity(request), *_unknown_fields(request, schema)]
    prepared = _prepared(request, schema)
    findings += [*_openapi(prepared, schema, ""), *_duplicates(prepared, schema, "")]
    if not any(finding.stops_rules for finding in findings):
        before = _prepared(old, schema)
        if any(_openapi(before, schema, "")):  # none, or made before the schema was as it is
            before = None
        findings += _broken_rules(prepared, before, schema, "")
    return tuple(findings)


def stored(document: dict[str, Any]) -> dict[str, Any]:
    """`document` as the API server stores it: nulls dropped, defaults set."""
    prepared: dict[str, Any] = _prepared(document, request_schema())
    return prepared


def describe(document: object) -> str:
    """`namespace/name` of a document that may be anything."""
    metadata = cast(dict[str, Any], document).get("metadata") if isinstance(document, dict) else 0
    if not isinstance(metadata, dict):
        return "(unnamed)"
    metadata = cast(dict[str, Any], metadata)
    return f"{metadata.get('namespace') or 'default'}/{metadata.get('name') or '(unnamed)'}"


# --- who and where --------------------------------------------------------------------------------


def _identity(request: dict[str, Any]) -> Iterator[Finding]:
    for field, allowed in (("apiVersion", model.API_VERSION), ("kind", model.KIND)):
        if request.get(field) != allowed:
            yield _invalid(
                field, "not a table request", request.get(field), allowed, f"set {field}"
            )
    metadata = request.get("metadata")
    if not isinstance(metadata, dict):
        yield _mistyped("metadata", metadata, "object")
        return
    metadata = cast(dict[str, Any], metadata)
    for field in metadata.keys() - _OBJECT_META:
        yield _unknown(f"metadata.{field}", _OBJECT_META)
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not name:
        yield _missing("metadata.name")
    elif not isinstance(name, str):
        yield _mistyped("metadata.name", name, "string")
    elif not re.fullmatch(rf"{_DNS_LABEL}(\.{_DNS_LABEL})*", name):
        yield _invalid(
            "metadata.name",
            "not a Kubernetes name",
            name,
            f"{limits.OBJECT_NAME} or fewer of a-z 0-9 - . with a letter or digit at both ends",
            "rename the request (the table's own name is spec.name)",
        )
    if namespace is not None and not isinstance(namespace, str):
        yield _mistyped("metadata.namespace", namespace, "string")
    elif namespace and not (len(namespace) <= 63 and re.fullmatch(_DNS_LABEL, namespace)):
        yield _invalid(
            "metadata.namespace",
            "not a Kubernetes namespace",
            namespace,
            "63 or fewer of a-z 0-9 - with a letter or digit at both ends",
            "name an existing namespace",
        )
    for field, check in (("labels", _label), ("annotations", _annotation)):
        entries = metadata.get(field)
        if entries is None:
            continue
        if not isinstance(entries, dict):
            yield _mistyped(f"metadata.{field}", entries, "object")
            continue
        for key, value in cast(dict[object, object], entries).items():
            if not isinstance(key, str) or not isinstance(value, str | None):
                yield _mistyped(f"metadata.{field}", value, "string")
            else:
                yield from check(key, value or "")
    finalizers = metadata.get("finalizers")
    if isinstance(finalizers, list):
        for finalizer in cast(list[object], finalizers):
            yield from _qualified("metadata.finalizers", str(finalizer))
    elif finalizers is not None:
        yield _mistyped("metadata.finalizers", finalizers, "array")


def _label(key: str, value: str) -> Iterator[Finding]:
    yield from _qualified("metadata.labels", key)
    if len(value) > 63 or not re.fullmatch(f"({_LABEL_NAME})?", value):
        yield _invalid(
            "metadata.labels",
            f"the value of {key} is not a label value",
            value,
            "63 or fewer of A-Z a-z 0-9 - _ . with a letter or digit at both ends",
            "shorten or reword it, or make it an annotation",
        )


def _annotation(key: str, _value: str) -> Iterator[Finding]:
    yield from _qualified("metadata.annotations", key.lower())


def _qualified(path: str, key: str) -> Iterator[Finding]:
    prefix, slash, name = key.rpartition("/")
    good_prefix = not slash or (
        len(prefix) <= 253 and re.fullmatch(rf"{_DNS_LABEL}(\.{_DNS_LABEL})*", prefix)
    )
    if not good_prefix or len(name) > 63 or not re.fullmatch(_LABEL_NAME, name):
        yield _invalid(
            path,
            "not a qualified name",
            key,
            "a name of at most 63 of A-Z a-z 0-9 - _ ., after an optional DNS prefix and /",
            "rename the key",
        )


# --- nulls, defaults, unknown fields --------------------------------------------------------------


def _prepared(value: object, schema: Schema) -> Any:
    """A copy with nulls dropped, defaults set and whole floats made integers."""
    if isinstance(value, dict):
        properties: dict[str, Schema] = schema.get("properties", {})
        items = cast(dict[str, object], value).items()
        kept = {
            name: _prepared(child, properties.get(name, {}))
            for name, child in items
            if child is not None or name not in properties
        }
        for name, child in properties.items():
            if "default" in child and name not in kept:
                kept[name] = _prepared(child["default"], child)
        return kept
    if isinstance(value, list):
        return [_prepared(item, schema.get("items", {})) for item in cast(list[object], value)]
    if isinstance(value, float) and schema.get("type") == "integer":
        return int(value) if value.is_integer() and abs(value) < _EXACT_FLOAT else value
    return value


def _unknown_fields(value: object, schema: Schema, path: str = "") -> Iterator[Finding]:
    if path == "metadata" or schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    if isinstance(value, dict):
        properties: dict[str, Schema] = schema.get("properties", {})
        for name, child in cast(dict[str, object], value).items():
            here = _join(path, name)
            if name in properties:
                yield from _unknown_fields(child, properties[name], here)
            else:
                yield _unknown(here, frozenset(properties))
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(cast(list[object], value)):
            yield from _unknown_fields(item, schema["items"], f"{path}[{index}]")


# --- the OpenAPI schema ---------------------------------------------------------------------------


def _openapi(value: object, schema: Schema, path: str) -> Iterator[Finding]:
    kind = schema.get("type")
    if kind is None:
        return
    if not _IS[kind](value):
        yield _mistyped(path, value, kind, schema.get("enum"))
        return
    if "enum" in schema and value not in schema["enum"]:
        yield _unsupported(path, value, schema["enum"])
    if isinstance(value, str):
        yield from _string(value, schema, path)
    elif isinstance(value, int) and kind == "integer":
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high:
            allowed = f"{low} to {high}" if "maximum" in schema else f"{low} or more"
            yield _invalid(path, "out of range", value, allowed, "choose a number in the range")
    elif isinstance(value, list):
        items = cast(list[object], value)
        yield from _length(len(items), schema, "Items", path, "items", f"{len(items)} items")
        for index, item in enumerate(items):
            yield from _openapi(item, schema.get("items", {}), f"{path}[{index}]")
    elif isinstance(value, dict):
        fields = cast(dict[str, object], value)
        for name in schema.get("required", ()):
            if name not in fields:
                yield _missing(_join(path, name), schema["properties"][name])
        for name, child in fields.items():
            # names and labels have rules of their own: _identity
            if name in schema.get("properties", {}) and (path or name != "metadata"):
                yield from _openapi(child, schema["properties"][name], _join(path, name))
        if not path and isinstance(metadata := fields.get("metadata"), dict):
            name_schema = schema["properties"]["metadata"]["properties"]["name"]
            object_name = cast(dict[str, object], metadata).get("name")
            if isinstance(object_name, str):
                yield from _string(object_name, name_schema, "metadata.name")


_IS: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    ),
}


def _string(value: str, schema: Schema, path: str) -> Iterator[Finding]:
    yield from _length(len(value), schema, "Length", path, "characters", _quoted(value))
    pattern: str | None = schema.get("pattern")
    if pattern is not None and not _pattern(pattern).search(value):
        yield _invalid(path, "wrong form", value, f"text that matches {pattern}", "correct it")


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """`$` is the end of the text for the API server (RE2), and the end of a line for Python."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _length(
    length: int, schema: Schema, suffix: str, path: str, unit: str, got: str
) -> Iterator[Finding]:
    low, high = schema.get(f"min{suffix}", 0), schema.get(f"max{suffix}")
    allowed = f"{low} to {high} {unit}" if high is not None else f"at least {low} {unit}"
    few, many = ("few", "many") if suffix == "Items" else ("short", "long")
    if length < low:
        yield Finding(path, f"too {few}", got, allowed, f"add {low - length} {unit} or more")
    if high is not None and length > high:
        fix = f"remove {length - high} {unit} or more"
        yield Finding(path, f"too {many}", got, allowed, fix, stops_rules=True)


# --- unique items and CEL rules -------------------------------------------------------------------


def _duplicates(value: object, schema: Schema, path: str) -> Iterator[Finding]:
    if isinstance(value, dict):
        for name, child in cast(dict[str, object], value).items():
            if name in schema.get("properties", {}):
                yield from _duplicates(child, schema["properties"][name], _join(path, name))
    elif isinstance(value, list):
        items = cast(list[object], value)
        seen: list[object] = []
        keys: list[str] = schema.get("x-kubernetes-list-map-keys", [])
        unique = schema.get("x-kubernetes-list-type") in ("map", "set")
        if keys and not all(isinstance(item, dict | None) for item in items):
            unique = False  # reported as a wrong type
        for index, item in enumerate(items):
            here = f"{path}[{index}]"
            identity = _key_of(item, keys) if keys else item
            if unique and seen.count(identity) == 1:  # the third is not reported, as there
                what = f"{keys[0]} is" if keys else "is"
                yield _invalid(
                    here, "duplicate", identity, f"a list in which each {what} unique", "remove one"
                )
            seen.append(identity)
            yield from _duplicates(item, schema.get("items", {}), here)


def _broken_rules(value: object, old: object, schema: Schema, path: str) -> Iterator[Finding]:
    rules: list[dict[str, str]] = schema.get("x-kubernetes-validations", [])
    if rules:
        data = {"self": _canonical(value, schema), "oldSelf": _canonical(old, schema)}
        for rule in rules:
            if old is None and "oldSelf" in rule["rule"]:
                continue
            if _holds_vacuously(rule["rule"], data):
                continue
            outcome = _compiled(rule["rule"]).eval(data=data)
            if outcome.value() is True:
                continue
            failed = outcome.type() == cel.Type.ERROR  # an index out of bounds, say
            field = "" if failed else rule.get("fieldPath", "").removeprefix(".")
            must, _, fix = rule["message"].partition("; ")
            got = cast(dict[str, object], value).get(field) if field else value
            yield Finding(_join(path, field), "breaks a rule", _quoted(got), must, fix)
    if isinstance(value, dict):
        before = cast(dict[str, object], old) if isinstance(old, dict) else {}
        for name, child in cast(dict[str, object], value).items():
            if name in schema.get("properties", {}):
                yield from _broken_rules(
                    child, before.get(name), schema["properties"][name], _join(path, name)
                )
    elif isinstance(value, list):
        for index, item in enumerate(cast(list[object], value)):
            yield from _broken_rules(
                item, _counterpart(item, old, schema), schema.get("items", {}), f"{path}[{index}]"
            )


def _holds_vacuously(expression: str, data: dict[str, Any]) -> bool:
    """Whether it starts with `!has(x.y) ||` and there is no y: most rules, for most requests.

    Compiling a rule costs a hundred times as much as this look, and the pipeline's container
    judges one request and ends.
    """
    guard = _GUARD.match(expression)
    return guard is not None and guard[2] not in (data[guard[1]] or {})


_GUARD = re.compile(r"!has\((self|oldSelf)\.(\w+)\) \|\| ")


def _counterpart(item: object, old: object, schema: Schema) -> object:
    """The item of the old list with the same keys; only lists of type map have one."""
    keys: list[str] = schema.get("x-kubernetes-list-map-keys", [])
    if not keys or not isinstance(old, list):
        return None
    for candidate in cast(list[object], old):
        if _key_of(candidate, keys) == _key_of(item, keys):
            return candidate
    return None


def _key_of(item: object, keys: list[str]) -> dict[str, object]:
    fields = cast(dict[str, object], item) if isinstance(item, dict) else {}
    return {key: fields.get(key) for key in keys}


def _canonical(value: object, schema: Schema) -> Any:
    """`value` with its maps and sets in order: in CEL there, their order means nothing."""
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


def _total(numbers: list[int]) -> int:
    return sum(numbers)


@cache
def _environment() -> cel.Env:
    """CEL as the rules need it: the standard functions and Kubernetes' `sum`."""
    total = cel.Overload(
        id="list_sum",
        return_type=cel.Type.INT,
        parameters=[cel.Type.List(cel.Type.DYN)],
        is_member=True,
        impl=_total,
    )
    return cel.NewEnv(
        variables={"self": cel.Type.DYN, "oldSelf": cel.Type.DYN},
        extensions=[cel.CelExtension("kubernetes.lists", [cel.FunctionDecl("sum", [total])])],
    )


@cache
def _compiled(expression: str) -> cel.Expression:
    return _environment().compile(expression)


# --- wording --------------------------------------------------------------------------------------


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _quoted(value: object) -> str:
    text = json.encode(value, enc_hook=str).decode()
    return text if len(text) <= GOT_LENGTH else f"{text[:GOT_LENGTH]}... ({len(text)} characters)"


def _invalid(path: str, problem: str, value: object, allowed: str, fix: str) -> Finding:
    return Finding(path, problem, "" if value is None else _quoted(value), allowed, fix)


def _missing(path: str, schema: Schema | None = None) -> Finding:
    allowed = (schema or {}).get("description") or "a value"
    return Finding(path, "missing", "", allowed, f"set {path}", stops_rules=True)


def _unknown(path: str, known: frozenset[str]) -> Finding:
    name = path.rpartition(".")[2]
    fix = _nearest(name, sorted(known)) or f"remove {name}"
    return Finding(path, "unknown field", "", ", ".join(sorted(known)) or "no fields", fix)


def _unsupported(path: str, value: object, supported: list[str]) -> Finding:
    allowed = ", ".join(f'"{option}"' for option in supported)
    fix = _nearest(str(value), supported) or "choose one of these"
    return Finding(path, "unsupported value", _quoted(value), allowed, fix, stops_rules=True)


def _mistyped(path: str, value: object, kind: str, supported: list[str] | None = None) -> Finding:
    allowed = (
        ", ".join(f'"{option}"' for option in supported) if supported else f"a value of type {kind}"
    )
    fix = f"write it as {kind}"
    if kind == "string" and isinstance(value, bool):
        bare = "N" if value is False else "Y"
        quoted = f'"{bare}"' if bare in (supported or ()) else "it"
        fix = f"quote {quoted}: YAML reads a bare y, n, yes, no, on or off as {_quoted(value)}"
    elif kind == "string" and isinstance(value, int | float):
        fix = f'quote it: "{value}"'
    return Finding(path, "wrong type", _quoted(value), allowed, fix, stops_rules=True)


def _nearest(word: str, options: list[str]) -> str | None:
    from difflib import get_close_matches  # only when something is wrong: start-up time counts

    matches = get_close_matches(word, options, n=1)
    return f"did you mean {matches[0]}?" if matches else None
