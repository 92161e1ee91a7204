"""The Promise's container: files in, files out."""

from tablepromise.pipeline.configure import Outcome, Rivals, configure
from tablepromise.pipeline.contract import Folders
from tablepromise.pipeline.delete import delete

__all__ = ["Folders", "Outcome", "Rivals", "configure", "delete"]
