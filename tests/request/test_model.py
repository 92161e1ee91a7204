"""The model: one law, over generated requests."""

import random

from generated import legal, request
from mutations import specs

from tablepromise.request import TableRequest, admit, load, stored_request, validate
from tablepromise.request.manifest import dump


def test_what_is_written_is_read_back_the_same(share: int) -> None:
    accepted = [d for d in map(request, specs(seed=5, count=400 // share)) if not validate(d)]
    assert len(accepted) > 200 // share
    for document in accepted:
        typed = admit(document)
        [again] = load(dump(typed.as_document()))
        assert not validate(again)
        assert admit(again) == typed
        assert TableRequest.of(stored_request(again)) == typed


def test_what_is_written_leaves_out_what_has_its_default() -> None:
    spec = legal(random.Random(4))  # noqa: S311  repeatable on purpose
    least = {key: spec[key] for key in ("name", "attributeDefinitions", "keySchema")}
    # but not the region, whose default is not that of every target
    assert admit(stored_request(request(least))).as_document() == request(
        {**least, "region": "us-west-2"}
    )


def test_what_is_made_legal_is_accepted() -> None:
    rng = random.Random(4)  # noqa: S311  repeatable on purpose
    for _ in range(400):
        assert not validate(request(legal(rng)))


def test_a_request_without_a_namespace_is_in_default() -> None:
    document = next(d for d in map(request, specs(seed=5, count=50)) if not validate(d))
    del document["metadata"]["namespace"]
    assert admit(document).namespace == "default"
