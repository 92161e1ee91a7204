"""Keys of the state store in the cluster: Kratix writes, Flux only reads."""

import importlib.util
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import cdk8s
import pytest

from tablepromise import kubeconfig
from tablepromise.platform import VersityGw, VersityGwProps


@pytest.fixture
def installed() -> list[dict[str, Any]]:
    chart = cdk8s.Testing.chart()
    VersityGw(chart, "X", VersityGwProps(writers=("kratix",), readers=("flux",), keys_image="i"))
    return cdk8s.Testing.synth(chart)


class Cluster:
    """Secrets of a cluster, by namespace and name."""

    def __init__(self, objects: list[dict[str, Any]]) -> None:
        self.secrets: dict[tuple[str, str], Any] = {}
        for each in objects:
            if each["kind"] == "Secret":
                where = each["metadata"]["namespace"], each["metadata"]["name"]
                self.secrets[where] = type("Secret", (), {"data": None, "where": where})()

    def client(self, _config: object) -> "Cluster":
        return self

    def get(self, _kind: object, name: str, *, namespace: str) -> Any:
        return self.secrets[namespace, name]

    def replace(self, secret: Any) -> None:
        self.secrets[secret.where] = secret


def test_the_reader_never_has_the_writers_keys(
    installed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(str(files("tablepromise.platform").joinpath("files", "store_keys.py")))
    spec = importlib.util.spec_from_file_location("store_keys", path)
    assert spec
    assert spec.loader
    script: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    cluster = Cluster(installed)
    [job] = [each for each in installed if each["kind"] == "Job"]
    [container] = job["spec"]["template"]["spec"]["containers"]
    arguments = [*container["command"][2:], *container["args"]]
    monkeypatch.setattr(kubeconfig, "load_in_cluster", lambda: None)
    monkeypatch.setattr(kubeconfig, "connect", cluster.client)
    script.main(*arguments)
    by_place = {where: secret.data for where, secret in cluster.secrets.items()}
    assert all(by_place.values())
    assert by_place["kratix", "state-store"] == by_place["state-store", "state-store"]
    assert by_place["flux", "state-store-reader"] == by_place["state-store", "state-store-reader"]
    write, read = by_place["kratix", "state-store"], by_place["flux", "state-store-reader"]
    assert set(write.values()).isdisjoint(read.values())
    assert {where[0] for where, data in by_place.items() if data == write} == {
        "state-store",
        "kratix",
    }
    script.main(*arguments)  # a second run changes nothing
    assert {where: secret.data for where, secret in cluster.secrets.items()} == by_place


def test_the_job_can_read_and_fill_these_secrets_and_no_other(
    installed: list[dict[str, Any]],
) -> None:
    secrets = {
        (each["metadata"]["namespace"], each["metadata"]["name"])
        for each in installed
        if each["kind"] == "Secret"
    }
    granted: set[tuple[str, str]] = set()
    for role in (each for each in installed if each["kind"] == "Role"):
        [rule] = role["rules"]
        assert (rule["resources"], rule["verbs"]) == (["secrets"], ["get", "update"])
        granted |= {(role["metadata"]["namespace"], name) for name in rule["resourceNames"]}
    assert granted == secrets


def test_the_reader_cannot_write(installed: list[dict[str, Any]]) -> None:
    [deployment] = [each for each in installed if each["kind"] == "Deployment"]
    containers = deployment["spec"]["template"]["spec"]["containers"]
    server, reader = (cast(dict[str, Any], each) for each in containers)
    assert "--readonly" in reader["args"]
    assert "--readonly" not in server["args"]
    assert [m["readOnly"] for m in reader["volumeMounts"] if m["name"] == "data"] == [True]
    names = [
        {each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"]}
        for container in (server, reader)
    ]
    assert names == [{"state-store"}, {"state-store-reader"}]
    [policy] = [
        each
        for each in installed
        if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == "versitygw"
    ]
    reach = {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]: [
            port["port"] for port in rule["ports"]
        ]
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
    }
    assert reach == {"kratix": [7070], "flux": [7071]}
