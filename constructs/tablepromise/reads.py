"""The reads of a diagnosis; the fetcher, the reflector and its RBAC rules are derived from them.

The verbs are `get`, `list` and `watch`, and no Secret is read. Selectors limit long lists.
"""

from typing import Final

from msgspec import Struct, field

from tablepromise.request import ack, model

KRATIX_NAMESPACE: Final = "kratix-platform-system"
KRATIX_DEPLOYMENT: Final = "kratix-platform-controller-manager"
FLUX_DEPLOYMENTS: Final = ("source-controller", "kustomize-controller")
REFLECTOR_NAMESPACE: Final = "tablepromise-system"
REFLECTOR_DEPLOYMENT: Final = "reflector"
STORE_NAMESPACE: Final = "state-store"
STORE_KEYS: Final = "state-store-keys"
"""CronJob that fills the Secrets of the in-cluster state store."""

FLUX_NAMESPACE: Final = "flux-system"
HELM_CONTROLLER: Final = "helm-controller"
REPOSITORY: Final = "tablepromise"
"""Flux's source of the manifests; each Kustomization of it is a stage of the installation."""

PARTS: Final = {
    "cert-manager": "cert-manager",
    STORE_NAMESPACE: "the state store's server",
    "moto": "the emulator",
    "localstack": "the emulator",
    "kro-system": "kro",
    "crossplane-system": "Crossplane",
    "vela-system": "KubeVela",
}
"""Namespaces of other installed software, with its name in a sentence."""

ACK_LABELS: Final = {"app.kubernetes.io/name": "dynamodb-chart"}
REQUEST_CRD: Final = f"{model.PLURAL}.{model.GROUP}"
TABLE_CRD: Final = f"tables.{ack.GROUP}"

KRATIX_GROUP: Final = "platform.kratix.io"
_PIPELINE_LABELS = {"kratix.io/promise-name": model.PROMISE}


class Read(Struct, frozen=True, kw_only=True):
    """The objects of one kind that a diagnosis reads.

    Attributes:
        group, version, plural, kind, namespaced: the API.
        why: the fact that a diagnosis needs from them.
        of_request: the objects are in the namespace of the request.
        at_destination: the objects are in the cluster of the tables, which may be another cluster
            than that of Kratix.
        names: names of the objects to get; if empty, the objects are listed.
        namespace: the only namespace to read; empty for all.
        labels, fields: selectors of the list.
        of_status: whether the status of a request depends on the objects.
    """

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    why: str
    of_request: bool = False
    at_destination: bool = False
    names: tuple[str, ...] = ()
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    fields: dict[str, str] = field(default_factory=dict[str, str])
    of_status: bool = True

    @property
    def api(self) -> tuple[str, str, str, str]:
        """Group, version, kind and plural."""
        return self.group, self.version, self.kind, self.plural

    @property
    def verbs(self) -> tuple[str, ...]:
        """Verbs that RBAC must allow."""
        return ("get",) if self.names else ("get", "list", "watch")

    @property
    def resource(self) -> str:
        """Resource and group, as in RBAC messages: `tables.dynamodb.services.k8s.aws`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _kratix(kind: str, plural: str, why: str, *, of_request: bool = False) -> Read:
    return Read(
        group=KRATIX_GROUP,
        version="v1alpha1",
        kind=kind,
        plural=plural,
        namespaced=of_request,
        of_request=of_request,
        why=why,
    )


def _flux(group: str, kind: str, plural: str, why: str) -> Read:
    return Read(
        group=f"{group}.toolkit.fluxcd.io",
        version="v1",
        kind=kind,
        plural=plural,
        namespaced=True,
        at_destination=True,
        why=why,
    )


def _deployment(
    why: str,
    *,
    namespace: str = "",
    name: str = "",
    labels: dict[str, str] | None = None,
    at_destination: bool = False,
    of_status: bool = True,
) -> Read:
    return Read(
        group="apps",
        version="v1",
        kind="Deployment",
        plural="deployments",
        namespaced=True,
        namespace=namespace,
        labels=labels or {},
        fields={"metadata.name": name} if name else {},
        at_destination=at_destination,
        of_status=of_status,
        why=why,
    )


def _pods(
    why: str,
    labels: dict[str, str],
    *,
    namespace: str = "",
    of_request: bool = False,
    at_destination: bool = False,
) -> Read:
    return Read(
        group="",
        version="v1",
        kind="Pod",
        plural="pods",
        namespaced=True,
        namespace=namespace,
        of_request=of_request,
        at_destination=at_destination,
        labels=labels,
        why=why,
    )


READS: Final = (
    Read(
        group=model.GROUP,
        version=model.VERSION,
        kind=model.KIND,
        plural=model.PLURAL,
        namespaced=True,
        of_request=True,
        why="the requests",
    ),
    Read(
        group="",
        version="v1",
        kind="Namespace",
        plural="namespaces",
        namespaced=False,
        why="whether the namespace of a request is being deleted",
    ),
    Read(
        group="apiextensions.k8s.io",
        version="v1",
        kind="CustomResourceDefinition",
        plural="customresourcedefinitions",
        namespaced=False,
        names=(REQUEST_CRD, TABLE_CRD),
        why="whether the APIs of requests and Tables are served",
    ),
    _kratix(
        "Promise",
        "promises",
        "whether it is available, and which labels it requires of a Destination",
    ),
    _kratix("Destination", "destinations", "labels, path and state store"),
    _kratix("BucketStateStore", "bucketstatestores", "whether Kratix can write to it"),
    _kratix("GitStateStore", "gitstatestores", "whether Kratix can write to it"),
    _kratix("Work", "works", "what the pipeline wrote", of_request=True),
    _kratix(
        "WorkPlacement",
        "workplacements",
        "the Destination, and whether the manifest is written",
        of_request=True,
    ),
    Read(
        group="batch",
        version="v1",
        kind="Job",
        plural="jobs",
        namespaced=True,
        of_request=True,
        labels=_PIPELINE_LABELS,
        why="the runs of the pipeline",
    ),
    Read(
        group="",
        version="v1",
        kind="Event",
        plural="events",
        namespaced=True,
        of_request=True,
        fields={"involvedObject.kind": "Job", "type": "Warning"},
        why="why the API server rejects the pod of a pipeline",
    ),
    _pods("why the pod of a pipeline does not run", _PIPELINE_LABELS, of_request=True),
    _pods(
        "when Kratix started",
        {"control-plane": "controller-manager"},
        namespace=KRATIX_NAMESPACE,
    ),
    _pods("why ACK does not run", ACK_LABELS, at_destination=True),
    _deployment("whether Kratix runs", namespace=KRATIX_NAMESPACE, name=KRATIX_DEPLOYMENT),
    *(
        _deployment("whether Flux runs", name=name, at_destination=True)
        for name in FLUX_DEPLOYMENTS
    ),
    _deployment("whether ACK runs", labels=ACK_LABELS, at_destination=True),
    _flux("source", "Bucket", "buckets", "whether the agent can fetch from the state store"),
    _flux(
        "source",
        "GitRepository",
        "gitrepositories",
        "whether the agent can fetch from the state store",
    ),
    _flux(
        "kustomize",
        "Kustomization",
        "kustomizations",
        "what the agent has applied, or why it cannot",
    ),
    Read(
        group=ack.GROUP,
        version=ack.VERSION,
        kind=ack.KIND,
        plural="tables",
        namespaced=True,
        of_request=True,
        at_destination=True,
        why="the status that ACK reports",
    ),
    _deployment(
        "whether the reflector runs, which updates statuses",
        namespace=REFLECTOR_NAMESPACE,
        name=REFLECTOR_DEPLOYMENT,
        of_status=False,
    ),
    *(
        _deployment(f"whether {what} runs", namespace=namespace, of_status=False)
        for namespace, what in PARTS.items()
    ),
    _deployment(
        "whether charts are installed and upgraded",
        namespace=FLUX_NAMESPACE,
        name=HELM_CONTROLLER,
        at_destination=True,
        of_status=False,
    ),
    Read(
        group="helm.toolkit.fluxcd.io",
        version="v2",
        kind="HelmRelease",
        plural="helmreleases",
        namespaced=True,
        namespace=FLUX_NAMESPACE,
        at_destination=True,
        of_status=False,
        why="which charts are installed, or why not",
    ),
    Read(
        group="batch",
        version="v1",
        kind="CronJob",
        plural="cronjobs",
        namespaced=True,
        namespace=STORE_NAMESPACE,
        fields={"metadata.name": STORE_KEYS},
        of_status=False,
        why="whether the state store's Secrets have been filled",
    ),
)
"""All reads; a kind may have several reads with different selectors."""

WATCHED: Final = tuple(read for read in READS if not read.names and read.of_status)
"""The reads of a status. CRDs are not watched, because a list shows whether the API is served; nor
is the reflector itself."""
