"""The law of the offers: DynamoDB is asked for the same, whichever a developer takes."""

import re
from collections import Counter
from typing import Any

import pytest
from corpus import CASES, spec
from generated import request
from mutations import specs
from raised_quotas import AT_THE_QUOTAS, RAISED, indexes

from tablepromise.dialects import asked
from tablepromise.dialects.made import OFFERS, Made, differences
from tablepromise.request import TableRequest, admit, judge, render
from tablepromise.request.quotas import HIGHEST, MOST_GLOBAL_INDEXES

EXCEPTIONS = {
    ("contributorInsights", "crossplane"),
    ("globalSecondaryIndexes[].keySchema", "crossplane"),
}
"""What an offer cannot say, of what DynamoDB is asked for; items of lists without their number."""


def differing(asked_for: TableRequest) -> set[tuple[str, str]]:
    """Paths at which an offer differs from the Promise, each with the offer that says it cannot."""
    found = differences({name: offer.make(asked_for) for name, offer in OFFERS.items()})
    assert all(found.values()), found
    return {(re.sub(r"\[\d+\]", "[]", path), offer) for path, why in found.items() for offer in why}


def test_1000_generated_requests_ask_for_the_same_by_every_offer() -> None:
    compared = 0
    found: Counter[tuple[str, str]] = Counter()
    for generated in specs(seed=71, count=1900):
        document = request(generated)
        if judge(document):
            continue
        different = differing(admit(document))
        assert different <= EXCEPTIONS, generated
        found.update(different)
        compared += 1
    assert compared >= 1000
    assert found.keys() == EXCEPTIONS  # and none is named for nothing


@pytest.mark.parametrize("name", AT_THE_QUOTAS)
def test_offers_agree_above_aws_default_quotas(name: str) -> None:
    assert differing(admit(request(AT_THE_QUOTAS[name]), quotas=RAISED)) == set()


def test_offers_agree_with_as_many_indexes_as_a_quota_allows() -> None:
    many = request(spec(globalSecondaryIndexes=indexes(MOST_GLOBAL_INDEXES)))
    assert differing(admit(many, quotas=HIGHEST)) == set()


def test_the_one_form_of_what_is_asked_for() -> None:
    table = render(admit(CASES["least"][0]))
    found = asked.of_table(table)
    assert (found["region"], found["deletionPolicy"]) == ("us-west-2", "retain")
    assert found["tableName"] == "orders"
    assert list(found)[2:] == sorted(table["spec"])
    index = {"indexName": "b", "projection": {"nonKeyAttributes": ["y", "x"]}}
    spec = {"globalSecondaryIndexes": [index, {"indexName": "a"}], "tags": [], "keySchema": [2, 1]}
    assert asked.asked("eu-west-1", "delete", spec) == {
        "region": "eu-west-1",
        "deletionPolicy": "delete",
        "globalSecondaryIndexes": [
            {"indexName": "a"},
            {"indexName": "b", "projection": {"nonKeyAttributes": ["x", "y"]}},
        ],
        "keySchema": [2, 1],
    }


def asking(**fields: Any) -> Made:
    return Made({}, [], fields)


def test_a_difference_that_no_offer_explains_has_no_reason() -> None:
    same = differences({"promise": asking(region="a"), "kro": asking(region="a")})
    assert same == {}
    other = {"promise": asking(region="a", tags=[1]), "kro": asking(region="b", tags=[1])}
    assert differences(other) == {"region": {}}


def test_a_difference_that_an_offer_explains_has_its_reason_alone() -> None:
    disabled, absent = asking(contributorInsights="DISABLED"), asking()
    made = {"promise": disabled, "kro": disabled, "crossplane": absent}
    [(path, why)] = differences(made).items()
    assert path == "contributorInsights"
    assert why == {"crossplane": OFFERS["crossplane"].cannot["contributorInsights: DISABLED"]}


def test_requests_by_hand_ask_for_the_same_by_every_offer() -> None:
    for document, refused in CASES.values():
        if not refused:
            assert differing(admit(document)) <= EXCEPTIONS


def test_crossplane_rejects_a_key_with_several_attributes_and_no_other() -> None:
    several = {
        name
        for name, (document, refused) in CASES.items()
        if not refused and OFFERS["crossplane"].make(admit(document)).rejections
    }
    assert several == {
        "index key of 4 HASH and 4 RANGE",
        "index key of 2 HASH",
        "index key of 1 HASH and 4 RANGE",
        "index key with attributes of the table's key",
        "as many key attributes as a table can have",
    }
