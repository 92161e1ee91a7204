"""The patch of a request's status that keeps the fields and conditions of Kratix.

Kratix writes `conditions` too. The list has no keys in its schema, so a patch replaces all of it.
The patch therefore contains the `resourceVersion` of the request that it was computed from: after
another write the API server answers 409 Conflict, and the reflector reads the request again. Kratix
and its pipeline also write with the `resourceVersion`, so no write is lost.
"""

from collections.abc import Sequence
from typing import Any, cast

from msgspec import to_builtins

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.status_schema import RETRACTED, Status, StatusCondition


def build_patch(request: dict[str, Any], status: Status) -> dict[str, Any] | None:
    """Return a JSON merge patch of the status subresource; None if nothing changes.

    Args:
        request: the request, as read from the API server.
        status: the status that it should have.

    Raises:
        ValueError: the request has no `resourceVersion`, so the patch could undo another write.
    """
    live = LiveObject("DynamoDBRequest", request)
    before = live.fields("status")
    wanted: dict[str, Any] = to_builtins(status)
    wanted["conditions"] = merge_conditions(live.items("status", "conditions"), status.conditions)
    changes = {name: value for name, value in wanted.items() if before.get(name) != value}
    changes |= {name: None for name in RETRACTED if name in before and name not in wanted}
    for name in {"stages", "healing"} & changes.keys():
        changes[name] = _replacing(before.get(name), changes[name])
    if not changes:
        return None
    version = live.text("metadata", "resourceVersion")
    if not version:
        raise ValueError(f"{live} has no metadata.resourceVersion; read it from the API server")
    return {"metadata": {"resourceVersion": version}, "status": changes}


def _replacing(before: object, wanted: object) -> object:
    """Return the merge patch that replaces `before`, also its fields that `wanted` lacks."""
    if not isinstance(before, dict) or not isinstance(wanted, dict):
        return wanted
    old, new = cast(dict[str, object], before), cast(dict[str, object], wanted)
    gone = dict.fromkeys(sorted(old.keys() - new.keys()))
    return {name: _replacing(old.get(name), value) for name, value in new.items()} | gone


def merge_conditions(
    conditions: list[dict[str, Any]], ours: Sequence[StatusCondition]
) -> list[dict[str, Any]]:
    """Return `conditions` with ours replaced or added; the conditions of others do not change."""
    wanted: dict[str, dict[str, Any]] = {one.type: to_builtins(one) for one in ours}
    result: list[dict[str, Any]] = []
    for condition in conditions:
        type = condition.get("type")
        if type not in wanted and type in {one.type for one in ours}:
            continue  # a second one of the same type
        result.append(wanted.pop(type) if type in wanted else condition)
    return [*result, *wanted.values()]
