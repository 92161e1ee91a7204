"""The reflector: keeps the status of every request what it should be."""

from tablepromise.reads import FOLLOWED
from tablepromise.reflector.api import Api, ApiCallError
from tablepromise.reflector.loop import Reflector
from tablepromise.reflector.store import Key, Store
from tablepromise.reflector.watch import Watch, follow

__all__ = ["FOLLOWED", "Api", "ApiCallError", "Key", "Reflector", "Store", "Watch", "follow"]
