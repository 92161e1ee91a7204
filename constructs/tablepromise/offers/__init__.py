"""Ways to ask for a table, one construct each."""

from tablepromise.offers.kro import ResourceGraph
from tablepromise.offers.promise import Promise, PromiseProps

__all__ = ["Promise", "PromiseProps", "ResourceGraph"]
