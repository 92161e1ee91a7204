"""`completion`: tab completion for a shell."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL: eval "$(tablepromise completion bash)"."""
    root = ctx.find_root()
    completion = get_completion_class(shell)
    if completion is None or root.info_name is None:
        raise click.ClickException(f"click has no completion for {shell}")
    click.echo(completion(root.command, {}, root.info_name, "_TABLEPROMISE_COMPLETE").source())
