"""Folders compared with what is committed."""

import shutil
from pathlib import Path


def files(root: Path) -> dict[str, str]:
    """Every file below `root` by its relative path."""
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def compare(actual: Path, expected: Path, *, update: bool) -> None:
    """Asserts that both folders hold the same files; with `update`, makes it so."""
    if update:
        shutil.rmtree(expected, ignore_errors=True)
        shutil.copytree(actual, expected)
    assert files(actual) == files(expected)
