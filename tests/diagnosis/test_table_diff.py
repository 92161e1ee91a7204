"""Is the Table in the cluster the one that was written?"""

from typing import Any

import pytest
from world import packed

from tablepromise.diagnosis import table_diff
from tablepromise.diagnosis.live_object import LiveObject

TABLE: dict[str, Any] = {
    "apiVersion": "dynamodb.services.k8s.aws/v1alpha1",
    "kind": "Table",
    "metadata": {"name": "x", "annotations": {"services.k8s.aws/region": "eu-west-1"}},
    "spec": {
        "billingMode": "PROVISIONED",
        "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
        "provisionedThroughput": {"readCapacityUnits": 5},
    },
}


def placement(*contents: str) -> LiveObject:
    workloads = [{"filepath": "x.yaml", "content": content} for content in contents]
    return LiveObject("WorkPlacement", {"spec": {"workloads": workloads}})


def test_the_table_is_found_among_other_files() -> None:
    files = placement("not base64!", "bm90IGd6aXA=", packed({"kind": "ConfigMap"}), packed(TABLE))
    assert table_diff.written_table(files) == TABLE
    assert table_diff.written_table(placement()) is None


def test_a_file_that_unpacks_to_no_end_is_not_read() -> None:
    assert table_diff.written_table(placement(packed({"a": "x" * (1 << 22)}))) is None


BY_ACK: list[dict[str, Any]] = [
    {"manager": "flux", "operation": "Apply", "fieldsV1": {"f:spec": {"f:tags": {}}}},
    {"manager": "ack", "operation": "Update", "fieldsV1": {"f:spec": {"f:added": {}}}},
    {"manager": "ack", "operation": "Update", "subresource": "status", "fieldsV1": {}},
]


def table(spec: dict[str, Any], **metadata: Any) -> LiveObject:
    """The Table with that spec instead, `None` for a field that it has not."""
    fields = {key: value for key, value in {**TABLE["spec"], **spec}.items() if value is not None}
    return LiveObject(
        "Table", {**TABLE, "spec": fields, "metadata": {**TABLE["metadata"], **metadata}}
    )


@pytest.mark.parametrize(
    ("spec", "differing"),
    [
        ({}, []),
        ({"added": "by ACK"}, []),
        ({"more": "by somebody"}, ["spec.more"]),
        ({"more": [], "others": {}}, []),
        ({"tags": [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}]}, []),
        ({"tags": [{"key": "b", "value": "2", "x": 1}, {"key": "a", "value": "1"}]}, ["spec.tags"]),
        ({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]}, ["spec.tags"]),
        ({"billingMode": "PAY_PER_REQUEST"}, ["spec.billingMode"]),
        ({"tags": [{"key": "a", "value": "1"}]}, ["spec.tags"]),
        ({"tags": None}, ["spec.tags"]),
        ({"provisionedThroughput": {"readCapacityUnits": True}}, ["spec.provisionedThroughput"]),
        ({"provisionedThroughput": {}, "tags": None}, ["spec.provisionedThroughput", "spec.tags"]),
    ],
)
def test_fields_that_are_not_as_wanted(spec: dict[str, Any], differing: list[str]) -> None:
    assert table_diff.differing_fields(TABLE, table(spec, managedFields=BY_ACK)) == differing


def test_what_ack_has_set_may_be_more_than_is_wanted() -> None:
    by_ack: list[dict[str, Any]] = [
        BY_ACK[2],
        {"manager": "ack", "fieldsV1": {"f:spec": {"f:tags": {}}}},
    ]
    a, b = {"key": "a", "value": "1", "x": 1}, {"key": "b", "value": "2"}
    assert table_diff.differing_fields(TABLE, table({"tags": [a, b]}, managedFields=by_ack)) == []
    assert table_diff.differing_fields(TABLE, table({"tags": [a]}, managedFields=by_ack)) == [
        "spec.tags"
    ]


def test_annotations_and_labels_count() -> None:
    wanted = {**TABLE, "metadata": {**TABLE["metadata"], "labels": {"a": "1"}}}
    live = table({}, annotations={}, labels={"a": "2", "b": "3"})
    assert table_diff.differing_fields(wanted, live) == ["a", "services.k8s.aws/region"]
    assert table_diff.differing_fields(wanted, table({}, labels={"a": "1", "b": "3"})) == []
