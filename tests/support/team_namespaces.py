"""Namespaces for requests of the tests, on a cluster where a target is installed."""

import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import faults
import pytest
from api import kubectl, kubectl_json, wait

from infra.app import build
from infra.settings import targets
from infra.stack.resources import rank
from infra.targets import Target
from tablepromise.platform import Flux
from tablepromise.request import dump, load, model

EXAMPLE = Path(__file__).parents[2] / "examples/requests/simple-users-table.yaml"
_KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io"

SUSPENDED = ("tablepromise", "infrastructure-configs")
"""Stages of Flux that rest while the tests' namespaces are teams: the root before its stage."""


@contextmanager
def teams(*namespaces: str) -> Generator[None]:
    """Makes these namespaces teams of the installed target meanwhile, each with an agent."""
    target = _installed()
    with_tests = replace(target, teams=(*target.teams, *namespaces))
    before, after = _configs(target), _configs(with_tests)
    changed = sorted((d for key, d in after.items() if before.get(key) != d), key=rank)
    with ExitStack() as stack:
        # else Flux would take the namespaces out of the policies again: the stage at its next
        # interval, and the root by applying the stage, which it would resume
        found = kubectl_json("get", _KUSTOMIZATIONS, "-n", Flux.NAMESPACE)["items"]
        there = {live["metadata"]["name"] for live in found}
        for name in (name for name in SUSPENDED if name in there):
            stack.enter_context(faults.suspended(_KUSTOMIZATIONS, name, Flux.NAMESPACE))
        kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=dump(*changed))
        for namespace in namespaces:
            # the API server compiles a changed policy some seconds later
            wait(lambda name=namespace: _accepted(name), f"requests to be accepted in {namespace}")
        try:
            yield
        finally:
            theirs = [before[key] for key in after if key in before and before[key] != after[key]]
            kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=dump(*theirs))
            # the agents' objects; a namespace goes when its requests and Tables went
            ours = [d for key, d in after.items() if key not in before and key[0] != "Namespace"]
            kubectl("delete", "--ignore-not-found", "-f", "-", stdin=dump(*ours))


def _accepted(namespace: str) -> bool:
    """Whether the API server would accept a request in a namespace."""
    [example, *_] = load(EXAMPLE.read_text(encoding="utf-8"))
    example["metadata"] = {"name": "accepted", "namespace": namespace}
    done = subprocess.run(
        ["kubectl", "create", "--dry-run=server", "-f", "-"],
        input=dump(example),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0


def _installed() -> Target:
    """The target whose Destination receives tables."""
    kind = "destinations.platform.kratix.io"
    labels = ",".join(f"{key}={value}" for key, value in model.DESTINATION_LABELS.items())
    names = [live["metadata"]["name"] for live in kubectl_json("get", kind, "-l", labels)["items"]]
    known = targets()
    for name in names:
        if name in known:
            return known[name]
    pytest.fail(f"no Destination has the name of a target: got {names}, allowed: {list(known)}")


def _configs(target: Target) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The objects of the stage with the agents, by kind, namespace and name."""
    return {
        (d["kind"], d["metadata"].get("namespace", ""), d["metadata"]["name"]): d
        for d in build(target).configs.documents()
    }
