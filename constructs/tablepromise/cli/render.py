"""`render`: the objects that an offer creates for a request."""

from typing import Any, cast

import click

from tablepromise.cli import inputs, options, output
from tablepromise.dialects.rendering import RENDERERS, is_offer_document, requests_in
from tablepromise.request import Quotas, Regions, RequestRejected, TableRequest, admit, dump


@click.command("render")
@click.argument("file")
@click.option(
    "--offer",
    type=click.Choice(list(RENDERERS)),
    default="promise",
    show_default=True,
    help="The offer by which the table is requested.",
)
@options.target_options
@output.format_option("yaml", "json", default="yaml")
@click.pass_context
def command(
    ctx: click.Context, file: str, offer: str, regions: Regions, quotas: Quotas, form: str
) -> None:
    """Print the objects that an offer creates for each request in FILE (- is standard input).

    FILE may also hold documents of another offer: they are read as requests. Needs no cluster.

    promise: the ACK Table that the pipeline writes for the Destination. kro: the ACK Table that kro
    creates for a DynamoDBTable. crossplane: the managed resources that the Composition creates for
    a DynamoDBTable. kubevela: the DynamoDBRequest that KubeVela creates for a component.
    """
    objects: list[dict[str, Any]] = []
    for request in _admitted_requests(ctx, file, regions, quotas):
        rendering = RENDERERS[offer](request)
        name = f"{request.namespace}/{request.name}"
        if rendering.rejections:
            output.print_rejection(name, file, rendering.rejections)
            ctx.exit(1)
        for warning in rendering.warnings:
            click.echo(f"{file}: request {name}: warning: {warning}", err=True)
        objects += rendering.objects
    if form == "json" and len(objects) > 1:
        output.print_data(form, {"apiVersion": "v1", "kind": "List", "items": objects})
    elif form == "json":
        output.print_data(form, objects[0])
    else:
        click.echo(dump(*objects), nl=False)


def _admitted_requests(
    ctx: click.Context, file: str, regions: Regions, quotas: Quotas
) -> list[TableRequest]:
    """Return the requests in `file`; exit with 1 where admission rejects one."""
    found = inputs.read([file], is_offer_document)
    for error in found.broken:
        output.print_broken(error)
    requests: list[TableRequest] = []
    rejected = bool(found.broken)
    for source, document in found.documents:
        try:
            for request in requests_in(document):
                requests.append(admit(request, _existing(request, regions), regions, quotas))
        except RequestRejected as rejection:
            output.print_rejection(rejection.request, source, rejection.findings)
            rejected = True
    output.print_skipped(found.skipped)
    if rejected:
        click.echo(f"\nsee: {output.command_line('validate', file)}", err=True)
        ctx.exit(1)
    return requests


def _existing(document: Any, regions: Regions) -> Any:
    """Return the request as its own old version, so that no rule about a change applies.

    None if the target does not allow its region: an unchanged region would be admitted.
    """
    fields: Any = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    spec: Any = fields.get("spec")
    region: Any = cast(dict[str, Any], spec).get("region") if isinstance(spec, dict) else None
    return fields if region is None or region in regions.allowed else None
