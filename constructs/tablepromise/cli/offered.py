"""Requests of a file, by whichever offer they are written."""

import click

from tablepromise.cli import inputs, output
from tablepromise.dialects.made import requests_in
from tablepromise.request import RequestRefused, TableRequest, admit


def admitted(ctx: click.Context, file: str) -> list[TableRequest]:
    """What is asked for in `file`; ends the command with 1 where admission refuses it."""
    requests: list[TableRequest] = []
    for source, document in inputs.read([file]):
        try:
            # a request that exists already: rules about its creation are for `validate`
            requests += (admit(each, each) for each in requests_in(document))
        except RequestRefused as refused:
            output.refusal(refused.request, source, refused.findings)
            click.echo(f"\nsee: tablepromise validate {file}", err=True)
            ctx.exit(1)
    return requests
