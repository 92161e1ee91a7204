"""The faults of the demo that this project does again: each is a test named after it."""

import re
from pathlib import Path
from typing import Any

import cdk8s
import pytest
import yaml
from corpus import spec
from generated import request
from image import IMAGE

from tablepromise.offers import Promise, PromiseProps
from tablepromise.pipeline.configure import configure
from tablepromise.pipeline.kratix_files import Folders
from tablepromise.request import (
    admit,
    custom_resource_definition,
    dump,
    load,
    render,
    spec_schema,
    validate,
    warnings,
)
from tablepromise.trial import embedded_dynamodb, run

DEMO = Path(__file__).parent / "fixtures/demo"
EXAMPLES = Path(__file__).parents[1] / "examples/requests"
FIVE = (
    "simple-users-table",
    "production-orders-table",
    "timeseries-metrics-table",
    "test-orders-table",
    "test-users-table",
)


def demo(name: str) -> dict[str, Any]:
    [document] = load((DEMO / f"{name}.yaml").read_text())
    return document


@pytest.fixture(scope="module")
def promise() -> dict[str, Any]:
    chart = cdk8s.Testing.chart()
    Promise(chart, "Promise", PromiseProps(image=IMAGE))
    [document] = cdk8s.Testing.synth(chart)
    return document


# --- the five requests ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("simple-users-table", set[str]()),
        ("production-orders-table", {"spec.attributeDefinitions[2].type"}),
        ("timeseries-metrics-table", {"spec.attributeDefinitions[1].type"}),
        ("test-orders-table", {"spec.attributeDefinitions[1].type"}),
        ("test-users-table", set[str]()),
    ],
)
def test_verdict_on_the_demos_own_request(name: str, paths: set[str]) -> None:
    assert {finding.path for finding in validate(demo(name))} == paths


def test_unquoted_n_is_refused_with_the_hint_to_quote_it() -> None:
    [finding] = validate(demo("timeseries-metrics-table"))
    assert (finding.got, finding.fix) == ("N", 'write type: "N"')


def test_key_attribute_order_id_is_undefined() -> None:
    document = demo("test-orders-table")
    document["spec"]["attributeDefinitions"][1]["type"] = "N"
    [finding] = validate(document)
    assert finding.path == "spec.keySchema"
    assert "orderId" in finding.got


def test_unused_attribute_email_is_left_out_with_a_warning() -> None:
    admitted = admit(demo("simple-users-table"))
    table = render(admitted)
    assert [a["attributeName"] for a in table["spec"]["attributeDefinitions"]] == ["userId"]
    assert "email" in warnings(admitted.spec)[0]


def test_requests_1_and_5_want_the_same_table() -> None:
    both = [(name, demo(name)) for name in ("simple-users-table", "test-users-table")]
    with embedded_dynamodb() as dynamodb:
        first, second = run(both, dynamodb)
    assert first.status == "ACTIVE"
    assert second.status == "Rejected"
    assert "already requested by default/simple-users-table" in second.reason


def test_requests_2_and_4_share_no_table_object() -> None:
    second, fourth = demo("production-orders-table"), demo("test-orders-table")
    second["spec"]["attributeDefinitions"][2]["type"] = "N"
    fourth["spec"]["attributeDefinitions"] = second["spec"]["attributeDefinitions"]
    names = {render(admit(document))["metadata"]["name"] for document in (second, fourth)}
    assert names == {"production-orders-table", "test-orders-table"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": "ab"}, "spec.name"),
        ({"region": "invalid-region"}, "spec.region"),
        ({"attributeDefinitions": []}, "spec.attributeDefinitions"),
        ({"keySchema": []}, "spec.keySchema"),
    ],
)
def test_rejections_that_the_demo_claims(changes: dict[str, Any], path: str) -> None:
    assert path in {finding.path for finding in validate(request(spec(**changes)))}


def test_the_examples_are_the_five_made_legal_and_five_different_tables() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.yaml")} == set(FIVE)
    admitted = [admit(load((EXAMPLES / f"{name}.yaml").read_text())[0]) for name in FIVE]
    assert [each.name for each in admitted] == list(FIVE)
    assert len({(each.spec.name, each.spec.region) for each in admitted}) == 5


# --- the Promise ----------------------------------------------------------------------------------


def test_the_api_is_a_real_crd(promise: dict[str, Any]) -> None:
    assert promise["spec"]["api"] == custom_resource_definition()
    assert promise["spec"]["api"]["kind"] == "CustomResourceDefinition"


def test_the_promise_has_no_namespace(promise: dict[str, Any]) -> None:
    assert "namespace" not in promise["metadata"]


def test_only_fields_that_kratix_has(promise: dict[str, Any]) -> None:
    assert promise["spec"].keys() == {"api", "destinationSelectors", "workflows"}
    for pipelines in promise["spec"]["workflows"]["resource"].values():
        for pipeline in pipelines:
            assert (pipeline["apiVersion"], pipeline["kind"]) == (
                "platform.kratix.io/v1alpha1",
                "Pipeline",
            )


def test_destinations_are_chosen_by_cloud_and_ack(promise: dict[str, Any]) -> None:
    [selector] = promise["spec"]["destinationSelectors"]
    assert selector == {"matchLabels": {"cloud": "aws", "ack-enabled": "true"}}


def test_no_identifier_is_longer_than_60(promise: dict[str, Any]) -> None:
    for action, pipelines in promise["spec"]["workflows"]["resource"].items():
        for pipeline in pipelines:
            assert (
                len(f"aws-dynamodb-kratix-resource-{action}-{pipeline['metadata']['name']}") <= 60
            )


def test_no_image_is_latest_or_somebody_elses(promise: dict[str, Any]) -> None:
    images = re.findall(r'"image": "([^"]+)"', str(promise).replace("'", '"'))
    assert set(images) == {IMAGE}


def test_the_delete_pipeline_removes_nothing_itself(promise: dict[str, Any]) -> None:
    [pipeline] = promise["spec"]["workflows"]["resource"]["delete"]
    assert "rbac" not in pipeline["spec"]
    assert pipeline["spec"]["containers"][0]["args"] == ["delete"]


# --- the schema -----------------------------------------------------------------------------------


def test_inner_fields_of_attributes_and_keys_are_required() -> None:
    properties = spec_schema()["properties"]
    assert properties["attributeDefinitions"]["items"]["required"] == ["name", "type"]
    assert properties["keySchema"]["items"]["required"] == ["attributeName", "keyType"]
    assert properties["keySchema"]["maxItems"] == 2


def test_the_crd_has_rules_columns_a_short_name_and_a_category() -> None:
    crd = custom_resource_definition()["spec"]
    assert crd["names"]["shortNames"]
    assert crd["names"]["categories"]
    assert crd["versions"][0]["additionalPrinterColumns"]
    assert spec_schema()["x-kubernetes-validations"]


# --- workflow.py ----------------------------------------------------------------------------------


def pipeline(tmp_path: Path, document: dict[str, Any]) -> dict[str, Any]:
    folders = Folders.under(tmp_path)
    Path(folders.input).mkdir()
    (Path(folders.input) / "object.yaml").write_text(dump(document))
    configure(folders, lambda _: ())
    return {
        str(path.relative_to(tmp_path)): yaml.safe_load(path.read_text())
        for path in tmp_path.rglob("*.yaml")
    }


def test_the_table_has_no_region_field_but_the_annotation(tmp_path: Path) -> None:
    table = pipeline(tmp_path, demo("simple-users-table"))["output/table.yaml"]
    assert "region" not in table["spec"]
    assert table["metadata"]["annotations"]["services.k8s.aws/region"] == "us-east-1"


def test_status_and_destination_selectors_are_written(tmp_path: Path) -> None:
    files = pipeline(tmp_path, demo("simple-users-table"))
    assert {"metadata/status.yaml", "metadata/destination-selectors.yaml"} <= files.keys()


def test_a_table_name_that_is_no_kubernetes_name_is_fine(tmp_path: Path) -> None:
    document = request(spec(name="Orders_2026."), name="orders")
    table = pipeline(tmp_path, document)["output/table.yaml"]
    assert (table["metadata"]["name"], table["spec"]["tableName"]) == ("orders", "Orders_2026.")


def test_attribute_type_n_is_quoted_in_the_output(tmp_path: Path) -> None:
    pipeline(tmp_path, request(spec()))
    text = (tmp_path / "output/table.yaml").read_text()
    assert re.search(r"attributeType: ['\"]N['\"]", text)


def test_null_fields_crash_nothing(tmp_path: Path) -> None:
    document = request({"name": None, "attributeDefinitions": None, "keySchema": [None]})
    files = pipeline(tmp_path, document)
    assert "rejected" in files["metadata/status.yaml"]["message"]


def test_duplicate_attributes_and_range_first_are_refused() -> None:
    twice = [{"name": "id", "type": "S"}] * 2
    assert validate(request(spec(attributeDefinitions=twice)))
    assert validate(request(spec(keySchema=spec()["keySchema"][::-1])))
