"""What deleting a request does to its table."""

from typing import Any


def fate(spec: dict[str, Any]) -> str:
    """What becomes of the table and its data, in a sentence.

    The spec is not parsed: a request must be deletable whatever it says.
    """
    table = f"table {spec.get('name')} in {spec.get('region')}"
    if spec.get("deletionPolicy") != "Delete":
        return f"{table} is kept with its data: deletionPolicy is Retain"
    if spec.get("deletionProtection"):
        return (
            f"{table} is kept with its data: deletionPolicy is Delete, but deletionProtection "
            "is on and DynamoDB refuses"
        )
    return f"{table} is deleted with its data: deletionPolicy is Delete"
