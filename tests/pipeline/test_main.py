"""The container's entry point, as a process."""

import subprocess
import sys
from pathlib import Path

import pytest
from corpus import spec
from generated import request

from tablepromise.request import dump


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tablepromise.pipeline", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,  # and nothing else, as in a bare container
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "input").mkdir()
    (tmp_path / "input/object.yaml").write_text(dump(request(spec())))
    return tmp_path


def test_configure_and_delete(root: Path) -> None:
    done = run("configure", str(root))
    assert (done.returncode, done.stdout) == (0, "table orders is on its way to us-west-2\n")
    assert "not in a cluster" in done.stderr
    assert (root / "output/table.yaml").exists()
    done = run("delete", str(root))
    assert done.returncode == 0
    assert "is kept with its data" in done.stdout


def test_in_a_cluster_other_requests_are_asked_for(root: Path) -> None:
    done = run("configure", str(root), KUBERNETES_SERVICE_HOST="127.0.0.1")
    assert done.returncode == 0, done.stderr
    assert "not in a cluster" not in done.stderr
    # it called the API server as a pod does, and this is no pod
    assert "does not run in a pod with a ServiceAccount token" in done.stdout
    assert not (root / "output/table.yaml").exists()


def test_a_refusal_exits_0_so_that_kratix_reads_the_reason(root: Path) -> None:
    (root / "input/object.yaml").write_text(dump(request(spec(name="ab"))))
    done = run("configure", str(root))
    assert done.returncode == 0
    assert done.stdout.startswith("rejected, nothing was changed: spec.name: too short")


@pytest.mark.parametrize("arguments", [(), ("create",), ("configure", "a", "b")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    usage = "usage: python -m tablepromise.pipeline configure|delete [ROOT]   (ROOT: /kratix)"
    assert done.stderr == f"{usage}\n"


def test_outside_kratix_it_says_which_file_is_missing(tmp_path: Path) -> None:
    done = run("configure", str(tmp_path))
    assert done.returncode == 1
    assert "object.yaml" in done.stderr
