"""The cluster of a stack: made by k3d or already there, and what is said if it cannot be used."""

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from stack_program import Registered, configured, run

from infra.cluster import configuration
from infra.k3d import TOOLS
from infra.targets import K3d
from tablepromise.platform import pipeline_image, versions


@pytest.fixture(autouse=True)
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one of KUBECONFIG."""
    file = written(tmp_path / "config", "production", "staging")
    monkeypatch.setenv("KUBECONFIG", str(file))
    return file


def written(file: Path, *contexts: str) -> Path:
    content: dict[str, Any] = {
        "current-context": contexts[0],
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example.com"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": n, "context": {"cluster": "c", "user": "u"}} for n in contexts],
    }
    file.write_text(json.dumps(content))
    return file


def existing(*, preview: bool, **changes: object) -> list[Registered]:
    return run("aws", configured("aws", **changes), preview=preview)


def one(registered: list[Registered], ending: str) -> Registered:
    [found] = [r for r in registered if r.type.endswith(ending)]
    return found


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


# --- one that is there ----------------------------------------------------------------------------


@pytest.mark.parametrize("preview", [True, False])
def test_a_context_that_there_is_is_deployed_to(
    preview: bool, caplog: pytest.LogCaptureFixture
) -> None:
    registered = existing(preview=preview, context="staging")
    assert not warnings(caplog)
    provider = one(registered, "providers:kubernetes").inputs
    assert provider["context"] == provider["clusterIdentifier"] == "staging"
    for kind in (":Drain", ":Sweep"):
        inputs = one(registered, kind).inputs
        assert (inputs["path"], inputs["context"]) == ("", "staging")
    assert not [r for r in registered if r.type.endswith(":K3dCluster")]


def test_a_kubeconfig_of_its_own_is_the_only_one_asked(tmp_path: Path) -> None:
    file = str(written(tmp_path / "own", "mine"))
    registered = existing(preview=False, context="mine", kubeconfig=file)
    assert one(registered, "providers:kubernetes").inputs["kubeconfig"] == file
    assert one(registered, ":Drain").inputs["path"] == file
    with pytest.raises(pulumi.RunError, match="there is no context staging, allowed: mine"):
        existing(preview=False, context="staging", kubeconfig=file)


def test_without_one_the_provider_too_looks_where_kubectl_does(
    tmp_path: Path, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # which may be several files; as a value of the provider that would be one path
    files = (tmp_path / "missing", kubeconfig, written(tmp_path / "more", "mine"))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    registered = existing(preview=False, context="mine")
    assert not one(registered, "providers:kubernetes").inputs.get("kubeconfig")
    assert not one(registered, ":Drain").inputs["path"]


CONTEXTS = "production, staging"
UNUSABLE = {
    "absent": ({"context": "prod"}, f"there is no context prod, allowed: {CONTEXTS}"),
    "not chosen": ({"context": ""}, f"context: is not chosen, allowed: {CONTEXTS}; pulumi config"),
    "no file": ({"context": "a", "kubeconfig": "missing"}, "missing"),
}

unusable = pytest.mark.parametrize(("changes", "complaint"), UNUSABLE.values(), ids=UNUSABLE)


@unusable
def test_a_context_that_cannot_be_used_is_refused(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        existing(preview=False, **changes)
    assert complaint in str(caught.value)


@unusable
def test_a_preview_only_warns_of_it(
    changes: dict[str, str], complaint: str, caplog: pytest.LogCaptureFixture
) -> None:
    registered = existing(preview=True, **changes)
    [warning] = warnings(caplog)
    assert warning.startswith("`pulumi up` will be refused: ")
    assert complaint in warning
    assert one(registered, "providers:kubernetes").inputs.get("context", "") == changes["context"]


def test_where_there_is_no_kubeconfig_no_context_can_be_chosen(kubeconfig: Path) -> None:
    kubeconfig.unlink()
    for context, complaint in (("", "allowed: none: there is no kubeconfig"), ("a", "looked at")):
        with pytest.raises(pulumi.RunError, match=complaint):
            existing(preview=False, context=context)


def test_a_kubeconfig_that_is_none_is_refused(kubeconfig: Path) -> None:
    kubeconfig.write_text("[]")
    for context in ("", "a"):
        with pytest.raises(pulumi.RunError, match="kubeconfig"):
            existing(preview=False, context=context)


# --- one that is made -----------------------------------------------------------------------------


def having(folder: Path, tools: Iterable[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only these are on PATH, and to run them fails."""
    for tool in tools:
        (folder / tool).write_text("#!/bin/false\n")
        (folder / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize("there", [[], ["docker"], ["k3d"], ["docker", "k3d"]], ids=str)
def test_a_preview_warns_of_programs_that_are_missing(
    there: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    having(tmp_path, there, monkeypatch)
    run("devex", configured("devex"), preview=True)
    missing = {tool: page for tool, page in TOOLS.items() if tool not in there}
    pages = " and ".join(f"{tool} ({page})" for tool, page in missing.items())
    assert warnings(caplog) == ([f"`pulumi up` will need {pages}"] if missing else [])


def test_of_an_up_it_is_the_provider_that_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    having(tmp_path, [], monkeypatch)
    run("devex", configured("devex"))
    assert not warnings(caplog)


def test_nothing_is_asked_of_the_kubeconfig_that_is_there(kubeconfig: Path) -> None:
    kubeconfig.write_text("[]")
    registered = run("devex", configured("devex", clusterName="mine"))
    assert one(registered, ":K3dCluster").name == "mine"
    assert one(registered, ":Drain").inputs["context"] == "k3d-mine"
    provider = one(registered, "providers:kubernetes").inputs
    assert provider["context"] == provider["clusterIdentifier"] == "k3d-mine"


def test_it_brings_the_image_of_the_pipeline_unless_nodes_pull_it() -> None:
    def image(**changes: object) -> str:
        registered = run("devex", configured("devex", **changes), preview=True)
        return str(one(registered, ":K3dCluster").inputs["image"])

    local = pipeline_image.reference()
    assert image() == image(mirror={"images": {"quay.io": "r.example.com"}}) == local
    repository = local.partition(":")[0]
    assert image(mirror={"images": {repository: f"r.example.com/{repository}"}}) == ""
    assert image(registry="r.example.com/tables") == ""


# --- k3d's configuration --------------------------------------------------------------------------


def test_minimal() -> None:
    config = configuration(K3d(name="a"))
    assert config["metadata"] == {"name": "a"}
    assert (config["servers"], config["agents"], config["ports"]) == (1, 0, [])
    assert config["image"] == versions.K3S_IMAGE
    assert "registries" not in config
    # it changes nothing of the user's
    assert not any(config["options"]["kubeconfig"].values())


def test_nodes_and_registry() -> None:
    config = configuration(K3d(name="a", agents=3, registry="images"))
    assert config["agents"] == 3
    assert config["registries"] == {"create": {"name": "images"}}


@pytest.mark.parametrize(
    ("port", "address", "nodes"),
    [
        ("8080:80", "8080:80", "loadbalancer"),
        ("8080:80@loadbalancer", "8080:80", "loadbalancer"),
        ("127.0.0.1:8443:443/tcp@server:0", "127.0.0.1:8443:443/tcp", "server:0"),
        ("30000-30010:30000-30010@agent:*", "30000-30010:30000-30010", "agent:*"),
    ],
)
def test_a_port_is_the_balancers_unless_it_says_whose(port: str, address: str, nodes: str) -> None:
    [found] = configuration(K3d(name="a", ports=(port,)))["ports"]
    assert found == {"port": address, "nodeFilters": [nodes]}
