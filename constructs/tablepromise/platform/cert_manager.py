"""cert-manager: it issues the certificates of Kratix's webhooks."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, image_values
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
)


@dataclass(frozen=True, kw_only=True)
class CertManagerProps:
    """Options of `CertManager`.

    Attributes:
        chart: default: the pinned one.
        controller_image: default: the pinned one.
        webhook_image: default: the pinned one.
        cainjector_image: default: the pinned one.
        network: facts about the cluster's network; default: none are known.
    """

    chart: versions.Chart = versions.CERT_MANAGER_CHART
    controller_image: str = versions.CERT_MANAGER_IMAGE
    webhook_image: str = versions.CERT_MANAGER_WEBHOOK_IMAGE
    cainjector_image: str = versions.CERT_MANAGER_CAINJECTOR_IMAGE
    network: ClusterNetwork = DEFAULT_NETWORK


class CertManager(Construct):
    """cert-manager with its CRDs.

    Attributes:
        release: name of its HelmRelease.
    """

    NAMESPACE = "cert-manager"

    def __init__(self, scope: Construct, id: str, props: CertManagerProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or CertManagerProps()
        self.release = "cert-manager"
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        NetworkPolicy(
            self,
            "Controllers",
            NetworkPolicyProps(
                name="controllers",
                namespace=self.NAMESPACE,
                ingress=props.network.metrics(9402),
                egress=props.network.egress(),
            ),
        )
        NetworkPolicy(
            self,
            "Webhook",
            NetworkPolicyProps(
                name="webhook",
                namespace=self.NAMESPACE,
                pods={"app.kubernetes.io/component": "webhook"},
                ingress=(Peer(ports=(10250,)),),  # of the API server, from any address
            ),
        )
        small = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
        HelmRelease(
            self,
            "Release",
            HelmReleaseProps(
                name=self.release,
                namespace=self.NAMESPACE,
                chart=props.chart,
                # a team's own Certificates and Issuers in its own namespace
                aggregated_roles=True,
                values={
                    "crds": {"enabled": True, "keep": True},
                    # leases in its own namespace: no permissions in kube-system
                    "global": {"leaderElection": {"namespace": self.NAMESPACE}},
                    # a Job with a fourth image; the HelmRelease waits for the webhook anyway
                    "startupapicheck": {"enabled": False},
                    "image": image_values(props.controller_image),
                    "resources": small,
                    "webhook": {"image": image_values(props.webhook_image), "resources": small},
                    "cainjector": {
                        "image": image_values(props.cainjector_image),
                        "resources": small,
                    },
                },
            ),
        )
