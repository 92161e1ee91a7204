"""NetworkPolicies: which peers connect to a pod, and to which peers a pod connects."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The other end of a connection: pods of a namespace, address ranges, or any address.

    A policy sees the address and port of the pod or host that answers, not those of a Service.

    Attributes:
        ports: TCP ports; default: every port.
        namespace: of the pods; default: any address, in and outside the cluster.
        cidrs: address ranges instead of a namespace; default: none.
        udp: UDP ports; default: none.
    """

    ports: tuple[int, ...] = ()
    namespace: str | None = None
    cidrs: tuple[str, ...] = ()
    udp: tuple[int, ...] = ()


DNS: Final = Peer(ports=(53,), udp=(53,))
"""The cluster's name service. At any address: it may be a pod, or a cache on the node."""

ANY_API_SERVER: Final = Peer(ports=(443, 6443, 8443, 16443))
"""Any address, at the ports of the usual distributions: the API server is not a pod, so no selector
selects it. So every other server at these ports can be reached too, in and outside the cluster."""

HTTPS: Final = Peer(ports=(443,))
"""Any address at the port of HTTPS, such as AWS and registries."""

_PORTS: Final = {"http": 80, "ssh": 22}


@dataclass(frozen=True, kw_only=True)
class ClusterNetwork:
    """Facts about a cluster's network.

    Attributes:
        api_server: addresses and ports of the API server, as its EndpointSlice `kubernetes` in the
            namespace `default` lists them, not those of its Service. Default: any address, so a
            pod that needs the API server also reaches every other server at its ports.
        monitoring: namespaces whose pods may read metrics; default: none.
    """

    api_server: Peer = ANY_API_SERVER
    monitoring: tuple[str, ...] = ()

    def metrics(self, *ports: int) -> tuple[Peer, ...]:
        """Return the peers that may read metrics at these ports."""
        return tuple(Peer(ports=ports, namespace=name) for name in self.monitoring)

    def egress(self, *more: Peer) -> tuple[Peer, ...]:
        """Return the peers of a controller: name service, API server, and `more`."""
        return (DNS, self.api_server, *dict.fromkeys(more))


DEFAULT_NETWORK: Final = ClusterNetwork()
"""A network without known facts."""


def peers_of(urls: Iterable[str]) -> tuple[Peer, ...]:
    """Return the peers that answer at these URLs.

    For `NAME.NAMESPACE.svc...` it is the whole namespace, because the URL has the Service's port
    and not the pod's. For any other host it is the URL's port at any address: a policy has no host
    names.
    """
    found: set[Peer] = set()
    for url in urls:
        parts = urlsplit(url)
        labels = (parts.hostname or "").split(".")
        if len(labels) > 2 and labels[2] == "svc":
            found.add(Peer(namespace=labels[1]))
        else:
            found.add(Peer(ports=(parts.port or _PORTS.get(parts.scheme, 443),)))
    return tuple(sorted(found, key=lambda peer: (peer.namespace or "", peer.ports)))


@dataclass(frozen=True, kw_only=True)
class NetworkPolicyProps:
    """Options of `NetworkPolicy`.

    Attributes:
        name: of the policy.
        namespace: of the pods.
        pods: labels of the pods; default: all in the namespace.
        ingress: peers that connect to them; default: none.
        egress: peers that they connect to; None does not limit it.
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
        if props.egress is not None or not props.ingress:
            # kept: without it the denied connections are open
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
    rule: dict[str, Any] = {}
    if peer.ports or peer.udp:
        rule["ports"] = [
            *({"port": port, "protocol": "TCP"} for port in peer.ports),
            *({"port": port, "protocol": "UDP"} for port in peer.udp),
        ]
    if peer.namespace:
        selector = {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}}
        rule[end] = [{"namespaceSelector": selector}]
    elif peer.cidrs:
        rule[end] = [{"ipBlock": {"cidr": cidr}} for cidr in peer.cidrs]
    return rule
