"""A reason to refuse a request, and the words for each kind of reason."""

from msgspec import Struct, json

from tablepromise.request import partitions, regions

GOT_LENGTH = 120
"""Characters of a refused value that a finding quotes."""


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


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def quoted(value: object) -> str:
    text = json.encode(value, enc_hook=str).decode()
    return text if len(text) <= GOT_LENGTH else f"{text[:GOT_LENGTH]}... ({len(text)} characters)"


def invalid(path: str, problem: str, value: object, allowed: str, fix: str) -> Finding:
    return Finding(path, problem, "" if value is None else quoted(value), allowed, fix)


def missing(path: str, allowed: str = "") -> Finding:
    allowed = allowed or "a value"
    return Finding(path, "missing", "", allowed, f"set {path}", stops_rules=True)


def unknown(path: str, known: frozenset[str]) -> Finding:
    name = path.rpartition(".")[2]
    fix = _nearest(name, sorted(known)) or f"remove {name}"
    return Finding(path, "unknown field", "", ", ".join(sorted(known)) or "no fields", fix)


def unsupported(path: str, value: object, supported: list[str]) -> Finding:
    allowed = ", ".join(f'"{option}"' for option in supported)
    if set(supported) <= partitions.PARTITIONS.keys():
        fix = regions.fix(str(value), supported)
    else:
        fix = _nearest(str(value), supported) or "choose one of these"
    return Finding(path, "unsupported value", quoted(value), allowed, fix, stops_rules=True)


def mistyped(path: str, value: object, kind: str, supported: list[str] | None = None) -> Finding:
    allowed = (
        ", ".join(f'"{option}"' for option in supported) if supported else f"a value of type {kind}"
    )
    fix = f"write it as {kind}"
    if kind == "string" and isinstance(value, bool):
        bare = "N" if value is False else "Y"
        word = f'"{bare}"' if bare in (supported or ()) else "it"
        fix = f"quote {word}: YAML reads a bare y, n, yes, no, on or off as {quoted(value)}"
    elif kind == "string" and isinstance(value, int | float):
        fix = f'quote it: "{value}"'
    return Finding(path, "wrong type", quoted(value), allowed, fix, stops_rules=True)


def _nearest(word: str, options: list[str]) -> str | None:
    from difflib import get_close_matches  # only when something is wrong: start-up time counts

    matches = get_close_matches(word, options, n=1)
    return f"did you mean {matches[0]}?" if matches else None
