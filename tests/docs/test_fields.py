"""docs/fields.md, held against the verdicts of admission and not against its generator."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from changes import CHANGES
from corpus import CASES, GSI, HASH, KEY, LSI, RANGE, spec
from field_paths import paths
from generated import request

from tablepromise.request import Finding, stored_request, validate

PAGE = (Path(__file__).parents[2] / "docs/fields.md").read_text()


def cells(line: str) -> list[str]:
    """Cells of one row, the empty ones too."""
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


FIELDS = {
    path.strip("`"): rest
    for path, *rest in (
        cells(line) for line in PAGE.partition("## Rules")[0].splitlines() if line.startswith("| `")
    )
}
RULES = [
    (path.strip("`"), must, fix)
    for path, must, fix in (
        cells(line) for line in PAGE.partition("## Rules")[2].splitlines() if line.startswith("| `")
    )
]


def full() -> dict[str, Any]:
    """A spec with every field. Some exclude each other, so rules between fields are broken."""
    capacity = {"readCapacity": 1, "writeCapacity": 1}
    maximums = {"maxReadRequestUnits": 1, "maxWriteRequestUnits": 1}
    projection = {"projectionType": "INCLUDE", "nonKeyAttributes": ["extra"]}
    return spec(
        region="us-east-1",
        billingMode="PROVISIONED",
        provisioned=capacity,
        onDemand=maximums,
        globalSecondaryIndexes=[
            {**GSI, "projection": projection, "provisioned": capacity, "onDemand": maximums}
        ],
        localSecondaryIndexes=[{**LSI, "keySchema": [HASH, RANGE], "projection": projection}],
        timeToLive={"attributeName": "at", "enabled": True},
        pointInTimeRecovery=True,
        stream={"viewType": "KEYS_ONLY"},
        encryption={"type": "KMS", "kmsKeyArn": KEY},
        tableClass="STANDARD",
        deletionProtection=True,
        contributorInsights=True,
        tags=[{"key": "team", "value": "orders"}],
        resourcePolicy='{"Statement": [{}]}',
        deletionPolicy="Retain",
    )


def holder(document: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The object of `document` that has the field at `path`, and the name of the field."""
    *parents, name = path.split(".")
    node = document["spec"]
    for parent in parents:
        node = node[parent.removesuffix("[]")]
        node = node[0] if parent.endswith("[]") else node
    return node, name


def found(path: str, value: object) -> set[str]:
    """What is wrong with a value at that very field, beside rules between fields."""
    document = request(copy.deepcopy(full()))
    node, name = holder(document, path)
    node[name] = value
    here = f"spec.{path.replace('[]', '[0]')}"
    return {
        f.problem for f in validate(document) if f.path == here and f.problem != "breaks a rule"
    }


def test_every_field_is_on_the_page_once_and_no_other() -> None:
    listed = re.findall(r"^\| `([^`]+)` \|", PAGE.partition("## Rules")[0], re.MULTILINE)
    assert sorted(listed) == sorted(set(paths(full())))
    assert not [f for f in validate(request(full())) if f.problem != "breaks a rule"]


@pytest.mark.parametrize("path", FIELDS)
def test_type_values_and_limits_are_those_of_admission(path: str) -> None:
    kind, _, limits, _ = FIELDS[path]
    values = re.findall(r"`([^`]+)`", kind)
    for value in values:
        assert not found(path, value)
    if values:
        assert found(path, "ANOTHER") == {"unsupported value"}
    else:
        assert found(path, 7 if kind == "string" else "abc") == {"wrong type"}
    for low, high, unit in re.findall(r"(\d+) to (\d+) ?(characters|items|)", limits):
        _bounds(path, kind, unit, int(low), int(high))
    for low in re.findall(r"at least (-?\d+)", limits):
        assert not found(path, int(low))
        assert found(path, int(low) - 1)


def _bounds(path: str, kind: str, unit: str, low: int, high: int) -> None:
    node, name = holder({"spec": full()}, path)
    for size, legal in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
        if size < 0:
            continue
        value: object = size
        if unit == "items":
            value = [node[name][0]] * size
        elif unit == "characters":
            value = "a" * size
        problems = found(path, value)
        if "matches" in FIELDS[path][2]:
            problems -= {"wrong form"}
        assert bool(problems) != legal, (path, size, problems)
    assert kind.split()[0] in {"integer", "string", "list"}


@pytest.mark.parametrize("path", [path for path, row in FIELDS.items() if row[1]])
def test_a_default_is_what_the_api_server_stores(path: str) -> None:
    document = request(copy.deepcopy(full()))
    node, name = holder(document, path)
    del node[name]
    node, name = holder(stored_request(document), path)
    assert node[name] == json.loads(FIELDS[path][1].strip("`"))


def test_a_field_without_a_default_is_not_filled_in() -> None:
    least = stored_request(CASES["least"][0])["spec"]
    assert set(least) == {path for path, row in FIELDS.items() if "." not in path and row[1]} | set(
        CASES["least"][0]["spec"]
    )


# --- rules ----------------------------------------------------------------------------------------


def of_page(finding: Finding) -> tuple[str, str, str]:
    """A finding in the words of the page."""
    path = re.sub(r"\[\d+\]", "[]", finding.path.removeprefix("spec").removeprefix("."))
    return path or "(spec)", finding.allowed, finding.fix


def test_a_rule_names_a_field_of_the_page() -> None:
    assert len(RULES) == len(set(RULES)) > 40
    assert not [path for path, *_ in RULES if path not in FIELDS and path != "(spec)"]


def wrong_parts() -> Iterator[dict[str, Any]]:
    """Specs with each rule of a part broken, in each place that has such a part."""
    least = spec()
    two = [RANGE, _other("id")]
    for key in ([RANGE], [HASH, HASH], two, [RANGE, HASH], [HASH, _other("id")]):
        yield {**least, "keySchema": key}
        yield {**least, "globalSecondaryIndexes": [{**GSI, "keySchema": key}]}
        yield {**least, "localSecondaryIndexes": [{**LSI, "keySchema": key}]}
    unknown = {**LSI, "keySchema": [HASH, _other("unknown")]}
    yield {**least, "localSecondaryIndexes": [unknown]}
    long = {"projectionType": "INCLUDE", "nonKeyAttributes": ["\u00e4" * 128]}
    for projection in ({"projectionType": "INCLUDE"}, {"nonKeyAttributes": ["extra"]}, long):
        yield {**least, "globalSecondaryIndexes": [{**GSI, "projection": projection}]}
        yield {**least, "localSecondaryIndexes": [{**LSI, "projection": projection}]}
    for units in ("readCapacity", "writeCapacity"):
        indexes = [{**GSI, "indexName": f"by-at-{number}"} for number in range(2)]
        capacity = {"readCapacity": 1, "writeCapacity": 1, units: 40000}
        provisioned = {"billingMode": "PROVISIONED", "provisioned": capacity}
        yield {**least, **provisioned, "globalSecondaryIndexes": indexes}


def _other(name: str) -> dict[str, str]:
    return {"attributeName": name, "keyType": "RANGE"}


def test_what_admission_finds_is_a_row_of_the_page_and_every_row_is_found() -> None:
    verdicts = [validate(document) for document, _ in CASES.values()]
    verdicts += [validate(new, old) for old, new, _ in CHANGES.values()]
    verdicts += [validate(request(wrong)) for wrong in wrong_parts()]
    seen = {of_page(f) for findings in verdicts for f in findings if f.problem == "breaks a rule"}
    # a rule that cannot be evaluated is reported at the spec, without the rule's own field
    unplaced = {(path, must, fix) for path, must, fix in seen if path == "(spec)"} - set(RULES)
    assert {row[1:] for row in unplaced} <= {row[1:] for row in RULES}
    assert sorted(seen - unplaced - set(RULES)) == []
    assert sorted(set(RULES) - seen) == []
