"""`check`: the state of the platform and of every request of a cluster."""

import sys
import time
from datetime import datetime

import click
from msgspec import to_builtins

from tablepromise.cli import options, output, printers
from tablepromise.cli.observer import Observer, load_cluster
from tablepromise.diagnosis import Report

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in a shell."""


@click.command("check")
@click.option("-n", "--namespace", help="Requests of this namespace only; default: all.")
@click.option(
    "-A", "--all-namespaces", is_flag=True, help="Requests of all namespaces (the default)."
)
@options.cluster_options
@output.format_option(*output.FORMATS, default="table")
@click.option("-w", "--watch", is_flag=True, help="Repeat until interrupted.")
@click.option(
    "--interval",
    type=options.Seconds(),
    default=2,
    show_default=True,
    help="Seconds between two checks.",
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
    """Show the state of the platform, and the hop that each request has reached.

    For each problem it prints what is wrong, why, and the next step. It reads the cluster of your
    kubeconfig and changes nothing. Exits 1 if a part is unhealthy or a request has a problem.
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
    """Print at every change; a table on a terminal at every check, because it has ages."""
    screen = form == "table" and sys.stdout.isatty()
    before: Report | None = None
    try:
        while True:
            try:
                diagnosis, now = observer.observe()
            except click.ClickException as error:
                if before is None:
                    raise
                error.show()  # an outage after a successful check: continue
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
        output.print_data(form, to_builtins(diagnosis))
