"""Network: the settings about a cluster's network, and the peers that a target's parts reach."""

from ipaddress import ip_network
from typing import Any

import msgspec

from infra.checks import Group, SettingError, group
from tablepromise.platform import S3, ClusterNetwork, Git, IamRole, Peer
from tablepromise.platform.network import ANY_API_SERVER, peers_of


class ApiServerGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """Addresses of the API server."""

    cidrs: list[str]
    ports: list[int] = msgspec.field(default_factory=lambda: [443, 6443])

    def peer(self) -> Peer:
        """Return it as the peer of a NetworkPolicy.

        Raises:
            SettingError: an address range or a port is not valid, or there is none.
        """
        for key, values in (("cidrs", self.cidrs), ("ports", self.ports)):
            if not values:
                raise SettingError(f"apiServer.{key}", "is empty", allowed="at least one")
        for number, cidr in enumerate(self.cidrs):
            try:
                ip_network(cidr)
                valid = "/" in cidr
            except ValueError:
                valid = False
            if not valid:
                raise SettingError(
                    f"apiServer.cidrs[{number}]",
                    f"got {cidr!r}",
                    allowed="an address range such as 10.0.0.0/16, or 10.0.0.7/32 for one address",
                )
        for number, port in enumerate(self.ports):
            if not 0 < port < 65536:
                raise SettingError(
                    f"apiServer.ports[{number}]", f"got {port}", allowed="1 to 65535"
                )
        return Peer(cidrs=tuple(self.cidrs), ports=tuple(self.ports))


def cluster_network(api_server: dict[str, Any], monitoring: tuple[str, ...]) -> ClusterNetwork:
    """Return the cluster's network by the settings `apiServer` and `monitoring`.

    Raises:
        SettingError: an address range or a port is not valid.
    """
    peer = group("apiServer", api_server, ApiServerGroup).peer() if api_server else ANY_API_SERVER
    return ClusterNetwork(api_server=peer, monitoring=monitoring)


def store_peers(store: S3 | Git, *, read_only: bool = False) -> tuple[Peer, ...]:
    """Return the peers of Kratix, or of Flux, which only reads, when they use a state store."""
    if isinstance(store, Git):
        return peers_of([store.url])
    endpoint, identity = store.endpoint, store.identity
    if read_only:
        endpoint, identity = store.read_endpoint or endpoint, store.read_identity or identity
    urls = [f"{'http' if store.plain_http else 'https'}://{endpoint}"]
    if isinstance(identity, IamRole):
        urls.append("https://sts.amazonaws.com")
    return peers_of(urls)
