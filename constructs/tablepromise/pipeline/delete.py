"""`delete`: says what becomes of the table and its data; it removes nothing itself.

Kratix takes the Table from the Destination after this pipeline, and ACK then does what the
Table's deletion policy says. So data is kept unless the request said `deletionPolicy: Delete`.
"""

from tablepromise.pipeline import contract
from tablepromise.request import fate


def delete(folders: contract.Folders) -> str:
    """Writes the status of the request that is being deleted and returns its message.

    Raises:
        FileNotFoundError, NotYAML: Kratix did not provide a request.
    """
    document = contract.read_object(folders)
    message = fate(contract.fields(document.get("spec")), contract.fields(document.get("status")))
    contract.write_status(folders, {"message": message})
    return message
