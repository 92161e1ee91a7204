"""CRDs of other projects: data that is beside this repository on some machines, never in it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[3] / "shared/crds"


def crd(name: str) -> dict[str, Any]:
    """The CustomResourceDefinition in file `name`; skips the test where it is not to be had."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the upstream CRD {name} is not on this machine (looked beside the checkout)")
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def schema(name: str) -> dict[str, Any]:
    """The OpenAPI schema of the newest version in that CRD."""
    version: dict[str, Any] = crd(name)["spec"]["versions"][-1]
    node: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return node
