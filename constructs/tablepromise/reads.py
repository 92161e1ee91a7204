"""The reads of a diagnosis; the fetcher, the reflector and its RBAC rules are derived from them.

The verbs are `get`, `list` and `watch`, and no Secret is read. Selectors limit long lists.
"""

from typing import Any, Final

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


_KINDS: Final = {
    model.KIND: (model.GROUP, model.VERSION, model.PLURAL),
    "Namespace": ("", "v1", "namespaces"),
    "CustomResourceDefinition": ("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
    "Promise": (KRATIX_GROUP, "v1alpha1", "promises"),
    "Destination": (KRATIX_GROUP, "v1alpha1", "destinations"),
    "BucketStateStore": (KRATIX_GROUP, "v1alpha1", "bucketstatestores"),
    "GitStateStore": (KRATIX_GROUP, "v1alpha1", "gitstatestores"),
    "Work": (KRATIX_GROUP, "v1alpha1", "works"),
    "WorkPlacement": (KRATIX_GROUP, "v1alpha1", "workplacements"),
    "Job": ("batch", "v1", "jobs"),
    "CronJob": ("batch", "v1", "cronjobs"),
    "Event": ("", "v1", "events"),
    "Pod": ("", "v1", "pods"),
    "Deployment": ("apps", "v1", "deployments"),
    "Bucket": ("source.toolkit.fluxcd.io", "v1", "buckets"),
    "GitRepository": ("source.toolkit.fluxcd.io", "v1", "gitrepositories"),
    "Kustomization": ("kustomize.toolkit.fluxcd.io", "v1", "kustomizations"),
    "HelmRelease": ("helm.toolkit.fluxcd.io", "v2", "helmreleases"),
    ack.KIND: (ack.GROUP, ack.VERSION, "tables"),
}
"""Group, version and plural of each kind."""

_CLUSTER_WIDE: Final = (
    *("Namespace", "CustomResourceDefinition", "Promise", "Destination"),
    *("BucketStateStore", "GitStateStore"),
)
_AT_DESTINATION: Final = ("Bucket", "GitRepository", "Kustomization", "HelmRelease", ack.KIND)
_OF_REQUEST: Final = (model.KIND, "Work", "WorkPlacement", "Job", "Event", ack.KIND)


def _read(kind: str, why: str, *, name: str = "", **options: Any) -> Read:
    """Return a read; `name` selects one object of a list, `options` are fields of `Read`."""
    group, version, plural = _KINDS[kind]
    defaults: dict[str, Any] = {
        "at_destination": kind in _AT_DESTINATION,
        "of_request": kind in _OF_REQUEST,
        "fields": {"metadata.name": name} if name else {},
    }
    return Read(
        group=group,
        version=version,
        kind=kind,
        plural=plural,
        namespaced=kind not in _CLUSTER_WIDE,
        why=why,
        **(defaults | options),
    )


READS: Final = (
    _read(model.KIND, "the requests"),
    _read("Namespace", "whether the namespace of a request is being deleted"),
    _read(
        "CustomResourceDefinition",
        "whether the APIs of requests and Tables are served",
        names=(REQUEST_CRD, TABLE_CRD),
    ),
    _read("Promise", "whether it is available, and which labels it requires of a Destination"),
    _read("Destination", "labels, path and state store"),
    _read("BucketStateStore", "whether Kratix can write to it"),
    _read("GitStateStore", "whether Kratix can write to it"),
    _read("Work", "what the pipeline wrote"),
    _read("WorkPlacement", "the Destination, and whether the manifest is written"),
    _read("Job", "the runs of the pipeline", labels=_PIPELINE_LABELS),
    _read(
        "Event",
        "why the API server rejects the pod of a pipeline",
        fields={"involvedObject.kind": "Job", "type": "Warning"},
    ),
    _read(
        "Pod", "why the pod of a pipeline does not run", labels=_PIPELINE_LABELS, of_request=True
    ),
    _read(
        "Pod",
        "when Kratix started",
        labels={"control-plane": "controller-manager"},
        namespace=KRATIX_NAMESPACE,
    ),
    _read("Pod", "why ACK does not run", labels=ACK_LABELS, at_destination=True),
    _read("Deployment", "whether Kratix runs", namespace=KRATIX_NAMESPACE, name=KRATIX_DEPLOYMENT),
    *(
        _read("Deployment", "whether Flux runs", name=name, at_destination=True)
        for name in FLUX_DEPLOYMENTS
    ),
    _read("Deployment", "whether ACK runs", labels=ACK_LABELS, at_destination=True),
    _read("Bucket", "whether the agent can fetch from the state store"),
    _read("GitRepository", "whether the agent can fetch from the state store"),
    _read("Kustomization", "what the agent has applied, or why it cannot"),
    _read(ack.KIND, "the status that ACK reports"),
    _read(
        "Deployment",
        "whether the reflector runs, which updates statuses",
        namespace=REFLECTOR_NAMESPACE,
        name=REFLECTOR_DEPLOYMENT,
        of_status=False,
    ),
    *(
        _read("Deployment", f"whether {what} runs", namespace=namespace, of_status=False)
        for namespace, what in PARTS.items()
    ),
    _read(
        "Deployment",
        "whether charts are installed and upgraded",
        namespace=FLUX_NAMESPACE,
        name=HELM_CONTROLLER,
        at_destination=True,
        of_status=False,
    ),
    _read(
        "HelmRelease",
        "which charts are installed, or why not",
        namespace=FLUX_NAMESPACE,
        of_status=False,
    ),
    _read(
        "CronJob",
        "whether the state store's Secrets have been filled",
        namespace=STORE_NAMESPACE,
        name=STORE_KEYS,
        of_status=False,
    ),
)
"""All reads; a kind may have several reads with different selectors."""

WATCHED: Final = tuple(read for read in READS if not read.names and read.of_status)
"""The reads of a status. CRDs are not watched, because a list shows whether the API is served; nor
is the reflector itself."""
