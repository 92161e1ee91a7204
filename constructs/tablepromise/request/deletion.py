"""What deleting a request does to its table."""

from collections.abc import Mapping
from typing import Any

CONFIRM_DELETION = "tablepromise.dev/confirm-deletion"
"""Annotation that confirms the deletion of an API with all its objects; its value is the name of
the object that has it."""


def deletes_data(spec: Mapping[str, Any]) -> bool:
    """Whether deleting a request that says this deletes the table with its data.

    The spec is not parsed: a request must be deletable whatever it says.
    """
    return spec.get("deletionPolicy") == "Delete" and not spec.get("deletionProtection")


def deletion_outcome(spec: Mapping[str, Any], status: Mapping[str, Any] | None = None) -> str:
    """What becomes of the table and its data, in a sentence.

    Args:
        spec: of the request.
        status: of the request; its `deletionPolicy` is what was last taken up, "" for nothing.
    """
    table = f"table {spec.get('name')} in {spec.get('region')}"
    written = (status or {}).get("deletionPolicy")
    if written == "":
        return f"{table} is left alone: nothing was made of this request"
    if written == "Delete" and not deletes_data(spec):
        return f"{table} is deleted with its data: that it is to be kept was not taken up before"
    if written == "Retain" and deletes_data(spec):
        return f"{table} is kept with its data: that it is to be deleted was not taken up before"
    if spec.get("deletionPolicy") != "Delete":
        return f"{table} is kept with its data: deletionPolicy is Retain"
    if spec.get("deletionProtection"):
        return (
            f"{table} is kept with its data: deletionPolicy is Delete, but deletionProtection "
            "is on and DynamoDB refuses; its Table object waits until protection is off in AWS"
        )
    return f"{table} is deleted with its data: deletionPolicy is Delete"
