"""A k3d cluster as a resource, with programs in place of k3d and docker that keep what they do."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_k3d import FakeK3d

from infra.settings import ROOT
from infra.settings.k3d import port_mappings
from infra.stack import k3d
from infra.stack.cluster import configuration
from infra.stack.k3d import ImageProvider, K3dProvider, is_gone
from infra.stack.k3d_command import IDENTITY, TOOLS, ClusterError, require_tools
from infra.targets import K3d, Mirror

NAME = "dev"
IMAGE = "localhost/tablepromise/pipeline:0.1.0-test"
OTHER = f"{IMAGE}-2"


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeK3d:
    fakes = FakeK3d(tmp_path)
    fakes.add("other")
    monkeypatch.setenv("PATH", str(fakes.bin))
    return fakes


@pytest.fixture(autouse=True)
def tracebacks() -> Iterator[None]:
    """A refusal shortens the tracebacks of its process, which is not the tests' elsewhere."""
    yield
    sys.tracebacklimit = 1000


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pipeline's image, as `make image` leaves it."""
    file = tmp_path / "dist/pipeline.tar"
    file.parent.mkdir()
    built(file, "a")
    monkeypatch.setattr(k3d, "ROOT", tmp_path)
    monkeypatch.setattr(k3d, "PIPELINE_ARCHIVE", file)
    return file


def built(file: Path, content: str, name: str = IMAGE) -> str:
    """An archive of an image, as `docker save` writes it.

    Returns:
        The digest of the image.
    """
    digest = hashlib.sha256(content.encode()).hexdigest()
    manifest = json.dumps([{"Config": f"{digest}.json", "RepoTags": [name], "Layers": []}])
    with tarfile.open(file, "w") as tar:
        info = tarfile.TarInfo("manifest.json")
        info.size = len(manifest)
        tar.addfile(info, io.BytesIO(manifest.encode()))
    return f"sha256:{digest}"


def config_of(cluster: K3d) -> dict[str, Any]:
    return configuration(cluster, Mirror())


def props(name: str = NAME, image: str = IMAGE, **changes: Any) -> dict[str, Any]:
    """As Pulumi gives them to the provider."""
    return {
        "name": name,
        "configuration": json.dumps(config_of(K3d(name=name, **changes))),
        "image": image,
        "images": {},
    }


def made(**changes: Any) -> tuple[str, dict[str, Any]]:
    """Id and outputs of a cluster that the stack made."""
    result = K3dProvider().create(props(**changes))
    assert result.outs
    return result.id, result.outs


def imported(identity: str) -> dict[str, Any]:
    return {"name": NAME, "cluster": identity, "image": IMAGE}


# --- create ---------------------------------------------------------------------------------------

PORTS = port_mappings(["8080:80"], "127.0.0.1", 2)


@pytest.mark.usefixtures("image")
def test_a_cluster_is_made_as_configured(fakes: FakeK3d) -> None:
    identity, outs = made(agents=2, ports=PORTS)
    assert outs == props(agents=2, ports=PORTS) | {
        "kubeconfig": "kubeconfig of dev 1\n",
        "registry": None,
        "engine": "ENGINE",
    }
    found = fakes.clusters[NAME]
    assert found["config"] == config_of(K3d(name=NAME, agents=2, ports=PORTS))
    assert (found["label"], found["filters"]) == (f"{IDENTITY}={identity}", ["server:*", "agent:*"])
    assert fakes.calls == ["k3d cluster create --config FILE", "k3d kubeconfig get dev"]


@pytest.mark.usefixtures("fakes", "image")
def test_the_same_cluster_made_again_is_another() -> None:
    identity, outs = made()
    K3dProvider().delete(identity, outs)
    again, new = made()
    assert identity != again
    assert outs["kubeconfig"] != new["kubeconfig"]


@pytest.mark.usefixtures("fakes")
def test_a_registry_says_where_this_machine_reaches_it() -> None:
    assert made(image="", registry="images")[1]["registry"] == "127.0.0.1:40123"


def test_k3d_takes_its_own_images_from_the_mirror_by_its_version(
    fakes: FakeK3d, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K3D_IMAGE_TOOLS", "mine:1")
    images = {"K3D_IMAGE_TOOLS": "r/k3d-tools", "K3D_IMAGE_LOADBALANCER": "r/k3d-proxy"}
    K3dProvider().create(props(image="") | {"images": images})
    assert fakes.clusters[NAME]["images"] == {
        "K3D_IMAGE_TOOLS": "mine:1",
        "K3D_IMAGE_LOADBALANCER": "r/k3d-proxy:5.9.0",
    }


def test_a_cluster_of_that_name_is_left_as_it_is(fakes: FakeK3d) -> None:
    before = fakes.clusters
    with pytest.raises(ClusterError, match="there is a k3d cluster other, and this stack") as error:
        K3dProvider().create(props("other", image=""))
    for way in ("clusterName", "`cluster: existing`", "`k3d cluster delete other`"):
        assert way in str(error.value)
    assert fakes.clusters == before
    assert not fakes.calls


@pytest.mark.usefixtures("image")
def test_a_cluster_that_is_not_finished_goes(fakes: FakeK3d) -> None:
    fakes.set(fails={"kubeconfig get": "no luck"})
    with pytest.raises(ClusterError, match=r"`k3d kubeconfig get` failed: no luck$"):
        K3dProvider().create(props())
    assert fakes.calls[-1] == "k3d cluster delete dev"
    assert fakes.clusters.keys() == {"other"}


def time_out(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A command of k3d is done, and `subprocess.run` ends it as one that takes too long."""
    real: Any = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        done: Any = real(command, **options)
        if command[1:3] == step.split():
            raise subprocess.TimeoutExpired(command, options["timeout"])
        return done

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("step", ["cluster create", "kubeconfig get"])
def test_a_cluster_that_takes_too_long_goes(
    fakes: FakeK3d, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    time_out(monkeypatch, step)
    with pytest.raises(ClusterError, match=rf"`k3d {step}` did not end in 600 s"):
        K3dProvider().create(props())
    assert fakes.clusters.keys() == {"other"}


def test_an_image_that_was_not_built_is_asked_for_before_anything_is_made(
    fakes: FakeK3d, image: Path
) -> None:
    image.unlink()
    complaint = r"no dist/pipeline\.tar with .*`make image`.*`registry`"
    with pytest.raises(ClusterError, match=complaint):
        K3dProvider().create(props())
    with pytest.raises(ClusterError, match=complaint):
        ImageProvider().create(imported("x"))
    assert fakes.clusters.keys() == {"other"}
    assert not fakes.calls


# --- the rest of its life -------------------------------------------------------------------------


@pytest.mark.usefixtures("image")
def test_only_its_own_cluster_is_deleted(fakes: FakeK3d) -> None:
    K3dProvider().delete(*made())
    assert fakes.calls[-1] == "k3d cluster delete dev"
    assert fakes.clusters.keys() == {"other"}


@pytest.mark.usefixtures("image")
def test_a_cluster_of_its_name_that_somebody_made_is_not_deleted(fakes: FakeK3d) -> None:
    identity, outs = made()
    fakes.vanish(NAME)
    fakes.add(NAME)
    K3dProvider().delete(identity, outs)
    assert fakes.clusters.keys() == {"other", NAME}


@pytest.mark.usefixtures("image")
def test_a_cluster_that_is_gone_is_deleted(fakes: FakeK3d) -> None:
    identity, outs = made()
    fakes.vanish(NAME)
    K3dProvider().delete(identity, outs)
    assert not [call for call in fakes.calls if "delete" in call]


@pytest.mark.usefixtures("image")
def test_a_cluster_of_another_engine_is_neither_gone_nor_deleted(fakes: FakeK3d) -> None:
    identity, outs = made()
    fakes.set(engine="ANOTHER", clusters={})
    assert not is_gone(identity, outs["engine"])
    with pytest.raises(ClusterError, match=r"another Docker engine; .*`docker context use`"):
        K3dProvider().delete(identity, outs)


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("missing", ["docker", "k3d"])
def test_what_cannot_be_asked_is_not_gone(fakes: FakeK3d, missing: str) -> None:
    identity, outs = made()
    fakes.vanish(NAME)
    assert is_gone(identity, outs["engine"])
    fakes.set(fails={"docker info": "Cannot connect to the Docker daemon"})
    assert not is_gone(identity, outs["engine"])
    fakes.set(fails={})
    fakes.without(missing)
    assert not is_gone(identity, outs["engine"])


@pytest.mark.usefixtures("image")
def test_a_refresh_brings_the_kubeconfig_of_now(fakes: FakeK3d) -> None:
    identity, outs = made()
    result = K3dProvider().read(identity, outs | {"kubeconfig": "of yesterday"})
    assert (result.id, result.outs) == (identity, outs)
    fakes.vanish(NAME)
    assert K3dProvider().read(identity, outs).id == ""


@pytest.mark.parametrize(
    ("new", "replaces"),
    [
        (props(), []),
        (props(image="b"), []),
        (props(agents=1), ["configuration"]),
        (props(image="b", ports=PORTS), ["configuration"]),
        (props("test"), ["name", "configuration"]),
    ],
    ids=["nothing", "image", "agents", "ports", "name"],
)
@pytest.mark.usefixtures("fakes", "image")
def test_another_configuration_replaces_the_cluster(
    new: dict[str, Any], replaces: list[str]
) -> None:
    identity, old = made()
    result = K3dProvider().diff(identity, old, new)
    assert (result.changes, result.replaces) == (bool(replaces), replaces)
    # host ports can not be had twice
    assert result.delete_before_replace


@pytest.mark.usefixtures("image")
def test_a_cluster_that_is_gone_is_replaced(
    fakes: FakeK3d, capfd: pytest.CaptureFixture[str]
) -> None:
    identity, old = made()
    fakes.vanish(NAME)
    capfd.readouterr()
    assert K3dProvider().diff(identity, old, props()).replaces == ["name"]
    assert "the k3d cluster dev is gone" in capfd.readouterr().err
    fakes.add(NAME)  # of its name, and not it
    assert K3dProvider().diff(identity, old, props()).replaces == ["name"]


# --- the image ------------------------------------------------------------------------------------


def test_an_image_is_in_every_node(fakes: FakeK3d, image: Path) -> None:
    digest = built(image, "content")
    identity, _ = made(agents=1)
    result = ImageProvider().create(imported(identity))
    assert result.outs == imported(identity)
    nodes = fakes.clusters[NAME]["nodes"]
    assert nodes.keys() == {"k3d-dev-server-0", "k3d-dev-agent-0"}
    assert all(found == [digest, IMAGE] for found in nodes.values())


def test_a_new_image_is_imported_and_an_old_one_stays(fakes: FakeK3d, image: Path) -> None:
    identity, _ = made()
    old = imported(identity)
    ImageProvider().create(old)
    new = imported(identity) | {"image": OTHER}
    with pytest.raises(ClusterError, match=f"with {OTHER}, the image of these sources"):
        ImageProvider().update("", old, new)
    assert ImageProvider().diff("", old, new).changes
    assert not ImageProvider().diff("", old, new).replaces
    digest = built(image, "a new image", OTHER)
    assert ImageProvider().update("", old, new).outs == new
    assert digest in fakes.clusters[NAME]["nodes"]["k3d-dev-server-0"]
    assert not ImageProvider().diff("", old, old).changes
    assert ImageProvider().diff("", old, old | {"cluster": "another"}).replaces == ["cluster"]


@pytest.mark.usefixtures("image")
def test_an_import_that_one_node_lost_is_tried_the_other_way(fakes: FakeK3d) -> None:
    identity, _ = made(agents=1)
    fakes.set(loses=[["k3d-dev-agent-0", "tools-node"]])
    ImageProvider().create(imported(identity))
    ways = [call.rpartition(" ")[2] for call in fakes.calls if "image import" in call]
    assert ways == ["tools-node", "direct"]
    assert all(fakes.clusters[NAME]["nodes"].values())


@pytest.mark.usefixtures("image")
def test_an_import_that_k3d_calls_a_success_and_is_none_is_refused(fakes: FakeK3d) -> None:
    identity, _ = made(agents=1)
    node = "k3d-dev-agent-0"
    fakes.set(loses=[[node, "tools-node"], [node, "direct"]])
    with pytest.raises(ClusterError) as caught:
        ImageProvider().create(imported(identity))
    text = str(caught.value)
    assert f"no such image on {node} after --mode tools-node" in text
    assert f"no such image on {node} after --mode direct" in text
    assert "`make image`" in text
    assert "\n" not in text


def test_an_old_image_of_the_same_name_is_not_the_new_one(fakes: FakeK3d, image: Path) -> None:
    identity, _ = made()
    ImageProvider().create(imported(identity))
    built(image, "a new image")
    node = "k3d-dev-server-0"
    fakes.set(loses=[[node, "tools-node"], [node, "direct"]])
    with pytest.raises(ClusterError, match="no such image on k3d-dev-server-0"):
        ImageProvider().create(imported(identity))


@pytest.mark.usefixtures("image")
def test_an_import_that_hangs_is_ended_and_tried_the_other_way(
    fakes: FakeK3d, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, _ = made()
    node = "k3d-dev-server-0"
    fakes.set(loses=[[node, "tools-node"], [node, "direct"]])
    time_out(monkeypatch, "image import")
    with pytest.raises(ClusterError, match=r"`k3d image import` did not end in 240 s.*direct"):
        ImageProvider().create(imported(identity))
    assert sum("image import" in call for call in fakes.calls) == 2


@pytest.mark.usefixtures("fakes")
def test_an_archive_that_is_none_is_named(image: Path) -> None:
    identity, _ = made()
    image.write_text("garbage")
    with pytest.raises(ClusterError, match=r"no dist/pipeline\.tar with .*`make image`"):
        ImageProvider().create(imported(identity))


# --- programs -------------------------------------------------------------------------------------


def every_operation() -> dict[str, Any]:
    provider, what = K3dProvider(), props(image="") | {"engine": "ENGINE"}
    return {
        "create": lambda: provider.create(what),
        "read": lambda: provider.read(NAME, what),
        "delete": lambda: provider.delete(NAME, what),
        "import": lambda: ImageProvider().create(imported("x")),
    }


@pytest.mark.parametrize("missing", [["docker"], ["k3d"], ["docker", "k3d"]], ids=" and ".join)
@pytest.mark.parametrize("operation", every_operation())
def test_a_program_that_is_missing_is_named_with_its_page(
    fakes: FakeK3d, missing: list[str], operation: str
) -> None:
    fakes.without(*missing)
    with pytest.raises(ClusterError) as error:
        every_operation()[operation]()
    for tool, page in TOOLS.items():
        assert (f"{tool} ({page})" in str(error.value)) == (tool in missing)
    assert "`cluster: existing`" in str(error.value)
    assert not fakes.state["calls"]


@pytest.mark.parametrize("operation", every_operation())
def test_a_docker_that_does_not_run_is_named_with_its_page(fakes: FakeK3d, operation: str) -> None:
    fakes.set(fails={"docker info": "\x1b[31mCannot connect\x1b[0m to the Docker daemon"})
    problem = "Cannot connect to the Docker daemon"
    complaint = f"^Docker does not run: {problem}; see {re.escape(TOOLS['docker'])}$"
    with pytest.raises(ClusterError, match=complaint):
        every_operation()[operation]()
    assert len(fakes.state["calls"]) == 1


@pytest.mark.usefixtures("fakes")
def test_the_engine_is_told_from_another() -> None:
    assert require_tools() == "ENGINE"


BIND = (
    "Failed Cluster Start: Failed to start server: runtime failed to start node "
    "'k3d-dev-serverlb': Error response from daemon: driver failed programming external "
    "connectivity on endpoint k3d-dev-serverlb (1f): "
)
TAKEN = {
    "by a container": "Bind for 127.0.0.1:8080 failed: port is already allocated",
    "by a program": "listen tcp4 127.0.0.1:8080: bind: address already in use",
}


@pytest.mark.parametrize("problem", TAKEN.values(), ids=TAKEN)
def test_a_port_that_is_taken_is_named_in_one_sentence(fakes: FakeK3d, problem: str) -> None:
    fakes.set(fails={"cluster create": BIND + problem})
    with pytest.raises(ClusterError) as caught:
        K3dProvider().create(props(image=""))
    assert str(caught.value) == (
        "`k3d cluster create` failed: the port 127.0.0.1:8080 of this machine is taken; stop "
        "the program that uses it, or set another port in k3d.ports"
    )


def test_of_what_k3d_prints_the_reason_is_told_without_colours(fakes: FakeK3d) -> None:
    fakes.set(fails={"cluster create": "failed to pull the image rancher/k3s"})
    with pytest.raises(ClusterError) as caught:
        K3dProvider().create(props(image=""))
    assert str(caught.value) == (
        "`k3d cluster create` failed: failed to pull the image rancher/k3s"
    )


@pytest.mark.parametrize("operation", every_operation())
def test_people_read_a_refusal_and_no_traceback(fakes: FakeK3d, operation: str) -> None:
    fakes.without("k3d")
    text = as_pulumi_formats_it(every_operation()[operation])
    assert text.startswith("infra.stack.k3d_command.ClusterError: a k3d cluster needs k3d (")
    assert text.count("\n") == 1


def as_pulumi_formats_it(operation: Callable[[], object]) -> str:
    try:
        operation()
    except Exception:
        return traceback.format_exc()
    pytest.fail("it went well")


def test_any_other_error_keeps_its_traceback(fakes: FakeK3d) -> None:
    fakes.without("k3d")
    with pytest.raises(ClusterError):
        K3dProvider().create(props(image=""))
    text = as_pulumi_formats_it(lambda: K3dProvider().create({}))
    assert "Traceback" in text
    assert "infra/stack/k3d.py" in text


# --- what it is made of ---------------------------------------------------------------------------


def test_the_providers_start_no_node() -> None:
    code = (
        "import sys, infra.teardown.steps, infra.stack.k3d, infra.teardown.resources\n"
        "print(*({'cdk8s', 'constructs', 'jsii'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


PORT_FORMS = ["8080:80", "127.0.0.1:8443:443/tcp@loadbalancer", "30000:30000@server:0"]


@pytest.mark.parametrize(
    "cluster",
    [
        K3d(name="a"),
        K3d(name="a" * 32, agents=3),
        K3d(name="a-1", ports=port_mappings([*PORT_FORMS], "0.0.0.0", 0)),  # noqa: S104  a setting
        K3d(name="a", agents=1, ports=port_mappings(["8080:80@agent:0"], "127.0.0.1", 1)),
        K3d(name="a", registry="registry.localhost"),
    ],
    ids=["minimal", "long", "ports", "agent", "registry"],
)
def test_k3d_itself_takes_the_configuration(cluster: K3d, tmp_path: Path) -> None:
    if not shutil.which("k3d"):
        pytest.skip("there is no k3d on the PATH that could read a configuration")
    file = tmp_path / "k3d.yaml"
    file.write_text(yaml.safe_dump(config_of(cluster)))
    text = created_without_docker(file)
    assert "nonexistent.sock" in text
    assert "Schema Validation failed" not in text
    assert "unmarshal" not in text
    # it does judge
    file.write_text(yaml.safe_dump(config_of(cluster) | {"servers": "one"}))
    assert "Schema Validation failed" in created_without_docker(file)


def created_without_docker(file: Path) -> str:
    """What k3d says where there is no Docker, which it asks only for what it understood."""
    done = subprocess.run(
        ["k3d", "cluster", "create", "--config", str(file)],
        env=os.environ | {"DOCKER_HOST": "unix:///nonexistent.sock"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    return done.stdout + done.stderr
