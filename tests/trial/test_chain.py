"""The chain in process: requests in, tables out."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from corpus import GSI, LSI, PROVISIONED, spec
from generated import legal, request

from tablepromise.trial import Engine, Result, embedded, run


@pytest.fixture
def engine() -> Iterator[Engine]:
    with embedded() as engine:
        yield engine


def one(engine: Engine, **changes: Any) -> Result:
    [result] = run([("file.yaml", request(spec(**changes)))], engine)
    return result


def test_a_request_becomes_a_table(engine: Engine) -> None:
    result = one(engine, region="eu-west-1")
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


def test_everything_at_once(engine: Engine) -> None:
    result = one(
        engine,
        globalSecondaryIndexes=[GSI],
        localSecondaryIndexes=[LSI],
        timeToLive={"attributeName": "at"},
        pointInTimeRecovery=True,
        stream={},
        encryption={"type": "KMS"},
        tags=[{"key": "a", "value": "b"}],
        resourcePolicy='{"Version": "2012-10-17", "Statement": [{}]}',
        tableClass="STANDARD_INFREQUENT_ACCESS",
        **PROVISIONED,
    )
    assert result.succeeded, result.reason


def test_what_the_engine_lacks_is_said(engine: Engine) -> None:
    result = one(engine, contributorInsights=True)
    assert result.succeeded, result.reason
    [warning] = result.warnings
    assert warning.startswith("UpdateContributorInsights is not implemented")


def test_a_second_run_changes_nothing(engine: Engine) -> None:
    changes: dict[str, Any] = {"timeToLive": {"attributeName": "at"}, "pointInTimeRecovery": True}
    first = one(engine, **changes)
    again = one(engine, **changes)
    assert first.succeeded
    assert again.succeeded, again.reason
    assert again.arn == first.arn


def test_a_second_run_of_any_request_changes_nothing(engine: Engine) -> None:
    rng = random.Random(7)  # noqa: S311  repeatable on purpose
    documents = [request(legal(rng) | {"name": f"table-{n}"}, f"request-{n}") for n in range(60)]
    for _ in range(2):
        for result in run([("file", document) for document in documents], engine):
            assert result.succeeded, result.reason


def test_an_index_or_a_stream_too_many_is_a_difference(engine: Engine) -> None:
    one(engine, globalSecondaryIndexes=[GSI], stream={})
    result = one(engine)
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
    engine: Engine, changes: dict[str, Any], field: str
) -> None:
    one(engine)
    result = one(engine, **changes)
    assert (result.status, result.failed_at) == ("Failed", "dynamodb")
    assert field in result.reason
    assert "never changes or deletes" in result.reason


def test_admission_stops_a_bad_request(engine: Engine) -> None:
    result = one(engine, name="ab")
    assert (result.status, result.failed_at) == ("Refused", "admission")
    assert [finding.path for finding in result.findings] == ["spec.name"]
    assert list(result.seconds) == ["admission"]


def test_the_first_to_ask_gets_the_name(engine: Engine) -> None:
    mine, theirs = request(spec(), name="mine"), request(spec(), name="theirs")
    first, second = run([("a", mine), ("b", theirs)], engine)
    assert first.succeeded
    assert (second.status, second.failed_at) == ("Refused", "pipeline")
    assert "already requested by default/mine" in second.reason


def test_a_status_brought_along_claims_nothing(engine: Engine) -> None:
    mine, theirs = request(spec(), name="mine"), request(spec(), name="theirs")
    theirs["status"] = {"lastSuccessfulConfigureWorkflowTime": "2026-01-01T00:00:00Z"}
    first, second = run([("a", mine), ("b", theirs)], engine)
    assert (first.status, second.status) == ("ACTIVE", "Refused")


def test_one_name_in_two_regions_is_two_tables(engine: Engine) -> None:
    here = request(spec(region="us-east-1"), name="here")
    there = request(spec(region="eu-west-1"), name="there")
    assert all(result.succeeded for result in run([("a", here), ("b", there)], engine))


def test_a_request_given_again_is_judged_as_a_change(engine: Engine) -> None:
    changed = request(spec(name="other"))
    _, second = run([("a", request(spec())), ("b", changed)], engine)
    assert second.failed_at == "admission"
    assert "cannot change" in second.reason


def test_the_embedded_engine_ignores_the_users_aws_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "nowhere")
    with embedded() as engine:
        assert one(engine).succeeded
