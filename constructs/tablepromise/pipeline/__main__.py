"""Entry point of the container: `python -m tablepromise.pipeline configure|delete`."""

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tablepromise.pipeline.configure import RequestLister

USAGE = "usage: python -m tablepromise.pipeline configure|delete [ROOT]   (ROOT: /kratix)"


def main(arguments: list[str]) -> int:
    """Run one action and return the exit code.

    0 also when the request is rejected: Kratix reads the reason from the files. 2: wrong usage.
    """
    if arguments[:1] not in (["configure"], ["delete"]) or len(arguments) > 2:
        print(USAGE, file=sys.stderr)
        return 2
    gc.disable()  # the process ends before a collection could pay

    from tablepromise.pipeline.configure import configure
    from tablepromise.pipeline.delete import delete
    from tablepromise.pipeline.kratix_files import Folders
    from tablepromise.request.regions import DEFAULT_REGION

    action, root = [*arguments, "/kratix"][:2]
    folders = Folders.under(root)
    if action == "delete":
        print(delete(folders))
        return 0
    region = os.environ.get("AWS_REGION", DEFAULT_REGION)
    outcome = configure(folders, _request_lister(), os.environ.get("AWS_ACCOUNT_ID"), region)
    for line in (outcome.message, *(f"warning: {warning}" for warning in outcome.warnings)):
        print(line)
    return 0


def _request_lister() -> "RequestLister":
    if "KUBERNETES_SERVICE_HOST" not in os.environ:
        print("not in a cluster: other requests are not listed", file=sys.stderr)
        return lambda _: ()
    from tablepromise.pipeline.api import requests_for_table  # the client is slow to import

    return requests_for_table


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the interpreter's own clean-up would take a quarter of the CPU time
