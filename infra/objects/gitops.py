"""The entries by which Flux or Argo CD follows the folders of manifests."""

from constructs import Construct

from infra.objects import engines
from infra.objects.charts import Configs, Controllers, Folder, Promises, Requests
from infra.targets import Target
from tablepromise.platform import (
    S3,
    Application,
    Flux,
    FluxProps,
    Git,
    Installer,
    Namespace,
    NamespaceProps,
    RepositorySource,
    Stage,
    StageProps,
    versions,
)
from tablepromise.platform.network import peers_of
from tablepromise.platform.state_store import read_role, store_peers

MANIFESTS = "manifests"
"""Folder of all targets, in the repository that a cluster follows."""

_KRATIX = "platform.kratix.io/v1alpha1"


class FluxSystem(Folder):
    """Flux's entry: Flux itself, and the folders as stages, in order."""

    path = "flux-system"

    def __init__(self, scope: Construct, target: Target, configs: Configs) -> None:
        super().__init__(scope)
        self.flux = Flux(self, "Flux", _flux(target, configs.backend))
        RepositorySource(self, "Repository", target.repository)
        root = f"{MANIFESTS}/{target.name}"
        Stage(
            self,
            "Root",
            StageProps(name="tablepromise", path=f"{root}/{self.path}", wait=False),
        )
        store = configs.store
        before, between, promises, requests = stages(target)
        for stage in (
            StageProps(name="infrastructure-controllers", path=before),
            StageProps(
                name="infrastructure-configs",
                path=between,
                after=("infrastructure-controllers",),
                # without the agents: a Table that the API server rejects must not block the stages
                checks=(
                    (_KRATIX, store["kind"], store["name"]),
                    (_KRATIX, "Destination", target.name),
                    *configs.packages,
                ),
                ready=engines.PACKAGES_READY if configs.packages else {},
            ),
            StageProps(
                name="promises",
                path=promises,
                after=("infrastructure-configs",),
                ready={
                    (_KRATIX, "Promise"): engines.has_conditions("Available"),
                    **engines.ready(target),
                },
            ),
            StageProps(name="requests", path=requests, after=("promises",), wait=False),
        ):
            Stage(self, stage.name, stage)


class ArgoCD(Folder):
    """Argo CD's entry: Flux as Kratix's agent and installer of charts, and the same stages."""

    path = "argocd"

    def __init__(self, scope: Construct, target: Target, flux: Flux) -> None:
        super().__init__(scope)
        Namespace(self, "Namespace", NamespaceProps(name=Flux.NAMESPACE, keep=True))
        Installer(self, "Installer")
        chart = target.mirror.chart(versions.FLUX_CHART)
        # Argo CD does not apply the folder with our NetworkPolicies, so the chart's stay
        values = {key: value for key, value in flux.values.items() if key != "policies"}
        registry, _, name = chart.url.removeprefix("oci://").rpartition("/")
        Application(
            self,
            "Flux",
            name="flux",
            wave=0,
            source={
                "repoURL": registry,
                "chart": name,
                "targetRevision": chart.version,
                "helm": {"releaseName": "flux", "valuesObject": values},
            },
        )
        for wave, path in enumerate(stages(target), start=1):
            stage = "-".join(path.split("/")[2:])
            Application(
                self,
                stage,
                name=stage,
                wave=wave,
                source={
                    "repoURL": target.repository.url,
                    "targetRevision": target.repository.branch,
                    "path": path,
                },
            )


def stages(target: Target) -> list[str]:
    """Return the paths of the folders, in the order in which they are applied."""
    return [
        f"{MANIFESTS}/{target.name}/{folder.path}"
        for folder in (Controllers, Configs, Promises, Requests)
    ]


def _flux(target: Target, store: S3 | Git) -> FluxProps:
    mirror = target.mirror
    scheme = "http" if mirror.plain_http else "https"
    charts = (mirror.charts or "oci://ghcr.io").replace("oci", scheme, 1)
    return FluxProps(
        chart=mirror.chart(versions.FLUX_CHART),
        cli_image=mirror.image(versions.FLUX_CLI_IMAGE),
        source_image=mirror.image(versions.FLUX_SOURCE_IMAGE),
        kustomize_image=mirror.image(versions.FLUX_KUSTOMIZE_IMAGE),
        helm_image=mirror.image(versions.FLUX_HELM_IMAGE),
        source_role=read_role(store),
        network=target.network,
        sources=(*store_peers(store, read_only=True), *peers_of([target.repository.url, charts])),
    )
