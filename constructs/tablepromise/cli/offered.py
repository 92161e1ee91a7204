"""Requests of a file, by whichever offer they are written."""

from typing import Any, cast

import click

from tablepromise.cli import inputs, output
from tablepromise.dialects.made import is_offered, requests_in
from tablepromise.request import Regions, RequestRefused, TableRequest, admit


def admitted(ctx: click.Context, file: str, regions: Regions) -> list[TableRequest]:
    """What is asked for in `file`; ends the command with 1 where admission refuses it."""
    found = inputs.read([file], is_offered)
    for error in found.broken:
        output.broken(error)
    requests: list[TableRequest] = []
    refused = bool(found.broken)
    for source, document in found.documents:
        try:
            requests += (admit(each, _existing(each), regions) for each in requests_in(document))
        except RequestRefused as refusal:
            output.refusal(refusal.request, source, refusal.findings)
            refused = True
    output.skipped(found.skipped)
    if refused:
        click.echo(f"\nsee: {output.command('validate', file)}", err=True)
        ctx.exit(1)
    return requests


def _existing(document: Any) -> Any:
    """Return the request as it was before, for no rule about a creation or a change to apply.

    Without its region: a region that is not on offer is rejected.
    """
    spec = document.get("spec") if isinstance(document, dict) else None
    if not isinstance(spec, dict):
        return document
    fields = cast(dict[str, Any], spec)
    return {**document, "spec": {name: fields[name] for name in fields if name != "region"}}
