"""`try`: from request to table, with no cluster."""

import sys

import click
from msgspec import to_builtins

from tablepromise.cli import inputs, options, output
from tablepromise.request import Regions


@click.command("try")
@click.argument("files", nargs=-1)
@click.option(
    "--endpoint",
    metavar="URL",
    callback=options.url,
    help="Use the DynamoDB there; default: an embedded one.",
)
@options.region_options
@output.format_option(*output.FORMATS, default="table")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    endpoint: str | None,
    regions: Regions,
    form: str,
) -> None:
    """Turn the requests in FILES into DynamoDB tables, without a cluster.

    FILES are files, folders, or - for standard input; the five examples when there are none. Each
    request goes through admission and the Promise's pipeline, and its Table through the calls
    that ACK makes: to a DynamoDB inside this process, or to the one at --endpoint (LocalStack,
    DynamoDB Local, ...). Tables that exist there are never changed.
    """
    from tablepromise.trial import STAGES, at, embedded, run  # slow to import: botocore

    documents = inputs.read(files or [str(inputs.examples())])
    with at(endpoint) if endpoint else embedded() as engine:
        results = run(documents, engine, regions)
        with click.progressbar(
            results,
            length=len(documents),
            label="requests",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as progress:
            done = list(progress)
    failed = [result for result in done if not result.succeeded]
    if form == "table":
        output.columns(
            ("REQUEST", "TABLE", "REGION", "BILLING", "KEYS", "STATUS", *map(str.upper, STAGES)),
            (
                (
                    result.request.removeprefix("default/"),
                    *(result.table or "-", result.region or "-", result.billing or "-"),
                    *(result.keys or "-", result.status),
                    *(f"{result.seconds[s]:.2f}s" if s in result.seconds else "-" for s in STAGES),
                )
                for result in done
            ),
        )
        for result in done:
            for warning in result.warnings:
                click.echo(f"warning: {result.request}: {warning}")
    else:
        output.data(form, {"requests": [to_builtins(result) for result in done]})
    for result in failed:
        click.echo(err=True)
        if result.findings:
            output.refusal(result.request, result.source, result.findings)
        else:
            click.echo(f"{result.source}: request {result.request}: {result.failed_at}:", err=True)
            click.echo(f"  {result.reason}", err=True)
    if failed:
        refused = dict.fromkeys(result.source for result in failed if result.findings)
        see = f"; see: {output.command('validate', *refused)}" if refused else ""
        click.echo(f"\n{len(failed)} of {len(done)} failed{see}", err=True)
    ctx.exit(1 if failed else 0)
