"""Request files as arguments: files, folders of YAML, or `-` for standard input."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import click

from tablepromise.request import InvalidManifest, is_request, read_documents

Documents = list[tuple[str, Any]]
"""Each document with the name of the file that it came from."""

SUFFIXES = (".yaml", ".yml", ".json")

SIZE = 64 * 2**20
"""Maximum size of a file; the API server accepts 3 MiB for one object."""


class Inputs(NamedTuple):
    """Documents of the files.

    Attributes:
        documents: in order; each item of a List (`kubectl get -o yaml`) is one document.
        broken: documents that are not valid YAML.
        skipped: number of documents of other kinds, by kind.
    """

    documents: Documents
    broken: list[InvalidManifest]
    skipped: Counter[str]


def examples() -> Path:
    """Return the folder of the five example requests, in the wheel or in a checkout."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "examples" / "requests"
    return shipped if shipped.is_dir() else package.parents[1] / "examples" / "requests"


def read(files: Iterable[str], wanted: Callable[[object], bool] = is_request) -> Inputs:
    """Return the documents in `files`; documents that are not `wanted` are skipped and counted.

    If no document is wanted, all documents of files that were named one by one are returned, so
    that admission can explain what they are.

    Raises:
        click.UsageError: a file does not exist.
        click.ClickException: a file is unreadable, or no file has a request.
    """
    files = list(files)
    found = Inputs([], [], Counter())
    others: Documents = []
    for path, named in _expanded(files):
        for document in read_documents(_content(path), path):
            if isinstance(document, InvalidManifest):
                found.broken.append(document)
                continue
            for source, item in _items(path, document.value):
                if wanted(item):
                    found.documents.append((source, item))
                else:
                    found.skipped[_kind(item)] += 1
                    others += [(source, item)] if named else []
    if not found.documents and not found.broken:
        if not others:
            only = ", ".join(found.skipped)
            raise click.ClickException(
                f"{' '.join(files)} has no request" + (f", only {only}" if only else "")
            )
        return Inputs(others, [], Counter())
    return found


def read_one(file: str) -> dict[str, Any]:
    """Return the only document of `file`, of any kind.

    Raises:
        click.ClickException: the file has none or several, or cannot be read.
    """
    documents = list(read_documents(_content(file), file))
    if len(documents) != 1:
        count = len(documents) or "no"
        raise click.ClickException(f"{file} has {count} documents; give a file with one request")
    [document] = documents
    if isinstance(document, InvalidManifest):
        raise click.ClickException(str(document))
    return document.value


def _kind(document: object) -> str:
    fields = cast(dict[str, object], document) if isinstance(document, dict) else {}
    return str(fields.get("kind") or "(no kind)")


def _items(source: str, document: Any) -> Iterator[tuple[str, Any]]:
    fields = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    if "items" not in fields or not str(fields.get("kind")).endswith("List"):
        yield source, document
    elif isinstance(items := fields["items"], list):
        for number, item in enumerate(cast(list[object], items)):
            for _, inner in _items(source, item):
                yield source if isinstance(inner, dict) else f"{source}: items[{number}]", inner
    elif items is not None:
        yield f"{source}: items", items


def _content(path: str) -> bytes:
    try:
        if path == "-":
            if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  as after <&-
                raise click.ClickException("standard input is closed; give a file")
            content = sys.stdin.buffer.read(SIZE + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(SIZE + 1)
    except FileNotFoundError as error:
        raise click.UsageError(f"there is no file {path}") from error
    except (OSError, ValueError) as error:
        raise click.ClickException(f"cannot read {path}: {error}") from error
    if len(content) > SIZE:
        raise click.ClickException(
            f"{path} is too long: got more than {SIZE >> 20} MiB, allowed: {SIZE >> 20} MiB; "
            "split it"
        )
    return content


def _expanded(files: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield each file, and whether it was named; files of a folder are not."""
    for name in files:
        try:
            children = None if name == "-" or not Path(name).is_dir() else [*Path(name).iterdir()]
        except OSError as error:
            raise click.ClickException(f"cannot read {name}: {error}") from error
        if children is None:
            yield name, True
            continue
        inside = sorted(
            child for child in children if child.suffix in SUFFIXES and not child.is_dir()
        )
        if not inside:
            raise click.ClickException(f"folder {name} has no {' or '.join(SUFFIXES)} file in it")
        yield from ((str(child), False) for child in inside)
