"""The command line, as a user runs it."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from corpus import CASES, spec
from generated import request

from tablepromise.cli.main import VERBS, main
from tablepromise.request import admit, custom_resource_definition, dump, load, render

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/requests/production-orders-table.yaml"


def run(command: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, shlex.split(command), input=stdin)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(dump(request(spec(name="ab", region="us-east-3"))))
    return path


# --- try ------------------------------------------------------------------------------------------


def test_try_turns_the_five_examples_into_five_active_tables() -> None:
    result = run("try")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert " ".join(lines[0].split()) == (
        "REQUEST TABLE REGION BILLING KEYS STATUS ADMISSION PIPELINE DYNAMODB"
    )
    assert sum("ACTIVE" in line for line in lines) == 5
    assert any(line.startswith("warning: default/test-users-table: ") for line in lines)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_try_for_programs(form: str) -> None:
    result = run(f"try {EXAMPLE} -o {form}")
    [table] = yaml.safe_load(result.stdout)["requests"]
    assert (table["request"], table["table"], table["status"]) == (
        "default/production-orders-table",
        "orders-table",
        "ACTIVE",
    )
    assert table["arn"].endswith(":table/orders-table")
    assert set(table["seconds"]) == {"admission", "pipeline", "dynamodb"}


def test_try_shows_the_one_that_fails_in_full_and_makes_the_others(bad: Path) -> None:
    result = run(f"try {EXAMPLE} {bad}")
    assert result.exit_code == 1
    assert "ACTIVE" in result.stdout
    assert "Rejected" in result.stdout
    for text in ("spec.name: too short", 'got      "ab"', "allowed  3 to 255", "fix      add 1"):
        assert text in result.stderr
    assert f"tablepromise validate {bad}" in result.stderr


def test_try_when_nothing_answers_at_the_endpoint() -> None:
    result = run(f"try {EXAMPLE} --endpoint http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "Could not connect" in result.stderr
    assert "Failed" in result.stdout
    assert result.stderr.endswith("1 of 1 failed\n")


def test_try_at_an_endpoint_that_is_no_url() -> None:
    result = run("try --endpoint localhost:4566")
    assert result.exit_code == 2
    assert "allowed: a URL such as http://localhost:4566" in result.stderr


def test_try_reads_standard_input() -> None:
    result = run("try -", stdin=EXAMPLE.read_text())
    assert result.exit_code == 0
    assert "orders-table" in result.stdout


# --- validate -------------------------------------------------------------------------------------


def test_validate_accepts() -> None:
    result = run(f"validate {EXAMPLE.parent}")
    assert result.exit_code == 0
    assert result.stdout.count("is accepted") == 5
    assert "warning: no key or index uses attribute email" in result.stdout


BAD = [name for name, (_, paths) in CASES.items() if paths]


@pytest.mark.parametrize("name", BAD)
def test_validate_names_path_value_allowed_and_fix(name: str, tmp_path: Path) -> None:
    document, paths = CASES[name]
    file = tmp_path / "bad.yaml"
    file.write_text(dump(document))
    result = run(f"validate {file}")
    assert result.exit_code == 1
    for path in paths:
        assert f"\n  {path}: " in result.stderr
    assert "    allowed  " in result.stderr
    assert "    fix      " in result.stderr
    assert result.stderr.rstrip().endswith(f"run: tablepromise validate {file}")


def test_validate_for_programs(bad: Path) -> None:
    result = run(f"validate {bad} {EXAMPLE} -o json")
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)["requests"]
    assert (first["accepted"], second["accepted"]) == (False, True)
    assert {finding["path"] for finding in first["findings"]} == {"spec.name", "spec.region"}


def test_validate_what_kubectl_get_printed(tmp_path: Path) -> None:
    items = [request(spec(), name="one"), request(spec(name="ab"), name="two")]
    file = tmp_path / "list.yaml"
    file.write_text(dump({"apiVersion": "v1", "kind": "List", "items": items}))
    result = run(f"validate {file}")
    assert result.exit_code == 1
    assert "request default/one is accepted" in result.stdout
    assert "request default/two is rejected" in result.stderr


def test_validate_warns_of_one_table_asked_for_twice() -> None:
    demo = ROOT / "tests/fixtures/demo"
    result = run(f"validate {demo}/simple-users-table.yaml {demo}/test-users-table.yaml")
    assert result.exit_code == 0
    assert "default/simple-users-table requests the same table (users-table in us-east-1)" in (
        result.stdout
    )


def test_validate_a_change(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(dump(request(spec())))
    new.write_text(dump(request(spec(region="eu-west-1"))))
    result = run(f"validate {new} --old {old}")
    assert result.exit_code == 1
    assert "region is immutable" in result.stderr


def test_validate_a_change_of_what_was_never_legal(bad: Path) -> None:
    result = run(f"validate {EXAMPLE} --old {bad}")
    assert result.exit_code == 1
    assert "is not a valid request" in result.stderr


# --- render, schema, run --------------------------------------------------------------------------


def test_render_prints_the_table() -> None:
    [document] = load(EXAMPLE.read_text())
    expected = render(admit(document))
    assert load(run(f"render {EXAMPLE}").stdout) == [expected]
    assert json.loads(run(f"render {EXAMPLE} -o json").stdout) == expected


def test_render_several(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(dump(request(spec(), name="one"), request(spec(name="other"), name="two")))
    assert len(load(run(f"render {file}").stdout)) == 2
    assert len(json.loads(run(f"render {file} -o json").stdout)["items"]) == 2


def test_render_refuses(bad: Path) -> None:
    result = run(f"render {bad}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "spec.region: unsupported value" in result.stderr


def test_schema() -> None:
    assert load(run("schema").stdout) == [custom_resource_definition()]
    editor = json.loads(run("schema editor -o json").stdout)
    assert editor["title"] == "DynamoDBRequest"


def test_run_configure_and_delete(tmp_path: Path) -> None:
    out = tmp_path / "kratix"
    result = run(f"run configure --input {EXAMPLE} --output {out}")
    assert result.exit_code == 0, result.stderr
    assert (out / "output/table.yaml").exists()
    assert (out / "metadata/status.yaml").exists()
    result = run(f"run delete --input {out}/input/object.yaml --output {out}")
    assert result.exit_code == 0
    assert "is kept with its data" in result.stdout


def test_run_configure_refuses(bad: Path, tmp_path: Path) -> None:
    result = run(f"run configure --input {bad} --output {tmp_path}/out")
    assert result.exit_code == 1
    assert "spec.name: too short" in result.stderr
    assert f"tablepromise validate {bad}" in result.stderr


# --- usage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["nonsense", "try --nope", "validate", "run configure", "schema cue", "try -o xml"]
)
def test_wrong_usage_exits_2(command: str) -> None:
    assert run(command).exit_code == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("a: [", "is not valid YAML"), ("", "has no request"), ("- a", "not a mapping")],
)
def test_a_file_that_holds_no_request(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(content)
    for verb in ("validate", "render", "try"):
        result = run(f"{verb} {file}")
        assert result.exit_code == 1
        assert complaint in result.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = run(f"validate {tmp_path}/none.yaml")
    assert result.exit_code == 2
    assert "there is no file" in result.stderr
    result = run(f"validate {tmp_path}")
    assert result.exit_code == 1
    assert "has no .yaml" in result.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_help_needs_no_cloud_and_no_node(verb: str) -> None:
    check = (
        "import sys; from tablepromise.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'jsii', 'cdk8s', 'boto3', 'botocore', 'moto'} & sys.modules.keys()\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check, verb, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout
