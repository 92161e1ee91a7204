"""Is the Table in the cluster the one that was written?"""

from typing import Any

import pytest
from world import packed

from tablepromise.diagnosis import written
from tablepromise.diagnosis.live import Live

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


def placement(*contents: str) -> Live:
    workloads = [{"filepath": "x.yaml", "content": content} for content in contents]
    return Live("WorkPlacement", {"spec": {"workloads": workloads}})


def test_the_table_is_found_among_other_files() -> None:
    files = placement("not base64!", "bm90IGd6aXA=", packed({"kind": "ConfigMap"}), packed(TABLE))
    assert written.table(files) == TABLE
    assert written.table(placement()) is None


def test_a_file_that_unpacks_to_no_end_is_not_read() -> None:
    assert written.table(placement(packed({"a": "x" * (1 << 22)}))) is None


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ({}, []),
        ({"added": "by ACK"}, []),
        ({"tags": [{"key": "b", "value": "2", "x": 1}, {"key": "a", "value": "1"}]}, []),
        ({"billingMode": "PAY_PER_REQUEST"}, ["spec.billingMode"]),
        ({"tags": [{"key": "a", "value": "1"}]}, ["spec.tags"]),
        ({"provisionedThroughput": {}, "tags": None}, ["spec.provisionedThroughput", "spec.tags"]),
    ],
)
def test_fields_that_the_live_table_has_not(spec: dict[str, Any], missing: list[str]) -> None:
    live = {**TABLE, "spec": {**TABLE["spec"], **spec}}
    assert written.missing(TABLE, live) == missing


def test_annotations_count() -> None:
    live: dict[str, Any] = {**TABLE, "metadata": {"annotations": {}}}
    assert written.missing(TABLE, live) == ["services.k8s.aws/region"]
