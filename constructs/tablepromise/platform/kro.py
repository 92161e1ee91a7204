"""kro: creates objects from instances of a ResourceGraphDefinition."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform import versions
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, image_values
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
)
from tablepromise.platform.rbac import Rule, role, rule
from tablepromise.request import ack


@dataclass(frozen=True, kw_only=True)
class KroProps:
    """Options of `Kro`.

    Attributes:
        instances: kinds that it serves, as `plural.group`; it creates an ACK Table for each object.
            Default: none.
        chart: default: the pinned one.
        image: default: the pinned one.
        memory_limit: default: 512Mi.
        network: facts about the cluster's network; default: none are known.
    """

    instances: tuple[str, ...] = ()
    chart: versions.Chart = versions.KRO_CHART
    image: str = versions.KRO_IMAGE
    memory_limit: str = "512Mi"
    network: ClusterNetwork = DEFAULT_NETWORK


class Kro(Construct):
    """kro, with permissions on its own kinds, CRDs and instances only.

    Attributes:
        release: name of its HelmRelease.
    """

    NAMESPACE = "kro-system"

    def __init__(self, scope: Construct, id: str, props: KroProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or KroProps()
        self.release = "kro"
        # kro removes the instances' finalizers: without it none can be deleted
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        NetworkPolicy(
            self,
            "Controller",
            NetworkPolicyProps(
                name="controller",
                namespace=self.NAMESPACE,
                ingress=props.network.metrics(8078),
                egress=props.network.egress(),
            ),
        )
        if props.instances:
            KubeObject(self, "Access", _access(props.instances))
        HelmRelease(
            self,
            "Release",
            HelmReleaseProps(
                name=self.release,
                namespace=self.NAMESPACE,
                chart=props.chart,
                values={
                    "image": image_values(props.image),
                    # the chart's default grants everything
                    "rbac": {"mode": "aggregation"},
                    # else deleting a ResourceGraphDefinition deletes its CRD, and every instance
                    "config": {"allowCRDDeletion": False},
                    "deployment": {
                        "resources": {
                            "requests": {"cpu": "50m", "memory": "64Mi"},
                            "limits": {"cpu": "1", "memory": props.memory_limit},
                        }
                    },
                },
            ),
        )


def _access(instances: tuple[str, ...]) -> dict[str, Any]:
    """Return the ClusterRole for the calls of kro's code, and no others.

    kro applies its objects: `patch`, and `create` where there is none yet. It changes labels and
    the finalizer of an instance, and never creates an instance.
    """
    rules: list[Rule] = []
    for name in instances:
        plural, _, group = name.partition(".")
        rules.append(rule(group, [plural], ["get", "list", "watch", "patch"]))
        rules.append(rule(group, [f"{plural}/status"], ["update"]))
    verbs = ["get", "list", "watch", "create", "patch", "delete"]
    rules.append(rule(ack.GROUP, ["tables"], verbs))
    labels = {"rbac.kro.run/aggregate-to-controller": "true"}
    return role("tablepromise-kro", rules, labels=labels)
