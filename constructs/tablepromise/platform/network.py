"""NetworkPolicies: who may reach a pod, and whom it may reach."""

from dataclasses import dataclass
from typing import Any, Final

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Pods at the other end.

    Attributes:
        ports: TCP ports.
        namespace: the pods' namespace; default: anywhere, also outside the cluster.
        udp: UDP ports; default: none.
    """

    ports: tuple[int, ...]
    namespace: str | None = None
    udp: tuple[int, ...] = ()


DNS: Final = Peer(ports=(53,), udp=(53,))
API_SERVER: Final = Peer(ports=(443, 6443, 8443, 16443))
"""At any address: no selector finds the API server, which is no pod. The ports are those of the
usual distributions."""


@dataclass(frozen=True, kw_only=True)
class NetworkPolicyProps:
    """What a NetworkPolicy may be told.

    Attributes:
        name: of the policy.
        namespace: of the pods.
        pods: labels of the pods; default: all in the namespace.
        ingress: who may reach them; default: nobody.
        egress: whom they may reach; None leaves it open.
    """

    name: str
    namespace: str
    pods: dict[str, str] | None = None
    ingress: tuple[Peer, ...] = ()
    egress: tuple[Peer, ...] | None = None


class NetworkPolicy(Construct):
    """Connections of a set of pods."""

    def __init__(self, scope: Construct, id: str, props: NetworkPolicyProps) -> None:
        super().__init__(scope, id)
        spec: dict[str, Any] = {
            "podSelector": {"matchLabels": props.pods} if props.pods else {},
            "policyTypes": ["Ingress"],
            "ingress": [_rule(peer, "from") for peer in props.ingress],
        }
        if props.egress is not None:
            spec["policyTypes"] = ["Ingress", "Egress"]
            spec["egress"] = [_rule(peer, "to") for peer in props.egress]
        metadata: dict[str, Any] = {"name": props.name, "namespace": props.namespace}
        if props.egress is not None:
            # without it the pods reach everything
            metadata["annotations"] = KEEP
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": metadata,
                "spec": spec,
            },
        )


def _rule(peer: Peer, end: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "ports": [
            *({"port": port, "protocol": "TCP"} for port in peer.ports),
            *({"port": port, "protocol": "UDP"} for port in peer.udp),
        ]
    }
    if peer.namespace:
        selector = {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}}
        rule[end] = [{"namespaceSelector": selector}]
    return rule
