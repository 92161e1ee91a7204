"""The container: `python -m tablepromise.pipeline configure|delete`."""

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tablepromise.pipeline.configure import Rivals

USAGE = "usage: python -m tablepromise.pipeline configure|delete [ROOT]   (ROOT: /kratix)"


def main(arguments: list[str]) -> int:
    """Runs one action; exits 0 also on a refusal, which the files carry. 2: wrong usage."""
    if arguments[:1] not in (["configure"], ["delete"]) or len(arguments) > 2:
        print(USAGE, file=sys.stderr)
        return 2
    gc.disable()  # the process ends before a collection could pay

    from tablepromise.pipeline.configure import configure
    from tablepromise.pipeline.contract import Folders
    from tablepromise.pipeline.delete import delete
    from tablepromise.request.regions import DEFAULT

    action, root = [*arguments, "/kratix"][:2]
    folders = Folders.under(root)
    if action == "delete":
        print(delete(folders))
        return 0
    region = os.environ.get("AWS_REGION", DEFAULT)
    outcome = configure(folders, _rivals(), os.environ.get("AWS_ACCOUNT_ID"), region)
    for line in (outcome.message, *(f"warning: {warning}" for warning in outcome.warnings)):
        print(line)
    return 0


def _rivals() -> "Rivals":
    if "KUBERNETES_SERVICE_HOST" not in os.environ:
        print("not in a cluster: no other requests are looked at", file=sys.stderr)
        return lambda _: ()
    from tablepromise.pipeline.cluster import rivals  # the client is slow to import

    return rivals


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # all files are closed; taking the interpreter apart would cost a sixth more
