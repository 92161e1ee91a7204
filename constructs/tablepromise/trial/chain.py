"""The chain without a cluster: admission, the Promise's pipeline, and the calls to DynamoDB.

Admission and pipeline are the code that runs in a cluster. Replaced are the API server's storage,
Kratix, Flux, and ACK, whose calls `calls` makes.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from tablepromise.pipeline.configure import TABLE_FILE, configure
from tablepromise.pipeline.kratix_files import Folders
from tablepromise.request import (
    Finding,
    RequestRejected,
    TableRequest,
    admit,
    dump,
    load,
    qualified_name,
    stored_request,
)
from tablepromise.request.quotas import DEFAULT_QUOTAS, Quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions
from tablepromise.trial.connection import DynamoDBError
from tablepromise.trial.dynamodb import DynamoDB

STAGES = ("admission", "pipeline", "dynamodb")


Requests = dict[str, dict[str, Any]]
"""The stored requests, by `namespace/name`."""

_Stage = Callable[[dict[str, Any], "Result", Requests, DynamoDB], dict[str, Any]]


class Result(Struct, kw_only=True):
    """Result of one request.

    Attributes:
        request: its `namespace/name`.
        status: DynamoDB's table status, `Rejected` or `Failed`.
        failed_at: the stage that failed; empty if none did.
        reason: why the stage failed.
        findings: the findings of admission.
        seconds: duration of each stage that was reached.
    """

    request: str
    source: str
    table: str = ""
    region: str = ""
    billing: str = ""
    keys: str = ""
    arn: str = ""
    status: str = "Failed"
    failed_at: str = ""
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    warnings: list[str] = field(default_factory=list[str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def succeeded(self) -> bool:
        return not self.failed_at


def run(
    documents: Iterable[tuple[str, dict[str, Any]]],
    dynamodb: DynamoDB,
    regions: Regions = DEFAULT_REGIONS,
    quotas: Quotas = DEFAULT_QUOTAS,
) -> Iterator[Result]:
    """Run the chain for each request, in order.

    Args:
        documents: requests, each with the name of its source.
        dynamodb: the DynamoDB in which the tables are created.
        regions: regions of the target.
        quotas: quotas of the target.
    """
    earlier: Requests = {}
    admission: _Stage = partial(_admission, regions=regions, quotas=quotas)
    for source, document in documents:
        result = Result(request=qualified_name(document), source=source)
        clock = time.perf_counter
        started = clock()
        for stage, action in zip(STAGES, (admission, _pipeline, _dynamodb), strict=True):
            document = action(document, result, earlier, dynamodb)
            result.seconds[stage] = round(clock() - started, 3)
            started = clock()
            if not result.succeeded:
                break
        yield result


def _admission(
    document: dict[str, Any],
    result: Result,
    earlier: Requests,
    _unused: DynamoDB,
    *,
    regions: Regions,
    quotas: Quotas,
) -> dict[str, Any]:
    try:
        request = admit(document, earlier.get(result.request), regions, quotas)
    except RequestRejected as refused:
        result.status, result.failed_at = "Rejected", "admission"
        result.reason, result.findings = str(refused), refused.findings
        return document
    spec = request.spec
    result.table, result.region, result.billing = spec.name, spec.region, spec.billing_mode
    types = {attribute.name: attribute.type for attribute in spec.attribute_definitions}
    result.keys = ", ".join(
        f"{key.attribute_name}:{types[key.attribute_name]} {key.key_type}"
        for key in spec.key_schema
    )
    accepted = stored_request(document, regions)
    accepted.pop("status", None)  # the API server drops the status of a new object
    known = earlier.get(result.request)
    # the order of the files is the order of the creation times
    created = f"1970-01-01T00:00:00.{len(earlier):06d}Z"
    accepted["metadata"] |= {
        "namespace": request.namespace,
        "creationTimestamp": known["metadata"]["creationTimestamp"] if known else created,
    }
    earlier[result.request] = accepted
    return accepted


def _pipeline(
    document: dict[str, Any], result: Result, earlier: Requests, _unused: DynamoDB
) -> dict[str, Any]:
    def list_requests(request: TableRequest) -> list[dict[str, Any]]:
        mine = (request.spec.name, request.spec.region)
        return [
            other
            for other in earlier.values()
            if (other["spec"]["name"], other["spec"]["region"]) == mine
        ]

    with tempfile.TemporaryDirectory(prefix="kratix-") as root:
        (Path(root) / "input").mkdir()
        (Path(root) / "input/object.yaml").write_text(dump(document), encoding="utf-8")
        outcome = configure(Folders.under(root), list_requests)
        result.warnings += outcome.warnings
        if outcome.table is None:
            result.status, result.failed_at, result.reason = "Rejected", "pipeline", outcome.message
            return document
        [table] = load((Path(root) / "output" / TABLE_FILE).read_text(encoding="utf-8"))
        return table


def _dynamodb(
    table: dict[str, Any], result: Result, _earlier: Requests, dynamodb: DynamoDB
) -> dict[str, Any]:
    try:
        description, missing = dynamodb.apply(table)
    except DynamoDBError as error:
        result.failed_at, result.reason = "dynamodb", str(error)
        return table
    result.warnings += missing
    result.status = description.get("TableStatus", "")
    result.arn = description.get("TableArn", "")
    if result.status != "ACTIVE":
        result.failed_at, result.reason = "dynamodb", f"the table is {result.status}, not ACTIVE"
    return table
