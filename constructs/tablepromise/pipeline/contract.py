"""Kratix's file contract: what a pipeline container reads and writes below /kratix.

Written here and not taken from kratix-sdk, which imports the Kubernetes client first and so starts
several times as slowly; `tests/pipeline/test_contract.py` proves the files equal to the SDK's.
"""

import os
from typing import Any

from msgspec import Struct

from tablepromise.request import Finding, NotYAML, dump, load

_CONTROL = "workflow-control.yaml"


class Folders(Struct, frozen=True):
    """The three folders of a pipeline. Strings: pathlib is a twentieth of the container's run."""

    input: str
    output: str
    metadata: str

    @classmethod
    def under(cls, root: str | os.PathLike[str]) -> "Folders":
        """The folders as Kratix lays them out; its root is `/kratix`."""
        return cls(*(os.path.join(root, name) for name in ("input", "output", "metadata")))


def read_object(folders: Folders) -> dict[str, Any]:
    """The live object that the workflow runs for: the only input there is.

    Raises:
        FileNotFoundError: there is no `object.yaml`.
        NotYAML: it is not one YAML mapping.
    """
    path = os.path.join(folders.input, "object.yaml")
    with open(path, encoding="utf-8") as file:
        documents = load(file.read(), path)
    if len(documents) != 1:
        problem = f"it has {len(documents)} documents, not one"
        raise NotYAML(
            path, 1, Finding("(document)", problem, "", "one document", "give one request")
        )
    return documents[0]


def write_output(folders: Folders, name: str, document: dict[str, Any]) -> None:
    """A manifest for the Destination. What an earlier run wrote and this one does not is removed
    from there, so an empty output deletes."""
    _write(folders.output, name, document)


def write_status(folders: Folders, status: dict[str, Any]) -> None:
    """Keys to merge into the request's status. Keys never go away, so write every key every time.

    Kratix keeps `kratix` for itself and fails the pipeline over it.
    """
    _write(folders.metadata, "status.yaml", status)


def write_destination_labels(folders: Folders, labels: dict[str, str]) -> None:
    """Labels that a Destination must have to receive the output."""
    selectors = [{"directory": "", "matchLabels": labels}]
    _write(folders.metadata, "destination-selectors.yaml", selectors)


def write_suspend(folders: Folders, message: str) -> None:
    """Ends this run without touching the Destination, until the request's spec changes."""
    _write(folders.metadata, _CONTROL, {"suspend": True, "message": message})


def write_retry(folders: Folders, message: str, seconds: int) -> None:
    """Ends this run without touching the Destination, and has Kratix run it again later."""
    _write(
        folders.metadata,
        _CONTROL,
        {"retryAfter": f"{seconds}s", "message": message},
    )


def clear_control(folders: Folders) -> None:
    """Takes back the suspension or retry of an earlier run in the same folders."""
    path = os.path.join(folders.metadata, _CONTROL)
    if os.path.exists(path):
        os.remove(path)


def _write(folder: str, name: str, content: object) -> None:
    os.makedirs(folder, exist_ok=True)
    # a reader sees the old file or the new one, whole
    temporary = os.path.join(folder, f".{name}.new")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(dump(content))
    os.replace(temporary, os.path.join(folder, name))
