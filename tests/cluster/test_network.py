"""NetworkPolicies as a cluster enforces them: which pod reaches what.

Each pod of a target is played by a small server with the same labels and ports. `REACHED` is the
expectation. An endpoint that a line does not name must not be reached from there.
"""

import contextlib
import os
import re
import socket
import subprocess
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import urlsplit

import image
import pytest
from api import ApiServer, kubectl, kubectl_json, wait
from stand_ins import Endpoint, Pod, endpoints_of, manifest, pods_of, reached

from infra.app import build
from infra.settings import declared, targets
from infra.targets import Offer, Target
from tablepromise.platform import versions
from tablepromise.platform.network import ClusterNetwork, Peer
from tablepromise.request import dump

pytestmark = pytest.mark.cluster

TEAM, FOREIGN, MONITORING = "network-team", "network-foreign", "network-monitoring"
STRANGERS = [Pod("foreign", FOREIGN, {}), Pod("monitoring", MONITORING, {})]
OUTSIDE = (22, 80, 443, 6443)
"""Ports of a server outside the cluster, on the machine of the tests."""

DEVEX = replace(targets()["devex"], teams=(TEAM,))
EVERY_OFFER = replace(DEVEX, offers=get_args(Offer))

ANYWHERE = """
    dns api-server outside:22 outside:80 outside:443 outside:6443
    team:9999 foreign:9999 monitoring:9999
"""
"""From pods whose connections nobody limits, and to them."""

ANY_API_SERVER = "dns api-server outside:443 outside:6443"
"""An API server at any address: also somebody else's server at these ports."""

API_SERVER = "dns api-server"
STORE = "versitygw:7070 service/versitygw:7070"
READ_STORE = "versitygw:7071 service/versitygw:7071"
MOTO = "moto:5000 service/moto:5000"
WEBHOOKS = "kratix:9443 cert-webhook:10250"
"""The API server calls them, and no policy can tell its address."""

REACHED: dict[str, dict[str, str]] = {
    "devex": {
        "versitygw": "",
        "moto": "",
        "store-keys": ANY_API_SERVER,
        "reflector": ANY_API_SERVER,
        "kratix": f"{ANY_API_SERVER} {STORE}",
        "source": f"{ANY_API_SERVER} {READ_STORE}",
        "kustomize": f"{ANY_API_SERVER} source:9090",
        "helm": f"{ANY_API_SERVER} source:9090",
        "ack": f"{ANY_API_SERVER} {MOTO}",
        "cert-manager": ANY_API_SERVER,
        "cert-webhook": ANY_API_SERVER,
        "cainjector": ANY_API_SERVER,
        "pipeline": ANY_API_SERVER,
        "team": f"{ANYWHERE} {MOTO} {WEBHOOKS}",
        "foreign": f"{ANYWHERE} {WEBHOOKS}",
        "monitoring": f"{ANYWHERE} {WEBHOOKS}",
    },
    # with `offers`, `apiServer` and `monitoring`
    "every-offer": {
        "versitygw": "",
        "moto": "",
        "store-keys": API_SERVER,
        "reflector": API_SERVER,
        "kratix": f"{API_SERVER} {STORE}",
        # charts and the repository of manifests are at port 443 of any address
        "source": f"{API_SERVER} {READ_STORE} outside:443",
        "kustomize": f"{API_SERVER} source:9090",
        "helm": f"{API_SERVER} source:9090",
        "ack": f"{API_SERVER} {MOTO}",
        "cert-manager": API_SERVER,
        "cert-webhook": API_SERVER,
        "cainjector": API_SERVER,
        "kro": API_SERVER,
        "vela": API_SERVER,
        # packages are at port 443 of any address
        "crossplane": f"{API_SERVER} function:9443 provider:9443 outside:443",
        "rbac-manager": API_SERVER,
        "family": API_SERVER,
        "provider": f"{API_SERVER} {MOTO}",
        "function": "",
        "pipeline": API_SERVER,
        "team": f"{ANYWHERE} {MOTO} {WEBHOOKS} vela:9443 crossplane:9443 provider:9443",
        "foreign": f"{ANYWHERE} {WEBHOOKS} vela:9443 crossplane:9443 provider:9443",
        "monitoring": f"""
            {ANYWHERE} {WEBHOOKS} vela:9443 crossplane:9443 provider:9443
            reflector:8080 service/reflector:8080
            kratix:8443 source:8080 kustomize:8080 helm:8080 ack:8080
            cert-manager:9402 cert-webhook:9402 cainjector:9402
            kro:8078 vela:8080
            crossplane:8080 rbac-manager:8080 family:8080 provider:8080 function:8080
        """,
    },
}


def documents(target: Target) -> list[dict[str, Any]]:
    return [document for folder in build(target).folders for document in folder.documents()]


def policies(target: Target) -> str:
    """The NetworkPolicies of a target, as YAML."""
    return dump(*(d for d in documents(target) if d["kind"] == "NetworkPolicy"))


@pytest.fixture(scope="module")
def pods() -> list[Pod]:
    return [*pods_of(documents(EVERY_OFFER), [TEAM]), *STRANGERS]


@pytest.fixture(scope="module")
def endpoints(
    api: ApiServer, pods: list[Pod], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Endpoint]]:
    """The pods and Services run, without any policy."""
    del api
    in_lab = image.LAB.exists()
    reference = (
        image.load_into_lab(tmp_path_factory.mktemp("image")) if in_lab else versions.PYTHON_IMAGE
    )
    found = documents(EVERY_OFFER)
    namespaces = [d for d in found if d["kind"] == "Namespace"]
    namespaces += [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": pod.namespace}}
        for pod in STRANGERS
    ]
    services = [d for d in found if d["kind"] == "Service"]
    names = [namespace["metadata"]["name"] for namespace in namespaces]
    kubectl("delete", "namespace", *names, "--ignore-not-found")  # of an earlier run
    kubectl("apply", "-f", "-", stdin=dump(*namespaces))
    try:
        for name in names:  # a pod is not admitted before the account is there
            account = ("get", "serviceaccount", "default", "-n", name, "--ignore-not-found")
            wait(lambda: kubectl(*account), f"the ServiceAccount of {name}")  # noqa: B023
        running = [*(manifest(pod, reference) for pod in pods), *map(_by_number, services)]
        kubectl("apply", "-f", "-", stdin=dump(*running))
        for name in names:
            kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", name, "--timeout=120s")
        with _outside() as outside:
            yield [*endpoints_of(pods, services), *outside]
    finally:
        # waited for: the next tests create some of them
        kubectl("delete", "namespace", "--timeout=120s", *names)


def _by_number(service: dict[str, Any]) -> dict[str, Any]:
    """The Service, with the ports' numbers: the servers have no names for theirs."""
    ports = [{**port, "targetPort": port["port"]} for port in service["spec"]["ports"]]
    return {**service, "spec": {**service["spec"], "ports": ports}}


@contextlib.contextmanager
def _outside() -> Generator[list[Endpoint]]:
    """A server outside the cluster, at the address from which this machine calls the API server."""
    config = kubectl_json("config", "view", "--minify")
    server: str = config["clusters"][0]["cluster"]["server"]
    url = urlsplit(server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((url.hostname, url.port or 443))
        address: str = probe.getsockname()[0]
    with contextlib.ExitStack() as stack:
        for port in OUTSIDE:
            listener = stack.enter_context(socket.create_server((address, port), backlog=128))
            threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        yield [Endpoint(f"outside:{port}", address, port) for port in OUTSIDE]


def _serve(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed
        while True:
            listener.accept()[0].close()


def test_without_policies_every_pod_reaches_everything(
    pods: list[Pod], endpoints: list[Endpoint]
) -> None:
    """Otherwise a denial in the tests below would prove nothing."""
    wait(
        lambda: reached(pods, endpoints) == _everything(pods, endpoints),
        "every endpoint to be reached",
        seconds=90,
    )


def _everything(pods: list[Pod], endpoints: list[Endpoint]) -> dict[str, set[str]]:
    return {
        pod.name: {e.name for e in endpoints if e.name.partition(":")[0] != pod.name}
        for pod in pods
    }


def compare(pods: list[Pod], endpoints: list[Endpoint], table: dict[str, str]) -> None:
    """Compares what pods reach with the table, as soon as the policies are enforced."""
    parts = [pod for pod in pods if pod.name in table]
    names = {pod.name for pod in pods} - table.keys()
    ends = [e for e in endpoints if e.name.partition(":")[0] not in names]
    everything = _everything(parts, ends)
    expected = {name: set(line.split()) & everything[name] for name, line in table.items()}
    named = {word for line in table.values() for word in line.split()}
    assert named <= {e.name for e in ends}
    found: dict[str, set[str]] = {}

    def as_expected() -> bool:
        found.update(reached(parts, ends))
        return found == expected

    with contextlib.suppress(AssertionError):
        wait(as_expected, "the table", seconds=60)
    if found == everything:
        problem = "NetworkPolicies are not enforced on this cluster"
        if image.LAB.exists():
            pytest.fail(f"{problem}: run `lab policies`")
        pytest.skip(problem)
    wrong = {
        pod.name: {
            "reached, but must not be": sorted(found[pod.name] - expected[pod.name]),
            "not reached": sorted(expected[pod.name] - found[pod.name]),
        }
        for pod in parts
        if found[pod.name] != expected[pod.name]
    }
    assert not wrong


def test_devex(pods: list[Pod], endpoints: list[Endpoint]) -> None:
    kubectl("apply", "-f", "-", stdin=policies(DEVEX))
    compare(pods, endpoints, REACHED["devex"])


def test_every_offer_with_the_addresses_of_the_api_server(
    pods: list[Pod], endpoints: list[Endpoint]
) -> None:
    network = ClusterNetwork(api_server=_api_server(), monitoring=(MONITORING,))
    kubectl("apply", "-f", "-", stdin=policies(replace(EVERY_OFFER, network=network)))
    compare(pods, endpoints, REACHED["every-offer"])


def _api_server() -> Peer:
    """The API server's addresses by the command that the setting's description names."""
    [command] = re.findall(r"`(kubectl [^`]+)`", declared()["apiServer"]["description"])
    done = subprocess.run(
        ["bash", "-c", command], env=os.environ, capture_output=True, text=True, check=True
    )
    addresses, ports = re.findall(r'"([^"]+)"', done.stdout), re.findall(r" (\d+)", done.stdout)
    assert addresses, done.stdout
    assert ports, done.stdout
    return Peer(cidrs=tuple(f"{a}/32" for a in addresses), ports=tuple(map(int, ports)))
