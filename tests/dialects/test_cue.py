"""A structural schema in CUE, judged by CUE itself."""

from typing import Any

import pytest
from cue import CueError, export, run

from tablepromise.dialects import cue

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "description": 'A "name".', "minLength": 2, "pattern": r"^\w+$"},
        "kind": {"type": "string", "enum": ["A", "B"], "default": "B"},
        "size": {"type": "integer", "format": "int64", "minimum": 1, "default": 5},
        "open": {"type": "boolean"},
        "odd-one": {"type": "string"},
        "parts": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "count": {"type": "integer", "maximum": 9, "default": 1},
                    "weight": {"type": "integer"},
                },
            },
        },
        "one": {"type": "object", "properties": {"deep": {"type": "integer", "minimum": 0}}},
        "filled": {
            "type": "object",
            "default": {"on": True},
            "properties": {"on": {"type": "boolean", "default": True}},
        },
    },
}


def test_fields_and_limits_as_text() -> None:
    assert cue.fields(SCHEMA) == (
        "close({\n"
        '\t// +usage=A "name".\n'
        '\tname: strings.MinRunes(2) & =~#"^\\w+$"#\n'
        '\tkind: *"B" | "A"\n'
        "\tsize: *5 | int\n"
        "\topen?: bool\n"
        '\t"odd-one"?: string\n'
        "\tparts?: [...close({\n"
        "\t\tcount: *1 | int\n"
        "\t\tweight?: int\n"
        "\t})]\n"
        "\tone?: close({\n"
        "\t\tdeep?: int\n"
        "\t})\n"
        "\tfilled?: close({\n"
        "\t\ton: *true | bool\n"
        "\t})\n"
        "})"
    )
    assert cue.limits(SCHEMA) == (
        "{\n"
        "\tsize?: int64 & >=1\n"
        "\tparts?: list.MinItems(1) & list.MaxItems(2) & [...{\n"
        "\t\tcount?: <=9\n"
        "\t}]\n"
        "\tone?: deep?: >=0\n"
        "\tfilled: {...}\n"
        "}"
    )


def test_no_limit_is_no_text() -> None:
    assert cue.limits({"type": "object", "properties": {"open": {"type": "boolean"}}}) == ""


def text(value: str) -> str:
    packages = "\n".join(f'import "{package}"' for package in cue.IMPORTS)
    return f"{packages}\n_limits: {cue.limits(SCHEMA)}\nx: {cue.fields(SCHEMA)} & _limits & {value}"


def test_defaults_are_filled_in_and_what_is_optional_stays_out() -> None:
    made = export(text('{name: "ab", parts: [{}]}'), "x")
    assert made == {
        **{"name": "ab", "kind": "B", "size": 5, "parts": [{"count": 1}]},
        "filled": {"on": True},
    }


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        '{name: "a"}',
        '{name: "a b"}',
        '{name: "ab", kind: "C"}',
        '{name: "ab", size: 0}',
        '{name: "ab", size: 1.5}',
        '{name: "ab", size: 9223372036854775808}',
        '{name: "ab", parts: []}',
        '{name: "ab", parts: [{}, {}, {}]}',
        '{name: "ab", parts: [{count: 10}]}',
        '{name: "ab", parts: [{other: 1}]}',
        '{name: "ab", one: deep: -1}',
        '{name: "ab", one: other: 1}',
        '{name: "ab", filled: other: 1}',
        '{name: "ab", other: 1}',
    ],
)
def test_what_the_schema_refuses_is_refused(value: str) -> None:
    with pytest.raises(CueError):
        run("vet", "--concrete", text=text(value))


def test_a_keyword_that_would_be_lost_is_refused() -> None:
    schema = {"type": "object", "properties": {"size": {"type": "integer", "multipleOf": 2}}}
    with pytest.raises(ValueError, match=r"size: .* got multipleOf, allowed for integer: format"):
        cue.fields(schema)


def test_a_default_that_cue_would_not_fill_in_is_refused() -> None:
    inner = {"type": "object", "properties": {"deep": {"type": "integer", "default": 1}}}
    schema = {"type": "object", "properties": {"one": {**inner, "default": {"deep": 2}}}}
    with pytest.raises(ValueError, match=r"one: .* got \{'deep': 2\}, allowed: \{'deep': 1\}"):
        cue.fields(schema)
