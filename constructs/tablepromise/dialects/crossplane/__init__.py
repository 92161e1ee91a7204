"""Crossplane v2: an XRD and a Composition to the AWS provider's namespaced Table."""

from tablepromise.dialects.crossplane.definition import (
    API_VERSION,
    FUNCTION,
    GROUP,
    KIND,
    LIMITATIONS,
    NAME,
    PLURAL,
    VERSION,
    composed_resources,
    composite_resource,
    composite_resource_definition,
    composite_spec_schema,
    composition,
    rejections,
    warnings,
)

__all__ = [
    "API_VERSION",
    "FUNCTION",
    "GROUP",
    "KIND",
    "LIMITATIONS",
    "NAME",
    "PLURAL",
    "VERSION",
    "composed_resources",
    "composite_resource",
    "composite_resource_definition",
    "composite_spec_schema",
    "composition",
    "rejections",
    "warnings",
]
