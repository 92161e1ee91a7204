"""`compare`, and `render --offer`: a request by each offer, without a cluster."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from corpus import BASE, EIGHT, indexed, spec
from generated import request

from tablepromise.cli.main import main
from tablepromise.dialects.made import OFFERS
from tablepromise.request import admit, dump, load

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/requests/production-orders-table.yaml"


def run(command: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, shlex.split(command), input=stdin)


def written(tmp_path: Path, **fields: Any) -> Path:
    file = tmp_path / "request.yaml"
    file.write_text(dump(request(spec(**fields))))
    return file


@pytest.mark.parametrize("file", sorted((ROOT / "examples/requests").glob("*.yaml")), ids=str)
def test_the_examples_are_the_same_table_by_all_four(file: Path) -> None:
    result = run(f"compare {file}")
    assert result.exit_code == 0, result.stderr
    title, _, header, _, *rows = result.stdout.splitlines()
    assert title.endswith("the same table")
    assert header.split() == ["FIELD", "PROMISE", "KRO", "CROSSPLANE", "KUBEVELA"]
    assert len(rows) >= 10
    for row in rows:
        _, *values = [cell for cell in row.split("   ") if cell.strip()]
        assert len(values) == 4
        assert len({value.strip() for value in values}) == 1


def test_a_difference_is_marked_and_explained(tmp_path: Path) -> None:
    result = run(f"compare {written(tmp_path, contributorInsights=False)}")
    assert result.exit_code == 1
    assert result.stdout.startswith("default/generated: differ in 1\n")
    [row] = [line for line in result.stdout.splitlines() if line.startswith("! contributor")][:1]
    assert row.split() == ["!", "contributorInsights", *["DISABLED"] * 2, "-", "DISABLED"]
    assert "! contributorInsights: crossplane cannot: The provider can switch" in result.stdout


def test_an_offer_that_rejects_a_request_is_marked_and_explained(tmp_path: Path) -> None:
    file = written(tmp_path, **indexed(*EIGHT))
    result = run(f"compare {file}")
    assert result.exit_code == 1
    assert result.stdout.startswith("default/generated: differ in 1\n")
    [kinds] = [line for line in result.stdout.splitlines() if "kind made" in line]
    assert [cell.strip() for cell in kinds.split("   ") if cell.strip()] == [
        *("kind made", "Table.dynamodb", "Table.dynamodb", "none: rejected"),
        "DynamoDBRequest.dynamodb",
    ]
    assert "! globalSecondaryIndexes[0].keySchema: crossplane cannot: the key of" in result.stdout
    [row] = [line for line in result.stdout.splitlines() if "keySchema[7].attributeName" in line]
    assert row.split()[1:] == ["k0_7", "k0_7", "-", "k0_7"]


def test_render_by_an_offer_that_rejects_the_request(tmp_path: Path) -> None:
    file = written(tmp_path, **indexed(*EIGHT))
    for offer in OFFERS:
        result = run(f"render --offer {offer} {file}")
        assert result.exit_code == (offer == "crossplane"), result.output
    result = run(f"render --offer crossplane {file}")
    assert result.stdout == ""
    assert "spec.globalSecondaryIndexes[0].keySchema: breaks a rule" in result.stderr
    assert "request the table from the Promise or kro" in result.stderr
    assert f"see: tablepromise compare {file}" in result.stderr


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_for_programs(form: str) -> None:
    [compared] = yaml.safe_load(run(f"compare {EXAMPLE} -o {form}").stdout)["requests"]
    assert compared["request"] == "default/production-orders-table"
    assert compared["differences"] == {}
    assert compared["offers"].keys() == OFFERS.keys()
    assert compared["offers"]["kro"]["tableName"] == "orders-table"


def test_several_requests(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(dump(request(BASE, name="one"), request({**BASE, "name": "b-b"}, name="two")))
    titles = [line for line in run(f"compare {file}").stdout.splitlines() if "/" in line[:10]]
    assert titles == ["default/one: the same table", "default/two: the same table"]


def test_long_values_are_cut_and_stay_whole_for_programs(tmp_path: Path) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "x" * 50}]})
    file = written(tmp_path, resourcePolicy=policy)
    [row] = [r for r in run(f"compare {file}").stdout.splitlines() if "resourcePolicy" in r]
    assert row.count("...") == 4
    [compared] = json.loads(run(f"compare {file} -o json").stdout)["requests"]
    assert compared["offers"]["crossplane"]["resourcePolicy"] == policy


def test_a_request_that_is_refused(tmp_path: Path) -> None:
    for command in ("compare", "render --offer kro"):
        result = run(f"{command} {written(tmp_path, name='ab')}")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "spec.name: too short" in result.stderr
        assert "see: tablepromise validate" in result.stderr


@pytest.mark.parametrize(
    ("offer", "kind"),
    [
        ("promise", "Table"),
        ("kro", "Table"),
        ("crossplane", "Table"),
        ("kubevela", "DynamoDBRequest"),
    ],
)
def test_render_by_each_offer(offer: str, kind: str) -> None:
    [document] = load(EXAMPLE.read_text())
    expected = OFFERS[offer].make(admit(document)).objects
    assert [each["kind"] for each in expected] == [kind]
    assert load(run(f"render --offer {offer} {EXAMPLE}").stdout) == expected
    assert json.loads(run(f"render --offer {offer} {EXAMPLE} -o json").stdout) == expected[0]


@pytest.mark.parametrize(
    "file", ["kro/tables.yaml", "crossplane/tables.yaml", "kubevela/applications.yaml"]
)
def test_what_is_written_for_another_offer_is_a_request_too(file: str) -> None:
    result = run(f"compare {ROOT}/examples/{file} -o json")
    assert result.exit_code == 0, result.stderr
    compared = json.loads(result.stdout)["requests"]
    assert len(compared) == 5
    suffix = {"crossplane/tables.yaml": "crossplane", "kro/tables.yaml": "kro"}.get(file, "vela")
    assert all(each["offers"]["promise"]["tableName"].endswith(suffix) for each in compared)


NO_TABLE: tuple[dict[str, Any], ...] = (
    {"kind": "Pod"},
    {"spec": {"components": []}},
    {"spec": {"components": [{"name": "x", "type": "webservice"}]}},
    {"spec": {"components": [{}]}},
    {"spec": {"components": [{"name": "x", "type": 5}]}},
    {"spec": []},
)


@pytest.mark.parametrize("change", NO_TABLE, ids=str)
def test_what_asks_for_no_table_is_refused(change: dict[str, Any]) -> None:
    [first, *_] = load((ROOT / "examples/kubevela/applications.yaml").read_text())
    result = run("render -", stdin=dump({**first, **change}))
    assert result.exit_code == 1
    assert "not a table request" in result.stderr


def test_render_says_which_offers_there_are() -> None:
    result = run(f"render --offer terraform {EXAMPLE}")
    assert result.exit_code == 2
    for offer in OFFERS:
        assert offer in result.stderr
