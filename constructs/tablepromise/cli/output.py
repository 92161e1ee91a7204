"""How verbs print: columns for people, JSON and YAML for programs."""

import json
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from tablepromise.request import Finding, InvalidManifest, dump
from tablepromise.request.findings import shorten_lists

FORMATS = ("table", "json", "yaml")


def format_option(
    *formats: str, default: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option `-o` of a verb that prints in `formats`."""
    return click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(formats),
        default=default,
        show_default=True,
        help="Output format.",
    )


def print_data(form: str, document: dict[str, Any]) -> None:
    """Print `document` as JSON or YAML."""
    if form == "json":
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        click.echo(dump(document), nl=False)


def print_columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows as kubectl does: aligned, with a header in capitals."""
    lines = [header, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell.ljust(width + 3) for cell, width in zip(line, widths, strict=True))
        click.echo("".join(padded).rstrip())


def command_line(*arguments: str) -> str:
    """Return a command line of `tablepromise`, with the path with which this one was called."""
    called, name = sys.argv[0], "tablepromise"
    elsewhere = called.endswith(f"/{name}") and shutil.which(name) is None
    return shlex.join([called if elsewhere else name, *arguments])


def print_rejection(request: str, source: str, findings: Iterable[Finding]) -> None:
    """Print on standard error why admission rejects a request."""
    click.echo(f"{source}: request {request} is rejected", err=True)
    _findings(findings)


def print_broken(error: InvalidManifest) -> None:
    """Print on standard error why a document is not valid YAML."""
    click.echo(f"{error.source}:{error.line}: the document is not valid YAML", err=True)
    _findings([error.finding])


def print_skipped(kinds: Counter[str]) -> None:
    """Print on standard error how many documents were skipped, if any."""
    if kinds:
        each = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        click.echo(f"skipped documents that are not requests: {each}", err=True)


def _findings(findings: Iterable[Finding]) -> None:
    for finding in shorten_lists(findings):
        click.echo(f"  {finding.path}: {finding.problem}", err=True)
        for label, text in (
            ("got", finding.got),
            ("allowed", finding.allowed),
            ("fix", finding.fix),
        ):
            if text:
                click.echo(f"    {label:<8} {text}", err=True)
