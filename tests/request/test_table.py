"""The renderer: laws over generated requests, and what each choice becomes."""

import copy
import random
from typing import Any

import pytest
from corpus import BASE, GSI, HASH, KEY, LSI, RANGE, spec
from generated import request
from mutations import specs

from tablepromise.request import admit, render, validate, warnings

POLICY = '{"Version": "2012-10-17", "Statement": [{}]}'


def rendered(**changes: Any) -> dict[str, Any]:
    return render(admit(request(spec(**changes), name="orders-request")))


def test_minimal() -> None:
    assert rendered() == {
        "apiVersion": "dynamodb.services.k8s.aws/v1alpha1",
        "kind": "Table",
        "metadata": {
            "name": "orders-request",
            "namespace": "default",
            "labels": {
                "kratix.io/promise-name": "aws-dynamodb-kratix",
                "dynamodb.kratix.io/request": "orders-request",
                "dynamodb.kratix.io/request-namespace": "default",
            },
            "annotations": {
                "services.k8s.aws/region": "us-west-2",
                "services.k8s.aws/deletion-policy": "retain",
            },
        },
        "spec": {
            "tableName": "orders",
            "attributeDefinitions": [
                {"attributeName": "at", "attributeType": "N"},
                {"attributeName": "id", "attributeType": "S"},
            ],
            "keySchema": [HASH, RANGE],
            "billingMode": "PAY_PER_REQUEST",
            "continuousBackups": {"pointInTimeRecoveryEnabled": False},
            "sseSpecification": {"enabled": False},
            "tableClass": "STANDARD",
            "deletionProtectionEnabled": True,
        },
    }


def test_rendering_is_pure_stable_and_blind_to_order() -> None:
    rng = random.Random(1)  # noqa: S311  repeatable on purpose
    for document in map(request, specs(seed=6, count=300)):
        if validate(document):
            continue
        before = copy.deepcopy(document)
        table = render(admit(document))
        assert document == before
        assert render(admit(document)) == table
        shuffled = copy.deepcopy(document)
        for field in ("attributeDefinitions", "globalSecondaryIndexes", "localSecondaryIndexes"):
            rng.shuffle(shuffled["spec"].get(field, []))
        assert render(admit(shuffled)) == table


def test_two_requests_never_share_a_table_object() -> None:
    first = request(spec(name="orders", region="us-east-1"), name="first")
    second = request(spec(name="orders", region="us-east-1"), name="second")
    elsewhere = copy.deepcopy(first)
    elsewhere["metadata"]["namespace"] = "team-b"
    objects = {
        (table["metadata"]["namespace"], table["metadata"]["name"])
        for table in (render(admit(d)) for d in (first, second, elsewhere))
    }
    assert len(objects) == 3


def test_unused_attributes_are_left_out_and_warned_about() -> None:
    changes = {"attributeDefinitions": [*BASE["attributeDefinitions"], {"name": "x", "type": "B"}]}
    assert rendered(**changes) == rendered()
    [warning] = warnings(admit(request(spec(**changes))).spec)
    assert "attribute x" in warning


def test_capacity_of_an_index_is_the_tables_unless_it_has_its_own() -> None:
    capacities: dict[str, dict[str, int] | None] = {
        "both": {"readCapacity": 7, "writeCapacity": 8},
        "neither": {},
        "none": None,
        "reads": {"readCapacity": 7},
        "writes": {"writeCapacity": 8},
    }
    table = rendered(
        billingMode="PROVISIONED",
        provisioned={"readCapacity": 20, "writeCapacity": 30},
        globalSecondaryIndexes=[
            {**GSI, "indexName": name, "provisioned": capacity}
            for name, capacity in capacities.items()
        ],
    )["spec"]
    assert table["provisionedThroughput"] == {"readCapacityUnits": 20, "writeCapacityUnits": 30}
    assert {
        index["indexName"]: tuple(index["provisionedThroughput"].values())
        for index in table["globalSecondaryIndexes"]
    } == {
        "both": (7, 8),
        "neither": (20, 30),
        "none": (20, 30),
        "reads": (7, 30),
        "writes": (20, 8),
    }


@pytest.mark.parametrize(
    ("key", "value", "warned"),
    [
        ("größe 1", "a+b-c=d.e_f:g/h", False),
        ("a@b", "", True),
        ("a", "#", True),
        ("a", "😀", True),
        ("AWS:x", "", True),
        ("a", "aws:x", False),
    ],
)
def test_a_tag_that_only_a_document_forbids_is_warned_about(
    key: str, value: str, warned: bool
) -> None:
    found = warnings(admit(request(spec(tags=[{"key": key, "value": value}]))).spec)
    assert [w.partition(" has a character or prefix")[0] for w in found] == (
        [f"tag {key}"] if warned else []
    )


def test_a_time_to_live_that_is_off_is_warned_about() -> None:
    document = request(spec(timeToLive={"attributeName": "at", "enabled": False}))
    [warning] = warnings(admit(document, document).spec)
    assert warning.startswith("timeToLive is off: remove timeToLive")


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"encryption": {"type": "KMS"}}, "sseSpecification", {"enabled": True, "sseType": "KMS"}),
        (
            {"encryption": {"type": "KMS", "kmsKeyArn": KEY}},
            "sseSpecification",
            {"enabled": True, "sseType": "KMS", "kmsMasterKeyID": KEY},
        ),
        (
            {"stream": {}},
            "streamSpecification",
            {"streamEnabled": True, "streamViewType": "NEW_AND_OLD_IMAGES"},
        ),
        (
            {"timeToLive": {"attributeName": "at"}},
            "timeToLive",
            {"attributeName": "at", "enabled": True},
        ),
        (
            {"onDemand": {"maxReadRequestUnits": 9, "maxWriteRequestUnits": 40000}},
            "onDemandThroughput",
            {"maxReadRequestUnits": 9, "maxWriteRequestUnits": 40000},
        ),
        (
            {"pointInTimeRecovery": True},
            "continuousBackups",
            {"pointInTimeRecoveryEnabled": True},
        ),
        ({"contributorInsights": True}, "contributorInsights", "ENABLED"),
        ({"contributorInsights": False}, "contributorInsights", "DISABLED"),
        ({"tableClass": "STANDARD_INFREQUENT_ACCESS"}, "tableClass", "STANDARD_INFREQUENT_ACCESS"),
        (
            {"tags": [{"key": "b"}, {"key": "a", "value": "1"}]},
            "tags",
            [
                {"key": "a", "value": "1"},
                {"key": "b", "value": ""},
            ],
        ),
        ({"resourcePolicy": POLICY}, "resourcePolicy", POLICY),
        (
            {"localSecondaryIndexes": [LSI]},
            "localSecondaryIndexes",
            [{**LSI, "projection": {"projectionType": "ALL"}}],
        ),
        ({"deletionPolicy": "Delete"}, "deletionProtectionEnabled", False),
        ({"deletionProtection": False}, "deletionProtectionEnabled", False),
        (
            {"deletionPolicy": "Delete", "deletionProtection": True},
            "deletionProtectionEnabled",
            True,
        ),
    ],
)
def test_each_choice(changes: dict[str, Any], field: str, value: object) -> None:
    assert rendered(**changes)["spec"][field] == value


def test_deleting_the_request_deletes_the_table_only_when_asked() -> None:
    annotation = "services.k8s.aws/deletion-policy"
    assert rendered()["metadata"]["annotations"][annotation] == "retain"
    assert rendered(deletionPolicy="Delete")["metadata"]["annotations"][annotation] == "delete"
    protected = admit(request(spec(deletionPolicy="Delete", deletionProtection=True)))
    assert any("deletionProtection is on" in warning for warning in warnings(protected.spec))
