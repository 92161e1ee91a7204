"""`python -m infra.app [TARGET...]` writes the manifests. `cdk8s synth` runs it."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import cdk8s

from infra.objects.charts import Configs, Controllers, Folder, Promises, Requests
from infra.objects.gitops import MANIFESTS, ArgoCD, FluxSystem
from infra.settings import SettingError, targets
from infra.targets import Target
from tablepromise.request import dump, model


class App(cdk8s.App):
    """The objects of a target, by folder of manifests.

    Attributes:
        controllers, configs, promises, requests: the folders, in the order that a cluster needs.
        flux_system, argocd: the entries by which a cluster follows the folders.
        folders: all of these.
        flux_values: values of the chart for the first install of Flux.
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
        self.folders: list[Folder] = [
            self.controllers,
            self.configs,
            self.promises,
            self.requests,
            self.flux_system,
            self.argocd,
        ]


def build(target: Target) -> App:
    """Return the objects of a target."""
    return App(target)


def write(app: App, root: Path) -> None:
    """Write one object per file, and delete every other file in the folder.

    Raises:
        ValueError: two objects have the same kind, name and namespace; or a request would be
            deleted that was not written here.
    """
    files: dict[Path, dict[str, Any]] = {}
    for folder in app.folders:
        for document in folder.documents():
            path = root / folder.path / _file_name(document)
            if path in files:
                raise ValueError(f"two objects are both {path.stem} in {folder.path}")
            files[path] = document
    for file in root.rglob("*.yaml"):
        lines = file.read_text(encoding="utf-8").splitlines()
        if file not in files and f"kind: {model.KIND}" in lines:
            raise ValueError(
                f"{file} is a request that is not written here, and would be deleted; keep "
                "requests of your own in another folder, with a Kustomization of its own"
            )
    shutil.rmtree(root, ignore_errors=True)
    for folder in app.folders:
        (root / folder.path).mkdir(parents=True)
    (root / "flux-values.yaml").write_text(dump(app.flux_values), encoding="utf-8")
    for path, document in files.items():
        path.write_text(dump(document), encoding="utf-8")


def _file_name(document: dict[str, Any]) -> str:
    metadata = document["metadata"]
    parts = (document["kind"].lower(), metadata.get("namespace"), metadata["name"])
    return ".".join(filter(None, parts)) + ".yaml"


def main(names: list[str]) -> int:
    """Write the targets of these names, or all; return 2 if one is unknown or not valid."""
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
