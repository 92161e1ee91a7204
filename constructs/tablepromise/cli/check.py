"""`check`: where every request of a cluster stands."""

import sys
import time
from datetime import datetime

import click
from msgspec import to_builtins

from tablepromise.cli import options, output, printers
from tablepromise.cli.observer import Observer, load_cluster
from tablepromise.diagnosis import Report

INTERRUPTED = 130
"""What a shell says of a command that Ctrl-C has ended."""


@click.command("check")
@click.option("-n", "--namespace", help="Look at the requests of this namespace; default: all.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Look at all requests (the default).")
@options.cluster_options
@output.format_option(*output.FORMATS, default="table")
@click.option("-w", "--watch", is_flag=True, help="Look again until interrupted.")
@click.option(
    "--interval",
    type=options.Seconds(),
    default=2,
    show_default=True,
    help="Seconds between two looks.",
)
@click.pass_context
def command(
    ctx: click.Context,
    namespace: str | None,
    all_namespaces: bool,
    context: str | None,
    kubeconfig: str | None,
    aws: bool,
    endpoint: str | None,
    form: str,
    watch: bool,
    interval: float,
) -> None:
    """Show the platform's health, and how far each request has come.

    For what is broken: what is wrong, why, and what to do next. It reads the cluster of your
    kubeconfig and changes nothing. Exits 1 if something is broken; a request that is on its way
    is not.
    """
    if namespace and all_namespaces:
        raise click.UsageError("give --namespace or --all-namespaces, not both")
    config = load_cluster(kubeconfig, context)
    with Observer(config, namespace, aws=aws, endpoint=endpoint) as observer:
        if watch:
            ctx.exit(_watch(observer, form, interval))
        diagnosis, now = observer.observe()
    _print(form, diagnosis, now)
    ctx.exit(1 if diagnosis.broken else 0)


def _watch(observer: Observer, form: str, interval: float) -> int:
    """Prints at every change; on a terminal a table at every look, for its ages."""
    screen = form == "table" and sys.stdout.isatty()
    before: Report | None = None
    try:
        while True:
            try:
                diagnosis, now = observer.observe()
            except click.ClickException as error:
                if before is None:
                    raise
                error.show()  # it was there a moment ago
            else:
                if screen:
                    click.clear()
                elif before is not None and before != diagnosis and form != "json":
                    click.echo("---" if form == "yaml" else "")
                if screen or before != diagnosis:
                    _print(form, diagnosis, now)
                before = diagnosis
            time.sleep(interval)
    except KeyboardInterrupt:
        return INTERRUPTED


def _print(form: str, diagnosis: Report, now: datetime) -> None:
    if form == "table":
        printers.print_report(diagnosis, now)
    else:
        output.data(form, to_builtins(diagnosis))
