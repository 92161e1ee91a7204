"""`render --offer`: the objects of each offer, without a cluster."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from corpus import EIGHT, indexed, spec
from generated import request

from tablepromise.cli.main import main
from tablepromise.dialects.rendering import RENDERERS
from tablepromise.request import admit, dump, load

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/requests/production-orders-table.yaml"


def run(command: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, shlex.split(command), input=stdin)


def written(tmp_path: Path, **fields: Any) -> Path:
    file = tmp_path / "request.yaml"
    file.write_text(dump(request(spec(**fields))))
    return file


def test_what_an_offer_cannot_express_is_a_warning(tmp_path: Path) -> None:
    file = written(tmp_path, contributorInsights=False)
    for offer in RENDERERS:
        result = run(f"render --offer {offer} {file}")
        assert result.exit_code == 0
        assert ("contributorInsights: The provider can" in result.stderr) == (offer == "crossplane")
    assert "warning" not in run(f"render --offer crossplane {EXAMPLE}").stderr


def test_render_by_an_offer_that_rejects_the_request(tmp_path: Path) -> None:
    file = written(tmp_path, **indexed(*EIGHT))
    for offer in RENDERERS:
        result = run(f"render --offer {offer} {file}")
        assert result.exit_code == (offer == "crossplane"), result.output
    result = run(f"render --offer crossplane {file}")
    assert result.stdout == ""
    assert "spec.globalSecondaryIndexes[0].keySchema: breaks a rule" in result.stderr
    assert "request the table from the Promise or kro" in result.stderr


def test_a_request_that_is_refused(tmp_path: Path) -> None:
    result = run(f"render --offer kro {written(tmp_path, name='ab')}")
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
    expected = RENDERERS[offer](admit(document)).objects
    assert [each["kind"] for each in expected] == [kind]
    assert load(run(f"render --offer {offer} {EXAMPLE}").stdout) == expected
    assert json.loads(run(f"render --offer {offer} {EXAMPLE} -o json").stdout) == expected[0]


@pytest.mark.parametrize(
    "file", ["kro/tables.yaml", "crossplane/tables.yaml", "kubevela/applications.yaml"]
)
def test_what_is_written_for_another_offer_is_a_request_too(file: str) -> None:
    result = run(f"render {ROOT}/examples/{file}")
    assert result.exit_code == 0, result.stderr
    tables = load(result.stdout)
    assert len(tables) == 5
    suffix = {"crossplane/tables.yaml": "crossplane", "kro/tables.yaml": "kro"}.get(file, "vela")
    assert all(table["spec"]["tableName"].endswith(suffix) for table in tables)


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
    for offer in RENDERERS:
        assert offer in result.stderr
