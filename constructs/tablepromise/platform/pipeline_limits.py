"""Quota and connections of pipelines in a namespace for requests."""

from dataclasses import dataclass, field

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
)
from tablepromise.request import model


@dataclass(frozen=True, kw_only=True)
class PipelineLimitsProps:
    """Options of `PipelineLimits`.

    Attributes:
        namespace: of the requests, where their pipelines run.
        quota: hard limits of the namespace; default: 50 pods, which queues a thousand requests at
            once. A limit on CPU or memory would reject every pod of the team without limits.
        network: facts about the cluster's network; default: none are known.
    """

    namespace: str
    quota: dict[str, str] = field(default_factory=lambda: {"pods": "50"})
    network: ClusterNetwork = DEFAULT_NETWORK


class PipelineLimits(Construct):
    """A ResourceQuota, and a NetworkPolicy for the pods of pipelines.

    They reach the name service and the API server. Without the API server's addresses in `network`
    they also reach every other server at the same ports, in and outside the cluster.
    """

    def __init__(self, scope: Construct, id: str, props: PipelineLimitsProps) -> None:
        super().__init__(scope, id)
        KubeObject(
            self,
            "Quota",
            {
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": {
                    "name": "tablepromise-pipelines",
                    "namespace": props.namespace,
                    "annotations": KEEP,
                },
                "spec": {"hard": props.quota},
            },
        )
        NetworkPolicy(
            self,
            "Network",
            NetworkPolicyProps(
                name="tablepromise-pipelines",
                namespace=props.namespace,
                pods={"kratix.io/promise-name": model.PROMISE},
                egress=props.network.egress(),
            ),
        )
