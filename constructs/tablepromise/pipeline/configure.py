"""`configure`: turns the request into its Table, or says why not.

A refusal is written as Kratix's workflow control. Kratix then leaves the Destination as it is, so
a table that exists is never removed by a bad change, and shows the reason on the request. A failed
pipeline would do neither: its pod goes away with its log, and the request says "Pending" for ever.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from msgspec import Struct, ValidationError, structs

from tablepromise.pipeline import contract
from tablepromise.request import RequestRefused, TableRequest, ack, admit, gives_up, model, table
from tablepromise.request.findings import sentences
from tablepromise.request.quotas import HIGHEST
from tablepromise.request.regions import DEFAULT, EVERY, table_arn

TABLE_FILE = "table.yaml"

RETRY_SECONDS = 60, 3600
"""Wait before the first retry, and the longest; it doubles in between."""

_WRITTEN = "lastSuccessfulConfigureWorkflowTime"
"""In the status of a request whose Table was written before."""

Rivals = Callable[[TableRequest], Iterable[dict[str, Any]]]
"""Finds the requests, this one among them or not, for a table of the same name and region."""


class Outcome(Struct, frozen=True):
    """How a run ended.

    Attributes:
        message: what the request's status says now.
        table: the Table that was written, None if the request was refused.
        warnings: what is probably not meant, a sentence each.
        retry_seconds: when Kratix runs the pipeline again; None for not before a change.
    """

    message: str
    table: dict[str, Any] | None
    warnings: tuple[str, ...] = ()
    retry_seconds: int | None = None


class _Refused(Exception):
    """The pipeline writes no Table. `heals`: the reason may go away without a change."""

    def __init__(self, reason: str, *, heals: bool = False) -> None:
        super().__init__(reason)
        self.heals = heals


def configure(
    folders: contract.Folders,
    rivals: Rivals,
    account: str | None = None,
    region: str = DEFAULT,
) -> Outcome:
    """Writes Table, status and Destination labels for the request in `folders.input`.

    Args:
        folders: where to read and write.
        rivals: finds other requests for the same table; it may raise what it likes, and the run
            is then retried.
        account: the AWS account of the tables, if known; it makes the ARN computable.
        region: the region of a request that names none. The API server sets the target's.

    Raises:
        FileNotFoundError, NotYAML: Kratix did not provide a request.
    """
    document = contract.read_object(folders)
    try:
        request, rendered = _render(document, rivals, region)
    except _Refused as refused:
        return _refuse(folders, document, refused)
    warnings = table.warnings(request.spec)
    spec = request.spec
    message = f"table {spec.name} is on its way to {spec.region}"
    contract.write_output(folders, TABLE_FILE, rendered)
    contract.write_destination_labels(folders, model.DESTINATION_LABELS)
    status = _status(message, spec.name, spec.region, warnings)
    status["deletionPolicy"] = "Delete" if gives_up(document["spec"]) else "Retain"
    if account:
        status["tableArn"] = table_arn(spec.region, account, spec.name)
    status |= _withdrawn(document)
    contract.write_status(folders, status)
    contract.clear_control(folders)
    return Outcome(message, rendered, tuple(warnings))


def _render(
    document: dict[str, Any], rivals: Rivals, region: str
) -> tuple[TableRequest, dict[str, Any]]:
    try:
        # the API server has judged it, but perhaps by the rules of an older version. Rules about a
        # change are not evaluated, as the request before the change is not known here. A region
        # that is not on offer any more stays valid, and a quota that was lowered: the table exists
        request = admit(document, document, structs.replace(EVERY, default=region), HIGHEST)
    except RequestRefused as refused:
        raise _Refused(sentences(refused.findings)) from refused
    try:
        found = list(rivals(request))
    except Exception as error:  # whatever it is, the request must say so: the log will be gone
        reason = f"cannot look for other requests of the same table: {error}"
        raise _Refused(reason, heals=True) from error
    owner = min([*found, document], key=_claim)
    if _identity(owner) != _identity(document):
        namespace, name = _identity(owner)
        raise _Refused(
            f"table {request.spec.name} in {request.spec.region} is already requested by "
            f"{namespace}/{name}; choose another name, or delete that request",
            heals=True,
        )
    live = next((one for one in found if _identity(one) == _identity(document)), document)
    if gives_up(document["spec"]) and not gives_up(live["spec"]):
        # it may be deleted before another run could write that the data is kept
        raise _Refused("the request was changed meanwhile: its data is to be kept", heals=True)
    rendered = table.render(request)
    try:
        ack.check(rendered)
    except ValidationError as error:
        raise _Refused(f"the rendered Table is not valid: {error}") from error
    return request, rendered


def _claim(document: dict[str, Any]) -> tuple[bool, str, tuple[str, str]]:
    """Sorts the request that keeps the table first, in the eyes of every pipeline that looks.

    That is one whose Table was written before; else the oldest, also when all of them run at once.
    """
    written = _WRITTEN in contract.fields(document.get("status"))
    created = document["metadata"].get("creationTimestamp") or "9999"
    return not written, created, _identity(document)


def _identity(document: dict[str, Any]) -> tuple[str, str]:
    metadata = document["metadata"]
    return metadata.get("namespace") or "default", metadata["name"]


def _refuse(folders: contract.Folders, document: dict[str, Any], refused: _Refused) -> Outcome:
    fields = contract.fields(document.get("spec"))
    name, region = fields.get("name"), fields.get("region")
    refusal = "refused for now" if refused.heals else "refused"
    message = f"{refusal}, nothing was changed: {refused}"
    # no ARN: Kratix keeps an earlier one, and without one the table may be somebody else's
    status = _status(
        message,
        name if isinstance(name, str) else "",
        region if isinstance(region, str) else "",
        [],
    )
    status |= _as_before(document)
    contract.write_status(folders, status)
    if not refused.heals:
        contract.write_suspend(folders, message)
        return Outcome(message, None)
    seconds = _retry_seconds(document)
    contract.write_retry(folders, message, seconds)
    return Outcome(message, None, retry_seconds=seconds)


def _status(message: str, name: str, region: str, warnings: list[str]) -> dict[str, Any]:
    """Every key on every run: Kratix never removes one."""
    return {"message": message, "tableName": name, "region": region, "warnings": warnings}


def _as_before(document: dict[str, Any]) -> dict[str, Any]:
    """The deletion policy that the last Table was written with; "" if there was none."""
    status = contract.fields(document.get("status"))
    if "deletionPolicy" in status:
        return {"deletionPolicy": status["deletionPolicy"]}
    # one of a version that did not say it is unknown
    return {} if _WRITTEN in status else {"deletionPolicy": ""}


def _withdrawn(document: dict[str, Any]) -> dict[str, Any]:
    """`Ready` taken back, if it is about an earlier generation.

    Kratix counts this generation as observed when the run has ended. Who waits for `Ready` would
    then take the old one for new, until somebody has looked at the table again.
    """
    status = contract.fields(document.get("status"))
    listed: object = status.get("conditions")
    conditions = map(
        contract.fields, cast(list[object], listed) if isinstance(listed, list) else ()
    )
    found = {str(condition.get("type")): condition for condition in conditions}
    ready, checked = found.get("Ready", {}), status.get("checkedGeneration")
    current = checked is None or checked == document["metadata"].get("generation")
    if current or ready.get("status") != "True":
        return {}
    # there is no clock here: when Kratix began this run
    began = found.get("ConfigureWorkflowCompleted", ready).get("lastTransitionTime")
    message = "workflow: the pipeline has run for a change; the table is still as it was"
    withdrawn = {"status": "False", "reason": "Pipeline", "message": message}
    return {"conditions": [{"type": "Ready", **withdrawn, "lastTransitionTime": began}]}


def _retry_seconds(document: dict[str, Any]) -> int:
    """Doubles with the attempts that Kratix has counted on the request."""
    status = contract.fields(document.get("status"))
    workflows = contract.fields(contract.fields(status.get("kratix")).get("workflows"))
    pipelines: list[dict[str, int]] = workflows.get("pipelines", [])
    attempts = max((pipeline.get("attempts", 0) for pipeline in pipelines), default=0)
    first, longest = RETRY_SECONDS
    return int(min(first * 2 ** min(attempts, 10), longest))
