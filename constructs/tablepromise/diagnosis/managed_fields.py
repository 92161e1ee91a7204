"""Who set which part of an object, and when: what `metadata.managedFields` says.

Its times are those of the API server, to the second. They are the only link from a look of ACK to
the Table that it looked at: ACK writes no generation into its conditions.
"""

from datetime import datetime
from typing import Any

from tablepromise.diagnosis.live_object import LiveObject, parse_time

REFLECTOR, KRATIX = "tablepromise-reflector", "manager"
"""Field managers of the reflector and of Kratix."""


def spec_changed_at(live: LiveObject) -> datetime | None:
    """When others than the operator that reports on it set its spec last; else when it was made."""
    reporting = _reporting(live)
    entries = [entry for entry in live.items("metadata", "managedFields") if _sets_spec(entry)]
    others = [entry for entry in entries if entry.get("manager") not in reporting]
    return _latest(others or entries) or live.created


def status_written_at(live: LiveObject) -> datetime | None:
    """When its status was last written; else the latest time in its conditions."""
    entries = [entry for entry in live.items("metadata", "managedFields") if _sets_status(entry)]
    times = [
        parse_time(str(c.get("lastTransitionTime"))) for c in live.items("status", "conditions")
    ]
    return _latest(entries) or max((time for time in times if time), default=None)


def kratix_wrote_at(live: LiveObject) -> datetime | None:
    """When Kratix last wrote the request: its labels, its finalizers, or its status."""
    entries = [
        entry for entry in live.items("metadata", "managedFields") if entry.get("manager") == KRATIX
    ]
    return _latest(entries)


def defaulted_fields(live: LiveObject) -> set[str]:
    """Fields of its spec that the operator that reports on it has set itself."""
    reporting = _reporting(live)
    return {
        name.removeprefix("f:")
        for entry in live.items("metadata", "managedFields")
        if entry.get("manager") in reporting and not entry.get("subresource")
        for name in LiveObject("Entry", entry).fields("fieldsV1", "f:spec")
    }


def _reporting(live: LiveObject) -> set[str]:
    entries = live.items("metadata", "managedFields")
    return {str(entry.get("manager")) for entry in entries if _sets_status(entry)}


def _sets_status(entry: dict[str, Any]) -> bool:
    return entry.get("subresource") == "status"


def _sets_spec(entry: dict[str, Any]) -> bool:
    return not entry.get("subresource") and "f:spec" in entry.get("fieldsV1", ("f:spec",))


def _latest(entries: list[dict[str, Any]]) -> datetime | None:
    times = (parse_time(str(entry.get("time"))) for entry in entries)
    return max((time for time in times if time), default=None)
