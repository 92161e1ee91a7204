"""`validate`: admission of requests, offline."""

from collections.abc import Iterator
from typing import Any, cast

import click
from msgspec import to_builtins

from tablepromise.cli import inputs, options, output
from tablepromise.dialects.rendering import (
    is_offer_document,
    offer_rejections,
    requests_in,
    written_findings,
)
from tablepromise.request import (
    Finding,
    Quotas,
    Regions,
    RequestRejected,
    admit,
    qualified_name,
    validate,
    warnings,
)
from tablepromise.request.quotas import MAXIMUM_QUOTAS


@click.command("validate")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--old",
    metavar="FILE",
    help="File or folder with the current requests, to apply the rules for changes.",
)
@options.target_options
@output.format_option(*output.FORMATS, default="table")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    old: str | None,
    regions: Regions,
    quotas: Quotas,
    form: str,
) -> None:
    """Validate the requests in FILES as the API server would.

    FILES are files, folders, or - for standard input. They may hold documents of every offer:
    all have the same rules. Objects of other kinds are skipped. With --old, a request is an update
    of the old request with its namespace and name; without such a request it is new. Exits 1 if a
    request is rejected.
    """
    before = _Old(old, regions) if old else None
    found = inputs.read(files, is_offer_document)
    results = [_unread(error.source, error.line, error.finding) for error in found.broken]
    if form == "table":
        for error in found.broken:
            output.print_broken(error)
    owners: dict[tuple[str, str], str] = {}
    seen: set[str] = set()
    for source, document, written in _requests(found.documents):
        request = qualified_name(document)
        findings: tuple[Finding, ...] = ()
        advice: list[str] = []
        known = before.of(document) if before else None
        try:
            admitted = admit(document, known, regions, quotas)
            spec = admitted.spec
            if findings := offer_rejections(written, admitted):
                raise RequestRejected(request, findings)
        except RequestRejected as rejection:
            findings = written_findings(written, document, rejection.findings)
        else:
            advice = warnings(spec)
            owner = owners.setdefault((spec.name, spec.region), request)
            if owner != request:
                advice.append(
                    f"{owner} requests the same table ({spec.name} in {spec.region}): the "
                    "pipeline accepts the first request and rejects the other"
                )
            if request in seen:
                advice.append(f"{request} is defined twice: kubectl applies the last definition")
            if before and known is None:
                advice.append(f"--old has no request {request}: validated as a new request")
        seen.add(request)
        results.append(_result(request, source, findings, advice))
        if form == "table" and findings:
            output.print_rejection(request, source, findings)
        elif form == "table":
            click.echo(f"{source}: request {request} is accepted")
            for sentence in advice:
                click.echo(f"  warning: {sentence}")
    gone = before.unused() if before else []
    rejected = sum(not result["accepted"] for result in results)
    if form != "table":
        output.print_data(form, {"requests": results, "skipped": dict(found.skipped), "gone": gone})
    else:
        output.print_skipped(found.skipped)
        for request in gone:
            click.echo(f"request {request} is in --old only: not validated", err=True)
        if rejected:
            click.echo(
                f"\n{rejected} of {len(results)} rejected; correct them and run: "
                f"{output.command_line('validate', *files)}",
                err=True,
            )
    ctx.exit(1 if rejected else 0)


class _Old:
    """The current requests.

    Raises:
        click.ClickException: a request is invalid or defined twice.
    """

    def __init__(self, file: str, regions: Regions) -> None:
        found = inputs.read([file], is_offer_document)
        for error in found.broken:
            output.print_broken(error)
        self._requests: dict[str, Any] = {}
        self._used: set[str] = set()
        for source, document, _ in _requests(found.documents):
            request = qualified_name(document)
            if problems := validate(document, document, regions, MAXIMUM_QUOTAS):
                output.print_rejection(request, source, problems)
            if problems or request in self._requests:
                what = "is not a valid request" if problems else "is defined twice"
                raise click.ClickException(f"--old {file}: {request} {what}")
            self._requests[request] = document
        if found.broken:
            raise click.ClickException(f"--old {file} cannot be read")

    def of(self, document: Any) -> Any:
        """Return the current request for a document; None if there is none.

        Namespaces are compared only if both documents have one, since manifests often omit it.
        """
        request = qualified_name(document)
        name = request.partition("/")[2]
        same = [
            known
            for known, old in self._requests.items()
            if known.partition("/")[2] == name and not (_namespace(old) and _namespace(document))
        ]
        found = request if request in self._requests else same[0] if len(same) == 1 else None
        if found is None:
            return None
        self._used.add(found)
        return self._requests[found]

    def unused(self) -> list[str]:
        """Return the current requests for which there was no document."""
        return [request for request in self._requests if request not in self._used]


def _requests(documents: inputs.Documents) -> Iterator[tuple[str, Any, Any]]:
    """Yield each source, request, and the document of any offer in which the request is written."""
    for source, document in documents:
        for request in requests_in(document):
            yield source, request, document


def _namespace(document: object) -> object:
    fields = cast(dict[str, object], document) if isinstance(document, dict) else {}
    metadata = fields.get("metadata")
    return cast(dict[str, object], metadata).get("namespace") if isinstance(metadata, dict) else ""


def _unread(source: str, line: int, finding: Finding) -> dict[str, Any]:
    return _result("(unnamed)", f"{source}:{line}", (finding,), [])


def _result(
    request: str, source: str, findings: tuple[Finding, ...], advice: list[str]
) -> dict[str, Any]:
    return {
        "request": request,
        "source": source,
        "accepted": not findings,
        "findings": to_builtins(findings),
        "warnings": advice,
    }
