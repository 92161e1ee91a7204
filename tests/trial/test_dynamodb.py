"""A table that exists is compared, never changed: read in the calls sent and in the table."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import botocore.session
import pytest
from botocore.exceptions import ClientError
from corpus import EIGHT, GSI, KEY, LSI, PROVISIONED, indexed, spec
from generated import request
from moto import mock_aws

from tablepromise.request import admit, render
from tablepromise.trial import DynamoDB, DynamoDBError, Result, TableDiffers, dynamodb_at, run
from tablepromise.trial.calls import calls
from tablepromise.trial.comparison import Actual, compare, reports_all

POLICY = '{"Version": "2012-10-17", "Statement": [{}]}'
OPTIONS: dict[str, dict[str, Any]] = {
    "TimeToLive": {"timeToLive": {"attributeName": "at"}},
    "PointInTimeRecovery": {"pointInTimeRecovery": True},
    "Tags": {"tags": [{"key": "team", "value": "shop"}]},
    "StreamSpecification": {"stream": {}},
    "SSESpecification": {"encryption": {"type": "KMS", "kmsKeyArn": KEY}},
    "DeletionProtectionEnabled": {"deletionProtection": False},
    "GlobalSecondaryIndexes": {"globalSecondaryIndexes": [GSI]},
    "LocalSecondaryIndexes": {"localSecondaryIndexes": [LSI]},
    "BillingMode": PROVISIONED,
    "ResourcePolicy": {"resourcePolicy": POLICY},
}
"""Options of a request, by the field that a difference is reported as."""
EMULATED = {"SSESpecification", "ResourcePolicy"}
"""What an emulator may not report of a table that has it."""

SESSION, OTHERS = botocore.session.Session(), botocore.session.Session()
for _session in (SESSION, OTHERS):
    _session.set_credentials("test", "test")


class World:
    """moto, the operations that were sent to it, and what moves between two of them."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.before: dict[str, list[Any]] = {}
        SESSION.register("before-call.dynamodb", self._record, unique_id="recorder")
        self.dynamodb = DynamoDB(SESSION, None)

    def client(self) -> Any:
        """A client of somebody else, whose calls are not recorded."""
        return OTHERS.create_client("dynamodb", region_name="us-west-2")

    def one(self, **changes: Any) -> Result:
        [result] = run([("file.yaml", request(spec(**changes)))], self.dynamodb)
        return result

    def described(self) -> list[Any]:
        """All that DynamoDB reports of the table."""
        client, name = self.client(), {"TableName": "orders"}
        table = client.describe_table(**name)["Table"]
        arn = {"ResourceArn": table["TableArn"]}
        backups = client.describe_continuous_backups(**name)["ContinuousBackupsDescription"]
        point = backups["PointInTimeRecoveryDescription"]
        try:
            policy = client.get_resource_policy(**arn)["Policy"]
        except client.exceptions.PolicyNotFoundException:
            policy = None
        return [
            table,
            client.describe_time_to_live(**name)["TimeToLiveDescription"],
            point["PointInTimeRecoveryStatus"],
            client.list_tags_of_resource(**arn)["Tags"],
            policy,
        ]

    def writes(self) -> list[str]:
        return [name for name in self.sent if not name.startswith(("Describe", "List", "Get"))]

    def _record(self, model: Any, **_: Any) -> None:
        for action in self.before.pop(model.name, []):
            action()
        self.sent.append(model.name)


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World()
        SESSION.unregister("before-call.dynamodb", unique_id="recorder")


def create_directly(world: World, **changes: Any) -> None:
    """The table as somebody else made it, by the calls alone."""
    client = world.client()
    table = render(admit(request(spec(**changes))))
    for call in calls(table, client.meta.service_model):
        client._make_api_call(call.operation, call.parameters)  # type: ignore[no-untyped-call]
    if policy := changes.get("resourcePolicy"):  # moto's CreateTable drops it
        arn = client.describe_table(TableName="orders")["Table"]["TableArn"]
        client.put_resource_policy(ResourceArn=arn, Policy=policy)


@pytest.mark.parametrize("field", OPTIONS)
def test_what_the_request_adds_is_not_added_to_a_table_that_exists(
    world: World, field: str
) -> None:
    create_directly(world)
    before = world.described()
    result = world.one(**OPTIONS[field])
    assert world.writes() == []
    assert world.described() == before
    if field in EMULATED:
        assert any(f"{field} is not compared" in warning for warning in result.warnings)
    else:
        assert field in result.reason
        assert (result.status, result.failed_at) == ("Failed", "dynamodb")


def test_an_index_key_of_several_attributes_is_made_in_order_and_compared(world: World) -> None:
    result = world.one(**indexed(*EIGHT))
    assert result.succeeded, result.reason
    table = world.client().describe_table(TableName="orders")["Table"]
    [index] = table["GlobalSecondaryIndexes"]
    key = [(element["AttributeName"], element["KeyType"]) for element in index["KeySchema"]]
    assert key == [(f"k0_{n}", kind) for n, kind in enumerate(EIGHT)]
    assert world.one(**indexed(*EIGHT)).succeeded
    names = tuple(f"k0_{n}" for n in (1, 0, 2, 3, 4, 5, 6, 7))
    other = world.one(**indexed(*EIGHT, names=names))
    assert "GlobalSecondaryIndexes" in other.reason


@pytest.mark.parametrize("field", OPTIONS)
def test_what_the_table_has_and_the_request_does_not_ask_for_is_a_difference(
    world: World, field: str
) -> None:
    create_directly(world, **OPTIONS[field])
    before = world.described()
    result = world.one()
    assert world.writes() == []
    assert world.described() == before
    assert field in result.reason


def test_another_value_is_a_difference(world: World) -> None:
    create_directly(
        world,
        timeToLive={"attributeName": "expires"},
        tags=[{"key": "team", "value": "shop"}],
        resourcePolicy=POLICY,
        stream={"viewType": "KEYS_ONLY"},
    )
    result = world.one(
        timeToLive={"attributeName": "at"},
        tags=[{"key": "team", "value": "till"}],
        resourcePolicy=POLICY.replace("2012-10-17", "2008-10-17"),
        stream={},
    )
    assert "differs in ResourcePolicy, StreamSpecification, Tags, TimeToLive" in result.reason
    assert world.writes() == []


def test_a_table_as_the_request_describes_it_is_left_alone(world: World) -> None:
    everything = {
        key: value
        for options in OPTIONS.values()
        for key, value in options.items()
        if options is not PROVISIONED
    }
    create_directly(world, **everything)
    before = world.described()
    result = world.one(**everything)
    assert result.succeeded, result.reason
    assert result.warnings == []
    assert world.writes() == []
    assert world.described() == before


def test_the_tags_of_aws_and_of_ack_are_no_difference(world: World) -> None:
    create_directly(world)
    client = world.client()
    arn = client.describe_table(TableName="orders")["Table"]["TableArn"]
    owned = [{"Key": "services.k8s.aws/controller-version", "Value": "dynamodb-1.9.2"}]
    client.tag_resource(ResourceArn=arn, Tags=owned)
    assert world.one().succeeded


def test_a_table_that_appears_before_it_is_created_is_compared(world: World) -> None:
    world.before["CreateTable"] = [lambda: create_directly(world)]
    result = world.one(**OPTIONS["TimeToLive"], **OPTIONS["PointInTimeRecovery"])
    assert world.writes() == ["CreateTable"]
    assert "differs in PointInTimeRecovery, TimeToLive" in result.reason
    assert world.described()[1]["TimeToLiveStatus"] == "DISABLED"


def test_a_table_that_appears_and_is_the_same_is_taken(world: World) -> None:
    world.before["CreateTable"] = [lambda: create_directly(world, **OPTIONS["TimeToLive"])]
    result = world.one(**OPTIONS["TimeToLive"])
    assert result.succeeded, result.reason
    assert world.writes() == ["CreateTable"]


def test_a_second_request_for_a_table_of_the_same_run_changes_nothing(world: World) -> None:
    plain = request(spec())
    expiring = request(spec(**OPTIONS["TimeToLive"]))
    first, second = run([("a", plain), ("b", expiring)], world.dynamodb)
    assert first.succeeded
    assert "differs in TimeToLive" in second.reason
    assert world.writes() == ["CreateTable"]


def test_a_new_table_gets_all_calls(world: World) -> None:
    result = world.one(**OPTIONS["TimeToLive"], **OPTIONS["PointInTimeRecovery"])
    assert result.succeeded, result.reason
    assert world.writes() == ["CreateTable", "UpdateContinuousBackups", "UpdateTimeToLive"]


def test_a_table_that_cannot_be_read_is_neither_changed_nor_taken_for_the_same(
    world: World,
) -> None:
    create_directly(world)

    def deny() -> None:
        raise _denied()

    world.before["ListTagsOfResource"] = [deny]
    table = render(admit(request(spec())))
    with pytest.raises(DynamoDBError, match=r"ListTagsOfResource failed: .*AccessDenied"):
        world.dynamodb.apply(table)
    assert world.writes() == []


AWS, EMULATOR = "https://dynamodb.eu-west-1.amazonaws.com", "http://localhost:4566"


@pytest.mark.parametrize("field", ["SSESpecification", "TableClass", "ResourcePolicy"])
def test_what_aws_does_not_report_the_table_does_not_have(field: str) -> None:
    """An emulator may only not report it."""
    desired, form = {field: "described"}, {field: None}
    for endpoint, different, unknown in ((AWS, [field], []), (EMULATOR, [], [field])):
        found = compare(desired, Actual(form, complete=reports_all(endpoint)))
        assert (found.different, found.unknown) == (different, unknown)


def projecting(*names: str) -> dict[str, Any]:
    projection = {"projectionType": "INCLUDE", "nonKeyAttributes": [*names]}
    return {"globalSecondaryIndexes": [{**GSI, "projection": projection}]}


def test_what_an_index_projects_is_compared_without_its_order(world: World) -> None:
    create_directly(world, **projecting("a", "b"))
    assert world.one(**projecting("b", "a")).succeeded
    result = world.one(**projecting("a", "c"))
    assert "differs in GlobalSecondaryIndexes" in result.reason


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("UnknownOperationException", True),
        ("InternalFailure", True),
        ("NotImplemented", True),
        ("501", True),
        ("AccessDeniedException", False),
        ("ThrottlingException", False),
    ],
)
def test_an_operation_that_an_emulator_lacks_is_told_from_one_that_failed(
    world: World, code: str, missing: bool
) -> None:
    def answer() -> None:
        raise _error(code, "UpdateTimeToLive")

    world.before["UpdateTimeToLive"] = [answer]
    result = world.one(**OPTIONS["TimeToLive"])
    assert result.succeeded == missing
    said = "; ".join([*result.warnings, result.reason])
    words = (
        "is not implemented by this DynamoDB" if missing else f"failed: An error occurred ({code})"
    )
    assert f"UpdateTimeToLive {words}" in said


def test_aws_says_that_a_table_has_no_policy(world: World) -> None:
    """An emulator may only not know of it: there the policy is not compared."""
    create_directly(world)
    assert world.one(resourcePolicy=POLICY).warnings == [
        "ResourcePolicy is not compared: this DynamoDB does not report it"
    ]
    world.dynamodb = DynamoDB(SESSION, "https://dynamodb.us-west-2.amazonaws.com")
    assert world.one().succeeded
    assert "differs in ResourcePolicy;" in world.one(resourcePolicy=POLICY).reason


@pytest.mark.parametrize("key", ["AKIDEXAMPLE", ""])
def test_an_endpoint_is_called_with_the_credentials_of_the_environment_if_there_are_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, key) if key else monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in (
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    signed: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            signed.append(str(self.headers["Authorization"]))
            body = b'{"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException"}'
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with dynamodb_at(f"http://127.0.0.1:{server.server_port}") as dynamodb:
            [result] = run([("file.yaml", request(spec()))], dynamodb)
        server.shutdown()
    assert "AccessDenied" in result.reason
    assert f"Credential={key or 'tablepromise'}/" in signed[0]


def test_a_maximum_of_an_index_is_compared() -> None:
    field = "GlobalSecondaryIndexes[by-at].OnDemandThroughput"
    found = compare({field: {"MaxReadRequestUnits": 5}}, Actual({field: {}}))
    assert found.different == [field]
    found = compare({field: {}}, Actual({field: {"MaxReadRequestUnits": 5}}, complete=False))
    assert found.different == [field]


def test_which_key_is_the_key_of_aws_is_not_known() -> None:
    desired = {"SSESpecification": "KMS", "SSESpecification.KMSMasterKeyId": None}
    found = compare(desired, Actual({**desired, "SSESpecification.KMSMasterKeyId": KEY}))
    assert (found.different, found.unknown) == ([], ["SSESpecification.KMSMasterKeyId"])


def test_insights_that_a_request_does_not_manage_are_no_difference() -> None:
    found = compare({"ContributorInsights": None}, Actual({"ContributorInsights": True}))
    assert (found.different, found.unknown) == ([], [])
    found = compare({"ContributorInsights": False}, Actual({"ContributorInsights": True}))
    assert found.different == ["ContributorInsights"]


def test_the_difference_has_the_fields(world: World) -> None:
    create_directly(world)
    with pytest.raises(TableDiffers) as raised:
        world.dynamodb.apply(render(admit(request(spec(**OPTIONS["TimeToLive"])))))
    assert raised.value.fields == ["TimeToLive"]


def _denied() -> Exception:
    return _error("AccessDeniedException", "ListTagsOfResource")


def _error(code: str, operation: str) -> Exception:
    error = {"Code": code, "Message": "not allowed"}
    return ClientError(cast(Any, {"Error": error}), operation)
