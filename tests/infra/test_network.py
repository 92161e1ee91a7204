"""NetworkPolicies of the targets, without a cluster; `tests/cluster/test_network.py` has one."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from stand_ins import CHARTS, Pod, pods_of

from infra.app import build
from infra.settings import targets
from infra.targets import Mirror, Offer, Target
from tablepromise.platform import S3, ClusterNetwork, ExistingSecret, Git, IamRole, Peer, versions
from tablepromise.platform.network import HTTPS, peers_of
from tablepromise.platform.state_store import store_peers

EVERY_OFFER = {name: replace(target, offers=get_args(Offer)) for name, target in targets().items()}
KEYS = ExistingSecret(name="keys")
ROLE = IamRole(arn="arn:aws:iam::123456789012:role/state")


def documents(target: Target) -> list[dict[str, Any]]:
    return [document for folder in build(target).folders for document in folder.documents()]


def policies(found: list[dict[str, Any]], pod: Pod) -> list[dict[str, Any]]:
    """Return the specs of the policies that select a pod."""
    return [
        document["spec"]
        for document in found
        if document["kind"] == "NetworkPolicy"
        and document["metadata"]["namespace"] == pod.namespace
        and document["spec"]["podSelector"].get("matchLabels", {}).items() <= pod.labels.items()
    ]


def egress(target: Target, name: str) -> list[dict[str, Any]]:
    """Return the rules for the connections that a pod makes."""
    found = documents(target)
    [pod] = [pod for pod in pods_of(found, target.teams) if pod.name == name]
    return [rule for spec in policies(found, pod) for rule in spec.get("egress", [])]


@pytest.mark.parametrize("target", EVERY_OFFER)
def test_both_directions_of_every_pod_are_limited_but_of_a_teams_own(target: str) -> None:
    found = documents(EVERY_OFFER[target])
    for pod in pods_of(found, EVERY_OFFER[target].teams):
        limited = {kind for spec in policies(found, pod) for kind in spec["policyTypes"]}
        assert limited == (set() if pod.name == "team" else {"Ingress", "Egress"}), pod.name


@pytest.mark.parametrize("target", EVERY_OFFER)
def test_the_addresses_of_the_api_server_close_its_ports_at_any_other(target: str) -> None:
    api_server = Peer(cidrs=("10.0.0.0/28", "10.0.1.0/28"), ports=(6443,))
    network = ClusterNetwork(api_server=api_server)
    found = documents(replace(EVERY_OFFER[target], network=network))
    rules = [
        (pod.name, rule)
        for pod in pods_of(found, EVERY_OFFER[target].teams)
        for spec in policies(found, pod)
        for rule in spec.get("egress", [])
        if {port["port"] for port in rule.get("ports", [])} & {6443, 8443, 16443}
    ]
    blocks = [{"ipBlock": {"cidr": cidr}} for cidr in api_server.cidrs]
    expected = {"ports": [{"port": 6443, "protocol": "TCP"}], "to": blocks}
    assert [(name, rule) for name, rule in rules if rule != expected] == []
    assert {"pipeline", "kratix", "ack", "reflector", "helm"} <= {name for name, _ in rules}


def test_facts_about_charts_are_of_the_pinned_versions() -> None:
    assert {name: version for name, (version, _) in CHARTS.items()} == {
        "kratix": versions.KRATIX_CHART.commit,
        "flux2": versions.FLUX_CHART.version,
        "dynamodb-chart": versions.ACK_CHART.version,
        "cert-manager": versions.CERT_MANAGER_CHART.version,
        "kro": versions.KRO_CHART.version,
        "vela-core": versions.KUBEVELA_CHART.version,
        "crossplane": versions.CROSSPLANE_CHART.version,
        "provider-aws-dynamodb": versions.CROSSPLANE_AWS_DYNAMODB.rpartition(":")[2],
        "function-python": versions.CROSSPLANE_PYTHON.rpartition(":")[2],
    }


@pytest.mark.parametrize(
    ("url", "peer"),
    [
        ("https://git.example.com/x.git", Peer(ports=(443,))),
        ("https://git.example.com:8443/x.git", Peer(ports=(8443,))),
        ("http://10.0.0.1", Peer(ports=(80,))),
        ("ssh://git@git.example.com/x.git", Peer(ports=(22,))),
        ("oci://ghcr.io/x", Peer(ports=(443,))),
        ("http://[fd00::1]:9000", Peer(ports=(9000,))),
        ("http://moto.moto.svc.cluster.local:5000", Peer(namespace="moto")),
        ("http://minio.storage.svc:80", Peer(namespace="storage")),
        ("https://a.b.example.com", Peer(ports=(443,))),
    ],
)
def test_a_url_leads_to_a_namespace_or_to_a_port_of_any_address(url: str, peer: Peer) -> None:
    assert peers_of([url]) == (peer,)


@pytest.mark.parametrize(
    ("store", "ports"),
    [
        (S3(bucket="b", endpoint="s3.example.com", identity=KEYS), [443]),
        (S3(bucket="b", endpoint="s3.example.com:9000", identity=KEYS, plain_http=True), [9000]),
        (S3(bucket="b", endpoint="s3.example.com", identity=KEYS, plain_http=True), [80]),
        # a role is assumed at STS
        (S3(bucket="b", endpoint="s3.example.com:9000", identity=ROLE), [443, 9000]),
        (Git(url="ssh://git@git.example.com/x.git", secret=KEYS), [22]),
    ],
)
def test_kratix_and_flux_reach_a_store_outside_at_its_port(
    store: S3 | Git, ports: list[int]
) -> None:
    assert store_peers(store) == tuple(Peer(ports=(port,)) for port in ports)
    target = replace(targets()["devex"], store=store)
    assert store_peers(store, read_only=True) == store_peers(store)
    for name in ("kratix", "source"):
        opened = {port["port"] for rule in egress(target, name) for port in rule.get("ports", [])}
        assert set(ports) <= opened


def test_flux_reads_where_reading_has_an_endpoint_and_a_role_of_its_own() -> None:
    store = S3(
        bucket="b",
        endpoint="s3.example.com:9000",
        identity=KEYS,
        read_endpoint="s3.example.com:9001",
        read_identity=ROLE,
    )
    assert store_peers(store) == (Peer(ports=(9000,)),)
    assert store_peers(store, read_only=True) == (Peer(ports=(443,)), Peer(ports=(9001,)))


def test_flux_reaches_a_mirror_at_its_port() -> None:
    mirror = Mirror(charts="oci://registry.example.com:5000/charts", plain_http=True)
    target = replace(targets()["devex"], mirror=mirror)
    assert {"ports": [{"port": 5000, "protocol": "TCP"}]} in egress(target, "source")


def test_ack_reaches_aws_or_the_emulator() -> None:
    https = {"ports": [{"port": port, "protocol": "TCP"} for port in HTTPS.ports]}
    assert https in egress(targets()["aws"], "ack")
    rules = egress(targets()["devex"], "ack")
    assert https not in rules
    selector = {"matchLabels": {"kubernetes.io/metadata.name": "moto"}}
    assert {"to": [{"namespaceSelector": selector}]} in rules
