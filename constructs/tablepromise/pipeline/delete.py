"""`delete`: says what becomes of the table and its data; it removes nothing itself.

Kratix takes the Table from the Destination after this pipeline, and ACK then does what the
Table's deletion policy says. So data is kept unless the request said `deletionPolicy: Delete`.
"""

from typing import Any

from tablepromise.pipeline import contract


def delete(folders: contract.Folders) -> str:
    """Writes the status of the request that is being deleted and returns its message.

    Raises:
        FileNotFoundError, NotYAML: Kratix did not provide a request.
    """
    document = contract.read_object(folders)
    message = _fate(document.get("spec") or {})
    contract.write_status(folders, {"message": message})
    return message


def _fate(spec: dict[str, Any]) -> str:
    # not parsed: a request must be deletable whatever it says
    table = f"table {spec.get('name')} in {spec.get('region')}"
    if spec.get("deletionPolicy") != "Delete":
        return f"{table} is kept with its data: deletionPolicy is Retain"
    if spec.get("deletionProtection"):
        return (
            f"{table} is kept with its data: deletionPolicy is Delete, but deletionProtection "
            "is on and DynamoDB refuses"
        )
    return f"{table} is deleted with its data: deletionPolicy is Delete"
