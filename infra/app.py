"""`python -m infra.app [TARGET...]`: writes the manifests; `cdk8s synth` runs it."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import cdk8s

from infra.objects.charts import Configs, Controllers, Place, Promises, Requests
from infra.objects.gitops import MANIFESTS, ArgoCD, FluxSystem
from infra.settings import SettingError, targets
from infra.targets import Target
from tablepromise.request import dump, model


class App(cdk8s.App):
    """A target's objects by the place where they land.

    Attributes:
        controllers, configs, promises, requests: the places, in the order that a cluster needs.
        flux_system, argocd: the entries by which a cluster follows them.
        places: all of these.
        flux_values: of the chart by which Flux is first installed.
    """

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.controllers = Controllers(self, target)
        self.configs = Configs(self, target, self.controllers)
        self.promises = Promises(self, target, self.controllers)
        self.requests = Requests(self, target)
        self.flux_system = FluxSystem(self, target, self.configs)
        self.argocd = ArgoCD(self, target, self.flux_system.flux)
        self.flux_values = self.flux_system.flux.values
        self.places: list[Place] = [
            self.controllers,
            self.configs,
            self.promises,
            self.requests,
            self.flux_system,
            self.argocd,
        ]


def build(target: Target) -> App:
    """Everything that is deployed to a target."""
    return App(target)


def write(app: App, folder: Path) -> None:
    """Writes one object per file, in a folder per place, and nothing else: what was there goes.

    Raises:
        ValueError: two objects have the same kind, name and namespace; or a request would go that
            was not written here.
    """
    files: dict[Path, dict[str, Any]] = {}
    for place in app.places:
        for document in place.documents():
            path = folder / place.folder / _file_name(document)
            if path in files:
                raise ValueError(f"two objects are both {path.stem} in {place.folder}")
            files[path] = document
    for file in folder.rglob("*.yaml"):
        lines = file.read_text(encoding="utf-8").splitlines()
        if file not in files and f"kind: {model.KIND}" in lines:
            raise ValueError(
                f"{file} is a request that is not written here, and would be deleted; keep "
                "requests of your own in another folder, with a Kustomization of its own"
            )
    shutil.rmtree(folder, ignore_errors=True)
    for place in app.places:
        (folder / place.folder).mkdir(parents=True)
    (folder / "flux-values.yaml").write_text(dump(app.flux_values), encoding="utf-8")
    for path, document in files.items():
        path.write_text(dump(document), encoding="utf-8")


def _file_name(document: dict[str, Any]) -> str:
    metadata = document["metadata"]
    parts = (document["kind"].lower(), metadata.get("namespace"), metadata["name"])
    return ".".join(filter(None, parts)) + ".yaml"


def main(names: list[str]) -> int:
    """Writes the targets of these names, or all. 2: there is no such target, or it cannot be."""
    try:
        known = targets()
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    if unknown := set(names) - known.keys():
        print(
            f"no target {', '.join(sorted(unknown))}, allowed: {', '.join(known)}",
            file=sys.stderr,
        )
        return 2
    root = Path(os.environ.get("CDK8S_OUTDIR", MANIFESTS))
    for name in names or known:
        write(build(known[name]), root / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
