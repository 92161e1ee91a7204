"""The pipeline's image without Docker: this Python, the locked packages, and our code.

It stands for what the Dockerfile builds: the same entry point, user, variables and folders.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tablepromise.platform.versions import PIPELINE_IMAGE

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "constructs/tablepromise"
LAB = ROOT.parent / "shared/lab/lab"


def load_into_lab(folder: Path) -> str:
    """Builds the image in `folder` and imports it into the lab's node; its reference."""
    reference = f"docker.io/{PIPELINE_IMAGE}-test"
    rootfs = folder / "rootfs"
    _python(rootfs)
    _packages(rootfs)
    application(rootfs)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(rootfs / "app")], check=True)
    for needs in (Path(sys.executable).resolve(), *rootfs.rglob("*.so*")):
        for file in _libraries(needs):
            _copy(file, rootfs)
    dockerfile = (PACKAGE / "pipeline/Dockerfile").read_text()
    [entrypoint] = re.findall(r"^ENTRYPOINT (.+)$", dockerfile, re.MULTILINE)
    [user] = re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE)
    [variables] = re.findall(r"^ENV (.+)$", dockerfile, re.MULTILINE)
    options = [option for variable in variables.split() for option in ("--env", variable)]
    subprocess.run(
        [
            *(str(LAB), "image", reference, "--rootfs", str(rootfs)),
            *("--entrypoint", entrypoint, "--user", user, *options),
        ],
        check=True,
        capture_output=True,
    )
    return reference


def _python(rootfs: Path) -> None:
    """The interpreter with its standard library, at its own path."""
    base = Path(sys.base_prefix)
    binary = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    library = Path(sysconfig.get_path("stdlib"))
    skipped = shutil.ignore_patterns("test", "tests", "site-packages", "idlelib", "config-*")
    shutil.copytree(library, _inside(rootfs, library), ignore=skipped)
    for file in [binary, *base.glob("lib/libpython*.so*")]:
        _copy(file, rootfs)
    (rootfs / "usr/bin").mkdir(parents=True, exist_ok=True)
    (rootfs / "usr/bin/python").symlink_to(binary)
    (rootfs / "tmp").mkdir()


def _packages(rootfs: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"),
            *("--python", sys.executable, "--target", str(rootfs / "app")),
            *("--require-hashes", "-r", str(PACKAGE / "pipeline/requirements.lock")),
        ],
        check=True,
    )


def application(rootfs: Path) -> None:
    """Copies our code as the Dockerfile does, into `app/tablepromise`."""
    dockerfile = (PACKAGE / "pipeline/Dockerfile").read_text().replace("\\\n", " ")
    for copied in re.findall(r"^COPY (constructs/.+)$", dockerfile, re.MULTILINE):
        *sources, target = copied.split()
        folder = _inside(rootfs, Path(target))
        for file in (file for source in sources for file in ROOT.glob(source)):
            if file.is_dir():
                shutil.copytree(file, folder, ignore=shutil.ignore_patterns("__pycache__"))
            elif file.suffix == ".py":
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, folder)


def _inside(rootfs: Path, path: Path) -> Path:
    return rootfs / path.relative_to("/")


def _copy(file: Path, rootfs: Path) -> None:
    target = _inside(rootfs, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, target)


def _libraries(file: Path) -> list[Path]:
    """Shared libraries that `file` needs, at the paths where the loader looks for them."""
    done = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False)
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", done.stdout)]
