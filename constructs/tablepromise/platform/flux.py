"""Flux: applies manifests from a repository or a bucket, and installs charts."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.credentials import IamRole
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, image_values
from tablepromise.platform.installer import Installer
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
)
from tablepromise.reads import FLUX_NAMESPACE


@dataclass(frozen=True, kw_only=True)
class FluxProps:
    """Options of `Flux`.

    Attributes:
        chart: default: the pinned one.
        cli_image: of the Job that checks the cluster before the install; default: the pinned one.
        source_image: default: the pinned one.
        kustomize_image: default: the pinned one.
        helm_image: default: the pinned one.
        source_role: that the source controller acts as when it reads S3 buckets without keys;
            default: none.
        memory_limit: of each controller; default: 1Gi, as Flux itself has it.
        network: facts about the cluster's network; default: none are known.
        sources: peers from which the source controller fetches buckets, repositories and charts;
            default: its egress is not limited.
    """

    chart: versions.Chart = versions.FLUX_CHART
    cli_image: str = versions.FLUX_CLI_IMAGE
    source_image: str = versions.FLUX_SOURCE_IMAGE
    kustomize_image: str = versions.FLUX_KUSTOMIZE_IMAGE
    helm_image: str = versions.FLUX_HELM_IMAGE
    source_role: IamRole | None = None
    memory_limit: str = "1Gi"
    network: ClusterNetwork = DEFAULT_NETWORK
    sources: tuple[Peer, ...] | None = None


class Flux(Construct):
    """The source, kustomize and helm controllers, locked down for a shared cluster.

    A Kustomization or HelmRelease acts as the ServiceAccount that it names, else as `default` of
    its own namespace; it reads sources of its own namespace only, and no remote bases. The roles
    `view`, `edit` and `admin` of a namespace get no permissions on Flux's kinds.

    The first install is `helm install` with `values`; then Flux reconciles itself.

    Attributes:
        chart: that it is installed from.
        values: of the chart.
        release: by which Flux reconciles itself.
    """

    NAMESPACE = FLUX_NAMESPACE

    def __init__(self, scope: Construct, id: str, props: FluxProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or FluxProps()
        self.chart = props.chart
        self.values = _values(props)
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        Installer(self, "Installer")
        self._policies(props)
        self.release = HelmRelease(
            self,
            "Release",
            HelmReleaseProps(
                name="flux", namespace=self.NAMESPACE, chart=props.chart, values=self.values
            ),
        )

    def _policies(self, props: FluxProps) -> None:
        """Limit connections. The chart's own policies would open every egress again."""
        network, sources = props.network, props.sources
        artifacts = Peer(ports=(9090,), namespace=self.NAMESPACE)
        for name, ingress, egress in (
            ("source", (artifacts,), None if sources is None else network.egress(*sources)),
            ("kustomize", (), network.egress(artifacts)),
            ("helm", (), network.egress(artifacts)),
        ):
            NetworkPolicy(
                self,
                f"Network-{name}",
                NetworkPolicyProps(
                    name=f"{name}-controller",
                    namespace=self.NAMESPACE,
                    pods={"app": f"{name}-controller"},
                    ingress=(*ingress, *network.metrics(8080)),
                    egress=egress,
                ),
            )


def _values(props: FluxProps) -> dict[str, Any]:
    def controller(image: str, *arguments: str) -> dict[str, Any]:
        return {
            **_image(image),
            "container": {"additionalArgs": list(arguments)},
            "resources": {
                "requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"memory": props.memory_limit},
            },
        }

    # the default backoff grows to 15 minutes, in which a repaired source stays unread
    retry = "--max-retry-delay=1m"
    source = controller(props.source_image, retry)
    if props.source_role:
        source["serviceAccount"] = {"annotations": props.source_role.annotations}
    # an object that waits for another is requeued after 5 s, not 30
    requeue = "--requeue-dependency=5s"
    return {
        # else deleting the release would delete every Kustomization, with the objects it applied
        "crds": {"annotations": {"helm.sh/resource-policy": "keep"}},
        # the chart's default makes everyone with `edit` in any namespace cluster-admin
        "rbac": {"createAggregation": False},
        "multitenancy": {"enabled": True, "defaultServiceAccount": "default"},
        "cli": _image(props.cli_image),
        "policies": {"create": False},
        "sourceController": source,
        "kustomizeController": controller(
            props.kustomize_image, requeue, retry, "--no-remote-bases=true"
        ),
        "helmController": controller(props.helm_image, requeue, retry),
        "notificationController": {"create": False},
        "imageAutomationController": {"create": False},
        "imageReflectionController": {"create": False},
    }


def _image(image: str) -> dict[str, str]:
    values = image_values(image)
    return {"image": values["repository"], "tag": values["tag"]}
