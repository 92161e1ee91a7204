"""Files, folders and standard input, as a user names them."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from corpus import spec
from generated import request

from tablepromise.cli import inputs
from tablepromise.cli.main import main
from tablepromise.request import dump

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/requests/simple-users-table.yaml"
KUSTOMIZATION = "resources: [orders.yaml]\n"
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n"
TABLE = "apiVersion: dynamodb.services.k8s.aws/v1alpha1\nkind: Table\nmetadata: {name: a}\n"


def run(command: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, shlex.split(command), input=stdin)


def written(file: Path, *documents: Any) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(dump(*documents))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of GitOps, with one request."""
    (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION)
    (tmp_path / "account.yaml").write_text(ACCOUNT)
    (tmp_path / "more.yml").write_text(f"{TABLE}---\n{TABLE}---\n# nothing\n")
    (tmp_path / "deeper.yaml").mkdir()
    written(tmp_path / "orders.yaml", request(spec(), name="orders"))
    return tmp_path


SKIPPED = "skipped documents that are not requests: 1 (no kind), 1 ServiceAccount, 2 Table\n"


def test_other_kinds_in_a_folder_are_skipped_and_counted(folder: Path) -> None:
    for command in (f"validate {folder}", f"render {folder}", f"try {folder}"):
        result = run(command)
        assert result.exit_code == 0, result.output
        assert result.stderr == SKIPPED
    report = json.loads(run(f"validate {folder} -o json").stdout)
    assert [each["accepted"] for each in report["requests"]] == [True]
    assert report["skipped"] == {"(no kind)": 1, "ServiceAccount": 1, "Table": 2}


def test_other_kinds_in_files_are_skipped_and_counted(folder: Path) -> None:
    result = run(
        f"validate {' '.join(str(file) for file in folder.glob('*.y*ml') if file.is_file())}"
    )
    assert (result.exit_code, result.stderr) == (0, SKIPPED)


def test_a_folder_of_other_kinds_only_has_no_request(folder: Path) -> None:
    (folder / "orders.yaml").unlink()
    result = run(f"validate {folder}")
    assert result.exit_code == 1
    assert f"{folder} has no request, only " in result.stderr
    for kind in ("ServiceAccount", "Table"):
        assert kind in result.stderr


def test_a_file_of_another_kind_alone_is_refused(folder: Path) -> None:
    result = run(f"validate {folder}/account.yaml")
    assert result.exit_code == 1
    assert "kind: not a table request" in result.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "DynamodbRequest"},
        {"kind": "DynamoDBRequests"},
        {"apiVersion": "dynamodb.kratix.io/v1"},
        {"apiVersion": None},
        {"kind": None},
        {"kind": None, "apiVersion": None},
    ],
    ids=str,
)
def test_what_was_meant_to_be_a_request_is_not_skipped(
    folder: Path, change: dict[str, Any]
) -> None:
    meant = {**request(spec(), name="meant"), **change}
    written(folder / "meant.yaml", {key: value for key, value in meant.items() if value})
    result = run(f"validate {folder}")
    assert result.exit_code == 1
    assert "request default/meant is rejected" in result.stderr
    assert "1 of 2 rejected" in result.stderr


def test_one_broken_file_hides_no_other(folder: Path) -> None:
    (folder / "a.yaml").write_text("spec:\n  tags:\n\t- a\n")
    result = run(f"validate {folder}")
    assert result.exit_code == 1
    assert "request default/orders is accepted" in result.stdout
    assert f"{folder}/a.yaml:3: the document is not valid YAML\n  spec.tags: " in result.stderr
    assert "    fix      indent by spaces, not by tabs" in result.stderr
    [broken, good] = json.loads(run(f"validate {folder} -o json").stdout)["requests"]
    assert (broken["source"], broken["accepted"], good["accepted"]) == (
        f"{folder}/a.yaml:3",
        False,
        True,
    )
    tried = json.loads(run(f"try {folder} -o json").stdout)["requests"]
    assert [each["status"] for each in tried] == ["Rejected", "ACTIVE"]


def test_items_of_a_list_that_are_no_objects_are_refused(tmp_path: Path) -> None:
    items = [5, request(spec(), name="orders"), None, {"kind": "List", "items": ["x"]}]
    file = written(tmp_path / "list.yaml", {"apiVersion": "v1", "kind": "List", "items": items})
    result = run(f"validate {file}")
    assert result.exit_code == 1
    assert "request default/orders is accepted" in result.stdout
    for number in (0, 2, 3):
        assert f"{file}: items[{number}]: request (unnamed) is rejected" in result.stderr
    assert run(f"validate {written(file, {'kind': 'List', 'items': 'x'})}").exit_code == 1


def test_an_application_without_metadata_is_refused(tmp_path: Path) -> None:
    component = {"name": "orders", "type": "aws-dynamodb-kratix", "properties": spec()}
    application: dict[str, Any] = {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "spec": {"components": [component]},
    }
    result = run(f"render {written(tmp_path / 'a.yaml', application)}")
    assert result.exit_code == 1
    assert "metadata.name: missing" in result.stderr


def test_standard_input_may_be_utf_16() -> None:
    result = run("validate -", b"\xff\xfe" + EXAMPLE.read_text().encode("utf-16-le"))
    assert result.exit_code == 0, result.stderr


# --- changes --------------------------------------------------------------------------------------


def pair(folder: Path, name: str, **changes: Any) -> Path:
    return written(
        folder / f"{name}.yaml", request(spec(name=f"{name}-table", **changes), name=name)
    )


def test_old_and_new_folders_are_paired_by_name(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for name in ("one", "two", "gone"):
        pair(old, name)
    pair(new, "one")
    pair(new, "two", region="eu-west-1")
    pair(new, "three", region="eu-west-1")
    result = run(f"validate {new} --old {old}")
    assert result.exit_code == 1
    assert "request default/one is accepted" in result.stdout
    assert "--old has no request default/three: validated as a new request" in result.stdout
    assert "request default/two is rejected\n  spec.region: breaks a rule" in result.stderr
    assert "request default/gone is in --old only: not validated" in result.stderr
    assert json.loads(run(f"validate {new} --old {old} -o json").stdout)["gone"] == ["default/gone"]


def test_a_file_without_a_namespace_is_paired_with_the_object_of_the_cluster(
    tmp_path: Path,
) -> None:
    live = request(spec(), name="orders")
    live["metadata"]["namespace"] = "shop"
    mine = request(spec(region="eu-west-1"), name="orders")
    del mine["metadata"]["namespace"]
    old, new = written(tmp_path / "old.yaml", live), written(tmp_path / "new.yaml", mine)
    assert "spec.region: breaks a rule" in run(f"validate {new} --old {old}").stderr
    mine["metadata"]["namespace"] = "other"
    assert run(f"validate {written(new, mine)} --old {old}").exit_code == 0


def test_an_old_request_twice_is_an_error(tmp_path: Path) -> None:
    old = written(tmp_path / "old.yaml", request(spec()), request(spec()))
    result = run(f"validate {EXAMPLE} --old {old}")
    assert result.exit_code == 1
    assert "is defined twice" in result.stderr


# --- what cannot be read or written ---------------------------------------------------------------


@contextmanager
def unprivileged() -> Generator[None]:
    """As a user to whom modes mean something, meanwhile."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("command", ["validate {}", "try {}", "validate {}/a.yaml", "render {}/a"])
def test_a_folder_that_may_not_be_read(tmp_path: Path, command: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    run("try --help")  # imports what it needs
    with unprivileged():
        result = run(command.format(closed))
    assert result.exit_code == 1
    assert "cannot read" in result.stderr
    assert "Permission denied" in result.stderr


def test_a_file_that_does_not_end() -> None:
    result = run("validate /dev/zero")
    assert result.exit_code == 1
    assert "too long: got more than 64 MiB" in result.stderr


def test_the_limit_of_a_file_takes_what_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "a.yaml", request(spec()))
    monkeypatch.setattr(inputs, "SIZE", file.stat().st_size)
    assert run(f"validate {file}").exit_code == 0
    monkeypatch.setattr(inputs, "SIZE", file.stat().st_size - 1)
    assert run(f"validate {file}").exit_code == 1


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "file", tmp_path / "file/below", Path("/proc/kratix")):
        result = run(f"run configure --input {EXAMPLE} --output {root}")
        assert result.exit_code in (1, 2)
        assert str(root) in result.stderr
        assert "output" in result.stderr or "cannot write" in result.stderr


@pytest.mark.parametrize("redirect", ["> /dev/full", ">&-", "2> /dev/full > /dev/full"])
@pytest.mark.parametrize("arguments", [["--help"], ["schema"], ["validate", str(EXAMPLE)]])
def test_a_standard_output_that_takes_nothing(arguments: list[str], redirect: str) -> None:
    command = shlex.join([sys.executable, "-c", "from tablepromise.cli.main import main; main()"])
    done = subprocess.run(
        ["sh", "-c", f"exec {command} {shlex.join(arguments)} {redirect}"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == ("2>" not in redirect)
    assert done.stderr.startswith("Error: cannot write the output: ") or "2>" in redirect
