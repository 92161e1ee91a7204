"""`configure`: renders the request's Table, or rejects the request with a reason.

A rejection is written as Kratix's workflow control. Kratix then leaves the Destination unchanged,
so that a rejected change never deletes a table, and shows the reason on the request. A failed
pipeline would do neither: Kratix removes its pod with the log, and the request stays "Pending".
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from msgspec import Struct, structs

from tablepromise.pipeline import kratix_files
from tablepromise.pipeline.kratix_files import Folders, fields
from tablepromise.request import (
    RequestRejected,
    TablePromiseError,
    TableRequest,
    admit,
    deletes_data,
    model,
    table,
)
from tablepromise.request.findings import to_text
from tablepromise.request.quotas import MAXIMUM_QUOTAS
from tablepromise.request.regions import ALL_REGIONS, DEFAULT_REGION, table_arn

TABLE_FILE = "table.yaml"

RETRY_SECONDS = 60, 3600
"""Wait before the first retry, and the longest wait; it doubles in between."""

_CONFIGURED = "lastSuccessfulConfigureWorkflowTime"
"""In the status of a request whose Table an earlier run wrote."""

RequestLister = Callable[[TableRequest], Iterable[dict[str, Any]]]
"""Lists the requests with the table name and region of a request, that one included or not."""


class Outcome(Struct, frozen=True):
    """Result of a run.

    Attributes:
        message: of the request's status.
        table: the Table that was written; None if the request was rejected.
        warnings: settings that are legal but probably unintended, a sentence each.
        retry_seconds: wait until Kratix runs the pipeline again; None: not before a change.
    """

    message: str
    table: dict[str, Any] | None
    warnings: tuple[str, ...] = ()
    retry_seconds: int | None = None


class _Rejected(TablePromiseError):
    """No Table is written. `retry`: the reason may go away without a change of the request."""

    def __init__(self, reason: str, *, retry: bool = False) -> None:
        super().__init__(reason)
        self.retry = retry


def configure(
    folders: Folders,
    list_requests: RequestLister,
    account: str | None = None,
    region: str = DEFAULT_REGION,
) -> Outcome:
    """Write Table, status and Destination labels for the request in `folders.input`.

    Args:
        folders: where to read and write.
        list_requests: lists the requests for the same table; any exception leads to a retry.
        account: the AWS account of the tables, if known; the ARN is derived from it.
        region: the region of a request without one. The API server sets the target's default.

    Raises:
        FileNotFoundError, InvalidManifest: Kratix did not provide a request.
    """
    document = kratix_files.read_object(folders)
    try:
        request = _accepted(document, list_requests, region)
    except _Rejected as rejected:
        return _reject(folders, document, rejected)
    spec, rendered = request.spec, table.render(request)
    warnings = table.warnings(spec)
    message = f"table {spec.name} is on its way to {spec.region}"
    kratix_files.write_output(folders, TABLE_FILE, rendered)
    kratix_files.write_destination_labels(folders, model.DESTINATION_LABELS)
    status = _status(message, spec.name, spec.region, warnings)
    status["deletionPolicy"] = "Delete" if deletes_data(document["spec"]) else "Retain"
    if account:
        status["tableArn"] = table_arn(spec.region, account, spec.name)
    status |= _withdrawn_ready(document)
    kratix_files.write_status(folders, status)
    kratix_files.clear_control(folders)
    return Outcome(message, rendered, tuple(warnings))


def _accepted(document: dict[str, Any], list_requests: RequestLister, region: str) -> TableRequest:
    """Return the typed request, if it is valid and owns its table name.

    Raises:
        _Rejected: it is not valid, or another request owns the name.
    """
    try:
        # The API server admitted it, but perhaps by the rules of an older version. Rules about a
        # change are not evaluated: the old request is not known here. A region that the target no
        # longer allows stays valid, and a number above a lowered quota: the table exists
        request = admit(
            document, document, structs.replace(ALL_REGIONS, default=region), MAXIMUM_QUOTAS
        )
    except RequestRejected as rejection:
        raise _Rejected(to_text(rejection.findings)) from rejection
    try:
        found = list(list_requests(request))
    except Exception as error:  # of any kind: the request must show it, the log is removed
        reason = f"cannot list the other requests for the same table: {error}"
        raise _Rejected(reason, retry=True) from error
    owner = min([*found, document], key=_precedence)
    if _identity(owner) != _identity(document):
        namespace, name = _identity(owner)
        raise _Rejected(
            f"table {request.spec.name} in {request.spec.region} is already requested by "
            f"{namespace}/{name}; choose another name, or delete that request",
            retry=True,
        )
    live = next((each for each in found if _identity(each) == _identity(document)), document)
    if deletes_data(document["spec"]) and not deletes_data(live["spec"]):
        # it may be deleted before a later run could write that the data is kept
        raise _Rejected("the request changed during the run: it now keeps its data", retry=True)
    return request


def _precedence(document: dict[str, Any]) -> tuple[bool, str, tuple[str, str]]:
    """Sort the request that owns the table name first; every concurrent pipeline agrees.

    That is the request whose Table an earlier run wrote; without one, the oldest request.
    """
    configured = _CONFIGURED in fields(document.get("status"))
    created = document["metadata"].get("creationTimestamp") or "9999"
    return not configured, created, _identity(document)


def _identity(document: dict[str, Any]) -> tuple[str, str]:
    metadata = document["metadata"]
    return metadata.get("namespace") or "default", metadata["name"]


def _reject(folders: Folders, document: dict[str, Any], rejected: _Rejected) -> Outcome:
    spec = fields(document.get("spec"))
    name, region = spec.get("name"), spec.get("region")
    verb = "rejected for now" if rejected.retry else "rejected"
    message = f"{verb}, nothing was changed: {rejected}"
    # no ARN: Kratix keeps an earlier one, and without one the table may be of another request
    status = _status(
        message,
        name if isinstance(name, str) else "",
        region if isinstance(region, str) else "",
        [],
    )
    status |= _unchanged_deletion_policy(document)
    kratix_files.write_status(folders, status)
    if not rejected.retry:
        kratix_files.write_suspend(folders, message)
        return Outcome(message, None)
    seconds = _retry_seconds(document)
    kratix_files.write_retry(folders, message, seconds)
    return Outcome(message, None, retry_seconds=seconds)


def _status(message: str, name: str, region: str, warnings: list[str]) -> dict[str, Any]:
    """Return the keys of every run's status: Kratix never removes a key."""
    return {"message": message, "tableName": name, "region": region, "warnings": warnings}


def _unchanged_deletion_policy(document: dict[str, Any]) -> dict[str, Any]:
    """Return the deletion policy of the last Table that was written; "" if there was none."""
    status = fields(document.get("status"))
    if "deletionPolicy" in status:
        return {"deletionPolicy": status["deletionPolicy"]}
    # unknown, if the Table was written by a version without this key
    return {} if _CONFIGURED in status else {"deletionPolicy": ""}


def _withdrawn_ready(document: dict[str, Any]) -> dict[str, Any]:
    """Return the condition `Ready` as False, if it is True for an earlier generation.

    When the run ends, Kratix reports this generation as observed. A client that waits for `Ready`
    would take the condition for current, until the reflector has compared the table again.
    """
    status = fields(document.get("status"))
    listed: object = status.get("conditions")
    conditions = map(fields, cast(list[object], listed) if isinstance(listed, list) else ())
    found = {str(condition.get("type")): condition for condition in conditions}
    ready, checked = found.get("Ready", {}), status.get("checkedGeneration")
    current = checked is None or checked == document["metadata"].get("generation")
    if current or ready.get("status") != "True":
        return {}
    # the pipeline has no clock: Kratix wrote this time when the run began
    began = found.get("ConfigureWorkflowCompleted", ready).get("lastTransitionTime")
    message = "workflow: the pipeline has run for a change; the table is not compared with it yet"
    withdrawn = {"status": "False", "reason": "Pipeline", "message": message}
    return {"conditions": [{"type": "Ready", **withdrawn, "lastTransitionTime": began}]}


def _retry_seconds(document: dict[str, Any]) -> int:
    """Return the wait; it doubles with each attempt that Kratix has counted."""
    status = fields(document.get("status"))
    workflows = fields(fields(status.get("kratix")).get("workflows"))
    pipelines: list[dict[str, int]] = workflows.get("pipelines", [])
    attempts = max((pipeline.get("attempts", 0) for pipeline in pipelines), default=0)
    first, longest = RETRY_SECONDS
    return int(min(first * 2 ** min(attempts, 10), longest))
