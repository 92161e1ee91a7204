"""`trace`: the hops of one request."""

from difflib import get_close_matches

import click
from msgspec import to_builtins

from tablepromise.cli import options, output, printers
from tablepromise.cli.observer import Observer, load_cluster
from tablepromise.diagnosis import PlatformPart, Report
from tablepromise.request import ack


@click.command("trace")
@click.argument("name")
@click.option("-n", "--namespace", help="Namespace of the request; default: that of the context.")
@options.cluster_options
@output.format_option(*output.FORMATS, default="table")
@click.pass_context
def command(
    ctx: click.Context,
    name: str,
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    aws: bool,
    endpoint: str | None,
    form: str,
) -> None:
    """Show the hops of request NAME as a tree.

    For a deleted request, show its Table while the Table exists.

    Exits 1 if the request has a problem or does not exist.
    """
    config = load_cluster(kubeconfig, context)
    namespace = namespace or config.namespace
    with Observer(config, namespace, aws=aws, endpoint=endpoint) as observer:
        diagnosis, now = observer.observe()
    found = next((request for request in diagnosis.requests if request.name == name), None)
    if found is None:
        if table := _table_of(diagnosis, namespace, name):
            if form == "table":
                printers.print_orphan(table)
            else:
                output.print_data(form, to_builtins(table))
            ctx.exit(1 if table.fix else 0)
        names = [request.name for request in diagnosis.requests]
        close = get_close_matches(name, names, cutoff=0.5)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        see = output.command_line("check", "-n", namespace)
        raise click.ClickException(
            f"there is no request {name} in namespace {namespace}{hint}; see: {see}"
        )
    if form == "table":
        printers.print_tree(found, now)
    else:
        output.print_data(form, to_builtins(found))
    ctx.exit(1 if found.problem else 0)


def _table_of(diagnosis: Report, namespace: str, name: str) -> PlatformPart | None:
    """Return the Table of a request that no longer exists; None if there is none."""
    parts = (part for part in diagnosis.platform if part.kind == ack.KIND)
    return next((part for part in parts if part.name == f"{namespace}/{name}"), None)
