"""`--region` and `--regions`: the regions of a target, for verbs that see none."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from corpus import spec
from generated import request

from tablepromise.cli.main import main
from tablepromise.request import dump

ANNOTATION = "services.k8s.aws/region"


def run(command: str) -> Result:
    return CliRunner().invoke(main, shlex.split(command))


def written(folder: Path, **changes: Any) -> Path:
    file = folder / "request.yaml"
    file.write_text(dump(request(spec(**changes), "orders")))
    return file


@pytest.mark.parametrize(
    ("options", "region"),
    [
        ("", "us-west-2"),
        ("--region eu-central-1", "eu-central-1"),
        ("--region eu-north-1", "eu-north-1"),
        ("--region cn-north-1", "cn-north-1"),
        ("--region eu-central-1 --regions eu-north-1", "eu-central-1"),
    ],
)
def test_a_request_without_region_is_in_that_of_the_target(
    tmp_path: Path, options: str, region: str
) -> None:
    file = written(tmp_path)
    table = yaml.safe_load(run(f"render {file} {options}").stdout)
    assert table["metadata"]["annotations"][ANNOTATION] == region
    for offer in ("kro", "crossplane"):
        result = run(f"render {file} {options} --offer {offer}")
        assert f"region: {region}" in result.stdout, offer
    [tried] = json.loads(run(f"try {file} {options} -o json").stdout)["requests"]
    assert (tried["status"], tried["region"]) == ("ACTIVE", region)
    assert f":dynamodb:{region}:" in tried["arn"]
    assert run(f"validate {file} {options}").exit_code == 0
    assert run(f"run configure --input {file} --output {tmp_path} {options}").exit_code == 0
    status = yaml.safe_load((tmp_path / "metadata/status.yaml").read_text())
    assert status["region"] == region


def test_the_schema_of_a_target() -> None:
    options = "--region eu-central-1 --regions eu-north-1"
    crd = yaml.safe_load(run(f"schema crd {options}").stdout)
    [version] = crd["spec"]["versions"]
    of_crd = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["region"]
    editor = yaml.safe_load(run(f"schema editor {options}").stdout)
    for field in (of_crd, editor["properties"]["spec"]["properties"]["region"]):
        assert field["enum"] == ["eu-central-1", "eu-north-1"]
        assert field["default"] == "eu-central-1"


@pytest.mark.parametrize("verb", ["validate", "render", "try"])
def test_the_fix_for_a_region_that_is_not_on_offer(tmp_path: Path, verb: str) -> None:
    file = written(tmp_path, region="eu-west-2")
    refused = run(f"{verb} {file}")
    assert refused.exit_code == 1
    assert "did you mean" not in refused.stderr
    assert "have the platform team allow eu-west-2 (setting `regions`; offline: --regions)" in (
        " ".join(refused.stderr.split())
    )
    assert run(f"{verb} {file} --regions us-east-1,eu-west-2").exit_code == 0


def test_a_change_is_judged_with_the_targets_regions(tmp_path: Path) -> None:
    """A request of before the target's region was changed, then sent again without region."""
    (tmp_path / "old").mkdir()
    old = written(tmp_path / "old", region="us-west-2")
    new = written(tmp_path)
    assert run(f"validate {new} --old {old}").exit_code == 0
    result = run(f"validate {new} --old {old} --region eu-central-1")
    assert result.exit_code == 1
    assert "set it to the region that the request has" in result.stderr
    # the API server accepts a region that is not on offer any more, as long as it stays
    assert run(f"validate {old} --old {old} --regions eu-central-1").exit_code == 0
    assert run(f"validate {old} --regions eu-central-1").exit_code == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--region eu-wset-1", "region: got 'eu-wset-1', allowed: af-south-1, "),
        ("--region eu-wset-1", "did you mean eu-west-1?"),
        ("--regions us-east-1,mars-1", "region: got 'mars-1', allowed: af-south-1, "),
    ],
)
def test_a_region_that_does_not_exist(tmp_path: Path, options: str, text: str) -> None:
    result = run(f"validate {written(tmp_path)} {options}")
    assert result.exit_code == 2
    assert text in result.stderr
