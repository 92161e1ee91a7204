"""Splits bytes into documents and reads each as JSON or YAML, as kubectl does."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Never, cast

from tablepromise.request.composer import DEPTH, Composer
from tablepromise.request.exceptions import MalformedDocument
from tablepromise.request.scalars import as_sent, whole
from tablepromise.request.source_text import Fields, Items, as_list

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def decode(data: bytes) -> str:
    """Return bytes in UTF-8, or in UTF-16 with a byte order mark, as text.

    Raises:
        MalformedDocument: the encoding is another.
    """
    marks = ((mark, name) for mark, name in _MARKS.items() if data.startswith(mark))
    mark, encoding = next(marks, (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        before = data[len(mark) : len(mark) + error.start].decode(encoding, "replace")
        raise MalformedDocument(
            before.count("\n") + 1,
            "",
            f"not {encoding.upper()}",
            got=f"byte {data[len(mark) + error.start :][:1].hex()} hexadecimal",
            allowed="text in UTF-8, or in UTF-16 with a byte order mark",
            fix="save the file as UTF-8",
        ) from error


def split_documents(text: str) -> Iterator[tuple[int, str]]:
    """Yield each document with the number of its first line, split as by kubectl."""
    begin, number, first = 0, 1, 1
    position = 0
    while position < len(text):
        end = text.find("\n", position) + 1 or len(text)
        if text.startswith("---", position) and _separates(text[position + 3 : end]):
            yield first, text[begin:position]
            begin, first = end, number + 1
        position, number = end, number + 1
    yield first, text[begin:]


def _separates(rest: str) -> bool:
    rest = rest.strip()
    return not rest or rest.startswith("#")


def read_values(chunk: str, first: int) -> list[Any]:
    """Return the values in text without a separator; its first line has the number `first`.

    Raises:
        MalformedDocument: kubectl rejects it, or reads something else than is written.
    """
    if chunk.lstrip().startswith("{"):
        try:
            return list(_json(chunk))
        except (ValueError, OverflowError, RecursionError):
            pass  # YAML may begin with { too, and its errors have a line
    if separator := _SEPARATOR.search(chunk):
        raise MalformedDocument(
            first + chunk.count("\n", 0, separator.start()),
            "",
            "text after the separator ---",
            got=separator[0].strip()[:120],
            allowed="a line of --- alone",
            fix="begin a new line after ---",
        )
    if control := _CONTROL.search(chunk):
        found = control[0]
        raise MalformedDocument(
            first + chunk.count("\n", 0, control.start()),
            "",
            "a control character",
            got=f"U+{ord(found):04X}",
            allowed='none; in double quotes it may be written as an escape, such as "\\x07"',
            fix="save the file as UTF-8" if found == "\0" else "remove it",
        )
    return [Composer(first).compose(chunk)]


_SEPARATOR = re.compile(r"^---.*", re.MULTILINE)

_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not allow."""

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""An escape of JSON. The group is half of a surrogate pair, which Go replaces."""


def _json(text: str) -> Iterator[Any]:
    """Yield the values of a stream of JSON.

    Raises:
        ValueError, RecursionError: it is not JSON, a key is set twice, or it is nested too deep.
    """
    text = _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text)
    position = 0
    while position < len(text):
        if text[position] in " \t\r\n":
            position += 1
            continue
        value, position = _DECODER.raw_decode(text, position)
        yield _with_sources(value)


class _Decimal(float):
    """A number with a point or exponent, and its text."""

    text: str


def _with_sources(value: Any, levels: int = DEPTH + 1) -> Any:
    """Return a value of JSON whose maps and lists keep source text."""
    if not levels:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        entries = cast(dict[str, Any], value).items()
        fields = Fields({name: _with_sources(child, levels - 1) for name, child in entries})
        fields.sources = _decimals(entries)
        return fields
    if (items := as_list(value)) is not None:
        copied = Items(_with_sources(item, levels - 1) for item in items)
        copied.sources = _decimals(enumerate(items))
        return copied
    return as_sent(float(value)) if isinstance(value, _Decimal) else value


def _decimals(entries: Iterable[tuple[Any, Any]]) -> dict[Any, str]:
    return {key: value.text for key, value in entries if isinstance(value, _Decimal)}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is set twice")
    return found


def _no_number(text: str) -> Never:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = _Decimal(text)
    number.text = text
    if number in (float("inf"), -float("inf")):
        _no_number(text)
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_int=lambda text: whole(int(text)),
    parse_float=_finite,
    parse_constant=_no_number,
)
