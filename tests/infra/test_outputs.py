"""What a stack says when it is up."""

import json
import os
import shlex
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pytest
from stack_program import configured, run

from infra.app import build
from infra.settings import ROOT, read, targets
from infra.stack.cluster import LocalCluster
from infra.stack.outputs import outputs
from infra.stack.program import prepare
from infra.targets import K3d, Target
from tablepromise.cli.main import VERBS
from tablepromise.request import load, validate

ROLE = {"aws": {"roleArn": "arn:aws:iam::123456789012:role/x"}}
BUCKET = {"bucket": "state", "endpoint": "s3.example.com:9000", "secret": "s"}
GIT = {"url": "ssh://git@git.example.com/state.git", "secret": "s"}


def exported(stack: str, **changes: object) -> dict[str, Any]:
    """Outputs of a stack, whose objects are not registered."""
    found: dict[str, Any] = {}

    def program() -> None:
        settings, cluster = prepare()
        found.update(outputs(settings.target, build(settings.target), cluster))

    run(stack, configured(stack, **changes), preview=True, program=program)
    return found


@pytest.fixture(scope="module", params=sorted(targets()))
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def found(stack: str) -> dict[str, Any]:
    return exported(stack)


@pytest.fixture
def target(stack: str) -> Target:
    return read(ROOT, stack)


def test_the_program_exports_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", seen.__setitem__)
    run("aws", configured("aws"), preview=True)
    assert seen == exported("aws")


def test_their_names(target: Target, found: dict[str, Any]) -> None:
    always = {"context", "endpoints", "promise", "next"}
    made = {"kubeconfig"} if isinstance(target.cluster, K3d) else set[str]()
    assert found.keys() == always | made


def test_the_kubeconfig_is_secret_and_all_else_is_plain(found: dict[str, Any]) -> None:
    for name, value in found.items():
        if name == "kubeconfig":
            assert value._data.result().is_secret
        else:
            assert not isinstance(value, pulumi.Output)
            assert json.loads(json.dumps(value)) == value


def test_context_and_promise(target: Target, found: dict[str, Any]) -> None:
    cluster = target.cluster
    context = f"k3d-{cluster.name}" if isinstance(cluster, K3d) else cluster.context
    assert found["context"] == context
    [promise] = [d for d in build(target).promises.documents() if d["kind"] == "Promise"]
    version = promise["metadata"]["labels"]["kratix.io/promise-version"]
    assert found["promise"] == {"name": promise["metadata"]["name"], "version": version}


@pytest.mark.parametrize(
    ("changes", "dynamodb", "store"),
    [
        ({"aws": {"emulator": "moto"}}, "http://moto.moto.svc.cluster.local:", ""),
        ({"aws": {"emulator": "localstack"}}, "http://localstack.localstack.svc", ""),
        ({"aws": {"endpoint": "http://10.0.0.1:5000"}}, "http://10.0.0.1:5000", ""),
        ({**ROLE, "region": "eu-west-1"}, "https://dynamodb.eu-west-1.amazonaws.com", ""),
        (
            {"aws": {"secret": "keys"}, "region": "cn-north-1"},
            "https://dynamodb.cn-north-1.amazonaws.com.cn",
            "",
        ),
        ({**ROLE, "store": {}}, "https://dynamodb.us-west-2.amazonaws.com", "versitygw."),
        ({"store": BUCKET}, "", "s3.example.com:9000"),
        ({"store": GIT}, "", "ssh://git@git.example.com/state.git"),
    ],
    ids=str,
)
def test_where_tables_and_state_are(changes: dict[str, Any], dynamodb: str, store: str) -> None:
    endpoints = exported("aws", **changes)["endpoints"]
    assert endpoints.keys() == {"dynamodb", "stateStore"}
    assert endpoints["dynamodb"].startswith(dynamodb)
    assert endpoints["stateStore"].startswith(store)
    assert all(endpoints.values())


def test_what_to_do_next_can_be_done(target: Target, found: dict[str, Any]) -> None:
    commands = [shlex.split(line) for line in found["next"]]
    made = isinstance(target.cluster, K3d)
    programs = ["mkdir", "export"] * made + ["kubectl", COMMAND, COMMAND]
    assert [command[0] for command in commands] == programs
    [_, *arguments] = commands[-3]
    [request] = load((ROOT / arguments[arguments.index("-f") + 1]).read_text())
    assert commands[-1][2] == request["metadata"]["name"]
    assert {command[1] for command in commands[-2:]} <= set(VERBS)
    for command in (commands[-3], commands[-1]):
        assert command[command.index("-n") + 1] in target.teams
        assert ("--context" in command) != made


COMMAND = ".venv/bin/tablepromise"


@pytest.mark.parametrize(
    "changes", [{}, {"regions": ["us-east-1"]}, {"regions": ["eu-west-1"]}], ids=str
)
def test_the_first_request_is_in_a_region_on_offer(changes: dict[str, Any], tmp_path: Path) -> None:
    """The printed command, run by a shell, with a kubectl that keeps what it is given."""
    [line, *_] = exported("aws", **changes)["next"]
    (tmp_path / "kubectl").write_text('#!/bin/sh\nfor file; do :; done\ncat "$file"\n')
    (tmp_path / "kubectl").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", line.replace("-f -", "-f /dev/stdin")],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    regions = replace(read(ROOT, "aws"), regions=tuple(changes.get("regions", ()))).table_regions
    [request] = load(done.stdout)
    assert request["metadata"]["name"] == "simple-users-table"
    assert not validate(request, regions=regions)
    in_the_file = "us-east-1" in regions.allowed
    assert ("region" in request["spec"]) == in_the_file


def test_the_command_is_where_the_repository_has_it() -> None:
    # not on the PATH: `make install` puts it into .venv
    assert os.access(ROOT / COMMAND, os.X_OK)


def test_a_context_is_one_word_of_the_commands() -> None:
    context = "me@a b;rm"
    for line in exported("aws", context=context)["next"]:
        command = shlex.split(line)
        assert command[command.index("--context") + 1] == context


@pytest.mark.parametrize("before", [None, 0o644], ids=["new", "readable to all before"])
def test_the_kubeconfig_is_for_its_owner_and_outside_of_the_repository(
    tmp_path: Path, before: int | None
) -> None:
    """The printed commands, run by a shell: they write the administrator of the cluster."""
    home, folder, bin_ = (tmp_path / name for name in ("home", "checkout", "bin"))
    for each in (home, folder, bin_):
        each.mkdir()
    (bin_ / "pulumi").write_text('#!/bin/sh\necho "$@"\n')
    (bin_ / "pulumi").chmod(0o755)
    file = home / ".kube/k3d-mine.yaml"
    if before is not None:
        file.parent.mkdir()
        file.touch()
        file.chmod(before)
    commands = exported("devex", clusterName="mine")["next"][:2]
    done = subprocess.run(
        ["sh", "-c", "\n".join(["umask 022", *commands, 'echo "$KUBECONFIG"'])],
        cwd=folder,
        env={"HOME": str(home), "PATH": f"{bin_}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert file.read_text() == "stack output kubeconfig --show-secrets\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert done.stdout == f"{file}\n"
    assert not list(folder.iterdir())


def test_a_kubeconfig_that_is_in_the_checkout_all_the_same_is_not_committed() -> None:
    command = ["git", "check-ignore", "-q", "kubeconfig.yaml"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_a_registry_says_where_it_is() -> None:
    found = exported("devex", k3d={"registry": "images"})
    assert found["registry"]._data.result().value == "r:1"
    assert "registry" not in exported("devex")


def test_a_cluster_that_was_there_has_no_kubeconfig_to_give() -> None:
    target = read(ROOT, "aws")
    cluster = SimpleNamespace(context="production", kubeconfig=None, registry=None)
    found = outputs(target, build(target), cast(LocalCluster, cluster))
    assert "kubeconfig" not in str(found)
