"""The whole app: what `cdk8s synth` writes."""

from pathlib import Path

import golden

from infra.app import build

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"


def test_snapshot(tmp_path: Path, update: bool) -> None:
    build(tmp_path / "manifests").synth()
    golden.compare(tmp_path / "manifests", SNAPSHOTS, update=update)


def test_synth_twice_writes_the_same(tmp_path: Path) -> None:
    for name in ("first", "second"):
        build(tmp_path / name).synth()
    assert golden.files(tmp_path / "first") == golden.files(tmp_path / "second")
