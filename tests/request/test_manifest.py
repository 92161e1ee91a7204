"""YAML as kubectl reads it; `tests/cluster/test_manifest.py` asks kubectl."""

import pytest
import yaml

from tablepromise.request import NotYAML, dump, load

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
    "1e3": 1000.0,
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


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\na: 2", "- a", "text", "a: \t- b", "a: !!python/x 1"]
)
def test_what_kubectl_refuses(text: str) -> None:
    with pytest.raises(NotYAML, match="here"):
        load(text, "here")
