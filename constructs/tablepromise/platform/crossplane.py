"""Crossplane: composite resources. The kinds of AWS come as packages, see `crossplane_aws`."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, image_values
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    HTTPS,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
)
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD


@dataclass(frozen=True, kw_only=True)
class CrossplaneProps:
    """Options of `Crossplane`.

    Attributes:
        chart: default: the pinned one.
        image: of Crossplane and of its RBAC manager; default: the pinned one.
        memory_limit: of Crossplane; default: 1Gi, as the chart has it.
        network: facts about the cluster's network; default: none are known.
        registries: peers from which it pulls packages; default: port 443 of any address.
    """

    chart: versions.Chart = versions.CROSSPLANE_CHART
    image: str = versions.CROSSPLANE_IMAGE
    memory_limit: str = "1Gi"
    network: ClusterNetwork = DEFAULT_NETWORK
    registries: tuple[Peer, ...] = (HTTPS,)


class Crossplane(Construct):
    """Crossplane without packages. Its kinds are served when its pod has started.

    Attributes:
        release: name of its HelmRelease.
    """

    NAMESPACE = "crossplane-system"

    def __init__(self, scope: Construct, id: str, props: CrossplaneProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or CrossplaneProps()
        self.release = "crossplane"
        # Crossplane removes the finalizers of composed resources: without it none can be deleted
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        NetworkPolicy(
            self,
            "Metrics",
            NetworkPolicyProps(
                name="metrics", namespace=self.NAMESPACE, ingress=props.network.metrics(8080)
            ),
        )
        functions = Peer(ports=(9443,), namespace=self.NAMESPACE)
        NetworkPolicy(
            self,
            "Controller",
            NetworkPolicyProps(
                name="crossplane",
                namespace=self.NAMESPACE,
                pods={"app": "crossplane"},
                ingress=(Peer(ports=(9443,)),),  # of the API server, from any address
                egress=props.network.egress(functions, *props.registries),
            ),
        )
        NetworkPolicy(
            self,
            "RbacManager",
            NetworkPolicyProps(
                name="rbac-manager",
                namespace=self.NAMESPACE,
                pods={"app": "crossplane-rbac-manager"},
                egress=props.network.egress(),
            ),
        )
        HelmRelease(
            self,
            "Release",
            HelmReleaseProps(
                name=self.release,
                namespace=self.NAMESPACE,
                chart=props.chart,
                values={
                    "image": image_values(props.image),
                    # with a provider would go its kinds, and every table with them
                    "args": ["--enable-provider-deletion-protection"],
                    "metrics": {"enabled": True},
                    # a kind is served when an activation policy names it, not with its provider
                    "provider": {"defaultActivations": []},
                    # its roles for people may do anything with Secrets
                    "rbacManager": {"skipAggregatedClusterRoles": True},
                    "resourcesCrossplane": {
                        "requests": {"cpu": "50m", "memory": "128Mi"},
                        "limits": {"cpu": "1", "memory": props.memory_limit},
                    },
                    "resourcesRBACManager": {
                        "requests": {"cpu": "10m", "memory": "64Mi"},
                        "limits": {"cpu": "1", "memory": "256Mi"},
                    },
                    "podSecurityContextCrossplane": RESTRICTED_POD,
                    "securityContextCrossplane": RESTRICTED,
                    "podSecurityContextRBACManager": RESTRICTED_POD,
                    "securityContextRBACManager": RESTRICTED,
                },
            ),
        )
