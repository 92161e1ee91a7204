"""kro: the same table, and what its schema cannot say. `tests/cluster/test_kro` has kro itself."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import upstream
from corpus import CASES
from generated import request
from kro_evaluation import created_table
from normal_form import normalize_table

from tablepromise.dialects import kro
from tablepromise.dialects.simple_schema import simple_schema, supported_schema
from tablepromise.request import ack, admit, load, render, spec_schema, validate
from tablepromise.request.schema import walk
from tablepromise.request.schema_validation import schema_findings, unknown_fields

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_kind_has_every_field_and_every_default_but_those_that_the_template_sets() -> None:
    ours, kinds = dict(walk(spec_schema())), dict(walk(kro.instance_spec_schema()))
    assert ours.keys() == kinds.keys()
    assert {path for path in ours if "default" in ours[path] and "default" not in kinds[path]} == {
        *("provisioned.readCapacity", "provisioned.writeCapacity", "stream.viewType"),
    }


def test_every_rule_is_in_the_policy() -> None:
    name, *validations = kro.policy_validations()
    assert name["message"].startswith("metadata.name: ")
    rules = [node.get("x-kubernetes-validations", []) for _, node in walk(spec_schema())]
    assert len(validations) == sum(map(len, rules)) > 40
    assert all(validation["message"].startswith("spec") for validation in validations)


def test_tables_of_requests_by_hand_are_ones_that_ack_knows() -> None:
    """That they are the Promise's tables too, `test_equivalence` shows for every offer."""
    crd = upstream.schema("ack-dynamodb-tables.yaml")["properties"]["spec"]
    legal = [document for document, refused in CASES.values() if not refused]
    assert len(legal) >= 50
    for document in legal:
        table = created_table(kro.instance(admit(document)))
        assert [*unknown_fields(table["spec"], crd), *schema_findings(table["spec"], crd)] == []
    broken = {**created_table(kro.instance(admit(legal[0])))["spec"], "region": "x", "tableName": 5}
    found = [*unknown_fields(broken, crd), *schema_findings(broken, crd)]
    assert {finding.path for finding in found} == {"region", "tableName"}


def test_the_table_has_a_name_that_no_request_s_table_has() -> None:
    asked_for = admit(CASES["least"][0])
    table = created_table(kro.instance(asked_for))
    assert table["metadata"] == {
        "namespace": "default",
        "name": "generated.kro",
        "annotations": {ack.REGION: "us-west-2", ack.DELETION_POLICY: "retain"},
    }


@pytest.mark.parametrize(
    ("metadata", "namespace"),
    [({"namespace": "team"}, "team"), ({}, "default"), ({"namespace": ""}, "default")],
)
def test_the_table_is_in_the_namespace_of_its_instance(
    metadata: dict[str, str], namespace: str
) -> None:
    instance = kro.instance(admit(CASES["least"][0]))
    table = created_table({**instance, "metadata": {"name": "orders", **metadata}})
    assert (table["metadata"]["namespace"], table["metadata"]["name"]) == (namespace, "orders.kro")


def names(seed: int, count: int) -> Iterator[str]:
    """Names that Kubernetes takes for an object of a custom resource."""
    rng = random.Random(seed)  # noqa: S311  repeatable on purpose
    for _ in range(count):
        labels = ("".join(rng.choices("ab0-", k=rng.choice([1, 2, 3, 20, 61]))) for _ in range(3))
        name = ".".join(f"a{label}0" for label in list(labels)[: rng.randint(1, 3)])
        yield name + rng.choice(["", "", "-kro", ".kro", ".kro.kro", "kro"])


def test_no_table_of_kro_is_one_of_a_request_and_no_two_are_one() -> None:
    spec = CASES["least"][0]["spec"]
    every = set(names(seed=5, count=400))
    requests = {name for name in every if not validate(request(spec, name))}
    assert 50 < len(requests) < len(every) - 50
    of_requests = {render(admit(request(spec, name)))["metadata"]["name"] for name in requests}
    of_kro: list[str] = []
    for name in every:
        instance = {**kro.instance(admit(request(spec))), "metadata": {"name": name}}
        of_kro.append(created_table(instance)["metadata"]["name"])
        # a request of that name would have that Table, and is not accepted
        assert validate(request(spec, of_kro[-1]))
    assert not of_requests & set(of_kro)
    assert len(set(of_kro)) == len(every)


def test_the_examples_are_the_example_requests() -> None:
    definition, tables = (
        load((EXAMPLES / f"kro/{name}.yaml").read_text())
        for name in ("resource-graph-definition", "tables")
    )
    assert definition == [kro.resource_graph_definition()]
    requests = [load(file.read_text())[0] for file in sorted((EXAMPLES / "requests").glob("*"))]
    assert len(tables) == len(requests) == 5
    for instance, document in zip(tables, requests, strict=True):
        document["spec"]["name"] += "-kro"  # no two examples are for one table
        assert normalize_table(created_table(instance)) == normalize_table(render(admit(document)))


def test_the_definition_is_one_that_kro_s_schema_takes() -> None:
    crd = upstream.schema("kro-kro.run_resourcegraphdefinitions.yaml")["properties"]["spec"]
    definition = kro.resource_graph_definition()["spec"]
    assert not list(unknown_fields(definition, crd))


# --- SimpleSchema ---------------------------------------------------------------------------------


def test_simple_schema_of_each_kind_of_field() -> None:
    schema = supported_schema(
        {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {
                    "type": "string",
                    "minLength": 3,
                    "pattern": r"^\s$",
                    "description": 'a "b"',
                },
                "mode": {"type": "string", "enum": ["A", "B"], "default": "A"},
                "sizes": {"type": "array", "maxItems": 2, "items": {"type": "integer"}},
                "tags": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["key"],
                    "items": {"type": "object", "properties": {"key": {"type": "string"}}},
                },
                "off": {"type": "object", "properties": {"n": {"type": "integer", "default": 5}}},
                "on": {
                    "type": "object",
                    "default": {"n": 5},
                    "properties": {"n": {"type": "integer", "default": 5}},
                },
            },
        }
    )
    assert "default" not in schema["properties"]["off"]
    assert schema["properties"]["on"]["default"] == {}
    fields, types = simple_schema(schema)
    assert fields == {
        "name": r'string | required=true minLength=3 pattern="^\\s$" description="a \"b\""',
        "mode": 'string | default="A" enum="A,B"',
        "sizes": "[]SizesItem | maxItems=2",
        "tags": '[]TagsItem | listType="map" listMapKey=key',
        "off": {"n": "integer"},
        "on": {"n": "integer | default=5"},
    }
    assert types == {"SizesItem": "integer", "TagsItem": {"key": "string"}}


def test_two_lists_of_one_name_have_the_same_items() -> None:
    def with_list(kind: str) -> dict[str, Any]:
        items = {"x": {"type": "array", "items": {"type": kind}}}
        return {"type": "object", "properties": items}

    schema = {"properties": {"a": with_list("string"), "b": with_list("integer")}}
    with pytest.raises(ValueError, match="x: two lists have this name"):
        simple_schema(schema)
