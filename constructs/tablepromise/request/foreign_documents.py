"""Recognizes a table in the document of another tool, and converts it to a request."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tablepromise.request import ack, model
from tablepromise.request.schema import spec_schema
from tablepromise.request.source_text import Fields, Map, as_list, as_map
from tablepromise.request.spelling import normalize_name
from tablepromise.request.translation import translate


class ForeignTable(NamedTuple):
    """A table in a document of another tool.

    Attributes:
        form: name of the document's format.
        request: the DynamoDBRequest for the table; admission may reject it.
    """

    form: str
    request: Map


def foreign_tables(document: Map) -> list[ForeignTable]:
    """Return the tables in a document; none if its format is not known."""
    for read in _READERS:
        if found := list(read(document)):
            return found
    return []


def _cloudformation(document: Map) -> Iterator[ForeignTable]:
    form = "CloudFormation template" if "Resources" in document else "CloudFormation resource"
    resources = as_map(document.get("Resources")) or {"": document, **document}
    for each in resources.values():
        resource = as_map(each) or {}
        if str(resource.get("Type")).startswith(("AWS::DynamoDB::", "AWS::Serverless::Simple")):
            fields = as_map(resource.get("Properties")) or {}
            if "DeletionPolicy" in resource:
                fields = Fields.like(
                    fields, {**fields, "deletionPolicy": resource["DeletionPolicy"]}
                )
            yield _table(f"{form} with {resource['Type']}", fields)


def _pulumi(document: Map) -> Iterator[ForeignTable]:
    for each in (as_map(document.get("resources")) or {}).values():
        resource = as_map(each) or {}
        if re.fullmatch(r"aws(-native)?:dynamodb[:/].*[tT]able", str(resource.get("type"))):
            fields = as_map(resource.get("properties")) or {}
            yield _table(f"Pulumi program with {resource['type']}", fields)


def _terraform(document: Map) -> Iterator[ForeignTable]:
    for kinds in _blocks(document.get("resource")):
        for tables in _blocks(kinds.get("aws_dynamodb_table")):
            for each in tables.values():
                for fields in _blocks(each):
                    yield _table("Terraform configuration with aws_dynamodb_table", fields)


def _blocks(value: object) -> list[Map]:
    """Return the blocks of Terraform's JSON: a map, or a list of maps."""
    found = as_list(value) or [value]
    return [fields for each in found if (fields := as_map(each)) is not None]


def _ack(document: Map) -> Iterator[ForeignTable]:
    if _group(document) == ack.GROUP and document.get("kind") == ack.KIND:
        spec = as_map(document.get("spec")) or {}
        metadata = as_map(document.get("metadata")) or {}
        annotations = as_map(metadata.get("annotations")) or {}
        outside = {"region": ack.REGION, "deletionPolicy": ack.DELETION_POLICY}
        fields = {
            field: annotations[name] for field, name in outside.items() if name in annotations
        }
        yield _table("ACK Table", Fields.like(spec, {**spec, **fields}), metadata)


def _crossplane(document: Map) -> Iterator[ForeignTable]:
    providers = r"dynamodb\.aws(\.m)?\.(upbound|crossplane)\.io"
    if re.fullmatch(providers, _group(document)) and document.get("kind") == "Table":
        spec = as_map(document.get("spec")) or {}
        fields = as_map(spec.get("forProvider")) or {}
        metadata = as_map(document.get("metadata")) or {}
        annotations = as_map(metadata.get("annotations")) or {}
        name = annotations.get("crossplane.io/external-name") or metadata.get("name")
        own = {"deletionPolicy": spec["deletionPolicy"]} if "deletionPolicy" in spec else {}
        yield _table(
            "Crossplane Table", Fields.like(fields, {"name": name, **fields, **own}), metadata
        )


def _another_offer(document: Map) -> Iterator[ForeignTable]:
    if _group(document).endswith(".tablepromise.dev") and document.get("kind") == "DynamoDBTable":
        form = f"DynamoDBTable of {_group(document)}"
        yield _table(form, as_map(document.get("spec")) or {}, as_map(document.get("metadata")))


def _aws_cli(document: Map) -> Iterator[ForeignTable]:
    for name in ("Table", "TableDescription"):
        described = as_map(document.get(name)) or {}
        if "TableName" in described:
            written = {n: v for n, v in described.items() if normalize_name(n) not in _READ_ONLY}
            yield _table("output of aws dynamodb describe-table", Fields.like(described, written))
    if {"TableName", "KeySchema"} <= document.keys() or {
        "TableName",
        "AttributeDefinitions",
    } <= document.keys():
        yield _table("input of aws dynamodb create-table", document)


def _bare(document: Map) -> Iterator[ForeignTable]:
    known = {normalize_name(str(name)) for name in document}
    if "kind" in known or "apiversion" in known:
        return
    if known & {"hashkey", "partitionkey"}:
        yield _table("argument list of aws_dynamodb_table", document)
    elif known & {"keyschema", "attributedefinitions"}:
        yield _table("spec of a request without apiVersion, kind and metadata", document)


_READERS: tuple[Callable[[Map], Iterator[ForeignTable]], ...] = (
    *(_ack, _crossplane, _another_offer, _cloudformation, _terraform, _pulumi, _aws_cli, _bare),
)

_READ_ONLY = frozenset(
    {
        *("tablestatus", "creationdatetime", "tablearn", "tableid", "itemcount", "tablesizebytes"),
        *("lateststreamarn", "lateststreamlabel", "warmthroughput"),
    }
)
"""Fields of a table's description that a request does not have."""


def _group(document: Map) -> str:
    return str(document.get("apiVersion")).partition("/")[0]


def _table(form: str, fields: Map, metadata: Map | None = None) -> ForeignTable:
    spec: Map = translate(_with_billing_mode(fields), "spec", spec_schema()) or {}
    name = (metadata or {}).get("name") or str(spec.get("name", "table"))
    own = {"name": re.sub("[^a-z0-9-]+", "-", str(name).lower()).strip("-") or "table"}
    if namespace := (metadata or {}).get("namespace"):
        own["namespace"] = namespace
    request = {"apiVersion": model.API_VERSION, "kind": model.KIND, "metadata": own, "spec": spec}
    return ForeignTable(form, request)


def _with_billing_mode(fields: Map) -> Map:
    """Return the fields with billing mode PROVISIONED where DynamoDB's default applies."""
    known = {normalize_name(str(name)): name for name in fields}
    throughput = as_map(fields.get(known.get("provisionedthroughput", "")))
    capacity = throughput is not None or {"readcapacity", "writecapacity"} & known.keys()
    summary = as_map(fields.get("BillingModeSummary")) or {}
    mode = fields.get(known.get("billingmode", "")) or summary.get("BillingMode")
    kept = {name: value for name, value in fields.items() if name != "BillingModeSummary"}
    if mode is None and capacity:
        mode = "PROVISIONED"
    if (
        mode == "PAY_PER_REQUEST"
        and throughput is not None
        and not any(
            value for name, value in throughput.items() if "capacity" in normalize_name(name)
        )
    ):
        del kept[known["provisionedthroughput"]]  # zeros in a description of an on-demand table
    if mode is not None:
        kept[known.get("billingmode", "BillingMode")] = mode
    return Fields.like(fields, kept)
