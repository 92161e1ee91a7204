"""Folders compared with golden files."""

import shutil
from pathlib import Path

ABSENT = "absent.txt"
"""List of the files that a folder lacks and its base has."""


def files(root: Path) -> dict[str, str]:
    """Return every file below `root` by its relative path."""
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def difference(folder: Path, base: Path) -> dict[str, str]:
    """Return the files of a folder that differ from those of another, and a list of the absent."""
    own, others = files(folder), files(base)
    found = {name: text for name, text in own.items() if others.get(name) != text}
    absent = "".join(f"{name}\n" for name in others if name not in own)
    return found | ({ABSENT: absent} if absent else {})


def compare(actual: dict[str, str], expected: Path, *, update: bool) -> None:
    """Assert that a folder holds exactly these files; with `update`, write them."""
    if update:
        shutil.rmtree(expected, ignore_errors=True)
        for name, text in actual.items():
            file = expected / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    assert actual == files(expected)
