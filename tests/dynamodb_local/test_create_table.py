"""What AWS's own engine says of generated requests, beside what admission says of them."""

import re
from collections import Counter
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from generated import request, with_supported_keys
from mutations import specs

from tablepromise.request import admit, render, stored_request, validate
from tablepromise.trial.calls import calls

pytestmark = pytest.mark.dynamodb_local

COUNT = 4000

EXPLAINED = {
    r"unknown field .*": "kubectl refuses it; CreateTable is never sent it",
    r".* spec\.(region|tags|timeToLive|onDemand|encryption|tableClass|resourcePolicy)\b.*": (
        "this test does not send it with CreateTable"
    ),
    r".* spec\.(deletion\w+|pointInTimeRecovery|contributorInsights)\b.*": (
        "this test does not send it with CreateTable"
    ),
    r".* spec\.attributeDefinitions\b.*": (
        "an attribute that no key uses is not sent, and DynamoDB takes one that is defined twice"
    ),
    r"(wrong type|unsupported value) spec\.(keySchema|\w+Indexes\[\d+\])\..*": (
        "DynamoDB Local reads any scalar as text and takes key types that AWS does not"
    ),
    r"(wrong type|unsupported value) spec\.keySchema\[\d+\]\..*": "likewise",
    r".* spec\.globalSecondaryIndexes\[\d+\]\.onDemand\b.*": (
        "this test does not send it with CreateTable"
    ),
    r"provisioned (of an index )?goes with billingMode PROVISIONED only": (
        "DynamoDB Local ignores the throughput of an on-demand table; AWS refuses it"
    ),
}
"""Why admission refuses requests that DynamoDB Local takes: a pattern over `problem path`, or over
the rule that is broken, and the reason."""


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials("local", "local")
    return session.create_client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=endpoint,
        # the engine is to judge, not botocore
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


def test_admission_and_create_table_agree(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[str] = Counter()
    wrongly_accepted: list[str] = []
    unexplained: list[str] = []
    for spec in specs(seed=11, count=COUNT):
        document = request(spec)
        findings = validate(document)
        if findings:
            parameters = _leniently(stored_request(document)["spec"])
        else:
            supported = with_supported_keys(document)
            counts["sent with shorter index keys"] += supported != document
            create, *_ = calls(render(admit(supported)), client.meta.service_model)
            parameters = create.parameters
        error = "not expressible as a call" if parameters is None else _create(client, parameters)
        verdict = f"{'refused' if findings else 'accepted'} by admission, "
        counts[verdict + ("refused by DynamoDB" if error else "accepted by DynamoDB")] += 1
        if not findings and error:
            wrongly_accepted.append(f"{error}: {parameters}")
        if findings and not error:
            reasons = [text for f in findings for text in (f"{f.problem} {f.path}", f"{f.allowed}")]
            if not any(re.fullmatch(pattern, text) for pattern in EXPLAINED for text in reasons):
                unexplained.append(f"{[str(finding) for finding in findings]}: {parameters}")
    with capsys.disabled():
        print(f"\n{COUNT} generated requests: {dict(counts)}")
    assert not wrongly_accepted, "\n".join(sorted({w[:400] for w in wrongly_accepted}))
    assert not unexplained


def _create(client: Any, parameters: dict[str, Any]) -> str:
    """DynamoDB's error, or "" after making the table and removing it again."""
    try:
        client.create_table(**parameters)
    except ClientError as error:
        return str(error)
    except (BotoCoreError, TypeError, ValueError, AttributeError) as error:
        return f"not expressible as a call: {error}"
    name = {"TableName": parameters["TableName"]}
    if parameters.get("DeletionProtectionEnabled"):
        client.update_table(**name, DeletionProtectionEnabled=False)
    client.delete_table(**name)
    return ""


def _leniently(spec: Any) -> dict[str, Any] | None:
    """Return the call for a rejected spec, or None if it has none."""
    try:
        keys = [spec["keySchema"]]
        parameters: dict[str, Any] = {
            "TableName": spec["name"],
            "BillingMode": spec["billingMode"],
            "KeySchema": _key(spec["keySchema"]),
        }
        for ours, theirs in (
            ("globalSecondaryIndexes", "GlobalSecondaryIndexes"),
            ("localSecondaryIndexes", "LocalSecondaryIndexes"),
        ):
            if indexes := spec.get(ours):
                keys += [index["keySchema"] for index in indexes]
                parameters[theirs] = [_index(index, spec) for index in indexes]
        used = {element["attributeName"] for key in keys for element in key}
        parameters["AttributeDefinitions"] = [
            {"AttributeName": a["name"], "AttributeType": a["type"]}
            for a in spec["attributeDefinitions"]
            if a["name"] in used
        ]
        if "provisioned" in spec:
            parameters["ProvisionedThroughput"] = _throughput(spec["provisioned"])
        if "stream" in spec:
            parameters["StreamSpecification"] = {
                "StreamEnabled": True,
                "StreamViewType": spec["stream"]["viewType"],
            }
    except (KeyError, TypeError, AttributeError):
        return None
    return parameters


def _key(key: Any) -> list[dict[str, Any]]:
    return [{"AttributeName": e["attributeName"], "KeyType": e["keyType"]} for e in key]


def _index(index: Any, spec: Any) -> dict[str, Any]:
    projection = {"ProjectionType": index["projection"]["projectionType"]}
    if "nonKeyAttributes" in index["projection"]:
        projection["NonKeyAttributes"] = index["projection"]["nonKeyAttributes"]
    call = {
        "IndexName": index["indexName"],
        "KeySchema": _key(index["keySchema"]),
        "Projection": projection,
    }
    if index not in (spec.get("globalSecondaryIndexes") or []):
        return call
    provisioned = index.get("provisioned") or spec.get("provisioned")
    return call | ({"ProvisionedThroughput": _throughput(provisioned)} if provisioned else {})


def _throughput(provisioned: Any) -> dict[str, Any]:
    return {
        "ReadCapacityUnits": provisioned["readCapacity"],
        "WriteCapacityUnits": provisioned["writeCapacity"],
    }
