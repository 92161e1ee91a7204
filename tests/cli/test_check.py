"""`check` and `trace` on an API server that answers over HTTP."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from fake_api import FakeApi
from msgspec.structs import replace
from situations import NAME, SITUATIONS
from world import NOW, World, ago, examples

from tablepromise import kubeconfig
from tablepromise.cli import fetcher, printers
from tablepromise.cli.main import main
from tablepromise.diagnosis import TableDescription, diagnose

ORDERS = next(request for request in examples() if request["metadata"]["name"] == NAME)


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    """All five examples are ready; it is the current cluster."""
    with FakeApi.serving(World()) as fake:
        monkeypatch.setenv("KUBECONFIG", str(fake.kubeconfig(tmp_path)))
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        yield fake


def run(command: str) -> Result:
    return CliRunner().invoke(main, shlex.split(command))


def rows(result: Result, heading: str) -> list[list[str]]:
    """The lines below a heading, by words."""
    lines = result.stdout.splitlines()
    [begin] = [number for number, line in enumerate(lines) if line.startswith(heading)]
    block = lines[begin + 1 :]
    end = next((number for number, line in enumerate(block) if not line), len(block))
    return [line.split() for line in block[:end]]


def test_all_five_are_ready(api: FakeApi) -> None:
    result = run("check")
    assert result.exit_code == 0, result.output
    assert {row[0] for row in rows(result, "PLATFORM")} == {"healthy"}
    requests = rows(result, "NAMESPACE")
    assert [row[1] for row in requests] == [
        "production-orders-table",
        "simple-users-table",
        "test-orders-table",
        "test-users-table",
        "timeseries-metrics-table",
    ]
    assert {tuple(row[4:6]) for row in requests} == {("ready", "dynamodb")}
    assert {tuple(row[7:9]) for row in requests} == {("ACTIVE", "0")}
    assert api.paths


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0s"), (119, "119s"), (120, "2m"), (192, "3m12s"), (599, "9m59s"), (600, "10m")),
        *((1415, "23m"), (10799, "179m"), (10800, "3h"), (18480, "5h8m"), (28800, "8h")),
        *((172799, "47h"), (172800, "2d"), (180000, "2d2h"), (691200, "8d"), (63071999, "729d")),
        *((63072000, "2y"), (63158400, "2y1d"), (252288000, "8y"), (-5, "0s")),
    ],
)
def test_an_age_is_written_as_kubectl_writes_it(seconds: int, text: str) -> None:
    """The values are those of HumanDuration, which `kubectl get` prints."""
    assert printers.age(NOW - timedelta(seconds=seconds), NOW) == text


def test_age_is_that_of_the_request_and_since_that_of_its_hop(api: FakeApi) -> None:
    api.world = World([ORDERS])
    SITUATIONS["blocked by another object"].spoil(api.world)
    api.world.one("DynamoDBRequest")["metadata"]["creationTimestamp"] = ago(23.4 * 60)
    result = run("check")
    [heading] = [line for line in result.stdout.splitlines() if line.startswith("NAMESPACE")]
    columns = dict(zip(heading.split(), rows(result, "NAMESPACE")[0], strict=True))
    assert (columns["AGE"], columns["HOP"]) == ("23m", "applied")
    assert columns["SINCE"] in {f"{seconds}s" for seconds in range(60, 100)}
    [report] = json.loads(run("check -o json").stdout)["requests"]
    age = datetime.now(UTC) - datetime.fromisoformat(report["created"])
    assert timedelta(minutes=23) < age < timedelta(minutes=25)


def test_nothing_at_all_is_there(api: FakeApi) -> None:
    api.world = World.empty()
    result = run("check")
    assert result.exit_code == 1
    assert "Kratix is not installed" in result.stdout
    assert "no requests" in result.stdout


def test_a_cluster_is_read_as_it_is(api: FakeApi) -> None:
    """What comes over HTTP, narrowed by selectors, has the same diagnosis as all objects."""
    api.started = NOW  # the times of the world are those of the server
    reader = fetcher.Fetcher(kubeconfig.load(None, None), None)
    for name, situation in [*SITUATIONS.items()][::6]:
        api.world = World([ORDERS])
        situation.spoil(api.world)
        read = replace(reader.snapshot(), descriptions=api.world.described)
        assert read.read_errors.keys() == api.world.unread.keys(), name
        for kind, unread in api.world.unread.items():  # an API server has other words for it
            assert read.read_errors[kind].cause == unread.cause, name
        same = replace(read, read_errors=api.world.unread)
        assert diagnose(same, NOW) == diagnose(api.world.snapshot(), NOW), name
    reader.close()


@pytest.mark.parametrize(
    "name", ["blocked by another object", "the pipeline runs", "dynamodb says so itself"]
)
def test_what_is_printed_is_the_diagnosis(api: FakeApi, name: str) -> None:
    situation = SITUATIONS[name]
    api.world = World([ORDERS])
    situation.spoil(api.world)
    live = f"--endpoint {api.url}" if api.world.described else ""
    result = run(f"check {live}")
    [row] = rows(result, "NAMESPACE")
    assert (row[4], row[5]) == (situation.state, situation.hop)
    [request] = diagnose(api.world.snapshot(), NOW).requests
    problem = request.problem
    if problem:
        assert (
            f"  what {problem.what}\n  why  {problem.why}\n  next {problem.next}" in result.stdout
        )
    assert result.exit_code == int(bool(problem or situation.parts))

    traced = run(f"trace {NAME} {live} -o json")
    report = json.loads(traced.stdout)
    assert (report["state"], report["hop"]) == (situation.state, situation.hop)
    assert traced.exit_code == int(bool(problem))
    assert (report["problem"] is not None) == bool(problem)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_for_programs(api: FakeApi, form: str) -> None:
    result = run(f"check -o {form}")
    report = yaml.safe_load(result.stdout)
    assert len(report["requests"]) == 5
    assert report["requests"][0]["hops"][0]["name"] == "admitted"
    assert {part["state"] for part in report["platform"]} == {"healthy"}
    assert api.paths


def test_long_lists_come_in_pieces(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "CHUNK", 2)
    assert len(rows(run("check"), "NAMESPACE")) == 5
    assert any("continue=4" in path for path in api.paths)


def test_one_namespace_is_looked_at_where_requests_are_and_nowhere_else(api: FakeApi) -> None:
    result = run("check -n team-a")
    assert "no requests" in result.stdout
    paths = [path.split("?")[0] for path in api.paths]
    for plural in ("dynamodbrequests", "works", "workplacements", "jobs", "events", "tables"):
        found = [path for path in paths if path.endswith(f"/{plural}")]
        assert found
        assert all("/namespaces/team-a/" in path for path in found)
    assert run("check -n a -A").exit_code == 2


def test_dynamodb_is_asked_for_each_table(api: FakeApi) -> None:
    for request in api.world.objects["DynamoDBRequest"]:
        spec = request["spec"]
        api.world.described[spec["region"], spec["name"]] = TableDescription("ACTIVE", 42)
    api.world.described.pop(("us-east-1", "orders-table"))
    result = run(f"check --endpoint {api.url}")
    assert result.exit_code == 1
    assert {row[8] for row in rows(result, "NAMESPACE") if row[4] == "ready"} == {"42"}
    assert "DynamoDB has no table orders-table in us-east-1" in result.stdout


# --- when the cluster cannot be read --------------------------------------------------------------


def test_the_missing_right_is_named(api: FakeApi) -> None:
    api.refuses = {"promises": 403, "customresourcedefinitions": 403, "kustomizations": 500}
    result = run("check")
    assert result.exit_code == 0
    assert "not allowed to list promises.platform.kratix.io in the cluster" in result.stdout
    assert "not allowed to get customresourcedefinitions.apiextensions.k8s.io" in result.stdout
    assert "cannot read kustomizations.kustomize.toolkit.fluxcd.io" in result.stdout


def test_requests_must_be_readable(api: FakeApi) -> None:
    api.refuses = {"dynamodbrequests": 403}
    result = run("check")
    assert result.exit_code == 1
    assert "not allowed to list dynamodbrequests.dynamodb.kratix.io in the cluster" in result.stderr
    assert "-n NAMESPACE" in result.stderr
    result = run("trace x -n team-a")
    assert "in namespace team-a" in result.stderr


def test_who_is_not_known_must_log_in(api: FakeApi) -> None:
    api.refuses = {"dynamodbrequests": 401}
    result = run("check")
    assert result.exit_code == 1
    assert "rejects the credentials" in result.stderr


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_plugin_brings_the_token(api: FakeApi, tmp_path: Path, version: str) -> None:
    name = f"client.authentication.k8s.io/{version}"
    shown = json.dumps({"apiVersion": name, "status": {"token": "from-plugin"}})
    code = ["-c", f"print({shown!r})"]
    plugin = {"apiVersion": name, "command": sys.executable, "args": code}
    api.kubeconfig(tmp_path, exec=plugin)
    assert run("check").exit_code == 0
    assert api.tokens == {"Bearer from-plugin"}
    api.kubeconfig(tmp_path, exec={**plugin, "command": "no-such-plugin"})
    result = run("check")
    assert result.exit_code == 1
    assert "no-such-plugin" in result.stderr


def test_nothing_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = FakeApi(World())
    nobody.url = "http://127.0.0.1:9"
    monkeypatch.setenv("KUBECONFIG", str(nobody.kubeconfig(tmp_path)))
    for command in ("check", "trace x", "check --watch"):
        result = run(command)
        assert result.exit_code == 1
        assert "cannot reach http://127.0.0.1:9" in result.stderr
        assert "kubectl cluster-info" in result.stderr


# --- trace ----------------------------------------------------------------------------------------


def test_the_tree_of_a_request(api: FakeApi) -> None:
    api.world = World([ORDERS])
    SITUATIONS["blocked by another object"].spoil(api.world)
    result = run(f"trace {NAME}")
    assert result.exit_code == 1
    head, *lines = result.stdout.splitlines()
    assert head == f"default/{NAME} -> table orders-table in us-east-1: failed"
    assert [line.split()[1:3] for line in lines[:8]] == [
        *(["ok", hop] for hop in ("admitted", "workflow", "work", "scheduled", "written")),
        ["!!", "applied"],
        *(["..", hop] for hop in ("table", "dynamodb")),
    ]
    assert "blocked by another object: Table/team-b/bad  (Kustomization flux-system" in lines[5]
    assert lines[-3].startswith("  what blocked by another object: Table/team-b/bad")
    assert lines[-2].startswith("  why  ReconciliationFailed: Table/team-b/bad dry-run failed")
    assert lines[-1].startswith("  next correct or remove Table/team-b/bad")


def test_the_tree_in_the_documents_is_what_is_printed(
    capsys: pytest.CaptureFixture[str], update: bool
) -> None:
    world = World([ORDERS])
    SITUATIONS["blocked by another object"].spoil(world)
    [request] = diagnose(world.snapshot(), NOW).requests
    printers.print_tree(request, NOW)
    page = Path(__file__).parents[2] / "docs/check.md"
    tree = capsys.readouterr().out
    if update:
        page.write_text(
            re.sub(r"(?s)```\ndefault/.*?```", lambda _: f"```\n{tree}```", page.read_text())
        )
    assert f"```\n{tree}```" in page.read_text()


def test_names_of_verbs_are_completed() -> None:
    env = {
        "_TABLEPROMISE_COMPLETE": "bash_complete",
        "COMP_WORDS": "tablepromise ",
        "COMP_CWORD": "1",
    }
    result = CliRunner().invoke(main, env=env, prog_name="tablepromise")
    assert {"plain,check", "plain,trace"} <= set(result.stdout.split())


def test_the_table_of_a_request_that_is_gone(api: FakeApi) -> None:
    api.world = World([ORDERS])
    api.world.drop("DynamoDBRequest")
    table = api.world.one("Table")["metadata"]
    table["deletionTimestamp"] = ago(5)
    api.world.one("Deployment", "ack-dynamodb-chart")["spec"]["replicas"] = 0
    for command in ("check", f"trace {NAME}"):
        result = run(command)
        assert result.exit_code == 1
        assert "its request no longer exists, and the Table is being deleted" in result.stdout
        assert "kubectl scale deployment ack-dynamodb-chart" in result.stdout
    report = json.loads(run(f"trace {NAME} -o json").stdout)
    assert (report["kind"], report["name"]) == ("Table", f"default/{NAME}")


def test_a_request_that_is_not_there(api: FakeApi) -> None:
    result = run("trace simple-user-table")
    assert result.exit_code == 1
    assert "no request simple-user-table in namespace default; did you mean simple-users-table" in (
        result.stderr
    )
    assert "tablepromise check -n default" in result.stderr
    assert api.paths


# --- watch ----------------------------------------------------------------------------------------


def test_watch_prints_a_document_at_each_change_until_interrupted(api: FakeApi) -> None:
    # who runs the tests in the background has this signal ignored, also in what they start
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from tablepromise.cli.main import main; main()"
    command = [sys.executable, "-c", code, "check", "-w", "-o", "json", "--interval", "0.1"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout
        first = document(process.stdout)
        assert {request["state"] for request in first["requests"]} == {"ready"}
        api.world.drop("DynamoDBRequest", NAME)
        second = document(process.stdout)
        assert len(second["requests"]) == 4
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130


def document(lines: Iterator[str]) -> dict[str, Any]:
    """The next JSON document: it ends with a brace at the margin."""
    text = ""
    for line in lines:
        text += line
        if line == "}\n":
            break
    decoded: dict[str, Any] = json.loads(text)
    return decoded


def test_an_outage_is_said_and_watched_on(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([lambda: api.refuses.update({"dynamodbrequests": 401}), api.refuses.clear])

    def sleep(_: float) -> None:
        for change in looks:
            change()
            return
        raise KeyboardInterrupt

    # not of the module `time`: servers of earlier tests sleep too
    monkeypatch.setattr("tablepromise.cli.check.time", SimpleNamespace(sleep=sleep))
    result = run("check --watch")
    assert result.exit_code == 130
    assert "rejects the credentials" in result.stderr
    assert result.stdout.count("PLATFORM") == 1  # nothing changed
