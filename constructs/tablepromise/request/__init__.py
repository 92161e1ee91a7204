"""The contract: what a request is, whether it is good, and which Table it becomes."""

from tablepromise.request.admission import (
    RequestRefused,
    admit,
    describe,
    is_request,
    judge,
    stored,
)
from tablepromise.request.deletion import fate, gives_up
from tablepromise.request.findings import Finding
from tablepromise.request.manifest import NotYAML, documents_in, dump, load
from tablepromise.request.model import TableRequest, TableSpec
from tablepromise.request.quotas import Quotas
from tablepromise.request.regions import Regions
from tablepromise.request.schema import custom_resource_definition, editor_schema, spec_schema
from tablepromise.request.table import render, warnings

__all__ = [
    "Finding",
    "NotYAML",
    "Quotas",
    "Regions",
    "RequestRefused",
    "TableRequest",
    "TableSpec",
    "admit",
    "custom_resource_definition",
    "describe",
    "documents_in",
    "dump",
    "editor_schema",
    "fate",
    "gives_up",
    "is_request",
    "judge",
    "load",
    "render",
    "spec_schema",
    "stored",
    "warnings",
]
