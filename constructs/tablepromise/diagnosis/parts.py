"""The state of one installed part: a Deployment, or an object with a condition."""

from datetime import datetime

from tablepromise.diagnosis import flux
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.pods import running
from tablepromise.diagnosis.report import PlatformPart
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.diagnosis.steps import PATIENCE


def deployed(cluster: Cluster, live: LiveObject) -> PlatformPart:
    state = running(cluster, live)
    return PlatformPart(live.kind, live.path, state.state, state.message, state.fix)


def conditioned(
    live: LiveObject, now: datetime, type: str = "Ready", *, fix: str = ""
) -> PlatformPart:
    """A part that says itself how it is, by a condition."""
    fix = fix or f"kubectl describe {live.target}"
    condition = live.condition(type)
    if condition and condition.current and condition.status == "True":
        return PlatformPart(live.kind, live.path, "healthy", condition.message or condition.reason)
    words = condition.words if condition else f"it has no condition {type} yet"
    if condition and not condition.current:
        words = f"not looked at since it was changed; before: {words}"
    since = condition.since if condition and condition.current else live.changed
    if since is not None and now - since <= PATIENCE and _passing(live, type):
        return PlatformPart(live.kind, live.path, "starting", words)
    return PlatformPart(live.kind, live.path, "unhealthy", words, fix)


def _passing(live: LiveObject, type: str) -> bool:
    """Whether it may be well in a moment, and does not say that it failed."""
    condition = live.condition(type)
    return (
        condition is None
        or not condition.current
        or condition.status == "Unknown"
        or condition.reason in flux.PASSING
    )
