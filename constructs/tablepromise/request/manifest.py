"""Reads and writes YAML and JSON as kubectl does, which differs from PyYAML.

kubectl reads YAML 1.1 by Go's rules: a bare `N`, `y` or `off` is a boolean, a date or `12:30` is
text, and every key becomes text. The writer quotes a text that kubectl or PyYAML would read as
something else. Two inputs that kubectl changes without a message are errors here: a key that is set
twice, and bytes that are not UTF-8.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml
from msgspec import Struct

from tablepromise.request.documents import decode, read_values, split_documents
from tablepromise.request.exceptions import InvalidManifest, MalformedDocument
from tablepromise.request.scalars import SCALARS
from tablepromise.request.source_text import Fields, Items

_HCL = re.compile(r'^\s*resource\s+"aws_dynamodb_table"', re.MULTILINE)


class Manifest(Struct, frozen=True):
    """A document.

    Attributes:
        line: of its beginning, from 1.
        value: its map.
    """

    line: int
    value: dict[str, Any]


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        del data  # no anchors: they are hard to read
        return True


def _represent_str(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # a block, so that a file inside a file is readable
    node: yaml.ScalarNode = cast(Any, dumper).represent_scalar("tag:yaml.org,2002:str", text)
    if "\n" in text:
        node.style = "|"
    return node


for _tag, _pattern, _first in SCALARS:  # quoted too: what kubectl does not read as text
    cast(Any, _Dumper).add_implicit_resolver(
        _tag, re.compile(rf"^(?:{_pattern})$"), ["" if c == "\0" else c for c in _first]
    )
_Dumper.add_representer(str, _represent_str)
_Dumper.add_representer(Fields, yaml.representer.SafeRepresenter.represent_dict)
_Dumper.add_representer(Items, yaml.representer.SafeRepresenter.represent_list)


def load(text: str | bytes, source: str = "the text") -> list[dict[str, Any]]:
    """Return every document in `text` except empty ones. They keep `source_text`.

    Raises:
        InvalidManifest: one cannot be parsed, or is not a map.
    """
    documents: list[dict[str, Any]] = []
    for document in read_documents(text, source):
        if isinstance(document, InvalidManifest):
            raise document
        documents.append(document.value)
    return documents


def read_documents(text: str | bytes, source: str) -> Iterator[Manifest | InvalidManifest]:
    """Yield every document in `text`, or its error, except empty ones."""
    try:
        whole = decode(text) if isinstance(text, bytes) else text
    except MalformedDocument as error:
        yield InvalidManifest(source, error.line, error.finding)
        return
    for first, chunk in split_documents(whole):
        begin = first + chunk[: len(chunk) - len(chunk.lstrip())].count("\n")
        try:
            for value in read_values(chunk.removeprefix("\ufeff"), first):
                if value is not None:
                    yield Manifest(begin, _mapping(value, begin))
        except MalformedDocument as error:
            shown = _terraform(error) if _HCL.search(chunk) else error
            yield InvalidManifest(source, shown.line, shown.finding)


def _terraform(error: MalformedDocument) -> MalformedDocument:
    return MalformedDocument(
        error.line,
        "",
        "it is a Terraform configuration",
        allowed="a request in YAML or JSON",
        fix="write a DynamoDBRequest (docs/fields.md)",
    )


def _mapping(value: Any, line: int) -> dict[str, Any]:
    if isinstance(value, dict):
        return cast(dict[str, Any], value)
    kind = "a list" if isinstance(value, list) else "text" if isinstance(value, str) else "a number"
    raise MalformedDocument(
        line,
        "",
        f"a document is {'a boolean' if isinstance(value, bool) else kind}, not a mapping",
        allowed="a map with apiVersion, kind, metadata and spec",
        fix="write a request; several are separated by ---",
    )


def dump(*documents: object) -> str:
    """Return documents as YAML, with their keys in order."""
    return yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**16
    )
