"""Constructs of the offers: what a cluster needs so that tables can be requested by each engine."""

from tablepromise.offers.crossplane import (
    CompositeTable,
    CompositeTableProps,
    ProviderConfig,
    ProviderConfigProps,
)
from tablepromise.offers.kro import ResourceGraph, ResourceGraphProps
from tablepromise.offers.kubevela import (
    Application,
    ApplicationProps,
    ComponentDefinition,
    ComponentDefinitionProps,
)
from tablepromise.offers.promise import Promise, PromiseProps

__all__ = [
    "Application",
    "ApplicationProps",
    "ComponentDefinition",
    "ComponentDefinitionProps",
    "CompositeTable",
    "CompositeTableProps",
    "Promise",
    "PromiseProps",
    "ProviderConfig",
    "ProviderConfigProps",
    "ResourceGraph",
    "ResourceGraphProps",
]
