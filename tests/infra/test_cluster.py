"""The cluster of a stack: made by k3d or already there, and what is said if it cannot be used."""

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from stack_program import (
    ID_OF_THE_CLUSTER,
    Registered,
    closure,
    cluster_only,
    configured,
    run,
)

from infra.stack import cluster
from infra.stack.cluster import configuration
from infra.stack.k3d_command import TOOLS
from infra.targets import K3d, Mirror
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


def cluster_of(stack: str, *, preview: bool = False, **changes: object) -> list[Registered]:
    """The resources that a stack's cluster consists of."""
    return run(stack, configured(stack, **changes), preview=preview, program=cluster_only)


def existing(*, preview: bool, **changes: object) -> list[Registered]:
    return cluster_of("aws", preview=preview, **changes)


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
    assert not [r for r in registered if r.type.endswith(":K3dCluster")]


def test_a_kubeconfig_of_its_own_is_the_only_one_asked(tmp_path: Path) -> None:
    file = str(written(tmp_path / "own", "mine"))
    registered = existing(preview=False, context="mine", kubeconfig=file)
    assert one(registered, "providers:kubernetes").inputs["kubeconfig"] == file
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


CONTEXTS = "production, staging"
UNUSABLE = {
    "absent": ({"context": "prod"}, f"there is no context prod, allowed: {CONTEXTS}"),
    "not chosen": ({"context": ""}, f"context: is not set, allowed: {CONTEXTS}; pulumi config"),
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
    assert warning.startswith("`pulumi up` will fail: ")
    assert complaint in warning
    assert one(registered, "providers:kubernetes").inputs.get("context", "") == changes["context"]


def test_where_there_is_no_kubeconfig_no_context_can_be_chosen(kubeconfig: Path) -> None:
    kubeconfig.unlink()
    for context, complaint in (("", "allowed: none: there is no kubeconfig"), ("a", "searched")):
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


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make image` ran."""
    monkeypatch.setattr(cluster, "is_built", _is_reference)


def _is_reference(image: str) -> bool:
    return image == pipeline_image.reference()


def _is_none(_image: str) -> bool:
    return False


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("there", [[], ["docker"], ["k3d"], ["docker", "k3d"]], ids=str)
def test_a_preview_warns_of_programs_that_are_missing(
    there: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    having(tmp_path, there, monkeypatch)
    cluster_of("devex", preview=True)
    missing = {tool: page for tool, page in TOOLS.items() if tool not in there}
    pages = " and ".join(f"{tool} ({page})" for tool, page in missing.items())
    assert warnings(caplog) == ([f"`pulumi up` will need {pages}"] if missing else [])


def test_of_an_up_it_is_the_provider_that_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    having(tmp_path, [], monkeypatch)
    cluster_of("devex")
    assert not warnings(caplog)


@pytest.mark.usefixtures("built")
def test_a_preview_warns_of_an_image_that_was_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    having(tmp_path, TOOLS, monkeypatch)
    cluster_of("devex", preview=True)
    assert not warnings(caplog)
    monkeypatch.setattr(cluster, "is_built", _is_none)
    cluster_of("devex", preview=True)
    assert warnings(caplog) == [
        f"`pulumi up` will need dist/pipeline.tar with {pipeline_image.reference()}, "
        "which `make image` builds"
    ]


def test_nothing_is_asked_of_the_kubeconfig_that_is_there(kubeconfig: Path) -> None:
    kubeconfig.write_text("[]")
    registered = cluster_of("devex", clusterName="mine")
    assert one(registered, ":K3dCluster").name == "mine"
    assert one(registered, "providers:kubernetes").inputs["context"] == "k3d-mine"


AWS = {"aws": {"endpoint": "http://10.0.0.1:5000"}}


def test_everything_in_the_stacks_cluster_is_replaced_with_it() -> None:
    registered = run("devex", configured("devex", **AWS))
    made = one(registered, ":K3dCluster")
    image = one(registered, ":K3dImage")
    assert image.inputs["cluster"] == one(registered, ":Drain").inputs["cluster"]
    assert image.inputs["cluster"] == ID_OF_THE_CLUSTER
    provider = one(registered, "providers:kubernetes")
    assert {made.urn, image.urn} <= closure(registered)[provider.urn]
    inside = [r for r in registered if r.type.startswith("kubernetes:")]
    assert len(inside) > 50
    for r in [*inside, image]:
        assert r.deleted_with == made.urn, r.name
        assert r.provider.startswith(provider.urn) == (r in inside), r.name
    for r in inside:
        assert r.replace_with == (made.urn,), r.name
    # else what is in it would go before who waits for tables
    assert not one(registered, ":Drain").deleted_with


def test_the_provider_is_not_replaced_with_the_stacks_cluster() -> None:
    """An `up` that is broken off would leave objects of a provider that is gone: a dead end."""
    one_name, another = (
        one(cluster_of("devex", clusterName=name), "providers:kubernetes")
        for name in ("one", "another")
    )
    assert one_name.inputs["clusterIdentifier"] == another.inputs["clusterIdentifier"]
    assert not one_name.deleted_with
    assert not one_name.replace_with


@pytest.mark.parametrize("own", [False, True], ids=["of KUBECONFIG", "of a file"])
def test_a_cluster_that_is_there_takes_nothing_along(tmp_path: Path, *, own: bool) -> None:
    path = str(written(tmp_path / "own", "staging")) if own else ""
    registered = run("aws", configured("aws", context="staging", kubeconfig=path))
    assert not [r.name for r in registered if r.deleted_with]
    provider = one(registered, "providers:kubernetes").inputs
    assert "upsertExistingObjects" not in provider
    # the teardown reaches the cluster by the same way as the objects
    for kind in (":Drain", ":Sweep", ":Uninstall"):
        inputs = one(registered, kind).inputs
        assert (inputs["path"], inputs["context"]) == (path, provider["context"])
    assert provider.get("kubeconfig", "") == path


def test_in_a_cluster_of_its_own_a_stack_goes_on_where_it_was_broken_off() -> None:
    registered = cluster_of("devex")
    assert one(registered, "providers:kubernetes").inputs["upsertExistingObjects"] == "true"


@pytest.mark.parametrize("protect", [True, False])
def test_a_cluster_is_protected_as_the_target_is(*, protect: bool) -> None:
    registered = cluster_of("devex", protect=protect)
    assert one(registered, ":K3dCluster").protect == protect


@pytest.mark.parametrize(
    ("changes", "waits"), [({}, False), (AWS, True)], ids=["in the cluster", "elsewhere"]
)
def test_only_tables_that_are_elsewhere_are_waited_for(
    changes: dict[str, Any], *, waits: bool
) -> None:
    offers = ["promise", "kro", "crossplane", "kubevela"]
    registered = run("devex", configured("devex", offers=offers, **changes))
    kinds = {r.type.rpartition(":")[2] for r in registered}
    assert ({"Drain", "Hold"} <= kinds) == waits
    assert not {"Sweep", "Uninstall"} & kinds


def test_it_brings_the_image_of_the_pipeline_unless_nodes_pull_it() -> None:
    def images(**changes: object) -> tuple[str, list[str]]:
        registered = cluster_of("devex", **changes, preview=True)
        found = [r.inputs["image"] for r in registered if r.type.endswith(":K3dImage")]
        return one(registered, ":K3dCluster").inputs["image"], found

    local = pipeline_image.reference()
    there = (local, [local])
    assert images() == images(mirror={"images": {"quay.io": "r.example.com"}}) == there
    repository = local.partition(":")[0]
    assert images(mirror={"images": {repository: f"r.example.com/{repository}"}}) == ("", [])
    assert images(registry="r.example.com/tables") == ("", [])


def test_a_mirror_covers_the_images_of_k3d() -> None:
    mirror = {"images": {"docker.io/": "r/hub/", "ghcr.io/k3d-io/": "r/k3d/"}}
    made = cluster_of("devex", mirror=mirror, k3d={"registry": "images"})
    inputs = one(made, ":K3dCluster").inputs
    assert inputs["images"] == {
        "K3D_IMAGE_LOADBALANCER": "r/k3d/k3d-proxy",
        "K3D_IMAGE_TOOLS": "r/k3d/k3d-tools",
    }
    config = json.loads(inputs["configuration"])
    assert config["image"] == versions.K3S_IMAGE.replace("docker.io/", "r/hub/")
    assert config["registries"]["create"]["image"] == "r/hub/library/registry:2"
    assert one(cluster_of("devex"), ":K3dCluster").inputs["images"] == {}


# --- k3d's configuration --------------------------------------------------------------------------


def test_minimal() -> None:
    config = configuration(K3d(name="a"), Mirror())
    assert config["metadata"] == {"name": "a"}
    assert (config["servers"], config["agents"], config["ports"]) == (1, 0, [])
    assert config["image"] == versions.K3S_IMAGE
    assert "registries" not in config
    # it changes nothing of the user's
    assert not any(config["options"]["kubeconfig"].values())


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104  settings
def test_everything_listens_where_the_setting_says(address: str) -> None:
    changes = {"registry": "images", "ports": ["8080:80", "127.0.0.2:81:81"]}
    if address != K3d.host_ip:
        changes["hostIP"] = address
    registered = cluster_of("devex", k3d=changes)
    config = json.loads(one(registered, ":K3dCluster").inputs["configuration"])
    assert config["kubeAPI"] == {"hostIP": address}
    assert config["registries"] == {"create": {"name": "images", "host": address}}
    assert config["ports"] == [
        {"port": f"{address}:8080:80/tcp", "nodeFilters": ["loadbalancer"]},
        {"port": "127.0.0.2:81:81/tcp", "nodeFilters": ["loadbalancer"]},
    ]


def test_agents() -> None:
    assert configuration(K3d(name="a", agents=3), Mirror())["agents"] == 3
