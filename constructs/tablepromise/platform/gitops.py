"""How a cluster follows a repository of manifests: by Flux, or by Argo CD."""

from dataclasses import dataclass, field
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.flux import Flux
from tablepromise.platform.installer import Installer
from tablepromise.platform.namespace import POD_SECURITY
from tablepromise.reads import REPOSITORY


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A Git repository that holds manifests.

    Attributes:
        url: of the repository.
        branch: default: main.
        secret: name of the Secret in `flux-system` to read it with; default: none, it is public.
    """

    url: str
    branch: str = "main"
    secret: str | None = None


class RepositorySource(Construct):
    """The repository as Flux's source."""

    NAME = REPOSITORY

    def __init__(self, scope: Construct, id: str, repository: Repository) -> None:
        super().__init__(scope, id)
        spec: dict[str, Any] = {
            "interval": "1m",
            "url": repository.url,
            "ref": {"branch": repository.branch},
        }
        if repository.secret:
            spec["secretRef"] = {"name": repository.secret}
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "GitRepository",
                "metadata": {"name": self.NAME, "namespace": Flux.NAMESPACE},
                "spec": spec,
            },
        )


@dataclass(frozen=True, kw_only=True)
class StageProps:
    """A folder that is applied as one.

    Attributes:
        name: of the stage.
        path: of the folder in the repository.
        after: stages that must be ready before.
        wait: it is ready when all its objects are; default: True.
        checks: (API version, kind, name) of the objects that it waits for instead of all.
        ready: CEL by kind (`group/version`, `Kind`) for kinds without the condition Ready; default:
            none.
    """

    name: str
    path: str
    after: tuple[str, ...] = ()
    wait: bool = True
    checks: tuple[tuple[str, str, str], ...] = ()
    ready: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


class Stage(Construct):
    """A stage as Flux's Kustomization."""

    def __init__(self, scope: Construct, id: str, props: StageProps) -> None:
        super().__init__(scope, id)
        spec: dict[str, Any] = {
            "interval": "10m",
            # short: Kratix's webhook may not answer while it starts
            "retryInterval": "15s",
            "timeout": "10m" if props.wait or props.checks else "1m",
            "path": f"./{props.path}",
            "prune": True,
            # deleting the stage leaves the objects that it applied
            "deletionPolicy": "Orphan",
            "wait": props.wait and not props.checks,
            "sourceRef": {"kind": "GitRepository", "name": RepositorySource.NAME},
            "serviceAccountName": Installer.NAME,
        }
        if props.after:
            spec["dependsOn"] = [{"name": name} for name in props.after]
        if props.checks:
            spec["healthChecks"] = [
                {"apiVersion": version, "kind": kind, "name": name}
                for version, kind, name in props.checks
            ]
        if props.ready:
            spec["healthCheckExprs"] = [
                {"apiVersion": version, "kind": kind, "current": expression}
                for (version, kind), expression in props.ready.items()
            ]
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": {"name": props.name, "namespace": Flux.NAMESPACE},
                "spec": spec,
            },
        )


class Application(Construct):
    """Argo CD's Application of a stage, or of Flux's chart.

    Args:
        name: of the Application.
        wave: number in the order of the stages.
        source: in Argo CD's form: a folder of the repository, or a chart.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, wave: int, source: dict[str, Any]
    ) -> None:
        super().__init__(scope, id)
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {
                    "name": name,
                    "namespace": "argocd",
                    "annotations": {"argocd.argoproj.io/sync-wave": str(wave)},
                },
                "spec": {
                    "project": "default",
                    "source": source,
                    "destination": {
                        "server": "https://kubernetes.default.svc",
                        "namespace": Flux.NAMESPACE,
                    },
                    "syncPolicy": {
                        # no prune: Argo CD does not know the annotation by which Flux keeps
                        # namespaces, so delete by hand what you remove from the repository
                        "automated": {"selfHeal": True},
                        "managedNamespaceMetadata": {"labels": POD_SECURITY},
                        "syncOptions": [
                            "CreateNamespace=true",
                            "ServerSideApply=true",
                            # the stage before installs the kinds
                            "SkipDryRunOnMissingResource=true",
                        ],
                        # Argo CD does not wait for the stage before: it retries until it works
                        "retry": {
                            "limit": -1,
                            "backoff": {"duration": "10s", "factor": 2, "maxDuration": "1m"},
                        },
                    },
                },
            },
        )
