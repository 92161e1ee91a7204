"""Targets: the environments. Settings are parsed to them, and the objects are built from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, overload

from tablepromise.platform import (
    S3,
    ClusterNetwork,
    Emulator,
    Git,
    IamRole,
    Repository,
    Secret,
    pipeline_image,
)
from tablepromise.platform.versions import Chart, GitChart, OciChart, RepositoryChart
from tablepromise.request import Quotas, Regions, load

EXAMPLES = Path(__file__).parents[1] / "examples/requests"

Offer = Literal["promise", "kro", "crossplane", "kubevela"]
"""An API by which people request tables.

- `promise`: a DynamoDBRequest, reconciled by Kratix.
- `kro`: a DynamoDBTable; kro creates an ACK Table from it.
- `crossplane`: a DynamoDBTable; Crossplane creates a Table of its own provider for AWS from it.
- `kubevela`: a component of an Application; KubeVela creates a DynamoDBRequest from it.
"""


@dataclass(frozen=True, kw_only=True)
class InCluster:
    """A state store in the cluster, on a volume.

    Attributes:
        size: of the volume; default: 1Gi.
        storage_class: of the volume; default: the cluster's.
    """

    size: str = "1Gi"
    storage_class: str | None = None


@dataclass(frozen=True, kw_only=True)
class K3d:
    """A k3d cluster that the stack creates and deletes.

    Attributes:
        name: of the cluster.
        agents: nodes beside the server; default: 0.
        ports: of the host, such as `127.0.0.1:8080:80@loadbalancer`; default: none.
        registry: name of a registry that k3d creates beside the cluster; default: none.
        host_ip: address of the host that the API server and the registry listen on; default:
            127.0.0.1, which only this machine reaches.
    """

    name: str
    agents: int = 0
    ports: tuple[str, ...] = ()
    registry: str | None = None
    host_ip: str = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Existing:
    """An existing cluster.

    Attributes:
        context: of the kubeconfig; None only if nothing is deployed by Pulumi.
        kubeconfig: path; default: KUBECONFIG, then ~/.kube/config.
    """

    context: str | None = None
    kubeconfig: str | None = None


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """The registries of a site without internet.

    Attributes:
        charts: `oci://` and a path; each chart is below it by its name. Default: its publisher's.
        plain_http: that registry has no TLS; default: False.
        images: prefixes of image names, each with its replacement; the longest prefix is used. A
            whole name with its digest is a prefix too. Default: none.
    """

    charts: str | None = None
    plain_http: bool = False
    images: Mapping[str, str] = field(default_factory=dict[str, str])

    @overload
    def chart(self, chart: OciChart) -> OciChart: ...
    @overload
    def chart(self, chart: GitChart | RepositoryChart) -> Chart: ...
    def chart(self, chart: Chart) -> Chart:
        """Return the chart in the mirror."""
        if self.charts is None:
            return chart
        return OciChart(
            name=chart.name,
            version=chart.version,
            url=f"{self.charts}/{chart.name}",
            plain_http=self.plain_http,
        )

    def image(self, image: str) -> str:
        """Return the name of the image in the mirror."""
        for prefix in sorted(self.images, key=len, reverse=True):
            if image.startswith(prefix):
                return self.images[prefix] + image.removeprefix(prefix)
        return image


@dataclass(frozen=True, kw_only=True)
class Target:
    """One environment.

    Attributes:
        name: of the target, its folder, and its Destination.
        environment: label of its Destination.
        region: AWS region of the controller, label of its Destination, and default of a request.
        regions: AWS regions that a request may name, beside `region`; default: nine regions, as far
            as they are in the partition of `region`.
        quotas: of the AWS account, where AWS has raised them; default: AWS's.
        repository: of the manifests that the cluster follows.
        aws: identity of ACK in AWS, or an emulator: one that is installed in the cluster, or an
            existing one.
        account_id: AWS account of the tables, 12 digits; default: unknown, and then a request has
            no ARN before AWS returns it. The emulators have their own.
        store: state store; default: one in the cluster.
        teams: namespaces for requests, at least one. They are created, enforce PodSecurity's
            `restricted`, and have a quota of pods. Each has an agent of its own that applies its
            tables; requests in any other namespace are rejected.
        offers: APIs by which people request tables, each with its engine; `promise` is always one.
            Default: `promise` alone.
        cert_manager: whether cert-manager is installed; False if it is there. Default: True.
        examples: whether the five example requests are installed; default: False.
        image: full name of the pipeline's image; default: that of `make image`, which nodes import.
        mirror: for sites without internet; default: none.
        network: addresses of the API server, and namespaces that read metrics; default: any
            address, and none.
        cluster: what a stack deploys to; default: an existing cluster.
        protect: the stack rejects deleting or replacing its k3d cluster, requests, Promise, state
            store and its volume, and leaves the teams' namespaces; default: True.
    """

    name: str
    environment: str
    region: str
    repository: Repository
    teams: tuple[str, ...]
    aws: Secret | IamRole | Emulator | Literal["localstack", "moto"]
    regions: tuple[str, ...] = ()
    quotas: Quotas = field(default_factory=Quotas)
    account_id: str | None = None
    store: InCluster | S3 | Git = field(default_factory=InCluster)
    offers: tuple[Offer, ...] = ("promise",)
    cert_manager: bool = True
    examples: bool = False
    image: str = field(default_factory=pipeline_image.reference)
    mirror: Mirror = field(default_factory=Mirror)
    network: ClusterNetwork = field(default_factory=ClusterNetwork)
    cluster: K3d | Existing = field(default_factory=Existing)
    protect: bool = True

    @property
    def table_regions(self) -> Regions:
        """Regions of the tables."""
        return Regions.for_target(self.region, self.regions)

    @property
    def is_disposable(self) -> bool:
        """Whether the stack creates the cluster, and deletes all tables with it."""
        return isinstance(self.cluster, K3d) and self.aws in ("localstack", "moto")

    def __post_init__(self) -> None:
        if not self.teams:
            raise ValueError(f"target {self.name} has no teams; name a namespace for requests")
        if "promise" not in self.offers:
            raise ValueError(f"target {self.name} does not offer promise; add it to its offers")


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each example request with the name of its file."""
    for file in sorted(EXAMPLES.glob("*.yaml")):
        for request in load(file.read_text(encoding="utf-8"), str(file)):
            yield file.stem, request
