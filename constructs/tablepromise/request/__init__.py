"""The contract: what a request is, whether it is good, and which Table it becomes."""

from tablepromise.request.admission import (
    admit,
    is_request,
    qualified_name,
    stored_request,
    validate,
)
from tablepromise.request.deletion import deletes_data, deletion_outcome
from tablepromise.request.exceptions import (
    InvalidManifest,
    InvalidOption,
    RequestRejected,
    TablePromiseError,
)
from tablepromise.request.findings import Finding
from tablepromise.request.manifest import dump, load, read_documents
from tablepromise.request.model import TableRequest, TableSpec
from tablepromise.request.quotas import Quotas
from tablepromise.request.regions import Regions
from tablepromise.request.schema import custom_resource_definition, editor_schema, spec_schema
from tablepromise.request.table import render, warnings

__all__ = [
    "Finding",
    "InvalidManifest",
    "InvalidOption",
    "Quotas",
    "Regions",
    "RequestRejected",
    "TablePromiseError",
    "TableRequest",
    "TableSpec",
    "admit",
    "custom_resource_definition",
    "deletes_data",
    "deletion_outcome",
    "dump",
    "editor_schema",
    "is_request",
    "load",
    "qualified_name",
    "read_documents",
    "render",
    "spec_schema",
    "stored_request",
    "validate",
    "warnings",
]
