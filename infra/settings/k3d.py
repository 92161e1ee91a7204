"""Settings of a k3d cluster: its agents, registry and host ports.

k3d accepts any text for a port, and fails when the cluster is half created.
"""

import ipaddress
import re

import msgspec

from infra.settings.names import require_cluster_name, require_registry
from infra.settings.validation import Group, SettingError
from infra.targets import K3d

_MAPPING = re.compile(
    r"(?:(?P<host>[0-9]+(?:\.[0-9]+)+):)?"
    r"(?P<outer>[0-9]+(?:-[0-9]+)?):(?P<inner>[0-9]+(?:-[0-9]+)?)"
    r"(?:/(?P<protocol>[a-z]+))?(?:@(?P<nodes>.+))?"
)
_NODES = re.compile(
    r"loadbalancer|(?P<role>server|agent)s?"
    r"(?::(?P<subset>[0-9]+(?:,[0-9]+)*|[0-9]*-[0-9]*|\*))?(?::(?P<suffix>direct|proxy))?"
)
_ALLOWED = (
    "[ADDRESS:]HOST:CONTAINER[/tcp|udp][@NODES], ports 1 to 65535 or ranges of one length, "
    "NODES such as loadbalancer, server:0 or agent:*"
)


class K3dGroup(Group, frozen=True, kw_only=True, rename="camel"):
    """Options of a k3d cluster beside its server."""

    agents: int = 0
    ports: list[str] = msgspec.field(default_factory=list[str])
    registry: str | None = None
    host_ip: str = msgspec.field(default=K3d.host_ip, name="hostIP")

    def cluster(self, name: str) -> K3d:
        """Return the cluster as the target has it.

        Raises:
            SettingError: k3d or Docker would reject a value, some only with the cluster half
                created.
        """
        require_cluster_name(name)
        if self.agents < 0:
            raise SettingError("k3d.agents", f"got {self.agents}", allowed="0 or more")
        require_address("k3d.hostIP", self.host_ip)
        if self.registry is not None:
            require_registry(self.registry, name)
        return K3d(
            name=name,
            agents=self.agents,
            ports=port_mappings([*self.ports], self.host_ip, self.agents),
            registry=self.registry,
            host_ip=self.host_ip,
        )


def port_mappings(texts: list[object], address: str, agents: int) -> tuple[str, ...]:
    """Return the port mappings with address and node filter written out.

    Args:
        texts: each `[ADDRESS:]HOST:CONTAINER[/PROTOCOL][@NODES]`.
        address: to bind to where a mapping has none.
        agents: number of the cluster's agents, beside its one server.

    Raises:
        SettingError: k3d or Docker would reject a mapping, or two have the same host port.
    """
    taken: set[tuple[str, str, int]] = set()
    found: list[str] = []
    for number, text in enumerate(texts):
        key = f"k3d.ports[{number}]"
        mapping = _MAPPING.fullmatch(text) if isinstance(text, str) else None
        if not mapping:
            raise _wrong(key, text, "is not a port mapping")
        host, protocol = mapping["host"] or address, mapping["protocol"] or "tcp"
        require_address(key, host)
        if protocol not in ("tcp", "udp"):
            raise _wrong(key, text, f"has the protocol {protocol!r}")
        outer = _range(key, text, mapping["outer"])
        if len(outer) != len(_range(key, text, mapping["inner"])):
            raise _wrong(key, text, "has two ranges of different length")
        nodes = mapping["nodes"] or "loadbalancer"
        _require_nodes(key, text, nodes, agents)
        own = {(host, protocol, port) for port in outer}
        if own & taken:
            raise _wrong(key, text, "has a host port of another mapping")
        taken |= own
        found.append(f"{host}:{mapping['outer']}:{mapping['inner']}/{protocol}@{nodes}")
    return tuple(found)


def require_address(key: str, text: str) -> None:
    """Check an address of the host. k3d does not accept an IPv6 address for its API server.

    Raises:
        SettingError: it is not an IPv4 address.
    """
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise SettingError(
            key, f"got {text!r}", allowed="an IPv4 address, such as 127.0.0.1 or 0.0.0.0"
        ) from None


def _range(key: str, text: object, part: str) -> range:
    first, _, last = part.partition("-")
    if not 1 <= int(first) <= int(last or first) <= 65535:
        raise _wrong(key, text, f"has the port {part}")
    return range(int(first), int(last or first) + 1)


def _require_nodes(key: str, text: object, nodes: str, agents: int) -> None:
    found = _NODES.fullmatch(nodes)
    if not found:
        raise _wrong(key, text, f"has the node filter {nodes!r}")
    if not found["role"]:
        return
    count = agents if found["role"] == "agent" else 1
    subset = found["subset"] or "*"
    numbers = [int(number) for number in re.findall("[0-9]+", subset)]
    if not count or any(number >= count for number in numbers):
        raise _wrong(key, text, f"is for {nodes}, and there are {count} such nodes")
    if found["suffix"] == "direct" and count > 1 and not subset.isdigit():
        raise _wrong(key, text, "is direct, and for more than one node")


def _wrong(key: str, text: object, problem: str) -> SettingError:
    return SettingError(key, f"got {text!r}, which {problem}", allowed=_ALLOWED)
