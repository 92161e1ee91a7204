"""kubectl reads the texts of `yaml_texts` as our reader does."""

import json
import subprocess

import pytest
from yaml_texts import READ, REFUSED, STRICTER, content

pytestmark = pytest.mark.cluster


def kubectl_reads(name: str) -> subprocess.CompletedProcess[bytes]:
    # never sent to the API server: only kubectl reads it
    command = ["kubectl", "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-"]
    return subprocess.run(command, input=content(name), capture_output=True, check=False)


@pytest.mark.parametrize("name", READ)
def test_kubectl_reads_the_same_value(name: str) -> None:
    done = kubectl_reads(name)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["x"] == READ[name][1]


@pytest.mark.parametrize("name", REFUSED)
def test_kubectl_refuses(name: str) -> None:
    done = kubectl_reads(name)
    assert done.returncode == 1, done.stdout
    assert b"error" in done.stderr


@pytest.mark.parametrize("name", STRICTER)
def test_kubectl_takes_what_we_refuse(name: str) -> None:
    """And loses a value, or bytes of it. When it no longer does, `manifest` is wrong on kubectl."""
    assert kubectl_reads(name).returncode == 0
