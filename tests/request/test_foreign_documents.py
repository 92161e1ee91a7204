"""A table in a document of another tool: one finding that names it, and the request to write."""

from pathlib import Path
from typing import Any

import pytest
from corpus import spec
from followed_fixes import followed
from generated import request

from tablepromise.request import InvalidManifest, admit, load, render, validate

[DATA] = load((Path(__file__).parent / "foreign_documents.yaml").read_text(encoding="utf-8"))
CASES: dict[str, dict[str, Any]] = {case["form"]: case["document"] for case in DATA["cases"]}
SPEC = CASES["spec of a request without apiVersion, kind and metadata"]


@pytest.mark.parametrize("form", CASES)
def test_it_is_named_and_becomes_the_request_of_its_table(form: str) -> None:
    [finding] = validate(CASES[form])
    assert finding.path == "(document)"
    assert finding.problem == f"{form}, not a table request"
    assert finding.allowed == "apiVersion: dynamodb.kratix.io/v1alpha1, kind: DynamoDBRequest"
    assert render(admit(followed(CASES[form]))) == render(admit(request(SPEC, name="orders")))


def test_a_description_has_members_that_are_no_setting() -> None:
    [finding] = validate(
        {
            "Table": {
                "TableName": "orders",
                "TableStatus": "ACTIVE",
                "TableArn": "arn:aws:dynamodb:us-west-2:123456789012:table/orders",
                "ItemCount": 0,
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
                "DeletionProtectionEnabled": False,
            }
        }
    )
    assert finding.problem.startswith("output of aws dynamodb describe-table")
    [made] = load(finding.fix.removeprefix("write this request: "))
    assert admit(made).spec.deletion_protection is False


def test_what_has_no_counterpart_is_named() -> None:
    [document] = load(
        "Resources: {T: {Type: 'AWS::DynamoDB::GlobalTable', Properties: {TableName: !Ref Name, "
        "Replicas: [{Region: eu-west-1}], KeySchema: [{AttributeName: id, KeyType: HASH}], "
        "AttributeDefinitions: [{AttributeName: id, AttributeType: S}]}}}"
    )
    [finding] = validate(document)
    rest = finding.fix.partition("; correct in it ")[2]
    assert rest == "spec.Replicas (unknown field); spec.name (wrong form)"


def test_two_tables_are_two_requests() -> None:
    resource = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders"}}
    [finding] = validate({"Resources": {"A": resource, "B": resource}})
    assert finding.fix.startswith("write these requests, a document each: [{apiVersion: ")


def test_terraform_code_is_no_yaml() -> None:
    with pytest.raises(InvalidManifest, match="Terraform configuration; write a DynamoDBRequest"):
        load('resource "aws_dynamodb_table" "orders" {\n  name = "orders"\n}\n')


@pytest.mark.parametrize("kind", ["ServiceAccount", "Kustomization"])
def test_an_object_of_another_kind_is_no_table(kind: str) -> None:
    document = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}}
    assert "(document)" not in {finding.path for finding in validate(document)}


def test_a_request_is_never_taken_for_a_foreign_document() -> None:
    document = request({**spec(), "hashKey": "id"})
    assert {finding.path for finding in validate(document)} == {"spec.hashKey"}
