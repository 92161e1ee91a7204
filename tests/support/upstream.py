"""Schemas of other projects' CRDs, and the CRDs themselves for tests on a real API server."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.upstream import CRDS, schemas

FOLDER = CRDS
"""The CRDs, beside this repository on some machines and never in it."""


def crd(name: str) -> dict[str, Any]:
    """Return the CustomResourceDefinition in file `name`, and skip the test if it is not there."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the upstream CRD {name} is not on this machine (looked beside the checkout)")
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def schema(name: str) -> dict[str, Any]:
    """Return the OpenAPI schema of the newest version in the CRD of file `name`."""
    [*_, newest] = schemas(Path(name).name.removesuffix(".yaml")).values()
    return newest
