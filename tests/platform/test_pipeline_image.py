"""The image's name follows the sources, and what runs the image follows its name."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cdk8s
import image
import pytest

from tablepromise.offers import Promise, PromiseProps
from tablepromise.platform import (
    Reflector,
    ReflectorProps,
    VersityGw,
    VersityGwProps,
    pipeline_image,
)

DEPLOYMENT = "reflector"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the sources, which may be changed."""
    for name in pipeline_image.SOURCES:
        source = pipeline_image.PACKAGE / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path)
    return tmp_path


def objects(package: Path) -> dict[str, dict[str, Any]]:
    """The objects that run the image, by kind."""
    name = pipeline_image.reference("registry.example.com/x", package)
    chart = cdk8s.Testing.chart()
    Promise(chart, "Promise", PromiseProps(image=name))
    Reflector(chart, "Reflector", ReflectorProps(image=name))
    store = VersityGwProps(writers=("kratix",), readers=("flux-system",), keys_image=name)
    VersityGw(chart, "Store", store)
    return {
        document["kind"]: document
        for document in cdk8s.Testing.synth(chart)
        if document["kind"] in ("Promise", "Job") or document["metadata"]["name"] == DEPLOYMENT
        if document["kind"] in ("Promise", "Job", "Deployment")
    }


def test_the_same_sources_make_the_same_objects(package: Path) -> None:
    assert pipeline_image.tag(package) == pipeline_image.tag()
    assert objects(package) == objects(pipeline_image.PACKAGE)
    (package / "request/__pycache__").mkdir(exist_ok=True)
    (package / "request/__pycache__/x.pyc").write_bytes(b"compiled")
    assert pipeline_image.tag(package) == pipeline_image.tag()


@pytest.mark.parametrize(
    "name",
    [
        *("kubeconfig.py", "request/ack.py", "reflector/watch.py", "diagnosis/tables.py"),
        *("pipeline/configure.py", "pipeline/Dockerfile", "pipeline/requirements.lock"),
        "pipeline/rootfs.py",
    ],
)
def test_a_byte_more_rolls_everything_out(package: Path, name: str) -> None:
    before = objects(package)
    file = package / name
    file.write_bytes(file.read_bytes() + b"\n")
    after = objects(package)
    for kind in before:
        assert before[kind] != after[kind], kind
    assert before["Job"]["metadata"]["name"] != after["Job"]["metadata"]["name"]
    template = after["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert template == pipeline_image.reference("registry.example.com/x", package)


def test_a_file_that_moves_changes_the_tag(package: Path) -> None:
    (package / "request/ack.py").rename(package / "request/moved.py")
    assert pipeline_image.tag(package) != pipeline_image.tag()


def test_the_tag_covers_all_that_the_dockerfile_copies() -> None:
    covered = [pipeline_image.PACKAGE / name for name in pipeline_image.SOURCES]
    for sources, _ in image.copied():
        for source in sources:
            for file in image.ROOT.glob(source):
                assert any(file == each or each in file.parents for each in covered), file


def test_make_and_synth_name_the_same_image() -> None:
    """`make` has no package of ours: the file is run by itself, by any Python."""
    script = str(pipeline_image.PACKAGE / "platform/pipeline_image.py")
    for arguments, registry in (([], pipeline_image.LOCAL_REGISTRY), (["r.io/x"], "r.io/x")):
        done = subprocess.run(
            [sys.executable, "-I", "-S", script, *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == pipeline_image.reference(registry)
    makefile = (image.ROOT / "Makefile").read_text()
    assert re.search(r"^IMAGE = .*pipeline_image\.py \$\(REGISTRY\)\)$", makefile, re.MULTILINE)


def test_no_node_pulls_the_local_name_from_a_public_registry() -> None:
    # the first part is a host to container engines if it has a dot or a port, or is localhost
    assert pipeline_image.reference().startswith("localhost/")
