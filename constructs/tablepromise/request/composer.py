"""Composes the value of a YAML document from the events of libyaml, by kubectl's rules.

The composer uses a stack instead of recursion, and limits depth and aliases while it reads: a
hostile document costs no more than its own length.
"""

import base64
import re
from binascii import Error as Base64Error
from math import isfinite
from typing import Any, Final, cast

import yaml

from tablepromise.request.exceptions import MalformedDocument
from tablepromise.request.findings import join
from tablepromise.request.scalars import MERGE, TAG, TYPES, key_text, resolve
from tablepromise.request.source_text import Fields, Items

DEPTH: Final = 100
"""Levels of nested maps and lists; kubectl allows 10,000, a request needs fewer than 10."""

_PATH = 100
"""Characters of the path in an error."""


_NO_KEY = object()


class _Frame:
    """A map or list that is being read."""

    def __init__(self, value: Fields | Items, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.size = 1
        self.key: Any = _NO_KEY
        self.lines: dict[str, int] = {}


class Composer:
    """Composes one document.

    Args:
        first: number of its first line, for errors.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int, str | None]] = {}
        self._nodes = self._aliased = 0
        self._line = first
        self._root: Any = None

    def compose(self, text: str) -> Any:
        """Return the value of the only document in `text`; None if there is none.

        Raises:
            MalformedDocument: kubectl rejects it, or reads something else than is written.
        """
        ended = False
        try:
            for event in yaml.parse(text, yaml.CSafeLoader):
                mark: Any = event.start_mark
                self._line = self._first + mark.line
                ended |= isinstance(event, yaml.DocumentEndEvent)
                self._event(event)
        except yaml.MarkedYAMLError as error:
            if ended:
                raise self._error(
                    "kubectl ignores what follows the line ...",
                    allowed="documents separated by ---",
                    fix="write --- instead of ...",
                ) from error
            raise self._syntax(error, text) from error
        return self._root

    def _event(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._begin(event.anchor)
            value = self._scalar(event)
            source = _source(event, value)
            if event.anchor:
                self._anchors[event.anchor] = value, 1, source
            self._add(value, 1, source)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event.anchor)
            if len(self._stack) == DEPTH:
                raise self._error(
                    "nested too deep",
                    got=f"more than {DEPTH} levels",
                    allowed=f"{DEPTH} levels",
                    fix="remove the levels: no field of a request is that deep",
                )
            inside = Fields() if isinstance(event, yaml.MappingStartEvent) else Items()
            self._stack.append(_Frame(inside, event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = self._stack.pop()
            if frame.anchor:
                self._anchors[frame.anchor] = frame.value, frame.size, None
            self._add(frame.value, frame.size)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor or "")

    def _begin(self, anchor: str | None) -> None:
        self._nodes += 1
        if anchor:
            self._anchors.pop(anchor, None)

    def _alias(self, name: str) -> None:
        if any(frame.anchor == name for frame in self._stack) and name not in self._anchors:
            raise self._error(
                f"the alias *{name} is inside the value of its own anchor",
                allowed="an alias of a value that has ended",
                fix=f"write a value instead of *{name}",
            )
        if name not in self._anchors:
            raise self._error(
                f"the alias *{name} has no anchor",
                allowed=f"an alias of an anchor &{name} above it",
                fix=f"write a value instead of *{name}, or quote it if it is text",
            )
        value, size, source = self._anchors[name]
        self._nodes += 1 + size
        self._aliased += size
        # the limits of kubectl's YAML library
        share = self._aliased / self._nodes
        if self._aliased > 100 and self._nodes > 1000 and share > _allowed_share(self._nodes):
            raise self._error(
                "too much of the document is aliases",
                got=f"{self._aliased:,} of {self._nodes:,} values",
                allowed="aliases that multiply a document no more than kubectl accepts",
                fix="write the values out",
            )
        self._add(value, 1 + size, source)

    def _add(self, value: Any, size: int, source: str | None = None) -> None:
        """Add a finished value to the document, a list, or a map as key or value."""
        if not self._stack:
            self._root = value
            return
        frame = self._stack[-1]
        frame.size += size
        at = len(frame.value) if isinstance(frame.value, list) else frame.key
        if source is not None and at is not _NO_KEY:
            frame.value.sources[at] = source
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.key is _NO_KEY:
            frame.key = value if value is MERGE else self._key(value, frame)
            if source is not None and value is not MERGE:
                frame.value.key_sources[frame.key] = source
        elif frame.key is MERGE:
            for each in reversed(self._merged(value)):
                frame.value |= each
                frame.value.sources |= each.sources
            frame.key = _NO_KEY
        else:
            frame.value[frame.key] = value
            frame.key = _NO_KEY

    def _key(self, value: Any, frame: _Frame) -> str:
        """Return a key as text, as kubectl does."""
        if value is None or isinstance(value, dict | list):
            kind = "null" if value is None else "a map" if isinstance(value, dict) else "a list"
            raise self._error(
                f"a key is {kind}",
                allowed="a key that is text",
                fix="quote the key if it is text (a field that begins with { or [ is no text)",
            )
        key = key_text(value)
        if key in frame.lines:
            raise self._error(
                f'key "{key}" is set twice',
                got=f"lines {frame.lines[key]} and {self._line}",
                allowed="each key once (kubectl would use the last without a message)",
                fix="remove one of the two",
            )
        frame.lines[key] = self._line
        return key

    def _merged(self, value: Any) -> list[Fields]:
        maps = cast(list[object], value if isinstance(value, list) else [value])
        if not all(isinstance(each, dict) for each in maps):
            raise self._error(
                "<< merges a value that is no map",
                allowed="a map, or a list of maps",
                fix='give << an alias of a map, or quote it if it is a field: "<<"',
            )
        return cast(list[Fields], maps)

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        tag: str | None = event.tag
        if tag is None:
            value = resolve(text) if event.implicit[0] else text
            if value is MERGE and not self._awaits_key():
                return text
            if isinstance(value, float) and not isfinite(value):
                raise self._error(
                    "not a number that JSON has",
                    got=text,
                    allowed="a number",
                    fix=f'if it is text, quote it: "{text}"',
                )
            return value
        if tag == f"{TAG}binary":
            return self._binary(text)
        if tag not in TYPES:
            return text
        value = resolve(text)
        if type(value) not in TYPES[tag]:
            kind = tag.removeprefix(TAG)
            raise self._error(
                f"not what its tag !!{kind} says", got=text, allowed=kind, fix="remove the tag"
            )
        return value

    def _awaits_key(self) -> bool:
        if not self._stack:
            return False
        frame = self._stack[-1]
        return isinstance(frame.value, dict) and frame.key is _NO_KEY

    def _binary(self, text: str) -> str:
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode()
        except (Base64Error, UnicodeError) as error:
            raise self._error(
                "not text in base64, as its tag !!binary says",
                got=text[:60],
                allowed="base64 of UTF-8 text",
                fix="write the text itself",
            ) from error

    def _path(self) -> str:
        path = ""
        for frame in self._stack:
            if isinstance(frame.value, list):
                path += f"[{len(frame.value)}]"
            elif isinstance(frame.key, str):
                path = join(path, frame.key)
        return path if len(path) <= _PATH else f"{path[:_PATH]}..."

    def _error(self, problem: str, *, got: str = "", allowed: str, fix: str) -> MalformedDocument:
        at = self._line, self._path()
        return MalformedDocument(*at, problem, got=got, allowed=allowed, fix=fix)

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> MalformedDocument:
        mark: Any = error.problem_mark
        lines = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)
        line: int = min(mark.line, len(lines) - 1)
        while line and not lines[line].strip():  # a missing end is reported at the end of the text
            line -= 1
        problem = " ".join(str(part) for part in (error.context, error.problem) if part)
        tab = re.match(r"[ -]*\t", lines[line])
        return MalformedDocument(
            self._first + line,
            self._path(),
            problem,
            got=lines[line].strip()[:120],
            allowed="YAML",
            fix="indent by spaces, not by tabs" if tab else "correct this line or the one above",
        )


def _source(event: Any, value: Any) -> str | None:
    """Return the source text of a scalar that is not text, or has a local tag."""
    if event.tag and event.tag.startswith("!"):
        return f"{event.tag} {event.value}"
    return None if isinstance(value, str) else event.value


def _allowed_share(nodes: int) -> float:
    """Return the share of a document that may come from aliases, by the limits of goyaml."""
    low, high = 400_000, 4_000_000
    if nodes <= low:
        return 0.99
    return max(0.10, 0.99 - 0.89 * (nodes - low) / (high - low))
