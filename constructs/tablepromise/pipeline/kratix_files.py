"""Kratix's file contract: the files that a pipeline container reads and writes below /kratix.

Not taken from kratix-sdk, which imports the Kubernetes client and so starts several times as
slowly; `tests/pipeline/test_kratix_files.py` compares the files with the SDK's.
"""

from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from tablepromise.request import Finding, InvalidManifest, dump, load

_CONTROL = "workflow-control.yaml"


class Folders(Struct, frozen=True):
    """The three folders of a pipeline."""

    input: Path
    output: Path
    metadata: Path

    @classmethod
    def under(cls, root: str | Path) -> "Folders":
        """Return the folders as Kratix names them; its root is `/kratix`."""
        return cls(*(Path(root) / name for name in ("input", "output", "metadata")))


def read_object(folders: Folders) -> dict[str, Any]:
    """Return the live object for which the workflow runs.

    Raises:
        FileNotFoundError: there is no `object.yaml`.
        InvalidManifest: it is not one YAML mapping.
    """
    path = folders.input / "object.yaml"
    documents = load(path.read_bytes(), str(path))
    if len(documents) != 1:
        problem = f"it has {len(documents)} documents, not one"
        finding = Finding("(document)", problem, "", "one document", "give one request")
        raise InvalidManifest(str(path), 1, finding)
    return documents[0]


def fields(value: object) -> dict[str, Any]:
    """Return `value` if it is a map, else an empty map: a status may have any type."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def write_output(folders: Folders, name: str, document: dict[str, Any]) -> None:
    """Write a manifest for the Destination.

    Kratix removes from the Destination what an earlier run wrote and this run does not: an empty
    output deletes.
    """
    _write(folders.output, name, document)


def write_status(folders: Folders, status: dict[str, Any]) -> None:
    """Write keys that Kratix merges into the request's status.

    Kratix never removes a key, so every run writes every key. The key `kratix` is reserved: Kratix
    fails a pipeline that writes it.
    """
    _write(folders.metadata, "status.yaml", status)


def write_destination_labels(folders: Folders, labels: dict[str, str]) -> None:
    """Write the labels that a Destination must have to receive the output."""
    selectors = [{"directory": "", "matchLabels": labels}]
    _write(folders.metadata, "destination-selectors.yaml", selectors)


def write_suspend(folders: Folders, message: str) -> None:
    """Suspend the workflow until the request's spec changes; the Destination stays unchanged."""
    _write(folders.metadata, _CONTROL, {"suspend": True, "message": message})


def write_retry(folders: Folders, message: str, seconds: int) -> None:
    """Let Kratix retry the workflow after `seconds`; the Destination stays unchanged."""
    _write(folders.metadata, _CONTROL, {"retryAfter": f"{seconds}s", "message": message})


def clear_control(folders: Folders) -> None:
    """Remove the suspension or retry that an earlier run wrote to the same folders."""
    (folders.metadata / _CONTROL).unlink(missing_ok=True)


def _write(folder: Path, name: str, content: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{name}.new"
    temporary.write_text(dump(content), encoding="utf-8")
    temporary.replace(folder / name)  # atomic: no reader sees half a file
