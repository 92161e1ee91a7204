"""`try`: creates the tables of requests without a cluster."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from msgspec import to_builtins

from tablepromise.cli import inputs, options, output
from tablepromise.request import InvalidManifest, Quotas, Regions

if TYPE_CHECKING:
    from tablepromise.trial import Result


@click.command("try")
@click.argument("files", nargs=-1)
@click.option(
    "--endpoint",
    metavar="URL",
    callback=options.url,
    help="Use the DynamoDB at this URL; default: an embedded one.",
)
@click.option(
    "--timeout",
    type=options.Seconds(),
    default=10,
    show_default=True,
    help="Timeout in seconds of each call to --endpoint.",
)
@options.target_options
@output.format_option(*output.FORMATS, default="table")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    endpoint: str | None,
    timeout: float,
    regions: Regions,
    quotas: Quotas,
    form: str,
) -> None:
    """Create the DynamoDB tables of the requests in FILES, without a cluster.

    FILES are files, folders, or - for standard input; default: the five examples. Objects of other
    kinds are skipped. Each request passes admission and the Promise's pipeline. The table is then
    created with the calls that ACK makes, in a DynamoDB inside this process or at --endpoint
    (LocalStack, DynamoDB Local, ...). Existing tables are never changed.
    """
    # slow to import: botocore
    from tablepromise.trial import AWSConfigurationError, dynamodb_at, embedded_dynamodb, run

    found = inputs.read(files or [str(inputs.examples())])
    try:
        with dynamodb_at(endpoint, timeout) if endpoint else embedded_dynamodb() as dynamodb:
            results = run(found.documents, dynamodb, regions, quotas)
            with click.progressbar(
                results,
                length=len(found.documents),
                label="requests",
                file=sys.stderr,
                hidden=not sys.stderr.isatty(),
            ) as progress:
                done = list(progress)
    except AWSConfigurationError as error:
        raise click.ClickException(str(error)) from error
    failed = [result for result in done if not result.succeeded]
    if form == "table":
        _table(done)
        output.print_skipped(found.skipped)
    else:
        requests = [to_builtins(result) for result in [*map(_unread, found.broken), *done]]
        output.print_data(form, {"requests": requests, "skipped": dict(found.skipped)})
    for unread in found.broken:
        click.echo(err=True)
        output.print_broken(unread)
    _failures(failed)
    if failed or found.broken:
        rejected = dict.fromkeys(
            [
                *(unread.source for unread in found.broken),
                *(result.source for result in failed if result.findings),
            ]
        )
        see = f"; see: {output.command_line('validate', *rejected)}" if rejected else ""
        count = len(failed) + len(found.broken)
        click.echo(f"\n{count} of {len(done) + len(found.broken)} failed{see}", err=True)
        ctx.exit(1)


def _unread(error: InvalidManifest) -> "Result":
    from tablepromise.trial import Result

    return Result(
        request="(unnamed)",
        source=f"{error.source}:{error.line}",
        status="Rejected",
        failed_at="admission",
        reason=str(error),
        findings=(error.finding,),
    )


def _table(done: "Sequence[Result]") -> None:
    from tablepromise.trial import STAGES

    output.print_columns(
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


def _failures(failed: "Sequence[Result]") -> None:
    for result in failed:
        click.echo(err=True)
        if result.findings:
            output.print_rejection(result.request, result.source, result.findings)
        else:
            click.echo(f"{result.source}: request {result.request}: {result.failed_at}:", err=True)
            click.echo(f"  {result.reason}", err=True)
