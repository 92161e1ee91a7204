"""Writes the files of the pipeline's image: this Python, its packages, and their libraries.

    python rootfs.py PACKAGES ROOT

`PACKAGES` is a folder of installed packages and of our code, which becomes `/app`. The rest of the
base image (a shell, a package manager, headers, tests) stays behind. Uses the standard library
only, since it runs before anything is installed.
"""

import compileall
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

UNUSED_LIBRARY = (
    *("test", "tests", "idlelib", "tkinter", "turtledemo", "turtle.py", "ensurepip", "lib2to3"),
    *("pydoc_data", "pydoc.py", "venv", "_pyrepl", "curses", "dbm", "sqlite3", "distutils"),
    *("site-packages", "dist-packages", "config-*", "unittest", "doctest.py", "pdb.py"),
    *("__pycache__", "_test*", "_ctypes_test*", "xxlimited*", "xxsubtype*", "_tkinter*"),
    *(
        "_codecs_*",
        "_sqlite3*",
        "_dbm*",
        "_gdbm*",
        "_curses*",
        "readline*",
        "nis*",
        "audioop*",
        "ossaudiodev*",
    ),
    *("LICENSE.txt", "Tools", "*.a", "*.exe"),
)
"""Parts of the standard library that need another package, or that only developers use."""

UNUSED_PACKAGES = (
    *("__pycache__", "*.pyi", "*.pxd", "*.h", "bin", "bazel-project"),
    # extensions of CEL that no rule uses
    "ext",
)
"""Parts of packages that nothing imports at run time."""


def main(packages: Path, root: Path) -> None:
    """Write everything below `root`."""
    library = Path(sysconfig.get_path("stdlib"))
    _copy_tree(library, _inside(root, library), UNUSED_LIBRARY)
    _copy_tree(packages, root / "app", UNUSED_PACKAGES)
    binary = Path(sys.executable).resolve()
    _copy(binary, root)
    cache = Path("/etc/ld.so.cache")  # where the loader finds what is in none of its own folders
    if cache.is_file():
        _copy(cache, root)
    for extension in (binary, *root.rglob("*.so*")):
        for file in _libraries(extension):
            _copy(file, root)
    (root / "usr/bin").mkdir(parents=True, exist_ok=True)
    (root / "usr/bin/python").symlink_to(binary)
    (root / "tmp").mkdir(mode=0o1777)
    # compiled here, since a read-only root keeps nothing that is compiled at the start
    for folder in (_inside(root, library), root / "app"):
        shown = str(folder.relative_to(root))
        if not compileall.compile_dir(folder, quiet=1, stripdir=str(root), prependdir="/"):
            raise SystemExit(f"cannot compile {shown}")


def _copy_tree(source: Path, target: Path, unused: tuple[str, ...]) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*unused), symlinks=False)


def _copy(file: Path, root: Path) -> None:
    target = _inside(root, file)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def _inside(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def _libraries(file: Path) -> list[Path]:
    """Return the shared libraries that `file` needs, at the paths where the loader finds them."""
    command = ["ldd", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", done.stdout)]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
