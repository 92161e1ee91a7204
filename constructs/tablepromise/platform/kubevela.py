"""KubeVela: creates objects from the components of Applications."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, image_values, patch
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
)
from tablepromise.platform.security import RESTRICTED_POD, UNPRIVILEGED

_IDENTITY = "mutating.core.oam.dev.v1beta1.applications"
_WEBHOOKS = {
    "MutatingWebhookConfiguration": (
        _IDENTITY,
        "mutating.core.oam-dev.v1beta1.componentdefinitions",
    ),
    "ValidatingWebhookConfiguration": (
        "validating.core.oam.dev.v1beta1.traitdefinitions",
        "validating.core.oam.dev.v1beta1.applications",
        "validating.core.oam-dev.v1beta1.componentdefinitions",
        "validating.core.oam-dev.v1beta1.policydefinitions",
        "validating.core.oam-dev.v1beta1.workflowstepdefinitions",
    ),
}
"""The chart's, by name."""


@dataclass(frozen=True, kw_only=True)
class KubeVelaProps:
    """Options of `KubeVela`.

    Attributes:
        cert_manager: name of the HelmRelease of cert-manager, which must be ready before; None
            if cert-manager is there already. KubeVela's webhooks have no certificate without it.
        chart: default: the pinned one.
        image: default: the pinned one.
        memory_limit: default: 1Gi, as the chart has it.
        network: facts about the cluster's network; default: none are known.
    """

    cert_manager: str | None
    chart: versions.Chart = versions.KUBEVELA_CHART
    image: str = versions.KUBEVELA_IMAGE
    memory_limit: str = "1Gi"
    network: ClusterNetwork = DEFAULT_NETWORK


class KubeVela(Construct):
    """KubeVela's controller for one cluster, and the definitions that its chart brings.

    The controller creates the objects of an Application with the permissions of the user who wrote
    it last: a webhook records the user, and the controller impersonates them. By the chart's
    default the controller is cluster-admin, and so is everyone who may write an Application.

    Attributes:
        release: name of its HelmRelease.
    """

    NAMESPACE = "vela-system"

    def __init__(self, scope: Construct, id: str, props: KubeVelaProps) -> None:
        super().__init__(scope, id)
        self.release = "vela-core"
        # KubeVela removes the Applications' finalizers: without it none can be deleted
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        NetworkPolicy(
            self,
            "Controller",
            NetworkPolicyProps(
                name="controller",
                namespace=self.NAMESPACE,
                # the API server calls webhooks, from any address
                ingress=(Peer(ports=(9443,)), *props.network.metrics(8080)),
                # workflow steps call addresses that the author of an Application picks
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
                depends_on=(props.cert_manager,) if props.cert_manager else (),
                values=_values(props),
                patches=[_webhooks(kind, names) for kind, names in _WEBHOOKS.items()],
            ),
        )


def _values(props: KubeVelaProps) -> dict[str, Any]:
    return {
        "image": {**image_values(props.image), "pullPolicy": "IfNotPresent"},
        "multicluster": {"enabled": False},
        # CUE packages of others, which call other servers; its role does not allow to read them
        "workflow": {"enableExternalPackageForDefaultCompiler": False},
        # else Jobs with an image of their own create its certificates
        "admissionWebhooks": {"certManager": {"enabled": True}},
        "authentication": {
            "enabled": True,
            "withUser": True,
            # people have most of their permissions by their groups
            "groupPattern": "*",
        },
        "resources": {
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"cpu": "1", "memory": props.memory_limit},
        },
        "podSecurityContext": RESTRICTED_POD,
        "securityContext": UNPRIVILEGED,
    }


def _webhooks(kind: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Patch: cert-manager sets the CA, and no Application is accepted without its webhook.

    The chart writes an empty CA into each webhook, and correcting drift would restore it. And by
    the chart's failurePolicy an Application is accepted while the webhooks are down: its author
    could write another user into it.
    """
    webhooks: list[dict[str, Any]] = [
        {"name": name, "clientConfig": {"caBundle": None}} for name in names
    ]
    for webhook in webhooks:
        if webhook["name"] == _IDENTITY:
            webhook["failurePolicy"] = "Fail"
    name = "vela-core-admission"
    return patch(
        {"kind": kind, "name": name},
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": {"name": name},
            "webhooks": webhooks,
        },
    )
