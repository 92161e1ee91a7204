"""`tablepromise`: the group of verbs. A verb's module is imported when it is called."""

from importlib import import_module

import click

VERBS = {
    "check": "check",
    "compare": "compare",
    "completion": "completion",
    "render": "render",
    "run": "run",
    "schema": "schema",
    "trace": "trace",
    "try": "try_",
    "validate": "validate",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"tablepromise.cli.{VERBS[cmd_name]}").command
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tablepromise")
def main() -> None:
    """DynamoDB tables as a Kubernetes API.

    Exit codes: 0 all is well, 1 something was refused or failed, 2 wrong usage.
    """
