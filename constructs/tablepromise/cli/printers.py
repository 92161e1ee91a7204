"""Printers of reports: tables for `check`, a tree for `trace`."""

from datetime import datetime

import click

from tablepromise.cli import output
from tablepromise.diagnosis import PlatformPart, Problem, Report, RequestReport

_MARKS = {"done": "ok", "waiting": "..", "failed": "!!", "unknown": "??"}


def age(since: datetime | None, now: datetime) -> str:
    """Return the time since then as kubectl writes it: `45s`, `3m12s`, `5h8m`; empty if unknown."""
    if since is None:
        return ""
    seconds = max(int((now - since).total_seconds()), 0)
    for unit, length, part, below, whole in _UNITS:
        if seconds < below:
            rest = seconds % length // _SECONDS[part] if seconds < whole else 0
            return f"{seconds // length}{unit}" + (f"{rest}{part}" if rest else "")
    return f"{seconds // _SECONDS['y']}y"


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}

_UNITS = (
    ("s", 1, "s", 120, 0),
    ("m", 60, "s", 3 * 3600, 600),
    ("h", 3600, "m", 48 * 3600, 8 * 3600),
    ("d", 86400, "h", 2 * 365 * 86400, 8 * 86400),
    ("y", 365 * 86400, "d", 8 * 365 * 86400, 8 * 365 * 86400),
)
"""`HumanDuration` of k8s.io/apimachinery: a unit, its seconds, the smaller unit, the seconds below
which the unit is used, and the seconds below which the smaller unit is written too."""


def print_report(diagnosis: Report, now: datetime) -> None:
    """Print platform, requests and problems."""
    rows = ((part.state, part.kind, part.name, _line(part.message)) for part in diagnosis.platform)
    output.print_columns(("PLATFORM", "KIND", "NAME", "MESSAGE"), rows)
    for part in diagnosis.platform:
        if part.fix:
            click.echo(f"fix {part.kind} {part.name}: {part.fix}")
    click.echo()
    if not diagnosis.requests:
        click.echo("no requests")
        return
    output.print_columns(
        ("NAMESPACE", "NAME", "TABLE", "REGION", "STATE", "HOP", "SINCE", "STATUS", "ITEMS", "AGE"),
        (
            (
                *(request.namespace, request.name, request.table, request.region),
                *(request.state, request.hop, age(request.at.since, now) or "-"),
                *(request.status or "-", "-" if request.items is None else str(request.items)),
                age(request.created, now) or "-",
            )
            for request in diagnosis.requests
        ),
    )
    for request in diagnosis.requests:
        if request.problem:
            click.echo(f"\n{request.namespace}/{request.name}: {request.state} at {request.hop}")
            _problem(request.problem)


def print_tree(request: RequestReport, now: datetime) -> None:
    """Print one request as a tree, with a branch per hop."""
    click.echo(
        f"{request.namespace}/{request.name} -> table {request.table} in {request.region}: "
        f"{request.state}" + (f", {request.items} items" if request.items is not None else "")
    )
    width = max(len(hop.name) for hop in request.hops)
    for hop in request.hops:
        branch = "└─" if hop is request.hops[-1] else "├─"
        about = _line(hop.detail) + (f"  ({hop.object})" if hop.object else "")
        mark = _MARKS[hop.state]
        line = f"{branch} {mark} {hop.name.ljust(width)}  {age(hop.since, now).rjust(5)}  {about}"
        click.echo(line.rstrip())
    if request.problem:
        click.echo()
        _problem(request.problem)


def print_orphan(table: PlatformPart) -> None:
    """Print the Table of a request that no longer exists."""
    click.echo(f"request {table.name} no longer exists, but its {table.kind} does:")
    click.echo(f"  what {table.message}")
    if table.fix:
        click.echo(f"  next {table.fix}")


def _problem(problem: Problem) -> None:
    for label, text in (("what", problem.what), ("why", problem.why), ("next", problem.next)):
        if text:
            click.echo(f"  {label:<5}{text}")


def _line(text: str, length: int = 100) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
