"""The calls that a Table stands for."""

import botocore.session
from corpus import BASE, HASH, KEY, spec
from generated import request
from mutations import specs

from tablepromise.request import admit, render, validate
from tablepromise.trial.calls import calls

SERVICE = botocore.session.Session().get_service_model("dynamodb")


def test_minimal() -> None:
    [create] = calls(render(admit(request(spec(keySchema=[HASH])))), SERVICE)
    assert create.operation == "CreateTable"
    assert create.parameters == {
        "TableName": BASE["name"],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "SSESpecification": {"Enabled": False},
        "TableClass": "STANDARD",
        "DeletionProtectionEnabled": True,
    }


def test_what_create_table_does_not_take_is_called_after_it() -> None:
    document = request(
        spec(
            encryption={"type": "KMS", "kmsKeyArn": KEY},
            timeToLive={"attributeName": "at"},
            pointInTimeRecovery=True,
            contributorInsights=True,
        )
    )
    create, *rest = calls(render(admit(document)), SERVICE)
    assert create.parameters["SSESpecification"]["KMSMasterKeyId"] == KEY
    assert {call.operation: call.parameters for call in rest} == {
        "UpdateContinuousBackups": {
            "TableName": "orders",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
        "UpdateTimeToLive": {
            "TableName": "orders",
            "TimeToLiveSpecification": {"AttributeName": "at", "Enabled": True},
        },
        "UpdateContributorInsights": {
            "TableName": "orders",
            "ContributorInsightsAction": "ENABLE",
        },
    }


def test_every_field_of_the_table_is_in_some_call() -> None:
    named_otherwise = {
        "continuousbackups": "pointintimerecoveryspecification",
        "timetolive": "timetolivespecification",
        "contributorinsights": "contributorinsightsaction",
    }
    for document in map(request, specs(seed=9, count=200)):
        if validate(document):
            continue
        table = render(admit(document))
        sent = {name.lower() for call in calls(table, SERVICE) for name in call.parameters}
        off: set[str] = (
            {"timetolive"} if not table["spec"].get("timeToLive", {}).get("enabled") else set()
        )
        if not table["spec"]["continuousBackups"]["pointInTimeRecoveryEnabled"]:
            off.add("continuousbackups")
        if table["spec"].get("contributorInsights") != "ENABLED":
            off.add("contributorinsights")
        fields = {name.lower() for name in table["spec"]} - off
        assert {named_otherwise.get(name, name) for name in fields} <= sent
