"""Every offer creates the same table for a request."""

from collections import Counter
from typing import Any

import pytest
from corpus import CASES, spec
from crossplane_function import composed_resources
from generated import request
from kro_evaluation import created_table
from mutations import specs
from normal_form import NormalForm, flatten, normalize, normalize_table
from raised_quotas import AT_THE_QUOTAS, RAISED, indexes
from terraform_table import normalize_resources

from tablepromise.dialects import crossplane, kro, kubevela
from tablepromise.request import TableRequest, admit, render, validate
from tablepromise.request.quotas import MAXIMUM_QUOTAS, MOST_GLOBAL_INDEXES
from tablepromise.request.regions import ALL_REGIONS


def differences(admitted: TableRequest) -> dict[str, list[str]]:
    """By offer, the paths at which its table differs from the Promise's."""
    expected = normalize_table(render(admitted))
    [component] = kubevela.created_requests(kubevela.application(admitted))
    tables = {
        "kro": normalize_table(created_table(kro.instance(admitted))),
        "kubevela": normalize_table(
            render(admit(component, component, ALL_REGIONS, MAXIMUM_QUOTAS))
        ),
    }
    if not crossplane.rejections(admitted):
        xr = crossplane.composite_resource(admitted)
        tables["crossplane"] = normalize_resources(composed_resources(xr))
    return {name: paths for name, table in tables.items() if (paths := differ(expected, table))}


def differ(expected: NormalForm, found: NormalForm) -> list[str]:
    values, others = flatten(expected), flatten(found)
    return [path for path in {**values, **others} if values.get(path) != others.get(path)]


def check(admitted: TableRequest) -> bool:
    """Assert that all offers create the same table; return whether a known one differs."""
    found = differences(admitted)
    limited = bool(crossplane.warnings(admitted)) and not crossplane.rejections(admitted)
    assert found == ({"crossplane": ["contributorInsights"]} if limited else {}), admitted
    return limited


def test_generated_requests_are_the_same_table_by_every_offer(share: int) -> None:
    counts: Counter[str] = Counter()
    for generated in specs(seed=71, count=1900 // share):
        document = request(generated)
        if validate(document):
            continue
        admitted = admit(document)
        counts["limited"] += check(admitted)
        counts["rejected"] += bool(crossplane.rejections(admitted))
        counts["compared"] += 1
    assert counts["compared"] >= 1000 // share
    assert counts["limited"]
    assert counts["rejected"]


@pytest.mark.parametrize("name", AT_THE_QUOTAS)
def test_offers_agree_above_aws_default_quotas(name: str) -> None:
    check(admit(request(AT_THE_QUOTAS[name]), quotas=RAISED))


def test_offers_agree_with_as_many_indexes_as_a_quota_allows() -> None:
    many = request(spec(globalSecondaryIndexes=indexes(MOST_GLOBAL_INDEXES)))
    check(admit(many, quotas=MAXIMUM_QUOTAS))


def test_requests_of_the_corpus_are_the_same_table_by_every_offer() -> None:
    for document, refused in CASES.values():
        if not refused:
            check(admit(document))


def test_a_difference_is_found() -> None:
    values = {"tags": [{"key": "a"}], "keySchema": [1]}
    assert differ(normalize("a", "retain", values), normalize("a", "retain", values)) == []
    other = normalize("b", "delete", {"tags": [{"key": "b"}]})
    assert differ(normalize("a", "retain", values), other) == [
        *("region", "deletionPolicy", "keySchema[0]", "tags[0].key"),
    ]


def test_the_normal_form_sorts_the_lists_that_have_no_order() -> None:
    table = render(admit(CASES["least"][0]))
    found = normalize_table(table)
    assert (found["region"], found["deletionPolicy"]) == ("us-west-2", "retain")
    assert found["tableName"] == "orders"
    assert list(found)[2:] == sorted(table["spec"])
    index = {"indexName": "b", "projection": {"nonKeyAttributes": ["y", "x"]}}
    spec: dict[str, Any] = {
        "globalSecondaryIndexes": [index, {"indexName": "a"}],
        "tags": [],
        "keySchema": [2, 1],
    }
    assert normalize("eu-west-1", "delete", spec) == {
        "region": "eu-west-1",
        "deletionPolicy": "delete",
        "globalSecondaryIndexes": [
            {"indexName": "a"},
            {"indexName": "b", "projection": {"nonKeyAttributes": ["x", "y"]}},
        ],
        "keySchema": [2, 1],
    }


def test_crossplane_rejects_a_key_with_several_attributes_and_no_other() -> None:
    several = {
        name
        for name, (document, refused) in CASES.items()
        if not refused and crossplane.rejections(admit(document))
    }
    assert several == {
        "index key of 4 HASH and 4 RANGE",
        "index key of 2 HASH",
        "index key of 1 HASH and 4 RANGE",
        "index key with attributes of the table's key",
        "as many key attributes as a table can have",
    }
