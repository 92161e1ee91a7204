"""Request files as arguments: files, folders of YAML, or `-` for standard input."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import click

from tablepromise.request import NotYAML, load

Documents = list[tuple[str, dict[str, Any]]]
"""Each document with the name of the file it came from."""

SUFFIXES = (".yaml", ".yml", ".json")


def examples() -> Path:
    """The five example requests: in the wheel beside the code, in a checkout at its root."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "examples" / "requests"
    return shipped if shipped.is_dir() else package.parents[1] / "examples" / "requests"


def read(files: Iterable[str]) -> Documents:
    """Every document in `files`, in order; the items of a List (`kubectl get -o yaml`) singly.

    Raises:
        click.UsageError: there is no such file.
        click.ClickException: a file is unreadable, not YAML, or there is nothing in it.
    """
    documents: Documents = []
    for path in _expanded(files):
        try:
            text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
            found = load(text, path)
        except NotYAML as error:
            raise click.ClickException(str(error)) from error
        except FileNotFoundError as error:
            raise click.UsageError(f"there is no file {path}") from error
        except (OSError, UnicodeError) as error:
            raise click.ClickException(f"cannot read {path}: {error}") from error
        requests = [request for document in found for request in _items(document)]
        if not requests:
            raise click.ClickException(f"{path} has no request in it")
        documents += [(path, request) for request in requests]
    return documents


def read_one(file: str) -> dict[str, Any]:
    """The only document of `file`."""
    documents = read([file])
    if len(documents) != 1:
        raise click.ClickException(f"{file} has {len(documents)} documents; give a file with one")
    return documents[0][1]


def _items(document: dict[str, Any]) -> list[dict[str, Any]]:
    items: object = document.get("items")
    if document.get("kind") == "List" and isinstance(items, list):
        return cast(list[dict[str, Any]], items)
    return [document]


def _expanded(files: Iterable[str]) -> Iterator[str]:
    for name in files:
        path = Path(name)
        if name == "-" or not path.is_dir():
            yield name
            continue
        inside = sorted(child for child in path.iterdir() if child.suffix in SUFFIXES)
        if not inside:
            raise click.ClickException(f"folder {name} has no {' or '.join(SUFFIXES)} file in it")
        yield from map(str, inside)
