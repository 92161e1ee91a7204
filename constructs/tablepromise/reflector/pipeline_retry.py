"""Healing: a pipeline that nobody would run again is run again, by Kratix' own lever.

Kratix answers the label `kratix.io/manual-reconciliation` by taking it away and making a new Job,
of the configuration as it is now; a Job that has not ended it suspends first. The run writes the
Work anew, and with it the file in the state store. No object is deleted, and a request that is
being deleted is left alone: what its delete pipeline does is for somebody to decide.
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
    Reason.POD_REFUSED: 30.0,
    Reason.PIPELINE_FAILED: 30.0,
    Reason.STORE_EMPTIED: 30.0,
    # the kubelet tries again by itself; but a corrected image or spec waits until that Job ends
    Reason.IMAGE_NOT_PULLABLE: 120.0,
    Reason.POD_FAILING: 120.0,
}
"""What may be healed, and the seconds that it lasts before the first attempt."""

_PAUSED: Final = "kratix.io/paused"


def due_retry(snapshot: Snapshot, status: Status, lasts: float, now: datetime) -> Healing | None:
    """What the status is to say of an attempt that is due; None if none is.

    Args:
        snapshot: one request, and what belongs to it.
        status: what its status should be.
        lasts: seconds for which this is so, since the last attempt.
        now: the time of day, with a time zone.
    """
    [request] = [LiveObject(model.KIND, raw) for raw in snapshot.objects[model.KIND]]
    stalled = status.conditions[1]
    tries = retry_count(status)
    if stalled.status != "True" or stalled.reason not in FIRST_RETRY_SECONDS or tries >= TRIES:
        return None
    if (
        request.deleting
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
    """How often the pipeline was run again for the reason that the status has."""
    return status.healing.attempts.get(status.conditions[1].reason, 0) if status.healing else 0


def retry_label_patch(request: dict[str, Any]) -> dict[str, Any]:
    """A JSON merge patch that pulls the lever, unless the request is another by then."""
    version = LiveObject(model.KIND, request).text("metadata", "resourceVersion")
    return {"metadata": {"resourceVersion": version, "labels": {RECONCILE: "true"}}}


def retry_event(request: dict[str, Any], status: Status) -> dict[str, Any]:
    """What is told of it, as a core/v1 Event; the last attempt is a Warning.

    Args:
        request: as the API server gave it.
        status: with the attempt in it.
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
        "message": f"{reason}: has Kratix run the pipeline again, by label {RECONCILE}; "
        f"attempt {number} of {TRIES}",
        "source": {"component": COMPONENT},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    }
