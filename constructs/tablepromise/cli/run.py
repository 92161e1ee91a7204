"""`run`: runs the Promise's pipeline on a file."""

import shutil
from pathlib import Path

import click

from tablepromise.cli import inputs, options, output
from tablepromise.pipeline.configure import Outcome, configure
from tablepromise.pipeline.delete import delete
from tablepromise.pipeline.kratix_files import Folders
from tablepromise.request.regions import DEFAULT_REGION, Regions


@click.command("run")
@click.argument("action", type=click.Choice(["configure", "delete"]))
@click.option(
    "--input",
    "object_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the request.",
)
@click.option(
    "--output",
    "root",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder used as /kratix; input, output and metadata are written there.",
)
@options.region_options
@click.pass_context
def command(
    ctx: click.Context, action: str, object_file: Path, root: Path, regions: Regions
) -> None:
    """Run the Promise's configure or delete pipeline on a file.

    This is the code of the pipeline's container. It reads and writes files only, so other requests
    for the same table are not checked. Exits 1 if the request is rejected.
    """
    inputs.read_one(str(object_file))
    try:
        outcome = _run(action, object_file, root, regions.default or DEFAULT_REGION)
    except OSError as error:
        raise click.ClickException(f"cannot write below {root}: {error}") from error
    if isinstance(outcome, str):
        click.echo(outcome)
        return
    for warning in outcome.warnings:
        click.echo(f"warning: {warning}", err=True)
    if outcome.table is None:
        click.echo(outcome.message, err=True)
        click.echo(f"see: {output.command_line('validate', str(object_file))}", err=True)
        ctx.exit(1)
    click.echo(outcome.message)
    for file in sorted(path for path in root.rglob("*.yaml") if path != _copy(root)):
        click.echo(f"  {file}")


def _run(action: str, object_file: Path, root: Path, region: str) -> Outcome | str:
    folders, copy = Folders.under(root), _copy(root)
    copy.parent.mkdir(parents=True, exist_ok=True)
    if copy.resolve() != object_file.resolve():
        shutil.copyfile(object_file, copy)
    if action == "delete":
        return delete(folders)
    return configure(folders, list_requests=lambda _: (), region=region)


def _copy(root: Path) -> Path:
    return root / "input/object.yaml"
