"""`render`: the Table that a request becomes."""

from typing import Any

import click

from tablepromise.cli import inputs, output
from tablepromise.request import RequestRefused, admit, dump, render


@click.command("render")
@click.argument("file")
@output.format_option("yaml", "json", default="yaml")
@click.pass_context
def command(ctx: click.Context, file: str, form: str) -> None:
    """Print the ACK Table of each request in FILE (- is standard input), without a cluster.

    The output is what the Promise's pipeline gives to the Destination.
    """
    tables: list[dict[str, Any]] = []
    for source, document in inputs.read([file]):
        try:
            tables.append(render(admit(document)))
        except RequestRefused as refused:
            output.refusal(refused.request, source, refused.findings)
            click.echo(f"\nsee: tablepromise validate {file}", err=True)
            ctx.exit(1)
    if form == "json" and len(tables) > 1:
        output.data(form, {"apiVersion": "v1", "kind": "List", "items": tables})
    elif form == "json":
        output.data(form, tables[0])
    else:
        click.echo(dump(*tables), nl=False)
