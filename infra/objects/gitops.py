"""Entries: how a cluster is made to follow the charts, by Flux or by Argo CD."""

from constructs import Construct

from infra.objects import engines
from infra.objects.charts import (
    Configs,
    Controllers,
    Place,
    Promises,
    Requests,
    read_role,
    store_peers,
)
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

MANIFESTS = "manifests"
"""Folder of all targets in the repository that a cluster follows."""

_KRATIX = "platform.kratix.io/v1alpha1"


class FluxSystem(Place):
    """Flux's entry: the stages, each after the one before."""

    folder = "flux-system"

    def __init__(self, scope: Construct, target: Target, configs: Configs) -> None:
        super().__init__(scope)
        self.flux = Flux(self, "Flux", _flux(target, configs.backend))
        RepositorySource(self, "Repository", target.repository)
        root = f"{MANIFESTS}/{target.name}"
        Stage(
            self,
            "Root",
            StageProps(name="tablepromise", path=f"{root}/{self.folder}", wait=False),
        )
        store = configs.store
        before, between, promises, requests = stages(target)
        for stage in (
            StageProps(name="infrastructure-controllers", path=before),
            StageProps(
                name="infrastructure-configs",
                path=between,
                after=("infrastructure-controllers",),
                # not for the agent: a Table that Flux is refused must not hold up the stages
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
                ready={(_KRATIX, "Promise"): engines.says("Available"), **engines.ready(target)},
            ),
            StageProps(name="requests", path=requests, after=("promises",), wait=False),
        ):
            Stage(self, stage.name, stage)


class ArgoCD(Place):
    """Argo CD's entry: Flux as the agent of Kratix and of the charts, and the same stages."""

    folder = "argocd"

    def __init__(self, scope: Construct, target: Target, flux: Flux) -> None:
        super().__init__(scope)
        Namespace(self, "Namespace", NamespaceProps(name=Flux.NAMESPACE, keep=True))
        Installer(self, "Installer")
        chart = target.mirror.chart(versions.FLUX_CHART)
        # Argo CD does not follow the folder with the policies of ours, so the chart's stay
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
    """Folders in the order that they are applied."""
    return [
        f"{MANIFESTS}/{target.name}/{place.folder}"
        for place in (Controllers, Configs, Promises, Requests)
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
        source_role=read_role(target),
        network=target.network,
        sources=(*store_peers(store, read_only=True), *peers_of([target.repository.url, charts])),
    )
