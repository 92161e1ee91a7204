"""Ways to ask for a table, one construct each."""

from tablepromise.offers.crossplane import CompositeTable, ProviderConfig, ProviderConfigProps
from tablepromise.offers.kro import ResourceGraph
from tablepromise.offers.promise import Promise, PromiseProps

__all__ = [
    "CompositeTable",
    "Promise",
    "PromiseProps",
    "ProviderConfig",
    "ProviderConfigProps",
    "ResourceGraph",
]
