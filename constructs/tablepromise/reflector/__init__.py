"""The reflector: keeps the status of every request what it should be."""

from tablepromise.reflector.store import FOLLOWED, Key, Store

__all__ = ["FOLLOWED", "Key", "Store"]
