"""Stacks run by the real Pulumi, in a project of their own beside this one."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from api import kubectl, wait

from infra import settings
from infra.targets import Target

PASSPHRASE = "of the tests"
_LINKED = (
    *("__main__.py", ".venv", "Pulumi.yaml"),
    *("constructs", "dist", "examples", "infra", "policy"),
)
_CHURN = re.compile(r"(events|endpointslices|endpoints|pods|replicasets)\b")


def require_pulumi() -> None:
    """Skips where there is no Pulumi, or no cluster."""
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("KUBECONFIG names no cluster: these tests deploy to one")
    require_programs()


def require_programs() -> None:
    """Skips where there is no Pulumi."""
    for program in ("pulumi", "pulumi-language-python", "kubectl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on the PATH")
    if shutil.which("pulumi-resource-kubernetes") is None:
        command = ["pulumi", "plugin", "ls", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        plugins: list[dict[str, Any]] = json.loads(done.stdout)
        if not any(plugin["name"] == "kubernetes" for plugin in plugins):
            pytest.skip(
                "Pulumi's plugin `kubernetes` is neither on the PATH nor installed; "
                "`pulumi plugin install resource kubernetes` does that"
            )


class Stack:
    """A stack with a backend, a configuration and a history of its own.

    Args:
        folder: empty.
        name: of the stack; what the repository's file of this name says holds but for `changes`.
        changes: settings.
    """

    def __init__(self, folder: Path, name: str, changes: Mapping[str, object]) -> None:
        self.folder, self.name = folder, name
        for part in _LINKED:
            (folder / part).symlink_to(settings.ROOT / part)
        self.backend = folder / "state"
        self.backend.mkdir()
        (folder / "stacks").mkdir()
        said = settings.configured(settings.ROOT, name) | dict(changes)
        config = {f"{settings.PROJECT}:{key}": value for key, value in said.items()}
        self._file.write_text(yaml.safe_dump({"config": config}))
        self.run("stack", "init", name)

    @property
    def _file(self) -> Path:
        return self.folder / f"stacks/Pulumi.{self.name}.yaml"

    @property
    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What Pulumi prints."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert bool(done.returncode) == fails, output[-6000:]
        return output

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Pulumi while it runs, with its output in `log`, in a process group of its own."""
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                ["pulumi", *arguments, "--non-interactive"],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def set(self, *arguments: str) -> None:
        self.run("config", "set", *arguments)

    def timed(self, verb: str, *arguments: str) -> tuple[float, str]:
        """Seconds of an operation without its preview, and what it prints."""
        started = time.monotonic()
        output = self.run(verb, "--yes", "--skip-preview", *arguments)
        return time.monotonic() - started, output

    def outputs(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--json"))
        return found

    def target(self) -> Target:
        """What the stack is told, as a target."""
        return settings.read(self.folder, self.name)

    def written(self) -> str:
        """All that the backend keeps, and the configuration."""
        files = [file for file in self.backend.rglob("*") if file.is_file()]
        return "".join(file.read_text(errors="replace") for file in [*files, self._file])


def longest(output: str, count: int = 8) -> list[tuple[float, str]]:
    """Which resources took longest, in seconds."""
    pattern = re.compile(r":(\w+) (\S+) (?:created|updated|deleted) \(([\d.]+)s\)")
    found = [
        (float(seconds), f"{kind} {name}")
        for kind, name, seconds in pattern.findall(output)
        if kind != "Stack"
    ]
    return sorted(found, reverse=True)[:count]


def inventory() -> set[str]:
    """Every object of the cluster, but for those that come and go by themselves."""
    found: list[dict[str, Any]] = []

    def listed() -> bool:
        # a kind that just went is still said to be there for a moment
        kinds = kubectl("api-resources", "--verbs=list", "-o", "name", "--cached=false").split()
        kinds = [kind for kind in kinds if not _CHURN.match(kind)]
        done = subprocess.run(
            ["kubectl", "get", ",".join(kinds), "--all-namespaces", "-o", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            found.extend(json.loads(done.stdout)["items"])
        return done.returncode == 0

    wait(listed, "a list of everything", 120)
    return {
        f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
        for item in found
    }


def context() -> str:
    return kubectl("config", "current-context").strip()


def site() -> dict[str, object]:
    """Settings of where the tests run, such as a mirror, from the YAML file of E2E_CONFIG."""
    file = os.environ.get("E2E_CONFIG")
    return cast(dict[str, object], yaml.safe_load(Path(file).read_text())) if file else {}
