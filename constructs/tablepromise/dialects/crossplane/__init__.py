"""Crossplane v2: an XRD and a Composition to the AWS provider's namespaced Table."""

from tablepromise.dialects.crossplane.definition import (
    API_VERSION,
    FUNCTION,
    GROUP,
    KIND,
    NAME,
    PLURAL,
    VERSION,
    composite_resource_definition,
    composition,
    instance,
    rejections,
    spec_of_instance,
)
from tablepromise.dialects.crossplane.offline import Run, composed, run
from tablepromise.dialects.crossplane.terraform import NOT_EXPRESSIBLE, asked_of

__all__ = [
    "API_VERSION",
    "FUNCTION",
    "GROUP",
    "KIND",
    "NAME",
    "NOT_EXPRESSIBLE",
    "PLURAL",
    "VERSION",
    "Run",
    "asked_of",
    "composed",
    "composite_resource_definition",
    "composition",
    "instance",
    "rejections",
    "run",
    "spec_of_instance",
]
