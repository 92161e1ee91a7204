"""kro: makes objects of objects, as ResourceGraphDefinitions say."""

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
        instances: kinds that it serves, as `plural.group`, each of which it makes an ACK Table of;
            default: none.
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
    """kro, with no rights but to its own kinds, CRDs and what it serves.

    Attributes:
        release: name of its HelmRelease.
    """

    NAMESPACE = "kro-system"

    def __init__(self, scope: Construct, id: str, props: KroProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or KroProps()
        self.release = "kro"
        # it keeps the instances' finalizers: without it none can be deleted
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
                    # the chart's default is the right to everything
                    "rbac": {"mode": "aggregation"},
                    # with a ResourceGraphDefinition would go its CRD, and with that every instance
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
    """The calls that kro's code makes, and no other.

    It applies what it makes, which is `patch`, and `create` where there is nothing yet; of an
    instance it changes labels and the finalizer, so it never makes one anew that has just gone.
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
