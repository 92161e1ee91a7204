"""`delete`: reports what the deletion of a request does to its table.

It deletes nothing itself. After this pipeline Kratix removes the Table from the Destination, and
ACK follows the Table's deletion policy: the data is kept unless it is `delete`.
"""

from tablepromise.pipeline.kratix_files import Folders, fields, read_object, write_status
from tablepromise.request import deletion_outcome


def delete(folders: Folders) -> str:
    """Write the status of the request that is being deleted, and return its message.

    Raises:
        FileNotFoundError, InvalidManifest: Kratix did not provide a request.
    """
    document = read_object(folders)
    message = deletion_outcome(fields(document.get("spec")), fields(document.get("status")))
    write_status(folders, {"message": message})
    return message
