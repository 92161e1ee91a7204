"""`tablepromise`: the group of verbs. A verb's module is imported when it is called."""

import io
import os
import sys
from importlib import import_module
from typing import Any, TextIO, cast

import click

VERBS = {
    "check": "check",
    "render": "render",
    "run": "run",
    "schema": "schema",
    "trace": "trace",
    "try": "try_",
    "validate": "validate",
}


class _Verbs(click.Group):
    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command; report a failing output in one sentence, and escape its characters."""
        if cast(object, sys.stdout) is None:  # as after >&-
            sys.exit("Error: cannot write the output: standard output is closed")
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            # verbs report errors of their files; here the output's disk is full, or its pipe closed
            _discard(sys.stdout)
            try:
                click.echo(f"Error: cannot write the output: {error}", err=True)
            except OSError:
                _discard(sys.stderr)
            sys.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"tablepromise.cli.{VERBS[cmd_name]}").command
        return command


def _discard(stream: TextIO) -> None:
    """Discard the rest of a stream, which Python would fail to flush at its exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tablepromise")
def main() -> None:
    """DynamoDB tables as a Kubernetes API.

    Exit codes: 0 success, 1 a request was rejected or something is broken, 2 wrong usage.

    Tab completion: eval "$(_TABLEPROMISE_COMPLETE=bash_source tablepromise)", or zsh_source,
    fish_source.
    """
