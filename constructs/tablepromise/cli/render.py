"""`render`: what a request becomes."""

from typing import Any

import click

from tablepromise.cli import offered, options, output
from tablepromise.dialects.made import OFFERS
from tablepromise.request import Quotas, Regions, dump


@click.command("render")
@click.argument("file")
@click.option(
    "--offer",
    type=click.Choice(list(OFFERS)),
    default="promise",
    show_default=True,
    help="By which the table is asked for.",
)
@options.target_options
@output.format_option("yaml", "json", default="yaml")
@click.pass_context
def command(
    ctx: click.Context, file: str, offer: str, regions: Regions, quotas: Quotas, form: str
) -> None:
    """Print what becomes of each request in FILE (- is standard input), without a cluster.

    FILE may also hold what one writes for another offer: the request is what that says.

    promise: the ACK Table that its pipeline gives to the Destination. kro: the ACK Table that kro
    makes of a DynamoDBTable that says the same. crossplane: the provider's objects that the
    Composition makes of one. kubevela: the DynamoDBRequest of a component that says the same.
    """
    objects: list[dict[str, Any]] = []
    for request in offered.admitted(ctx, file, regions, quotas):
        made = OFFERS[offer].make(request)
        if made.rejections:
            output.refusal(f"{request.namespace}/{request.name}", file, made.rejections)
            click.echo(f"\nsee: tablepromise compare {file}", err=True)
            ctx.exit(1)
        objects += made.objects
    if form == "json" and len(objects) > 1:
        output.data(form, {"apiVersion": "v1", "kind": "List", "items": objects})
    elif form == "json":
        output.data(form, objects[0])
    else:
        click.echo(dump(*objects), nl=False)
