"""The reflector lives through every kind of broken answer, retries, recovers and counts."""

import re
from collections import Counter
from pathlib import Path

import pytest
from broken import ANSWERS, LINES, Answer, line
from live_api import LiveApi
from process import kubeconfig, running, until
from status_world import ORDERS
from world import World

from tablepromise.reflector import FOLLOWED, Api, Refused

RESOURCES = {read.kind: read.resource for read in FOLLOWED}
READS = Counter(read.kind for read in FOLLOWED)
KINDS = [kind for kind, reads in READS.items() if reads == 1]
"""Those that one thread reads, so that the times between two answers are of that thread."""

LISTS = list(ANSWERS.items())
WATCHES = [
    *(each for each in LISTS if each[0] != "an empty body"),  # a watch may end at any time
    *((f"a line: {name}", line(content)) for name, content in LINES.items()),
]


def spread(answers: list[tuple[str, Answer]]) -> list[list[tuple[str, Answer]]]:
    """The answers in groups, each of at most one answer per kind of object."""
    return [answers[n : n + len(KINDS)] for n in range(0, len(answers), len(KINDS))]


@pytest.mark.parametrize("group", range(len(spread(LISTS))))
def test_a_broken_list_is_asked_for_again(tmp_path: Path, group: int) -> None:
    lives(tmp_path, "list", spread(LISTS)[group])


@pytest.mark.parametrize("group", range(len(spread(WATCHES))))
def test_a_broken_watch_is_begun_again(tmp_path: Path, group: int) -> None:
    lives(tmp_path, "watch", spread(WATCHES)[group])


def lives(tmp_path: Path, verb: str, answers: list[tuple[str, Answer]]) -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        wrong = dict(zip(KINDS, answers, strict=False))
        api.wrong = {(verb, kind): answer for kind, (_, answer) in wrong.items()}
        file = kubeconfig(api, tmp_path / "config")
        with running("--platform", file, "--destination", file) as process:
            for kind, (name, _) in wrong.items():
                until(
                    lambda kind=kind: (
                        len(api.broken[verb, kind]) >= 3 or process.popen.poll() is not None
                    )
                )
                assert process.popen.poll() is None, (name, process.popen.communicate()[1])
                times = api.broken[verb, kind]
                assert times[2] - times[0] > 1.5, (name, times)  # it backs off
            api.wrong = {}
            until(lambda: process.get("/readyz")[0] == 200)
            until(lambda: bool(api.patches))
            _, metrics = process.get("/metrics")
            counted = dict(
                re.findall(r'\ntablepromise_read_failures_total{resource="(\S+)"} (\S+)', metrics)
            )
            for kind, (name, _) in wrong.items():
                assert float(counted[RESOURCES[kind]]) >= 2, (name, counted)
            code, logged = process.end()
            assert code == 0
            assert "Traceback" not in logged
            for kind, (name, _) in wrong.items():
                assert f"cannot follow {RESOURCES[kind]}: " in logged, name


def test_a_broken_answer_to_a_write_is_a_refusal() -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        client = Api(api.config, 60)
        try:
            for name, answer in ANSWERS.items():
                api.wrong = {("patch", "DynamoDBRequest"): answer}
                for write in (client.patch, client.label):
                    with pytest.raises(Refused) as raised:
                        write("default", "orders", {"metadata": {}})
                    assert str(raised.value), name
        finally:
            client.close()
