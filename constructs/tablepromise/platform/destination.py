"""A Destination that Kratix schedules tables to, with the agents that apply them there."""

from dataclasses import dataclass, field

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.agent import Agents, AgentsProps
from tablepromise.platform.delivery_policies import (
    AgentPolicy,
    AgentPolicyProps,
    RequestNamespacePolicy,
    RequestNamespacePolicyProps,
    WorkPolicy,
)
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.state_store import StateStore
from tablepromise.request import model


@dataclass(frozen=True, kw_only=True)
class DestinationProps:
    """Options of `Destination`.

    Attributes:
        name: of the Destination, and of its folder in the store.
        store: where Kratix writes for it.
        labels: by which a Promise's requests find it, added to those of the tables' Promise, such
            as environment and region; default: none.
        namespaces: of requests; each has an agent of its own. See `Agents`.
    """

    name: str
    store: StateStore
    namespaces: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict[str, str])


class Destination(Construct):
    """A Destination for tables on the platform cluster itself.

    Kratix compares its labels with the selectors of a Promise. They have nothing to do with the
    labels of nodes, which decide where pods run.

    Attributes:
        name: of the Destination.
        labels: all of them.
    """

    def __init__(self, scope: Construct, id: str, props: DestinationProps) -> None:
        super().__init__(scope, id)
        self.name = props.name
        self.labels = {"kratix": "enabled", **model.DESTINATION_LABELS, **props.labels}
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "platform.kratix.io/v1alpha1",
                "kind": "Destination",
                "metadata": {"name": props.name, "labels": self.labels, "annotations": KEEP},
                "spec": {
                    "path": props.name,
                    "stateStoreRef": props.store.reference,
                    # a Promise without selectors is not scheduled here
                    "strictMatchLabels": True,
                    "filepath": {"mode": "nestedByMetadata"},
                    # no test objects: the agent may write Tables and nothing else
                    "initWorkloads": {"enabled": False},
                    # deleting the Destination leaves its files, and so the tables
                    "cleanup": "none",
                },
            },
        )
        Agents(
            self,
            "Agents",
            AgentsProps(destination=props.name, store=props.store, namespaces=props.namespaces),
        )
        AgentPolicy(
            self,
            "AgentPolicy",
            AgentPolicyProps(destination=props.name, namespaces=props.namespaces),
        )
        RequestNamespacePolicy(
            self,
            "RequestNamespacePolicy",
            RequestNamespacePolicyProps(namespaces=props.namespaces),
        )
        WorkPolicy(self, "WorkPolicy")
