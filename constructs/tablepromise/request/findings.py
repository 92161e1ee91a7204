"""Findings: the reasons for which a request is rejected."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, json, structs

GOT_LENGTH = 120
"""Characters of a rejected value that a finding quotes."""


UNKNOWN, MISSING, DUPLICATE = "unknown field", "missing", "duplicate"
MISTYPED, UNSUPPORTED, FORM = "wrong type", "unsupported value", "wrong form"
RANGE, TOO_MANY = "out of range", "too many"
"""Problems whose fix depends on the value (`fixes`)."""


class Finding(Struct, frozen=True):
    """One reason for which a request is rejected.

    Attributes:
        path: the field, as the API server names it: `spec.keySchema[0].keyType`.
        problem: what is wrong.
        got: the value as JSON, shortened; empty when there is none.
        allowed: what a valid value is.
        fix: what to do.
        stops_rules: the API server evaluates no CEL rules when there is such an error.
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


def join(path: str, name: str) -> str:
    """Return the path of a field."""
    return f"{path}.{name}" if path and name else path or name


def quote(value: object) -> str:
    """Return a value as JSON, shortened."""
    text = json.encode(value, enc_hook=str).decode()
    return text if len(text) <= GOT_LENGTH else f"{text[:GOT_LENGTH]}... ({len(text)} characters)"


def invalid(path: str, problem: str, value: object, allowed: str, fix: str) -> Finding:
    return Finding(path, problem, "" if value is None else quote(value), allowed, fix)


def missing(path: str, schema: dict[str, Any]) -> Finding:
    return Finding(path, MISSING, "", _allowed(schema), f"set {path}", stops_rules=True)


def unknown(path: str, known: frozenset[str]) -> Finding:
    return Finding(path, UNKNOWN, "", ", ".join(sorted(known)) or "no fields", "see the fields")


def unsupported(path: str, value: object, supported: list[str]) -> Finding:
    allowed = _allowed({"enum": supported})
    return Finding(
        path, UNSUPPORTED, quote(value), allowed, "choose one of these", stops_rules=True
    )


def wrong_type(path: str, value: object, schema: dict[str, Any]) -> Finding:
    kind = schema["type"]
    fix = f"write it as {kind}"
    if kind == "string" and isinstance(value, bool):
        bare = "N" if value is False else "Y"
        word = f'"{bare}"' if bare in schema.get("enum", ()) else "the word that was written"
        fix = f"quote {word}: YAML reads a bare y, n, yes, no, on or off as {quote(value)}"
    elif kind == "string" and isinstance(value, int | float):
        fix = "quote it as it was written"
    return Finding(path, MISTYPED, quote(value), _allowed(schema), fix, stops_rules=True)


def _allowed(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f'"{option}"' for option in schema["enum"])
    return f"a value of type {schema['type']}"


def to_text(findings: Iterable[Finding]) -> str:
    """Return findings as one text; a long list of allowed values is printed once."""
    return "; ".join(map(str, shorten_lists(findings)))


def shorten_lists(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings with `as for <path>` for a long list of an earlier finding."""
    printed: dict[str, str] = {}
    for finding in findings:
        first = printed.setdefault(finding.allowed, finding.path)
        again = len(finding.allowed) > _LONG and first != finding.path
        yield structs.replace(finding, allowed=f"as for {first}") if again else finding


_LONG = 40
"""Characters of a list that is printed once."""
