"""Crossplane: what is composed, and documents that Crossplane takes."""

import ast
import copy
import inspect
import json
import random
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import upstream
import yaml
from changes import CHANGES
from conforms import problems
from corpus import GSI, indexed, spec
from crossplane_function import composed_resources, run
from generated import request
from mutations import specs
from normal_form import NormalForm, normalize_table
from terraform_table import normalize_resources

from tablepromise.dialects import crossplane
from tablepromise.dialects import crossplane_script as script
from tablepromise.request import TableRequest, admit, load, render, spec_schema, validate

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples/crossplane"
TABLE_CRD = "upjet-aws-dynamodb.aws.m.upbound.io_tables.yaml"
DEFINITION_CRD = "crossplane-apiextensions.crossplane.io_compositeresourcedefinitions.yaml"
COMPOSITION_CRD = "crossplane-apiextensions.crossplane.io_compositions.yaml"


@cache
def requests() -> tuple[TableRequest, ...]:
    documents = map(request, specs(seed=31, count=600))
    admitted = (admit(document) for document in documents if not validate(document))
    return tuple(each for each in admitted if not crossplane.rejections(each))


def composed(**changes: Any) -> list[dict[str, Any]]:
    return crossplane.composed_resources(admit(request(spec(**changes))))


def test_composing_is_pure_stable_and_blind_to_order(share: int) -> None:
    rng = random.Random(1)  # noqa: S311  repeatable on purpose
    for each in requests()[: 300 // share]:
        xr = crossplane.composite_resource(each)
        before = copy.deepcopy(xr)
        resources = composed_resources(xr)
        assert xr == before
        shuffled = copy.deepcopy(xr)
        for field in ("attributeDefinitions", "globalSecondaryIndexes", "localSecondaryIndexes"):
            rng.shuffle(shuffled["spec"].get(field, []))
        assert json.dumps(composed_resources(shuffled)) == json.dumps(resources)


def test_minimal() -> None:
    assert composed() == [
        {
            "apiVersion": "dynamodb.aws.m.upbound.io/v1beta1",
            "kind": "Table",
            "metadata": {
                "namespace": "default",
                "generateName": "generated-",
                "labels": {
                    "crossplane.tablepromise.dev/table": "6dfdf472a3fcfb431847b55193540a18093f037f"
                },
                "annotations": {
                    "crossplane.io/external-name": "orders",
                    "crossplane.io/composition-resource-name": "table",
                },
            },
            "spec": {
                "managementPolicies": ["Observe", "Create", "Update"],
                "providerConfigRef": {"kind": "ClusterProviderConfig", "name": "default"},
                "forProvider": {
                    "region": "us-west-2",
                    "attribute": [{"name": "at", "type": "N"}, {"name": "id", "type": "S"}],
                    "hashKey": "id",
                    "rangeKey": "at",
                    "billingMode": "PAY_PER_REQUEST",
                    "tableClass": "STANDARD",
                    "pointInTimeRecovery": {"enabled": False},
                    "serverSideEncryption": {"enabled": False},
                    "deletionProtectionEnabled": True,
                },
            },
        }
    ]


def test_the_rendered_resources_are_those_that_the_script_composes() -> None:
    for each in requests()[:300]:
        rendered = crossplane.composed_resources(each)
        for resource in rendered:
            metadata = resource["metadata"]
            assert metadata.pop("namespace") == each.namespace
            assert metadata.pop("generateName") == f"{each.name}-"
            assert metadata["annotations"].pop("crossplane.io/composition-resource-name")
        composed = composed_resources(crossplane.composite_resource(each))
        for resource in composed:
            resource.setdefault("metadata", {}).setdefault("annotations", {})
        assert rendered == composed


def test_capacity_is_whole_numbers() -> None:
    own = {**GSI, "indexName": "own", "provisioned": {"readCapacity": 7}}
    provisioned = {"billingMode": "PROVISIONED", "provisioned": dict[str, int]()}
    admitted = admit(request(spec(**provisioned, globalSecondaryIndexes=[GSI, own])))
    xr = crossplane.composite_resource(admitted)
    [table] = composed_resources(xr)
    indexes = table["spec"]["forProvider"]["globalSecondaryIndex"]
    assert [repr(index["readCapacity"]) for index in indexes] == ["5", "7"]


@pytest.mark.parametrize("name", [name for name, (*_, paths) in CHANGES.items() if not paths])
def test_a_change_leaves_the_name_of_every_managed_resource(name: str) -> None:
    old, new, _ = CHANGES[name]
    names = [
        [
            (resource["kind"], resource["metadata"])
            for resource in crossplane.composed_resources(admit(document, document))
        ]
        for document in (old, new)
    ]
    assert names[0] == names[1]


# --- documents that are taken ---------------------------------------------------------------------


def test_every_table_is_valid_by_the_crd() -> None:
    schema = upstream.schema(TABLE_CRD)
    for each in requests()[:400]:
        for resource in crossplane.composed_resources(each):
            if resource["kind"] == "Table":
                assert not list(problems(resource, schema))


def test_the_definition_and_the_composition_are_valid_by_their_crds() -> None:
    definition = crossplane.composite_resource_definition()
    assert not list(problems(definition, upstream.schema(DEFINITION_CRD)))
    assert definition["metadata"]["name"] == f"{crossplane.PLURAL}.{crossplane.GROUP}"
    composition = crossplane.composition()
    assert not list(problems(composition, upstream.schema(COMPOSITION_CRD)))
    assert definition["spec"]["defaultCompositionRef"] == {"name": composition["metadata"]["name"]}


def test_the_definition_has_the_fields_and_rules_of_a_request_and_one_rule_more() -> None:
    [version] = crossplane.composite_resource_definition()["spec"]["versions"]
    properties = version["schema"]["openAPIV3Schema"]["properties"]
    index = properties["spec"]["properties"]["globalSecondaryIndexes"]["items"]
    more = index["properties"]["keySchema"]["x-kubernetes-validations"].pop()
    assert properties["spec"] == spec_schema()
    assert "one HASH and at most one RANGE attribute in Crossplane; " in more["message"]
    properties["spec"].clear()
    assert spec_schema()
    assert crossplane.composite_spec_schema()


def test_a_key_with_several_attributes_is_rejected_with_the_reason_and_what_to_do() -> None:
    several = admit(request(spec(**indexed("HASH", "RANGE", "RANGE"))))
    [finding] = crossplane.rejections(several)
    assert finding.path == "spec.globalSecondaryIndexes[0].keySchema"
    assert finding.allowed == (
        "the key of a global index has one HASH and at most one RANGE attribute in Crossplane"
    )
    assert "request the table from the Promise or kro" in finding.fix
    assert not crossplane.rejections(admit(request(spec(**indexed("HASH", "RANGE")))))


def test_the_status_is_what_the_script_writes() -> None:
    [version] = crossplane.composite_resource_definition()["spec"]["versions"]
    xr = crossplane.composite_resource(admit(request(spec())))
    arns = {"arn": "arn:a", "streamArn": "arn:s"}
    status = run(xr, {"table": {"status": {"atProvider": arns}}}).status
    known = version["schema"]["openAPIV3Schema"]["properties"]["status"]
    assert not list(problems(status, known))
    assert status.keys() == known["properties"].keys()


def test_the_composition_holds_the_script_which_imports_the_standard_library_only() -> None:
    [step] = crossplane.composition()["spec"]["pipeline"]
    text = step["input"]["script"]
    assert text == Path(inspect.getfile(script)).read_text(encoding="utf-8")
    imported = {
        alias.name.split(".")[0] if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= sys.stdlib_module_names


# --- examples -------------------------------------------------------------------------------------


def test_the_examples_are_the_example_requests() -> None:
    files = {file.stem: load(file.read_text(encoding="utf-8")) for file in EXAMPLES.iterdir()}
    assert files.pop("xrd") == [crossplane.composite_resource_definition()]
    assert files.pop("composition") == [crossplane.composition()]
    [(name, tables)] = files.items()
    expected: list[NormalForm] = []
    for file in sorted((ROOT / "examples/requests").iterdir()):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        # the provider takes over a table that is there: no two examples are for one
        document["spec"]["name"] += "-crossplane"
        expected.append(normalize_table(render(admit(document))))
    assert (name, len(tables)) == ("tables", 5)
    assert [normalize_resources(composed_resources(table)) for table in tables] == expected
