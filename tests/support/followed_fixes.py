"""Follows the fix of a finding to the letter, as a person does who copies it into the request.

The forms of a fix are those that `tablepromise.request.fixes` lists. A fix in none of these forms
leaves a decision to the person.
"""

import copy
import re
from typing import Any, cast

from tablepromise.request import Finding, load, validate

ROUNDS = 6
"""A fix may lead to the next: a renamed object has fields of its own."""

_WRITE = re.compile(r"write (.+?)(?: instead of (\S+(?: and \S+)*)| under (\S+)| as (\S+))?")


class NotFollowed(Exception):
    """The findings of a request whose fixes leave a decision to a person."""


def followed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the request after every fix was followed, again and again until it is accepted.

    Raises:
        NotFollowed: a fix says no change, or the request is still rejected.
    """
    for _ in range(ROUNDS):
        findings = validate(document)
        if not findings:
            return document
        before = document
        for finding in findings:
            document = follow(document, finding, before)
        if document == before:
            break
    raise NotFollowed("; ".join(f"{f.path}: {f.problem}: {f.fix}" for f in validate(document)))


def follow(document: dict[str, Any], finding: Finding, before: Any = None) -> dict[str, Any]:
    """Return a copy of a document that has one fix; the document itself if the fix is a rule."""
    changed = copy.deepcopy(document)
    fix = re.sub(r" \([^()]*\)$", "", finding.fix)
    path = steps(finding.path, before or document)
    if match := re.fullmatch(r"write this request: (.+)", fix):
        return cast(dict[str, Any], value(match[1]))
    if match := re.fullmatch(r"remove (\S+)", fix):
        remove(changed, steps(match[1], before or document))
    elif match := re.fullmatch(r"quote it: (.+)", fix):
        put(changed, path, value(match[1]))
    elif match := re.fullmatch(r"did you mean (\S+)\?", fix):
        if finding.problem == "unknown field":
            put(changed, [*path[:-1], match[1]], remove(changed, path))
        else:
            put(changed, path, match[1])
    elif fix.startswith("write ") and (match := _WRITE.fullmatch(fix)) and _is_yaml(match[1]):
        _write(changed, path, match, before or document)
    else:
        return document
    return changed


def _write(document: Any, path: list[Any], match: re.Match[str], before: Any) -> None:
    text, instead, under, item = match.groups()
    if item:
        put(document, steps(item, before), value(text))
        return
    [(name, written)] = value(f"{{{text}}}").items()
    for other in instead.split(" and ") if instead else [path[-1]]:
        remove(document, [*path[:-1], other])
    put(document, [*(steps(under, before) if under else path[:-1]), name], written)


def value(text: str) -> Any:
    return load(f"a: {text}")[0]["a"]


def _is_yaml(text: str) -> bool:
    return bool(re.match(r'[{\["]|[\w.]+: ', text))


def steps(path: str, document: Any) -> list[Any]:
    """The keys and indexes of a path; keys of `document` may have dots."""
    found: list[Any] = []
    node: Any = document
    while path:
        if path.startswith("["):
            index, _, path = path[1:].partition("]")
            found.append(int(index))
        else:
            keys: list[str] = list(node) if node else []
            known = [key for key in keys if path == key or path.startswith((f"{key}.", f"{key}["))]
            name = max(known, key=len, default=re.split(r"[.\[]", path, maxsplit=1)[0])
            found.append(name)
            path = path[len(name) :]
        path = path.removeprefix(".")
        try:
            node = node[found[-1]]
        except (LookupError, TypeError):
            node = None
    return found


def put(document: Any, path: list[Any], new: Any) -> None:
    for step in path[:-1]:
        if isinstance(step, str) and document.get(step) is None:
            document[step] = {}
        document = document[step]
    last = path[-1]
    old: Any = document.get(last) if isinstance(last, str) else None
    merged = isinstance(old, dict) and isinstance(new, dict)
    document[last] = {**cast(Any, old), **cast(Any, new)} if merged else new


def remove(document: Any, path: list[Any]) -> Any:
    for step in path[:-1]:
        try:
            document = document[step]
        except (LookupError, TypeError):
            return None  # another fix removed it
    return document.pop(path[-1], *([None] if isinstance(path[-1], str) else []))
