"""The schema: what the CRD says besides the fields."""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import structs

from tablepromise.diagnosis import Status
from tablepromise.diagnosis.status_schema import READY
from tablepromise.request import custom_resource_definition, editor_schema, spec_schema


def nodes(schema: dict[str, Any], path: str = "spec") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}")
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}[]")


def test_crd_names_columns_and_selectable_fields() -> None:
    crd = custom_resource_definition()
    [version] = crd["spec"]["versions"]
    assert crd["metadata"]["name"] == "dynamodbrequests.dynamodb.kratix.io"
    assert crd["spec"]["scope"] == "Namespaced"
    assert crd["spec"]["names"] == {
        "plural": "dynamodbrequests",
        "singular": "dynamodbrequest",
        "kind": "DynamoDBRequest",
        "listKind": "DynamoDBRequestList",
        "shortNames": ["ddbr"],
        "categories": ["aws"],
    }
    columns = version["additionalPrinterColumns"]
    wide = {column["name"] for column in columns if column.get("priority")}
    assert wide == {"Billing", "Message"}
    shown = [column["name"] for column in columns if column["name"] not in wide]
    assert shown == ["Table", "Region", "Status", "Ready", "Age"]
    assert version["selectableFields"] == [{"jsonPath": ".spec.name"}, {"jsonPath": ".spec.region"}]
    assert version["subresources"] == {"status": {}}


def test_numbers_are_whole_and_of_64_bits_and_nothing_else_has_a_format() -> None:
    formats = {(node["type"], node.get("format")) for _, node in nodes(spec_schema())}
    assert formats == {
        ("integer", "int64"),
        *((kind, None) for kind in ("object", "array", "string", "boolean")),
    }


def test_columns_have_the_type_of_their_value() -> None:
    [version] = custom_resource_definition()["spec"]["versions"]
    columns = version["additionalPrinterColumns"]
    assert {column["name"]: column["type"] for column in columns} == {
        **dict.fromkeys(["Table", "Region", "Billing", "Status", "Ready", "Message"], "string"),
        "Age": "date",
    }


def test_columns_read_what_the_status_contract_writes() -> None:
    [version] = custom_resource_definition()["spec"]["versions"]
    paths = {column["name"]: column["jsonPath"] for column in version["additionalPrinterColumns"]}
    fields = {field.encode_name for field in structs.fields(Status)}
    assert paths["Status"].removeprefix(".status.") in fields
    ready = f'.status.conditions[?(@.type=="{READY}")]'
    assert (paths["Ready"], paths["Message"]) == (f"{ready}.status", f"{ready}.message")


def test_the_seeds_fields_and_defaults() -> None:
    properties = spec_schema()["properties"]
    assert spec_schema()["required"] == ["name", "attributeDefinitions", "keySchema"]
    name = properties["name"]
    assert (name["minLength"], name["maxLength"], name["pattern"]) == (3, 255, "^[a-zA-Z0-9_.-]+$")
    assert len(properties["region"]["enum"]) == 9
    assert properties["region"]["default"] == "us-west-2"
    assert properties["billingMode"]["default"] == "PAY_PER_REQUEST"
    assert properties["deletionPolicy"]["default"] == "Retain"
    for units in properties["provisioned"]["properties"].values():
        assert (units["minimum"], units["maximum"], units["default"]) == (1, 40000, 5)


def test_every_list_and_string_is_bounded_and_every_field_described() -> None:
    for path, node in nodes(spec_schema()):
        if node["type"] == "array":
            assert "maxItems" in node, path
        if node["type"] == "string" and "enum" not in node:
            assert "maxLength" in node, path
        if not path.endswith("[]"):
            assert node.get("description"), path


def test_every_rule_says_what_must_hold_and_how_to_comply() -> None:
    rules = [
        rule
        for _, node in nodes(spec_schema())
        for rule in node.get("x-kubernetes-validations", ())
    ]
    assert len(rules) > 25
    for rule in rules:
        must, separator, fix = rule["message"].partition("; ")
        assert must, rule
        assert separator, rule
        assert fix, rule
        assert ".?" not in rule["rule"]


def test_editor_schema_is_closed_and_plain_json_schema() -> None:
    schema = editor_schema()
    assert "x-kubernetes" not in json.dumps(schema)
    assert schema["properties"]["spec"]["additionalProperties"] is False
    assert schema["properties"]["kind"] == {"const": "DynamoDBRequest"}
    assert schema["required"] == ["apiVersion", "kind", "metadata", "spec"]


def test_editor_schema_has_every_limit_of_the_crd() -> None:
    kept = dict(nodes(editor_schema()["properties"]["spec"]))
    of_crd = dict(nodes(spec_schema()))
    assert kept.keys() == of_crd.keys()
    structure = {"properties", "items", "additionalProperties"}
    for path, node in of_crd.items():
        limits = {
            key: value
            for key, value in node.items()
            if key not in structure and not key.startswith("x-kubernetes-")
        }
        assert {k: v for k, v in kept[path].items() if k not in structure} == limits, path


def test_schemas_are_plain_data() -> None:
    for make in (custom_resource_definition, editor_schema, spec_schema):
        assert json.loads(json.dumps(make())) == make()
