"""The write that brings a request's status to what it should be, beside what others write.

`conditions` is a list that Kratix writes too. Without list keys in its schema only the whole list
can be patched, so the patch holds the `resourceVersion` of what it was made from: if anybody has
written meanwhile, the API server answers 409 Conflict, and the request is to be read again. Kratix
and its pipeline write so too, by updates. So no write of either side is lost.
"""

from collections.abc import Sequence
from typing import Any, cast

from msgspec import to_builtins

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.status_schema import RETRACTED, Status, StatusCondition


def build_patch(request: dict[str, Any], status: Status) -> dict[str, Any] | None:
    """A JSON merge patch of the status subresource; None if there is nothing to write.

    Args:
        request: as the API server gave it.
        status: what its status should be; see `status`.

    Raises:
        ValueError: the request has no `resourceVersion`, so another's write could be undone.
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
    """The merge patch that leaves nothing of `before`."""
    if not isinstance(before, dict) or not isinstance(wanted, dict):
        return wanted
    old, new = cast(dict[str, object], before), cast(dict[str, object], wanted)
    gone = dict.fromkeys(sorted(old.keys() - new.keys()))
    return {name: _replacing(old.get(name), value) for name, value in new.items()} | gone


def merge_conditions(
    conditions: list[dict[str, Any]], ours: Sequence[StatusCondition]
) -> list[dict[str, Any]]:
    """`conditions` with ours in it, each in its place; those of others are as they were."""
    wanted: dict[str, dict[str, Any]] = {one.type: to_builtins(one) for one in ours}
    result: list[dict[str, Any]] = []
    for condition in conditions:
        type = condition.get("type")
        if type not in wanted and type in {one.type for one in ours}:
            continue  # a second one of the same type
        result.append(wanted.pop(type) if type in wanted else condition)
    return [*result, *wanted.values()]
