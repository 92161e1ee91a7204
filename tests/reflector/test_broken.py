"""The reflector lives through every kind of broken answer, retries, recovers and counts."""

import logging
from collections import Counter

import pytest
from broken import ANSWERS, LINES, Answer, line
from following import following, same, until
from live_api import LiveApi
from status_world import ORDERS
from world import World

from tablepromise.reflector import WATCHED, Api, ApiCallError

RESOURCES = {read.kind: read.resource for read in WATCHED}
READS = Counter(read.kind for read in WATCHED)
KINDS = [kind for kind, reads in READS.items() if reads == 1]
"""Those that one thread reads, so that all its pauses follow from the answers for this kind."""

LISTS = list(ANSWERS.items())
WATCHES = [
    *(each for each in LISTS if each[0] != "an empty body"),  # a watch may end at any time
    *((f"a line: {name}", line(content)) for name, content in LINES.items()),
]


@pytest.mark.parametrize(("verb", "answers"), [("list", LISTS), ("watch", WATCHES)])
def test_a_broken_answer_is_retried_with_back_off(
    verb: str, answers: list[tuple[str, Answer]], caplog: pytest.LogCaptureFixture
) -> None:
    for first in range(0, len(answers), len(KINDS)):
        caplog.clear()
        survives(verb, dict(zip(KINDS, answers[first:], strict=False)), caplog)


def survives(
    verb: str, wrong: dict[str, tuple[str, Answer]], caplog: pytest.LogCaptureFixture
) -> None:
    """Each kind has one of the answers, at the same time."""
    with LiveApi.serving(World([ORDERS])) as api:
        api.wrong = {(verb, kind): answer for kind, (_, answer) in wrong.items()}
        with following(api, complete=False) as seen:
            for kind, (name, _) in wrong.items():
                until(lambda kind=kind: len(seen.pauses[f"watch {RESOURCES[kind]}"]) >= 3)
                assert seen.pauses[f"watch {RESOURCES[kind]}"][:3] == [1, 2, 4], name
            assert all(thread.is_alive() for thread in seen.threads)
            api.wrong = {}
            until(lambda: seen.store.complete)
            until(lambda: same(api, seen.store))
            for kind, (name, _) in wrong.items():
                assert seen.store.failures[RESOURCES[kind]] >= 3, name
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert not any(record.exc_info for record in warnings)
    for kind, (name, _) in wrong.items():
        logged = f"cannot watch {RESOURCES[kind]}: "
        assert any(record.getMessage().startswith(logged) for record in warnings), name


def test_a_broken_answer_to_a_write_is_a_refusal() -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        client = Api(api.config, 60)
        try:
            for name, answer in ANSWERS.items():
                api.wrong = {("patch", "DynamoDBRequest"): answer}
                for write in (client.patch_status, client.patch_labels):
                    with pytest.raises(ApiCallError) as raised:
                        write("default", "orders", {"metadata": {}})
                    assert str(raised.value), name
        finally:
            client.close()
