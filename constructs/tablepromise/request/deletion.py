"""What the deletion of a request does to its table."""

from collections.abc import Mapping
from typing import Any

CONFIRM_DELETION = "tablepromise.dev/confirm-deletion"
"""Annotation that confirms the deletion of an API with all its objects; its value is the name of
the annotated object."""


def deletes_data(spec: Mapping[str, Any]) -> bool:
    """Return whether the deletion of a request with this spec deletes the table with its data.

    The spec is not parsed: a request with an invalid spec must be deletable.
    """
    return spec.get("deletionPolicy") == "Delete" and not spec.get("deletionProtection")


def deletion_outcome(spec: Mapping[str, Any], status: Mapping[str, Any] | None = None) -> str:
    """Return what the deletion of a request does to the table and its data, in a sentence.

    Args:
        spec: of the request.
        status: of the request; its `deletionPolicy` is that of the last Table, "" without a Table.
    """
    table = f"table {spec.get('name')} in {spec.get('region')}"
    written = (status or {}).get("deletionPolicy")
    if written == "":
        return f"{table} is unchanged: no Table was created for this request"
    if written in ("Delete", "Retain") and (written == "Delete") != deletes_data(spec):
        effect = "deleted" if written == "Delete" else "kept"
        return f"{table} is {effect} with its data: the Table has an older deletionPolicy"
    if spec.get("deletionPolicy") != "Delete":
        return f"{table} is kept with its data: deletionPolicy is Retain"
    if spec.get("deletionProtection"):
        return (
            f"{table} is kept with its data: deletionPolicy is Delete, but deletionProtection "
            "is on and DynamoDB denies it; the Table object waits until protection is off in AWS"
        )
    return f"{table} is deleted with its data: deletionPolicy is Delete"
