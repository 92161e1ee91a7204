"""Requests of the end-to-end tests, and what `tablepromise check` says of them."""

import json
import subprocess
import sys
from copy import deepcopy
from typing import Any

from api import kubectl
from installed import NAMESPACE

from tablepromise.request import dump

Requests = dict[str, dict[str, Any]]


def order(document: dict[str, Any], name: str, **spec: Any) -> dict[str, Any]:
    """A request like `document`, in our namespace and for a table of its own."""
    changed = deepcopy(document)
    changed["metadata"] = {"name": name, "namespace": NAMESPACE}
    changed["spec"] |= {"name": f"e2e-{name}", **spec}
    return changed


def apply(document: dict[str, Any]) -> str:
    return kubectl("apply", "-f", "-", stdin=dump(document))


def check(*arguments: str, namespace: str = NAMESPACE) -> tuple[int, dict[str, Any]]:
    """Exit code and output of `tablepromise check`."""
    code = "from tablepromise.cli.main import main; main()"
    command = [sys.executable, "-c", code, "check", "-n", namespace, "-o", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)
