"""The chain in process: requests in, tables out."""

import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from corpus import GSI, LSI, PROVISIONED, spec
from generated import legal, request
from referee import differences

from tablepromise.request import admit, render
from tablepromise.trial import DynamoDB, Result, embedded_dynamodb, run

NOT_IN_MOTO = {"contributorInsights", "onDemandThroughput", "resourcePolicy", "tableClass"}
"""Fields that moto drops from CreateTable or does not report."""


@pytest.fixture
def dynamodb() -> Iterator[DynamoDB]:
    with embedded_dynamodb() as dynamodb:
        yield dynamodb


def wrong(document: dict[str, Any]) -> list[str]:
    """Fields in which DynamoDB's table is not the one of the request, as the referee sees it."""
    table = render(admit(document))
    client = client_of(table["metadata"]["annotations"]["services.k8s.aws/region"])
    return differences(client, table, NOT_IN_MOTO)


@cache
def client_of(region: str) -> Any:
    """A client of the referee's own; to be made while there is an embedded DynamoDB."""
    session = botocore.session.Session()
    session.set_credentials("referee", "referee")
    return session.create_client("dynamodb", region_name=region)


def one(dynamodb: DynamoDB, **changes: Any) -> Result:
    [result] = run([("file.yaml", request(spec(**changes)))], dynamodb)
    return result


def test_a_request_becomes_a_table(dynamodb: DynamoDB) -> None:
    result = one(dynamodb, region="eu-west-1")
    assert result.succeeded
    assert (result.request, result.source) == ("default/generated", "file.yaml")
    assert (result.table, result.region, result.billing) == (
        "orders",
        "eu-west-1",
        "PAY_PER_REQUEST",
    )
    assert (result.keys, result.status) == ("id:S HASH, at:N RANGE", "ACTIVE")
    assert result.arn == "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
    assert list(result.seconds) == ["admission", "pipeline", "dynamodb"]
    assert wrong(request(spec(region="eu-west-1"))) == []


EVERYTHING: dict[str, Any] = {
    "globalSecondaryIndexes": [GSI],
    "localSecondaryIndexes": [LSI],
    "timeToLive": {"attributeName": "at"},
    "pointInTimeRecovery": True,
    "stream": {},
    "encryption": {"type": "KMS"},
    "tags": [{"key": "a", "value": "b"}],
    "resourcePolicy": '{"Version": "2012-10-17", "Statement": [{}]}',
    "tableClass": "STANDARD_INFREQUENT_ACCESS",
    **PROVISIONED,
}


def test_everything_at_once(dynamodb: DynamoDB) -> None:
    result = one(dynamodb, **EVERYTHING)
    assert result.succeeded, result.reason
    assert result.status == "ACTIVE"
    assert wrong(request(spec(**EVERYTHING))) == []


def test_the_referee_of_these_tests_sees_what_is_not_there(dynamodb: DynamoDB) -> None:
    named = {"pointInTimeRecovery": "continuousBackups", "stream": "streamSpecification"}
    named["encryption"] = "sseSpecification"
    for left_out in EVERYTHING.keys() - {"provisioned"}:
        table = {"name": f"without-{left_out}"}
        smaller = {key: value for key, value in EVERYTHING.items() if key != left_out}
        if left_out == "billingMode":
            del smaller["provisioned"]
        assert one(dynamodb, **smaller, **table).succeeded, left_out
        texts = wrong(request(spec(**EVERYTHING, **table)))
        seen = {text.partition(":")[0].partition(".")[0] for text in texts}
        reported = left_out not in NOT_IN_MOTO
        assert (named.get(left_out, left_out) in seen) == reported, left_out


def test_what_the_engine_lacks_is_said(dynamodb: DynamoDB) -> None:
    result = one(dynamodb, contributorInsights=True)
    assert result.succeeded, result.reason
    [warning] = result.warnings
    assert warning.startswith("UpdateContributorInsights is not implemented")


def test_a_second_run_changes_nothing(dynamodb: DynamoDB) -> None:
    changes: dict[str, Any] = {"timeToLive": {"attributeName": "at"}, "pointInTimeRecovery": True}
    first = one(dynamodb, **changes)
    again = one(dynamodb, **changes)
    assert first.succeeded
    assert again.succeeded, again.reason
    assert again.arn == first.arn
    assert wrong(request(spec(**changes))) == []


def test_a_second_run_of_any_request_changes_nothing(dynamodb: DynamoDB) -> None:
    rng = random.Random(7)  # noqa: S311  repeatable on purpose
    documents = [request(legal(rng) | {"name": f"table-{n}"}, f"request-{n}") for n in range(24)]
    for _ in range(2):
        for result in run([("file", document) for document in documents], dynamodb):
            assert result.succeeded, result.reason
    differing = [(d["spec"], found) for d in documents if (found := wrong(d))]
    assert differing == []


def test_an_index_or_a_stream_too_many_is_a_difference(dynamodb: DynamoDB) -> None:
    one(dynamodb, globalSecondaryIndexes=[GSI], stream={})
    result = one(dynamodb)
    assert "GlobalSecondaryIndexes, StreamSpecification" in result.reason


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (PROVISIONED, "BillingMode"),
        ({"globalSecondaryIndexes": [GSI]}, "GlobalSecondaryIndexes"),
        ({"deletionProtection": False}, "DeletionProtectionEnabled"),
    ],
)
def test_a_table_that_differs_is_left_alone(
    dynamodb: DynamoDB, changes: dict[str, Any], field: str
) -> None:
    one(dynamodb)
    result = one(dynamodb, **changes)
    assert (result.status, result.failed_at) == ("Failed", "dynamodb")
    assert field in result.reason
    assert "never changes or deletes" in result.reason
    assert wrong(request(spec())) == []


def test_admission_stops_a_bad_request(dynamodb: DynamoDB) -> None:
    result = one(dynamodb, name="ab")
    assert (result.status, result.failed_at) == ("Rejected", "admission")
    assert [finding.path for finding in result.findings] == ["spec.name"]
    assert list(result.seconds) == ["admission"]
    assert wrong(request(spec())) == ["there is no table"]


def test_the_first_to_ask_gets_the_name(dynamodb: DynamoDB) -> None:
    mine, theirs = request(spec(), name="mine"), request(spec(), name="theirs")
    first, second = run([("a", mine), ("b", theirs)], dynamodb)
    assert first.succeeded
    assert (second.status, second.failed_at) == ("Rejected", "pipeline")
    assert "already requested by default/mine" in second.reason
    assert wrong(mine) == []


def test_a_status_brought_along_claims_nothing(dynamodb: DynamoDB) -> None:
    mine, theirs = request(spec(), name="mine"), request(spec(), name="theirs")
    theirs["status"] = {"lastSuccessfulConfigureWorkflowTime": "2026-01-01T00:00:00Z"}
    first, second = run([("a", mine), ("b", theirs)], dynamodb)
    assert (first.status, second.status) == ("ACTIVE", "Rejected")


def test_one_name_in_two_regions_is_two_tables(dynamodb: DynamoDB) -> None:
    here = request(spec(region="us-east-1"), name="here")
    there = request(spec(region="eu-west-1"), name="there")
    results = list(run([("a", here), ("b", there)], dynamodb))
    assert [result.region for result in results if result.succeeded] == ["us-east-1", "eu-west-1"]
    assert (wrong(here), wrong(there)) == ([], [])


def test_a_request_given_again_is_judged_as_a_change(dynamodb: DynamoDB) -> None:
    changed = request(spec(name="other"))
    _, second = run([("a", request(spec())), ("b", changed)], dynamodb)
    assert second.failed_at == "admission"
    assert "is immutable" in second.reason


def test_the_embedded_engine_ignores_the_users_aws_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "nowhere")
    with embedded_dynamodb() as dynamodb:
        assert one(dynamodb).succeeded


def test_what_the_emulator_dropped_is_said(dynamodb: DynamoDB) -> None:
    """moto takes each of these, and the table does not have it."""
    policy = '{"Version": "2012-10-17", "Statement": [{}]}'
    index = {**GSI, "onDemand": {"maxReadRequestUnits": 5, "maxWriteRequestUnits": 5}}
    result = one(
        dynamodb,
        resourcePolicy=policy,
        onDemand={"maxReadRequestUnits": 5, "maxWriteRequestUnits": 5},
        globalSecondaryIndexes=[index],
        tableClass="STANDARD_INFREQUENT_ACCESS",
        tags=[{"key": "a", "value": "b"}],
        timeToLive={"attributeName": "at"},
        pointInTimeRecovery=True,
        stream={},
    )
    assert result.succeeded, result.reason
    dropped = {warning.partition(" ")[0] for warning in result.warnings}
    described = engine_table()
    kept = {field for field in dropped if described.get(field.rpartition(".")[2])}
    assert kept == set()
    assert {"ResourcePolicy", "TableClass"} <= dropped
    for name, value in (("OnDemandThroughput", described), ("GSI", described)):
        reported = "OnDemandThroughput" in (
            value if name != "GSI" else value["GlobalSecondaryIndexes"][0]
        )
        field = name if name != "GSI" else "GlobalSecondaryIndexes[by-at].OnDemandThroughput"
        assert (field in dropped) is not reported
    assert not dropped & {"Tags", "TimeToLive", "PointInTimeRecovery", "StreamSpecification"}


def engine_table() -> dict[str, Any]:
    """The table as moto describes it."""
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    client: Any = session.create_client("dynamodb", region_name="us-west-2")
    found: dict[str, Any] = client.describe_table(TableName="orders")["Table"]
    return found


def test_a_request_that_comes_again_keeps_its_age(dynamodb: DynamoDB) -> None:
    mine, theirs = request(spec(), name="mine"), request(spec(), name="theirs")
    results = list(run([("a", mine), ("b", theirs), ("c", mine), ("d", theirs)], dynamodb))
    assert [result.status for result in results] == ["ACTIVE", "Rejected", "ACTIVE", "Rejected"]
    assert "already requested by default/mine" in results[3].reason
