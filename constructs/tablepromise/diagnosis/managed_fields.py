"""Field managers of an object, and their times, from `metadata.managedFields`.

The times are those of the API server, to the second. They are the only link between a status write
of ACK and the generation of the Table, because ACK writes no generation into its conditions.
"""

from datetime import datetime
from typing import Any

from tablepromise.diagnosis.live_object import LiveObject, parse_time

REFLECTOR, KRATIX = "tablepromise-reflector", "manager"
"""Field managers of the reflector and of Kratix."""


def spec_changed_at(live: LiveObject) -> datetime | None:
    """Return the last change of the spec by a manager that does not write the status.

    Without such a manager it is the last change of the spec, or the creation.
    """
    reporting = _reporting(live)
    entries = [entry for entry in live.items("metadata", "managedFields") if _sets_spec(entry)]
    others = [entry for entry in entries if entry.get("manager") not in reporting]
    return _latest(others or entries) or live.created_at


def status_written_at(live: LiveObject) -> datetime | None:
    """Return the last write of the status; without managed fields, the last transition time."""
    entries = [entry for entry in live.items("metadata", "managedFields") if _sets_status(entry)]
    times = [
        parse_time(str(c.get("lastTransitionTime"))) for c in live.items("status", "conditions")
    ]
    return _latest(entries) or max((time for time in times if time), default=None)


def kratix_wrote_at(live: LiveObject) -> datetime | None:
    """Return the last write of Kratix: labels, finalizers or status."""
    entries = [
        entry for entry in live.items("metadata", "managedFields") if entry.get("manager") == KRATIX
    ]
    return _latest(entries)


def defaulted_fields(live: LiveObject) -> set[str]:
    """Return the fields of the spec that the controller which writes the status has set."""
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
