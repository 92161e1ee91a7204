"""`compare`: a request by each offer, side by side."""

from typing import Any, NamedTuple

import click

from tablepromise.cli import offered, options, output
from tablepromise.dialects import asked
from tablepromise.dialects.made import OFFERS, Made, differences
from tablepromise.request import Quotas, Regions, TableRequest

WIDTH = 36
"""Characters of a value that are shown; the rest is in `-o json`."""


@click.command("compare")
@click.argument("file")
@options.target_options
@output.format_option(*output.FORMATS, default="table")
@click.pass_context
def command(ctx: click.Context, file: str, regions: Regions, quotas: Quotas, form: str) -> None:
    """Print what each offer asks DynamoDB for, for each request in FILE (- is standard input).

    FILE may also hold what one writes for another offer: the request is what that says. Needs no
    cluster. A line on which they differ starts with !, and then the exit code is 1.
    """
    compared: list[_Compared] = []
    for request in offered.admitted(ctx, file, regions, quotas):
        made = {name: offer.make(request) for name, offer in OFFERS.items()}
        compared.append(_Compared(request, made, differences(made)))
    if form == "table":
        for number, each in enumerate(compared):
            _table(each, first=not number)
    else:
        output.data(form, {"requests": [_data(each) for each in compared]})
    if any(each.differing for each in compared):
        ctx.exit(1)


class _Compared(NamedTuple):
    request: TableRequest
    made: dict[str, Made]
    differing: dict[str, dict[str, str]]


def _table(compared: _Compared, *, first: bool) -> None:
    request, made, differing = compared
    verdict = f"differ in {len(differing)}" if differing else "the same table"
    click.echo(f"{'' if first else chr(10)}{request.namespace}/{request.name}: {verdict}\n")
    values = {name: asked.flat(each.asked) for name, each in made.items()}
    paths = dict.fromkeys(path for column in values.values() for path in column)
    rows = [("  kind made", *(_kinds(each) for each in made.values()))]
    rows += [
        (
            f"{'!' if path in differing else ' '} {path}",
            *(_cell(column.get(path)) for column in values.values()),
        )
        for path in paths
    ]
    output.columns(("  FIELD", *(name.upper() for name in made)), rows)
    for path, why in differing.items():
        for name, reason in why.items():
            click.echo(f"\n! {path}: {name} cannot: {reason}")


def _data(compared: _Compared) -> dict[str, Any]:
    return {
        "request": f"{compared.request.namespace}/{compared.request.name}",
        "differences": compared.differing,
        "offers": {name: each.asked for name, each in compared.made.items()},
    }


def _kinds(made: Made) -> str:
    if made.rejections:
        return "none: rejected"
    return ", ".join(
        f"{each['kind']}.{each['apiVersion'].partition('.')[0]}" for each in made.objects
    )


def _cell(value: object) -> str:
    text = "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = " ".join(text.split()) or '""'
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."
