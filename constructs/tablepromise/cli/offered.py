"""Requests of a file, by whichever offer they are written."""

from typing import Any, cast

import click

from tablepromise.cli import inputs, output
from tablepromise.dialects.made import is_offered, requests_in
from tablepromise.request import Quotas, Regions, RequestRefused, TableRequest, admit


def admitted(ctx: click.Context, file: str, regions: Regions, quotas: Quotas) -> list[TableRequest]:
    """What is asked for in `file`; ends the command with 1 where admission refuses it."""
    found = inputs.read([file], is_offered)
    for error in found.broken:
        output.broken(error)
    requests: list[TableRequest] = []
    refused = bool(found.broken)
    for source, document in found.documents:
        try:
            for each in requests_in(document):
                requests.append(admit(each, _existing(each, regions), regions, quotas))
        except RequestRefused as refusal:
            output.refusal(refusal.request, source, refusal.findings)
            refused = True
    output.skipped(found.skipped)
    if refused:
        click.echo(f"\nsee: {output.command('validate', file)}", err=True)
        ctx.exit(1)
    return requests


def _existing(document: Any, regions: Regions) -> Any:
    """Return the request as it was before, for no rule about a creation or a change to apply.

    None if its region is not on offer: a region that did not change would be accepted.
    """
    fields: Any = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    spec: Any = fields.get("spec")
    region: Any = cast(dict[str, Any], spec).get("region") if isinstance(spec, dict) else None
    return fields if region is None or region in regions.offered else None
