"""Commands that the command line prints: each is run as printed, from a shell."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from corpus import spec
from generated import request

from tablepromise.request import dump

ROOT = Path(__file__).parents[2]


def shell(line: str, folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path}
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder whose command is in .venv/bin, as `make install` leaves it."""
    bin_ = tmp_path / "my checkout/.venv/bin"
    bin_.mkdir(parents=True)
    (bin_ / "tablepromise").symlink_to(ROOT / ".venv/bin/tablepromise")
    folder = tmp_path / "my checkout"
    (folder / "my orders.yaml").write_text(dump(request(spec(name="ab"))))
    return folder


@pytest.mark.parametrize(
    ("arguments", "on_path"),
    [
        ("validate 'my orders.yaml'", True),
        ("validate 'my orders.yaml'", False),
        ("render 'my orders.yaml'", False),
        ("run configure --input 'my orders.yaml' --output kratix", False),
    ],
)
def test_the_next_command_can_be_run_as_printed(
    checkout: Path, arguments: str, on_path: bool
) -> None:
    folder = str(checkout / ".venv/bin")
    path = f"{folder}:/usr/bin:/bin" if on_path else "/usr/bin:/bin"
    called = "tablepromise" if on_path else ".venv/bin/tablepromise"
    done = shell(f"{called} {arguments}", checkout, path)
    assert done.returncode == 1, done.stderr
    [printed] = re.findall(r"(?:see|run): (.+)$", done.stderr, re.MULTILINE)
    assert printed == f"{called} validate 'my orders.yaml'"
    if not arguments.startswith("validate"):
        done = shell(printed, checkout, path)
        assert done.returncode == 1, done.stderr
    assert "spec.name: " in done.stderr


def test_a_request_that_is_not_there_names_a_command_of_the_command_line(checkout: Path) -> None:
    script = "from tablepromise.cli import output; print(output.command_line('check', '-n', 'a b'))"
    done = shell(f'{ROOT}/.venv/bin/python -c "{script}"', checkout, "/usr/bin:/bin")
    assert done.stdout == "tablepromise check -n 'a b'\n"
