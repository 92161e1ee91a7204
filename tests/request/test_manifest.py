"""YAML as kubectl reads it; `tests/cluster/test_manifest.py` asks kubectl."""

import time

import pytest
import yaml
from yaml_texts import BOMB, READ, REFUSED, STRICTER, content

from tablepromise.request import InvalidManifest, dump, load
from tablepromise.request.manifest import Manifest, read_documents

SCALARS = {
    "N": False,
    "y": True,
    "off": False,
    "Yes": True,
    "true": True,
    "~": None,
    "null": None,
    "12": 12,
    "-7": -7,
    "010": 8,
    "0o10": 8,
    "0x1F": 31,
    "0b11": 3,
    "1_000": 1000,
    "1.5": 1.5,
    "1e3": 1000,
    "5.0": 5,
    "-0.0": 0,
    "1e21": 1e21,
    "9007199254740993.0": 9007199254740992,
    ".5": 0.5,
    "2001-01-01": "2001-01-01",
    "12:30": "12:30",
    "a b": "a b",
    '"N"': "N",
    "nope": "nope",
    "": None,
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_scalars_as_kubectl_reads_them(text: str, value: object) -> None:
    [document] = load(f"a: {text}")
    assert document == {"a": value}
    assert type(document["a"]) is type(value)


@pytest.mark.parametrize(
    "text", [*SCALARS, "<<", "=", "a: b", "- a", "#", "ä", "\n", " a\nN\n", "a \n\tb", "x" * 500]
)
def test_text_is_written_so_that_every_reader_sees_text(text: str) -> None:
    written = dump({"a": text, "n": 5, "t": True})
    expected = {"a": text, "n": 5, "t": True}
    assert load(written) == [expected]
    assert yaml.safe_load(written) == expected


def test_several_documents_and_empty_ones() -> None:
    assert load("---\na: 1\n---\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]
    assert load("") == []


@pytest.mark.parametrize("name", READ)
def test_texts_as_kubectl_reads_them(name: str) -> None:
    [document] = load(content(name))
    assert document["x"] == READ[name][1]
    assert repr(document["x"]) == repr(READ[name][1])  # 1 is not True


@pytest.mark.parametrize("name", [*REFUSED, *STRICTER])
def test_an_error_has_line_field_and_fix(name: str) -> None:
    _, line, path, problem = {**REFUSED, **STRICTER}[name]
    with pytest.raises(InvalidManifest, match="here is not valid YAML") as raised:
        load(content(name), "here")
    finding = raised.value.finding
    assert (raised.value.line, finding.path[: len(path)]) == (line, path)
    assert problem in finding.problem
    assert finding.allowed
    assert finding.fix
    assert len(str(raised.value)) < 500


def test_one_broken_document_does_not_hide_the_others() -> None:
    text = "a: 1\n---\n\nb: [\n---\n- c\n---\nd: 2\n"
    found = list(read_documents(text, "here"))
    assert [each.line for each in found] == [1, 4, 6, 8]
    assert [each.value for each in found if isinstance(each, Manifest)] == [{"a": 1}, {"d": 2}]


@pytest.mark.parametrize("text", [BOMB, "x: " + "[" * 1_000_000, '{"a":' * 1_000_000])
def test_a_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidManifest):
        load(text)
    assert time.process_time() - began < 1


def test_what_shares_an_anchor_is_written_out() -> None:
    assert dump(*load("a: &a {b: 1}\nc: *a")) == "a:\n  b: 1\nc:\n  b: 1\n"
