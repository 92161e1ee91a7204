"""Automatic retry of failed pipelines, by Kratix's label `kratix.io/manual-reconciliation`.

Kratix removes the label and creates a new Job from the current configuration; it suspends a Job
that has not ended first. The run writes the Work again, and so the file in the state store. A retry
deletes no object. A request that is being deleted is never retried, because its delete pipeline
needs a decision of a person.
"""

from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from tablepromise.diagnosis import RECONCILE, TRIES, Healing, Reason, Snapshot, Status, format_time
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.request import model

COMPONENT: Final = "tablepromise-reflector"

FIRST_RETRY_SECONDS: Final = {
    Reason.POD_SECURITY: 30.0,
    Reason.QUOTA_EXCEEDED: 30.0,
    Reason.POD_REJECTED: 30.0,
    Reason.PIPELINE_FAILED: 30.0,
    Reason.STORE_EMPTIED: 30.0,
    # the kubelet retries; but a corrected image or spec applies only after that Job ends
    Reason.IMAGE_NOT_PULLABLE: 120.0,
    Reason.POD_FAILING: 120.0,
}
"""Reasons that are retried, and the seconds before the first retry."""

_PAUSED: Final = "kratix.io/paused"


def due_retry(snapshot: Snapshot, status: Status, lasts: float, now: datetime) -> Healing | None:
    """Return the new `status.healing` if a retry is due; else None.

    Args:
        snapshot: one request and its objects.
        status: the status that it should have.
        lasts: seconds for which it has had this reason since the last retry.
        now: the current time, with a time zone.
    """
    [request] = [LiveObject(model.KIND, raw) for raw in snapshot.objects[model.KIND]]
    stalled = status.conditions[1]
    tries = retry_count(status)
    if stalled.status != "True" or stalled.reason not in FIRST_RETRY_SECONDS or tries >= TRIES:
        return None
    if (
        request.deleting_since
        or request.labels.get(RECONCILE)
        or lasts < FIRST_RETRY_SECONDS[stalled.reason] * 2**tries
    ):
        return None
    promises = [LiveObject("Promise", raw) for raw in snapshot.objects.get("Promise", [])]
    ours = (request, *(live for live in promises if live.name == model.PROMISE))
    if any(live.labels.get(_PAUSED) == "true" for live in ours):
        return None
    healing = status.healing or Healing(generation=request.generation)
    attempts = {**healing.attempts, str(stalled.reason): tries + 1}
    return replace(healing, attempts=attempts, last=format_time(now))


def retry_count(status: Status) -> int:
    """Return the number of retries for the current reason."""
    return status.healing.attempts.get(status.conditions[1].reason, 0) if status.healing else 0


def retry_label_patch(request: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON merge patch that adds the label if the request has not changed."""
    version = LiveObject(model.KIND, request).text("metadata", "resourceVersion")
    return {"metadata": {"resourceVersion": version, "labels": {RECONCILE: "true"}}}


def retry_event(request: dict[str, Any], status: Status) -> dict[str, Any]:
    """Return the core/v1 Event of a retry; the last retry is a Warning.

    Args:
        request: the request, as read from the API server.
        status: its status, with this retry.
    """
    live = LiveObject(model.KIND, request)
    time = status.healing.last if status.healing else ""
    reason, number = status.conditions[1].reason, retry_count(status)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{live.name[:200]}.", "namespace": live.namespace},
        "involvedObject": {
            "apiVersion": f"{model.GROUP}/{model.VERSION}",
            "kind": model.KIND,
            "namespace": live.namespace,
            "name": live.name,
            "uid": live.text("metadata", "uid"),
        },
        "type": "Warning" if number == TRIES else "Normal",
        "reason": "Healing",
        "message": f"{reason}: retries the pipeline by label {RECONCILE}; "
        f"retry {number} of {TRIES}",
        "source": {"component": COMPONENT},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    }
