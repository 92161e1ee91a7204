"""A k3d cluster as a resource, with programs in place of k3d and docker that keep what they do."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import k3d
from infra.cluster import configuration
from infra.k3d import TOOLS, ClusterError, K3dProvider, require_tools
from infra.settings import ROOT
from infra.targets import K3d

PROGRAM = """#!{python} -I
import json, sys
from pathlib import Path

tool, arguments = Path(__file__).name, sys.argv[1:]
file = Path(__file__).parents[1] / "state.json"
state = json.loads(file.read_text())
clusters = state["clusters"]
answer, what = "", " ".join(arguments[:2])
if tool == "docker":
    what = "docker"
    answer = "28.1.1"
elif what == "cluster list":
    assert arguments[2:] == ["-o", "json"]
    answer = json.dumps([{{"name": name, "nodes": []}} for name in clusters])
elif what == "cluster create":
    import yaml

    config = yaml.safe_load(Path(arguments[-1]).read_text())
    arguments[-1] = "FILE"
    clusters[config["metadata"]["name"]] = {{"config": config, "images": []}}
elif what == "cluster delete":
    del clusters[arguments[2]]
elif what == "image import":
    clusters[arguments[4]]["images"].append(Path(arguments[2]).read_text())
elif what == "kubeconfig get":
    answer = "kubeconfig of " + arguments[2]
else:
    sys.exit("unknown: " + what)
state["calls"].append(" ".join([tool, *arguments]))
file.write_text(json.dumps(state))
if what == state["fails"]:
    sys.exit("FATA[0000] no luck with " + what)
print(answer)
"""

NAME = "dev"
IMAGE = "localhost/tablepromise/pipeline:0.1.0-test"
OTHER: dict[str, Any] = {"config": {}, "images": []}
KUBECONFIG = {"kubeconfig": "kubeconfig of dev\n"}


class Fakes:
    """Programs in `bin`, and what they know in `state.json`."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            file = self.bin / tool
            file.write_text(PROGRAM.format(python=sys.executable))
            file.chmod(0o755)
        self._file = folder / "state.json"
        empty: dict[str, Any] = {"clusters": {}, "calls": [], "fails": ""}
        self._file.write_text(json.dumps(empty))
        self.say(clusters={"other": OTHER})

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._file.read_text())
        return state

    @property
    def clusters(self) -> dict[str, Any]:
        clusters: dict[str, Any] = self._state["clusters"]
        return clusters

    @property
    def calls(self) -> list[str]:
        """In the order they came, without those that only ask what there is."""
        calls: list[str] = self._state["calls"]
        return [call for call in calls if call != "k3d cluster list -o json"]

    def say(self, **changes: object) -> None:
        self._file.write_text(json.dumps(self._state | changes))

    def without(self, *tools: str) -> None:
        for tool in tools:
            (self.bin / tool).unlink()


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    fakes = Fakes(tmp_path)
    monkeypatch.setenv("PATH", str(fakes.bin))
    return fakes


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pipeline's image, as `make image` leaves it."""
    file = tmp_path / "dist/pipeline.tar"
    file.parent.mkdir()
    leave(file, IMAGE)
    monkeypatch.setattr(k3d, "ROOT", tmp_path)
    monkeypatch.setattr(k3d, "PIPELINE_ARCHIVE", file)
    return file


def leave(file: Path, name: str) -> None:
    """An archive of an image, as docker and buildah write it."""
    manifest = json.dumps([{"Config": "x.json", "RepoTags": [name], "Layers": []}]).encode()
    with tarfile.open(file, "w") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(manifest)
        archive.addfile(entry, io.BytesIO(manifest))


def props(name: str = NAME, image: str | None = None, **changes: Any) -> dict[str, Any]:
    """As Pulumi gives them to the provider; the image is the one that is there."""
    return {
        "name": name,
        "configuration": json.dumps(configuration(K3d(name=name, **changes))),
        "image": IMAGE if image is None else image,
    }


# --- create ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("image")
def test_a_cluster_is_made_as_configured_with_the_image_in_it(fakes: Fakes, image: Path) -> None:
    result = K3dProvider().create(props(agents=2, ports=("8080:80",)))
    assert result.id == NAME
    assert result.outs == props(agents=2, ports=("8080:80",)) | KUBECONFIG
    made = fakes.clusters[NAME]
    assert made["config"] == configuration(K3d(name=NAME, agents=2, ports=("8080:80",)))
    assert made["images"] == [image.read_text()]
    assert fakes.calls == [
        "docker version --format {{.Server.Version}}",
        "k3d cluster create --config FILE",
        f"k3d image import {image} --cluster dev",
        "k3d kubeconfig get dev",
    ]


def test_an_image_that_nodes_pull_is_not_imported(fakes: Fakes) -> None:
    K3dProvider().create(props(image=""))
    assert fakes.clusters[NAME]["images"] == []


def test_a_cluster_of_that_name_is_left_as_it_is(fakes: Fakes) -> None:
    with pytest.raises(ClusterError, match="there is a k3d cluster other, and this stack") as error:
        K3dProvider().create(props("other", image=""))
    for way in ("clusterName", "`cluster: existing`", "`k3d cluster delete other`"):
        assert way in str(error.value)
    assert fakes.clusters == {"other": OTHER}
    assert fakes.calls == ["docker version --format {{.Server.Version}}"]


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("step", ["cluster create", "image import", "kubeconfig get"])
def test_a_cluster_that_is_not_finished_goes(fakes: Fakes, step: str) -> None:
    fakes.say(fails=step)
    with pytest.raises(ClusterError, match=rf"`k3d {step}` failed: .*no luck with {step}"):
        K3dProvider().create(props())
    assert fakes.calls[-1] == "k3d cluster delete dev"
    assert fakes.clusters == {"other": OTHER}


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("step", ["cluster create", "image import", "kubeconfig get"])
def test_a_cluster_that_takes_too_long_goes(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real: Any = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        done: Any = real(command, **options)
        if command[1:3] == step.split():
            raise subprocess.TimeoutExpired(command, options["timeout"])
        return done

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ClusterError, match=step):
        K3dProvider().create(props())
    assert fakes.clusters == {"other": OTHER}


def test_an_image_that_was_not_built_is_asked_for(fakes: Fakes, image: Path) -> None:
    image.unlink()
    with pytest.raises(
        ClusterError, match=r"no dist/pipeline\.tar with .*`make image`.*`registry`"
    ):
        K3dProvider().create(props())
    assert fakes.clusters == {"other": OTHER}


# --- the rest of its life -------------------------------------------------------------------------


@pytest.mark.usefixtures("image")
def test_only_its_own_cluster_is_deleted(fakes: Fakes) -> None:
    K3dProvider().create(props())
    K3dProvider().delete(NAME, props())
    assert fakes.calls[-1] == "k3d cluster delete dev"
    assert fakes.clusters == {"other": OTHER}


def test_a_cluster_that_is_gone_is_deleted(fakes: Fakes) -> None:
    K3dProvider().delete(NAME, props(image=""))
    assert not [call for call in fakes.calls if "delete" in call]


def test_a_refresh_brings_the_kubeconfig_of_now(fakes: Fakes) -> None:
    fakes.say(clusters={NAME: OTHER})
    result = K3dProvider().read(NAME, {"name": NAME, "kubeconfig": "of yesterday"})
    assert result.id == NAME
    assert result.outs == {"name": NAME} | KUBECONFIG


@pytest.mark.usefixtures("fakes")
def test_a_refresh_finds_that_it_is_gone() -> None:
    assert K3dProvider().read(NAME, {"name": NAME}).id == ""


def test_a_new_image_is_imported_into_the_cluster_that_is_there(fakes: Fakes, image: Path) -> None:
    old = K3dProvider().create(props()).outs
    assert old
    before = image.read_text()
    new = props(image=f"{IMAGE}-2")
    with pytest.raises(ClusterError, match=f"with {IMAGE}-2, the image of these sources"):
        K3dProvider().update(NAME, old, new | {"kubeconfig": None})
    assert fakes.clusters[NAME]["images"] == [before]
    leave(image, f"{IMAGE}-2")
    result = K3dProvider().update(NAME, old, new | {"kubeconfig": None})
    assert fakes.clusters[NAME]["images"] == [before, image.read_text()]
    assert result.outs == new | KUBECONFIG
    assert sum("cluster create" in call for call in fakes.calls) == 1


@pytest.mark.parametrize(
    ("new", "replaces"),
    [
        (props(image="a"), None),
        (props(image="b"), []),
        (props(image="a", agents=1), ["configuration"]),
        (props(image="b", ports=("80:80",)), ["configuration"]),
        (props("test", image="a"), ["name", "configuration"]),
    ],
    ids=["nothing", "image", "agents", "ports and image", "name"],
)
def test_another_configuration_replaces_and_another_image_does_not(
    new: dict[str, Any], replaces: list[str] | None
) -> None:
    old = props(image="a") | {"kubeconfig": "of the cluster"}
    result = K3dProvider().diff(NAME, old, new)
    assert result.changes == (replaces is not None)
    assert result.replaces == (replaces or [])
    # host ports can not be had twice
    assert result.delete_before_replace


# --- programs -------------------------------------------------------------------------------------


def every_operation() -> dict[str, Any]:
    provider, what = K3dProvider(), props(image="")
    return {
        "create": lambda: provider.create(what),
        "update": lambda: provider.update(NAME, what, what),
        "read": lambda: provider.read(NAME, what),
        "delete": lambda: provider.delete(NAME, what),
    }


@pytest.mark.parametrize("missing", [["docker"], ["k3d"], ["docker", "k3d"]], ids=" and ".join)
@pytest.mark.parametrize("operation", every_operation())
def test_a_program_that_is_missing_is_named_with_its_page(
    fakes: Fakes, missing: list[str], operation: str
) -> None:
    fakes.without(*missing)
    with pytest.raises(ClusterError) as error:
        every_operation()[operation]()
    for tool, page in TOOLS.items():
        assert (f"{tool} ({page})" in str(error.value)) == (tool in missing)
    assert "`cluster: existing`" in str(error.value)
    assert not fakes.calls


@pytest.mark.parametrize("operation", every_operation())
def test_a_docker_that_does_not_run_is_named_with_its_page(fakes: Fakes, operation: str) -> None:
    fakes.say(fails="docker")
    complaint = f"Docker does not run: .*no luck.*; see {re.escape(TOOLS['docker'])}"
    with pytest.raises(ClusterError, match=complaint):
        every_operation()[operation]()
    assert len(fakes.calls) == 1


def test_all_is_well(fakes: Fakes) -> None:
    require_tools()
    assert len(fakes.calls) == 1


# --- what it is made of ---------------------------------------------------------------------------


def test_the_providers_start_no_node() -> None:
    code = (
        "import sys, infra.clearing, infra.k3d, infra.remains\n"
        "print(*({'cdk8s', 'constructs', 'jsii'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


@pytest.mark.parametrize(
    "cluster",
    [
        K3d(name="a"),
        K3d(name="a" * 32, agents=3),
        K3d(name="a-1", ports=("8080:80", "127.0.0.1:8443:443/tcp@loadbalancer", "30000@server:0")),
        K3d(name="a", agents=1, ports=("8080:80@agent:0",), registry="images"),
    ],
    ids=["minimal", "long", "ports", "registry"],
)
def test_k3d_itself_takes_the_configuration(cluster: K3d, tmp_path: Path) -> None:
    if not shutil.which("k3d"):
        pytest.skip("there is no k3d on the PATH that could read a configuration")
    file = tmp_path / "k3d.yaml"
    file.write_text(yaml.safe_dump(configuration(cluster)))
    text = created_without_docker(file)
    assert "nonexistent.sock" in text
    assert "Schema Validation failed" not in text
    assert "unmarshal" not in text
    # it does judge
    file.write_text(yaml.safe_dump(configuration(cluster) | {"servers": "one"}))
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
