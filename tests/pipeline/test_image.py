"""The image: small, with all that its entry points import, and nothing else of ours."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import image
import pytest

ENTRY_POINTS = {
    "pipeline": "tablepromise.pipeline.__main__, tablepromise.pipeline.api",
    "admission": "tablepromise.request; tablepromise.request.evaluation",
    "reflector": "tablepromise.reflector.__main__",
    "store keys": "tablepromise.kubeconfig, lightkube.resources.core_v1",
}

IMPORT_ALL = """
import sys
before = set(sys.modules)
import pkgutil
from importlib import import_module, metadata
import tablepromise, tablepromise.pipeline, lightkube.resources.core_v1
for module in pkgutil.walk_packages(tablepromise.__path__, "tablepromise."):
    if module.name != "tablepromise.pipeline.rootfs":
        import_module(module.name)
for name in sorted(sys.modules.keys() - before):
    file = getattr(sys.modules[name], "__file__", None)
    if file: print(file)
"""

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def rootfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return image.rootfs(tmp_path_factory.mktemp("image"))


def size(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())


def python(rootfs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs the interpreter of the image with its own standard library and packages, as root."""
    environment = {"PYTHONPATH": "/app", "PATH": "/usr/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    if os.geteuid() == 0:
        command = [shutil.which("chroot") or "chroot", str(rootfs), "/usr/bin/python", *arguments]
        return subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
    # without the right to change the root: the files of the image, by this interpreter
    environment["PYTHONPATH"] = str(rootfs / "app")
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_is_imported_from_the_image_alone(rootfs: Path) -> None:
    done = python(rootfs, "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    app = "/app" if os.geteuid() == 0 else str(rootfs / "app")
    found = {Path(line) for line in done.stdout.split()}
    packages = {p.relative_to(app).parts[0] for p in found if p.is_relative_to(app)}
    assert {"tablepromise", "lightkube", "msgspec", "prometheus_client"} <= packages
    assert not any("site-packages" in str(file) for file in found)


def test_the_pipeline_judges_and_renders_in_the_image(rootfs: Path) -> None:
    """CEL, the schema and the renderer are native code in part: they run, not only import."""
    request = (image.ROOT / "examples/requests/simple-users-table.yaml").read_text()
    code = (
        "import sys\nfrom tablepromise.request import admit, load, render\n"
        "[document] = load(sys.argv[1])\nprint(render(admit(document))['kind'])"
    )
    done = python(rootfs, "-c", code, request)
    assert (done.returncode, done.stdout.strip()) == (0, "Table"), done.stderr


def test_each_entry_point_ends_with_a_sentence_where_there_is_no_cluster(rootfs: Path) -> None:
    done = python(rootfs, "-m", "tablepromise.reflector")
    assert done.returncode == 2
    assert "does not run in a pod" in done.stderr
    script = (image.PACKAGE / "platform/files/store_keys.py").read_text()
    done = python(rootfs, "-c", script, "keys", "one")
    assert "does not run in a pod" in done.stderr
    done = python(rootfs, "-m", "tablepromise.pipeline", "configure")
    assert done.returncode != 0
    assert "ImportError" not in done.stderr
    assert "ModuleNotFoundError" not in done.stderr


def test_no_part_of_the_library_is_there_that_only_developers_or_terminals_need(
    rootfs: Path,
) -> None:
    unwanted = {
        *("test", "unittest", "idlelib", "tkinter", "ensurepip", "venv", "_pyrepl", "turtledemo"),
        *("pydoc", "doctest", "pdb", "curses", "sqlite3", "dbm", "distutils", "lib2to3"),
        *("_curses", "_curses_panel", "readline", "_sqlite3", "_dbm", "_gdbm", "_tkinter", "nis"),
        *("audioop", "ossaudiodev", "xxlimited", "_testcapi", "_ctypes_test"),
    }
    library = next(path.parent for path in rootfs.rglob("contextlib.py*"))
    found = {path.name.partition(".")[0] for path in library.rglob("*")}
    assert "contextlib" in found
    assert not unwanted & found


def test_packages_and_our_code_are_small(rootfs: Path) -> None:
    assert size(rootfs / "app") < 40 * MEBIBYTE


def test_there_is_no_shell_and_no_package_manager(rootfs: Path) -> None:
    names = {file.name for file in rootfs.rglob("*") if not file.is_dir()}
    assert not names & {"sh", "bash", "pip", "apt", "apt-get", "dpkg", "perl", "curl"}
    folders = {path.name for path in (rootfs / "app/tablepromise").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == {"diagnosis", "pipeline", "reflector", "request"}


def test_what_is_locked_is_what_is_imported(rootfs: Path) -> None:
    installed = {
        re.sub(r"[-_.]+", "-", path.stem.rpartition("-")[0].lower())
        for path in (rootfs / "app").glob("*.dist-info")
    }
    assert installed == set(image.locked())


# --- the build context ----------------------------------------------------------------------------


def context(lines: list[str]) -> list[Path]:
    """Files that a container engine is sent, by the patterns of .dockerignore."""
    patterns = [line for line in lines if line and not line.startswith("#")]
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others"],
        cwd=image.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [image.ROOT / name for name in tracked if not _ignored(name, patterns)]


def _ignored(name: str, patterns: list[str]) -> bool:
    ignored = False
    parts = name.split("/")
    ancestors = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for pattern in patterns:
        glob = pattern.removeprefix("!").removeprefix("**/")
        named = parts if "**/" in pattern else ancestors
        if any(fnmatch.fnmatch(each, glob) for each in named):
            ignored = not pattern.startswith("!")
    return ignored


def test_the_context_is_small_and_has_what_is_copied() -> None:
    sent = context((image.ROOT / ".dockerignore").read_text().splitlines())
    assert sum(file.stat().st_size for file in sent if file.is_file()) < 5 * MEBIBYTE
    wanted = {
        file
        for sources, _ in image.copied()
        for source in sources
        for path in image.ROOT.glob(source)
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted <= set(sent)
    assert not [file for file in sent if ".venv" in file.parts or ".git" in file.parts]
