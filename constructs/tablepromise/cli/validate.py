"""`validate`: admission only, offline."""

import click
from msgspec import to_builtins

from tablepromise.cli import inputs, output
from tablepromise.request import Finding, RequestRefused, admit, describe, judge, warnings


@click.command("validate")
@click.argument("files", nargs=-1, required=True)
@click.option("--old", help="File with the request as it is now, for the rules about changes.")
@output.format_option(*output.FORMATS, default="table")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], old: str | None, form: str) -> None:
    """Judge the requests in FILES as the API server would.

    FILES are files, folders, or - for standard input. Exits 1 if one is refused.
    """
    before = inputs.read_one(old) if old else None
    if before and (problems := judge(before, before)):
        output.refusal(describe(before), str(old), problems)
        raise click.ClickException(f"--old {old} is no request that the API server has taken")
    verdicts: list[dict[str, object]] = []
    claims: dict[tuple[str, str], str] = {}
    for source, document in inputs.read(files):
        request = describe(document)
        findings: tuple[Finding, ...] = ()
        advice: list[str] = []
        try:
            spec = admit(document, before).spec
        except RequestRefused as refusal:
            findings = refusal.findings
        else:
            advice = warnings(spec)
            owner = claims.setdefault((spec.name, spec.region), request)
            if owner != request:
                advice.append(
                    f"{owner} asks for the same table ({spec.name} in {spec.region}): the "
                    "pipeline gives it to the first and refuses the other"
                )
        verdicts.append(
            {
                "request": request,
                "source": source,
                "accepted": not findings,
                "findings": to_builtins(findings),
                "warnings": advice,
            }
        )
        if form == "table" and findings:
            output.refusal(request, source, findings)
        elif form == "table":
            click.echo(f"{source}: request {request} is accepted")
            for sentence in advice:
                click.echo(f"  warning: {sentence}")
    refused = sum(not verdict["accepted"] for verdict in verdicts)
    if form != "table":
        output.data(form, {"requests": verdicts})
    elif refused:
        click.echo(
            f"\n{refused} of {len(verdicts)} refused; correct them and run: "
            f"tablepromise validate {' '.join(files)}",
            err=True,
        )
    ctx.exit(1 if refused else 0)
