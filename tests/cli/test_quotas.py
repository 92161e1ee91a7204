"""`--quotas`: the quotas of a target, for verbs that see none."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from generated import request
from msgspec import to_builtins
from raised_quotas import AT_THE_QUOTAS, RAISED

from tablepromise.cli.main import main
from tablepromise.request import custom_resource_definition, dump, editor_schema

QUOTAS = "--quotas " + ",".join(f"{name}={value}" for name, value in to_builtins(RAISED).items())


def run(command: str) -> Result:
    return CliRunner().invoke(main, shlex.split(command))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Requests that need every quota."""
    requests = [
        request({**spec, "name": f"table-{number}"}, f"request-{number}")
        for number, spec in enumerate(AT_THE_QUOTAS.values())
    ]
    path = tmp_path / "requests.yaml"
    path.write_text(dump(*requests))
    return path


@pytest.mark.parametrize("verb", ["validate", "render"])
def test_up_to_the_quotas_every_request_is_accepted(file: Path, verb: str) -> None:
    assert run(f"{verb} {file}").exit_code == 1
    accepted = run(f"{verb} {file} {QUOTAS}")
    assert accepted.exit_code == 0, accepted.output


def test_a_change_is_judged_with_the_quotas(file: Path) -> None:
    assert run(f"validate {file} --old {file} {QUOTAS}").exit_code == 0


@pytest.mark.parametrize("offer", ["promise", "kro", "crossplane", "kubevela"])
def test_every_offer_renders_what_was_requested(file: Path, offer: str) -> None:
    result = run(f"render {file} {QUOTAS} --offer {offer}")
    assert result.exit_code == 0, result.output
    assert "100000" in result.stdout


def test_every_table_is_made(file: Path) -> None:
    result = run(f"try {file} {QUOTAS} -o json")
    assert [each["status"] for each in json.loads(result.stdout)["requests"]] == ["ACTIVE"] * len(
        AT_THE_QUOTAS
    )


@pytest.mark.parametrize(
    ("reader", "schema"), [("crd", custom_resource_definition), ("editor", editor_schema)]
)
def test_the_schema_of_a_target(reader: str, schema: Any) -> None:
    assert yaml.safe_load(run(f"schema {reader} {QUOTAS}").stdout) == schema(quotas=RAISED)
    assert yaml.safe_load(run(f"schema {reader}").stdout) == schema()


@pytest.mark.parametrize(
    ("quotas", "text"),
    [
        ("tableReadUnits=1", "quotas.tableReadUnits: got 1, allowed: a whole number from 40000"),
        ("tableReadUnits", "quotas.tableReadUnits: got '', allowed: a whole number from 40000"),
        ("tableReadUnits=many", "quotas.tableReadUnits: got 'many', allowed: a whole number"),
        ("indexes=30", "quotas.indexes: there is no such setting, allowed: tableReadUnits, "),
        ("tableReadUnits=90000", "quotas.accountReadUnits: got 80000, allowed: a whole number"),
    ],
)
def test_quotas_that_a_target_cannot_have(file: Path, quotas: str, text: str) -> None:
    result = run(f"validate {file} --quotas {quotas}")
    assert result.exit_code == 2
    assert text in result.stderr
