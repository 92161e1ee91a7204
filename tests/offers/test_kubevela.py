"""The constructs for KubeVela, and the folder of examples."""

from pathlib import Path
from typing import Any

import cdk8s
import pytest
from constructs import Construct
from corpus import BASE
from generated import request
from msgspec import structs

from tablepromise.dialects import kubevela
from tablepromise.offers import (
    Application,
    ApplicationProps,
    ComponentDefinition,
    ComponentDefinitionProps,
)
from tablepromise.request import (
    RequestRejected,
    TableRequest,
    TableSpec,
    admit,
    load,
    stored_request,
    validate,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDER = EXAMPLES / "kubevela"


def chart() -> cdk8s.Chart:
    return cdk8s.Testing.chart()


def only(scope: cdk8s.Chart) -> dict[str, Any]:
    [document] = cdk8s.Testing.synth(scope)
    return document


def orders() -> TableRequest:
    return admit(request(BASE, "orders"))


def test_minimal_definition() -> None:
    scope = chart()
    assert ComponentDefinition(scope, "X").name == "aws-dynamodb-kratix"
    [example] = load((FOLDER / "component-definition.yaml").read_text())
    assert only(scope) == example


def test_a_definition_for_one_namespace() -> None:
    scope = chart()
    ComponentDefinition(scope, "X", ComponentDefinitionProps(namespace="team-a"))
    assert only(scope)["metadata"]["namespace"] == "team-a"


def test_minimal_application() -> None:
    scope = chart()
    made = Application(scope, "X", ApplicationProps.of(orders()))
    assert (made.name, made.namespace) == ("orders", "default")
    assert only(scope) == {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": "orders", "namespace": "default"},
        "spec": {
            "components": [
                {
                    "name": "orders",
                    "type": "aws-dynamodb-kratix",
                    "properties": {
                        "name": "orders",
                        "region": "us-west-2",
                        "attributeDefinitions": [
                            {"name": "id", "type": "S"},
                            {"name": "at", "type": "N"},
                        ],
                        "keySchema": [
                            {"attributeName": "id", "keyType": "HASH"},
                            {"attributeName": "at", "keyType": "RANGE"},
                        ],
                    },
                }
            ]
        },
    }


def test_an_application_of_two_tables() -> None:
    scope = chart()
    first = orders().spec
    second = TableSpec(
        name="events",
        attribute_definitions=first.attribute_definitions,
        key_schema=first.key_schema,
        deletion_policy="Delete",
    )
    props = ApplicationProps(
        name="shop", namespace="team-a", components={"orders": first, "events": second}
    )
    Application(scope, "X", props)
    made = kubevela.created_requests(only(scope))
    assert [(each["metadata"]["name"], each["spec"]["name"]) for each in made] == [
        ("orders", "orders"),
        ("events", "events"),
    ]
    assert {each["metadata"]["namespace"] for each in made} == {"team-a"}
    # it names no region: the API server sets the target's
    assert "region" not in made[1]["spec"]
    assert [admit(each).spec for each in made] == [
        first,
        structs.replace(second, region="us-west-2"),
    ]


def test_an_application_without_components_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got \{\}, allowed: one or more"):
        ApplicationProps(name="shop", components={})


def test_an_application_that_admission_would_refuse_is_refused() -> None:
    spec = orders().spec
    wrong = TableSpec(
        name="my table",
        attribute_definitions=spec.attribute_definitions,
        key_schema=spec.key_schema,
    )
    with pytest.raises(RequestRejected, match=r"default/orders is rejected: spec\.name: "):
        ApplicationProps(name="shop", components={"orders": wrong})


def test_ids_are_a_contract() -> None:
    scope: Construct = chart()
    for made in (
        ComponentDefinition(scope, "Definition"),
        Application(scope, "Application", ApplicationProps.of(orders())),
    ):
        assert [child.node.id for child in made.node.children] == ["Resource"]


# --- examples/kubevela ----------------------------------------------------------------------------


def test_the_folder_is_what_this_test_knows() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        "applications.yaml",
        "aws-dynamodb-kratix.cue",
        "component-definition.yaml",
    }


def test_the_applications_ask_for_the_example_requests() -> None:
    wanted: list[dict[str, Any]] = []
    for file in sorted(EXAMPLES.glob("requests/*.yaml")):
        [document] = load(file.read_text())
        # under its own name it would be the same request
        document["metadata"]["name"] += "-vela"
        document["spec"]["name"] += "-vela"
        wanted.append(stored_request(document))
    made = [
        each
        for document in load((FOLDER / "applications.yaml").read_text())
        for each in kubevela.created_requests(document)
    ]
    assert made == wanted
    assert not [finding for each in made for finding in validate(each)]
