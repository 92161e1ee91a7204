"""The tables of foreign names, compared with the sources that know the names."""

from collections.abc import Iterator
from typing import Any

import pytest
import upstream

from tablepromise.request import foreign_names as names
from tablepromise.request import spec_schema
from tablepromise.request.equivalents import nested_field, our_name
from tablepromise.request.spelling import normalize_name
from tools.generate import service_model

INPUTS = {
    "CreateTableInput": "spec",
    "TimeToLiveSpecification": "timeToLive",
    "Tag": "tags",
}
"""Shapes of botocore, and the field of a request whose object has their meaning."""

INTERNAL = {"sourcetablearn", "globaltablesettingsreplicationmode", "vectorindexes"}
"""Members of CreateTable that no person writes for a table of one region."""


def level(field: str) -> dict[str, Any]:
    """The schema of the object of a field, at any depth."""
    found = list(_levels("spec", spec_schema()))
    return next(node for name, node in found if name == field)


def _levels(field: str, node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    node = node.get("items", node)
    yield field, node
    for name, child in node.get("properties", {}).items():
        yield from _levels(name, child)


def known(name: str, field: str) -> str | None:
    """Our name for a foreign name, or the reason why there is none."""
    part = nested_field(name, field, level(field))
    ours = our_name(name, field, level(field)) or (part and ".".join(part))
    return (
        ours
        or names.UNSUPPORTED.get(normalize_name(name))
        or ("a switch" if normalize_name(name) in names.ENABLED else None)
    )


def unknown_members(shape: str, field: str) -> Iterator[str]:
    shapes = service_model()["shapes"]
    for name, member in shapes[shape].get("members", {}).items():
        ours = known(name, field)
        if ours is None and normalize_name(name) not in INTERNAL:
            yield f"{shape}.{name} for {field}"
        inner = shapes[member["shape"]]
        inner_name = inner["member"]["shape"] if inner["type"] == "list" else member["shape"]
        if ours in dict(_levels("spec", spec_schema())) and "members" in shapes[inner_name]:
            yield from unknown_members(inner_name, str(ours))


@pytest.mark.parametrize(("shape", "field"), INPUTS.items())
def test_every_name_that_dynamodb_takes_is_known(shape: str, field: str) -> None:
    assert not list(unknown_members(shape, field))


def test_every_name_of_ack_is_known() -> None:
    spec = upstream.schema("ack-dynamodb-tables.yaml")["properties"]["spec"]
    assert [name for name in spec["properties"] if not known(name, "spec")] == []


def test_every_name_and_value_of_ours_exists() -> None:
    for field, table in names.FIELDS.items():
        for ours in table.values():
            assert ours in level(field)["properties"], (field, ours)
    for field, parts in names.NESTED_FIELDS.items():
        for outer, inner in parts.values():
            assert inner in level(field)["properties"][outer]["properties"], (outer, inner)
    fields = [node for _, node in _levels("spec", spec_schema()) if "properties" in node]
    for field, values in names.VALUES.items():
        enums = [
            option
            for node in fields
            for option in node["properties"].get(field, {}).get("enum", [])
        ]
        assert set(values.values()) <= set(enums), field


def test_no_entry_shadows_a_name_of_ours_or_repeats_one() -> None:
    for field, table in names.FIELDS.items():
        ours = set(map(normalize_name, level(field)["properties"]))
        assert not ours & table.keys(), field
        assert all(name == normalize_name(name) for name in table)
