"""The law of the offers: DynamoDB is asked for the same, whichever a developer takes."""

import re
from collections import Counter

from corpus import CASES
from generated import request
from mutations import specs

from tablepromise.dialects.made import OFFERS, differences
from tablepromise.request import TableRequest, admit, judge

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
    for spec in specs(seed=71, count=1900):
        document = request(spec)
        if judge(document):
            continue
        different = differing(admit(document))
        assert different <= EXCEPTIONS, spec
        found.update(different)
        compared += 1
    assert compared >= 1000
    assert found.keys() == EXCEPTIONS  # and none is named for nothing


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
