"""The pipeline's image without Docker: what the Dockerfile's steps leave, by the same script."""

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "constructs/tablepromise"
LAB = ROOT.parent / "shared/lab/lab"
ROOTFS = PACKAGE / "pipeline/rootfs.py"

IMAGE = "registry.example.com/tablepromise/pipeline:0.1.0-test"
"""A name that does not change with the sources, for objects that are compared with a file."""


def load_into_lab(folder: Path) -> str:
    """Builds the image in `folder` and imports it into the lab's node; its reference."""
    reference = "localhost/tablepromise/pipeline:0.1.0-test"
    root = rootfs(folder)
    [entrypoint] = re.findall(r"^ENTRYPOINT (.+)$", dockerfile(), re.MULTILINE)
    [user] = re.findall(r"^USER (.+)$", dockerfile(), re.MULTILINE)
    [variables] = re.findall(r"^ENV (.+)$", dockerfile(), re.MULTILINE)
    options = [option for variable in variables.split() for option in ("--env", variable)]
    subprocess.run(
        [
            *(str(LAB), "image", reference, "--rootfs", str(root)),
            *("--entrypoint", entrypoint, "--user", user, *options),
        ],
        check=True,
        capture_output=True,
    )
    return reference


def rootfs(folder: Path) -> Path:
    """Writes the files of the image, with this Python, into a folder below `folder`."""
    packages, root = folder / "packages", folder / "rootfs"
    install(packages)
    application(folder)
    subprocess.run([sys.executable, str(ROOTFS), str(packages), str(root)], check=True)
    return root


def install(packages: Path) -> None:
    """Copies the locked packages, as they are installed here."""
    for name in locked():
        for file in metadata.files(name) or ():
            if ".." not in file.parts:
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)


def locked() -> list[str]:
    """Names of the locked packages that this Python needs."""
    lock = (PACKAGE / "pipeline/requirements.lock").read_text()
    lines = re.findall(r"^([a-z0-9-]+)==[^ ]+(?: ; ([^\\\n]+))?", lock, re.MULTILINE)
    return [name for name, marker in lines if not marker or Marker(marker).evaluate()]


def dockerfile() -> str:
    return (PACKAGE / "pipeline/Dockerfile").read_text()


def copied() -> list[tuple[list[str], str]]:
    """Sources and target of each COPY from the repository."""
    text = dockerfile().replace("\\\n", " ")
    lines = [line.split() for line in re.findall(r"^COPY (constructs/.+)$", text, re.MULTILINE)]
    return [(sources, target) for *sources, target in lines]


def application(root: Path) -> None:
    """Copies our code as the Dockerfile does, into `packages/tablepromise`."""
    for sources, target in copied():
        folder = root / Path(target).relative_to("/")
        for file in (file for source in sources for file in ROOT.glob(source)):
            if file.is_dir():
                shutil.copytree(file, folder, ignore=shutil.ignore_patterns("__pycache__"))
            elif file.suffix == ".py":
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, folder)
