"""The stack devex with its k3d cluster, by the real Pulumi, k3d and Docker.

The tests build on each other, in this order. The stack takes a cluster name of its own, and needs
what `make image` leaves.
"""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from stack_runs import Stack, require_programs, site

from infra.stack.k3d import PIPELINE_ARCHIVE

pytestmark = pytest.mark.stacks

NAME = "tablepromise-e2e"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    require_programs()
    for program in ("k3d", "docker"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on the PATH: these tests make a cluster by it")
    if not PIPELINE_ARCHIVE.is_file():
        pytest.skip("there is no dist/pipeline.tar; `make image` builds it")
    changes: dict[str, object] = {"clusterName": NAME, "examples": True}
    stack = Stack(tmp_path_factory.mktemp("devex"), "devex", changes | site())
    try:
        stack.timed("up")
        yield stack
    finally:
        stack.run("destroy", "--yes", "--skip-preview")
        assert NAME not in k3d_clusters()


def k3d_clusters() -> set[str]:
    done = subprocess.run(
        ["k3d", "cluster", "list", "-o", "json"], capture_output=True, text=True, check=True
    )
    return {each["name"] for each in json.loads(done.stdout)}


def replaced(stack: Stack) -> dict[str, str]:
    """What a preview would do, by resource."""
    text = stack.run("preview", "--json")
    found: dict[str, Any] = json.loads(text[text.index("{") :])
    return {step["urn"]: step["op"] for step in found["steps"]}


def inside(stack: Stack) -> set[str]:
    """Names of the resources that are Kubernetes objects."""
    state: dict[str, Any] = json.loads(stack.run("stack", "export"))
    return {
        resource["urn"]
        for resource in state["deployment"].get("resources", [])
        if resource["type"].startswith("kubernetes:")
    }


def objects(stack: Stack) -> set[str]:
    """Requests of the cluster of now that are Ready."""
    text = stack.run("stack", "output", "kubeconfig", "--show-secrets")
    file = stack.folder / "kubeconfig"
    file.write_text(text)
    command = ["kubectl", "--kubeconfig", str(file), "get", "ddbr", "-A", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {item["metadata"]["name"] for item in json.loads(done.stdout)["items"]}


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    stack.run("preview", "--expect-no-changes")


def test_everything_listens_on_this_machine_alone(stack: Stack) -> None:
    assert stack
    command = ["docker", "ps", "--filter", f"label=k3d.cluster={NAME}", "--format", "{{.Ports}}"]
    ports = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "127.0.0.1:" in ports
    assert "0.0.0.0" not in ports  # noqa: S104  none of it


def test_another_setting_of_k3d_replaces_all_and_leaves_a_full_cluster(stack: Stack) -> None:
    before, requests = inside(stack), objects(stack)
    assert requests
    stack.set("--path", "k3d.ports[0]", "18080:80@loadbalancer")
    plan = replaced(stack)
    assert {urn for urn in before if "replace" not in plan.get(urn, "same")} == set()
    stack.timed("up")
    assert inside(stack) == before
    assert objects(stack) == requests


def test_a_cluster_that_was_deleted_by_hand_is_made_again_full(stack: Stack) -> None:
    before, requests = inside(stack), objects(stack)
    subprocess.run(["k3d", "cluster", "delete", NAME], check=True, capture_output=True)
    stack.timed("up")
    assert inside(stack) == before
    assert objects(stack) == requests


def test_an_up_that_was_broken_off_goes_on(stack: Stack) -> None:
    before, requests = inside(stack), objects(stack)
    subprocess.run(["k3d", "cluster", "delete", NAME], check=True, capture_output=True)
    running = stack.start("up", "--yes", "--skip-preview")
    deadline = time.monotonic() + 600
    # in the middle: HelmReleases are being waited for
    while not running_release(stack):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(1)
    for _ in range(2):
        running.send_signal(signal.SIGINT)
        time.sleep(1)
    assert running.wait(120)
    stack.run("cancel", "--yes")
    stack.timed("up")
    assert inside(stack) == before
    assert objects(stack) == requests


def running_release(stack: Stack) -> bool:
    if NAME not in k3d_clusters():
        return False
    file = stack.folder / "kubeconfig"
    get = subprocess.run(["k3d", "kubeconfig", "get", NAME], capture_output=True, check=False)
    file.write_bytes(get.stdout)
    command = ["kubectl", "--kubeconfig", str(file), "get", "helmrelease", "-A", "-o", "name"]
    return bool(subprocess.run(command, capture_output=True, check=False).stdout)


def test_a_cluster_that_was_deleted_by_hand_can_be_destroyed(stack: Stack) -> None:
    subprocess.run(["k3d", "cluster", "delete", NAME], check=True, capture_output=True)
    seconds, _ = stack.timed("destroy")
    assert seconds < 120
    assert not inside(stack)
