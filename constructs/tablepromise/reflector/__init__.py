"""The reflector: writes the status of every request, and retries failed pipelines.

Exceptions:

    TablePromiseError
    ├── ApiCallError                  a call to the API server failed
    └── kubeconfig.KubeconfigError    there is no usable kubeconfig
"""

from tablepromise.reads import WATCHED
from tablepromise.reflector.api import Api, ApiCallError
from tablepromise.reflector.loop import Reflector
from tablepromise.reflector.store import Key, Store
from tablepromise.reflector.watch import Watch, start_watches

__all__ = ["WATCHED", "Api", "ApiCallError", "Key", "Reflector", "Store", "Watch", "start_watches"]
