"""What KubeVela says of a component, from recorded statuses of its request."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from cue import as_sent, export
from generated import request

from tablepromise.dialects import kubevela

POLICIES: dict[str, str] = kubevela.component_definition()["spec"]["status"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A status of a request, and what is said of it."""

    status: dict[str, Any] | None
    generation: int = 1
    healthy: bool = False
    message: str
    details: dict[str, str] = field(default_factory=dict[str, str])


def condition(type: str, status: str, message: str | None = None) -> dict[str, str]:
    return {"type": type, "status": status} | ({} if message is None else {"message": message})


WAITING = "waiting for the pipeline"
PENDING = {
    "message": "Pending",
    "kratix": {"workflows": {"pipelines": [{"name": "configure", "phase": "Running"}]}},
    "conditions": [condition("ConfigureWorkflowCompleted", "False", "Pipelines are in progress")],
}
DONE: dict[str, Any] = {
    "message": "table orders is on its way to eu-west-1",
    "tableName": "orders",
    "region": "eu-west-1",
    "tableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
    "warnings": [],
    "observedGeneration": 1,
    "conditions": [
        condition("ConfigureWorkflowCompleted", "True", "Pipelines completed"),
        condition("WorksSucceeded", "True", "All works associated with this resource are ready"),
        condition("Reconciled", "True", "Reconciled"),
    ],
}
DETAILS = {"table": "orders", "region": "eu-west-1", "arn": DONE["tableArn"]}
REFUSAL = "refused, nothing was changed: spec.resourcePolicy is not JSON; correct it"
SUSPENDED = [
    condition("ConfigureWorkflowCompleted", "False", "Pipelines are in progress"),
    condition("Reconciled", "Unknown", "Suspended"),
]


def reported(status: str, reconciled: str = "True") -> dict[str, Any]:
    """With the table's own state, whatever its place in the list."""
    conditions = [condition("Reconciled", reconciled), condition("Ready", status, "as reported")]
    return DONE | {"conditions": conditions}


STALLED = DONE | {
    "conditions": [condition("Ready", "False", "no"), condition("Stalled", "True", "no; next: do")]
}

CASES = {
    "not seen": Case(status=None, message=WAITING),
    "empty": Case(status={}, message=WAITING),
    "running": Case(status=PENDING, message="Pending"),
    "promise unavailable": Case(
        status={"conditions": [condition("PromiseAvailable", "False", "Promise not available")]},
        message="Promise not available",
    ),
    "false without words": Case(
        status={"conditions": [condition("PromiseAvailable", "False")]}, message=WAITING
    ),
    "reconciled": Case(status=DONE, healthy=True, message=DONE["message"], details=DETAILS),
    "changed": Case(status=DONE, generation=2, message=DONE["message"], details=DETAILS),
    "refused": Case(
        status={"message": REFUSAL, "tableName": "", "region": "", "conditions": SUSPENDED},
        message=REFUSAL,
        details={"table": "", "region": ""},
    ),
    "change refused": Case(
        status=DONE | {"message": REFUSAL, "conditions": SUSPENDED},
        generation=2,
        message=REFUSAL,
        details=DETAILS,
    ),
    "table not ready": Case(status=reported("False"), message="as reported", details=DETAILS),
    "table stalled": Case(status=STALLED, message="no; next: do", details=DETAILS),
    "table ready": Case(
        status=reported("True"), healthy=True, message="as reported", details=DETAILS
    ),
    "table ready, and Kratix at it again": Case(
        status=reported("True", reconciled="Unknown"),
        healthy=True,
        message="as reported",
        details=DETAILS,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_component_is_what_its_request_is(name: str) -> None:
    case = CASES[name]
    live = request({}) | {"metadata": {"name": "orders", "generation": case.generation}}
    if case.status is not None:
        live["status"] = case.status
    # as KubeVela puts it together; only it takes every field of the last for a detail
    context = f"\ncontext: {as_sent({'output': live})}\nparameter: {{}}\n"
    assert export(POLICIES["healthPolicy"] + context, "isHealth") is case.healthy
    assert export(POLICIES["customStatus"] + context, "message") == case.message
    assert export(f"details: {{\n{POLICIES['details']}\n}}{context}", "details") == case.details
