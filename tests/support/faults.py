"""Ways to break an installed platform; each is mended in the end."""

import json
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from api import kubectl, kubectl_json, wait
from installed import EMULATORS, KRATIX, NAMESPACE, SLOWEST, Platform, forwarded

from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD
from tablepromise.reads import KRATIX_DEPLOYMENT, KRATIX_NAMESPACE
from tablepromise.request import dump, model

KRATIX_MANAGER = (KRATIX_NAMESPACE, KRATIX_DEPLOYMENT)
ACK = ("ack-system", "ack-dynamodb-controller")
SOURCE = ("flux-system", "source-controller")
KUSTOMIZE = ("flux-system", "kustomize-controller")
STORE = ("state-store", "versitygw")

_PROXY = "emulator-proxy"


def deployment(where: tuple[str, str]) -> str:
    """The path of a Deployment."""
    return f"/apis/apps/v1/namespaces/{where[0]}/deployments/{where[1]}"


@contextmanager
def left_alone() -> Generator[None]:
    """Keeps Flux from correcting what is broken, where it follows a repository of manifests."""
    kinds = ("kustomization", "helmrelease")
    with ExitStack() as stack:
        for kind in kinds:
            plural = f"{kind}s.{'helm' if kind == 'helmrelease' else 'kustomize'}"
            found = kubectl_json("get", f"{plural}.toolkit.fluxcd.io", "-A", "--ignore-not-found")
            for live in found["items"]:
                # what reads a Destination is part of what is tested
                of_destination = live["spec"].get("sourceRef", {}).get("kind") == "Bucket"
                if not of_destination and not live["spec"].get("suspend"):
                    metadata = live["metadata"]
                    path = (f"{plural}.toolkit.fluxcd.io", metadata["name"], metadata["namespace"])
                    stack.enter_context(suspended(*path))
        yield


@contextmanager
def suspended(plural: str, name: str, namespace: str) -> Generator[None]:
    """A suspended object of Flux."""
    patch = ("patch", plural, name, "-n", namespace, "--type=merge", "-p")
    kubectl(*patch, '{"spec": {"suspend": true}}')
    try:
        yield
    finally:
        kubectl(*patch, '{"spec": {"suspend": false}}')


@contextmanager
def scaled_to_zero(*deployments: tuple[str, str]) -> Generator[None]:
    for namespace, name in deployments:
        kubectl("scale", "deployment", name, "-n", namespace, "--replicas=0")
    try:
        yield
    finally:
        for namespace, name in deployments:
            kubectl("scale", "deployment", name, "-n", namespace, "--replicas=1")


@contextmanager
def deleted(platform: Platform, where: tuple[str, str]) -> Generator[None]:
    """A Deployment that somebody has deleted."""
    before = platform.get(deployment(where))
    kubectl("delete", "deployment", where[1], "-n", where[0])
    try:
        yield
    finally:
        for field in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
            before["metadata"].pop(field, None)
        before.pop("status", None)
        kubectl("create", "-f", "-", stdin=dump(before))


@contextmanager
def another_promise(change: Callable[[dict[str, Any]], object]) -> Generator[None]:
    """The Promise, with its first container changed; every request's pipeline runs again."""
    before = kubectl_json("get", "promise", model.PROMISE)["spec"]["workflows"]
    after = json.loads(json.dumps(before))
    change(after["resource"]["configure"][0]["spec"]["containers"][0])

    def put(workflows: dict[str, Any]) -> None:
        patch = [{"op": "replace", "path": "/spec/workflows", "value": workflows}]
        kubectl("patch", "promise", model.PROMISE, "--type=json", "-p", json.dumps(patch))

    put(after)
    # requests wait meanwhile, as for any new version
    time.sleep(5)
    kubectl("wait", "--for=condition=Available", "promise", model.PROMISE, "--timeout=120s")
    try:
        yield
    finally:
        put(before)


@contextmanager
def no_pods() -> Generator[None]:
    """A quota that lets the tests' namespace have no pod."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "no-pods", "namespace": NAMESPACE},
        "spec": {"hard": {"pods": "0"}},
    }
    kubectl("create", "-f", "-", stdin=dump(quota))
    wait(
        lambda: "hard" in kubectl_json("get", "quota", "no-pods", "-n", NAMESPACE)["status"],
        "the quota to count",
    )
    try:
        yield
    finally:
        kubectl("delete", "quota", "no-pods", "-n", NAMESPACE)


@contextmanager
def unlabelled(platform: Platform) -> Generator[None]:
    """The Destination, without one of the labels that requests want."""
    [destination] = platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    label = ("label", "--overwrite", "destination", destination["metadata"]["name"])
    kubectl(*label, "cloud-")
    try:
        yield
    finally:
        kubectl(*label, f"cloud={model.DESTINATION_LABELS['cloud']}")


def store(script: str) -> str:
    """Runs a script where the state store of the cluster keeps its files."""
    namespace, name = STORE
    where = ("-n", namespace, f"deployment/{name}", "-c", name)
    return kubectl("exec", *where, "--", "sh", "-c", script)


class Proxy:
    """A proxy between ACK and the emulator."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def answering(self, **answer: str) -> Generator[None]:
        """Every call of that service, and operation, is answered with an error, as AWS does it."""
        self._answer(answer)
        try:
            yield
        finally:
            self._answer({})

    def _answer(self, query: dict[str, str]) -> None:
        answer = requests.get(f"{self._url}/-/answer", params=query, timeout=10)
        assert answer.json() == query


@contextmanager
def proxy(platform: Platform) -> Generator[Proxy]:
    """A proxy in the place of the emulator's Service; skips where AWS is the real one."""
    found = [
        (name, port)
        for name, port in EMULATORS.items()
        if platform.get(f"/api/v1/namespaces/{name}/services/{name}")
    ]
    if not found:
        pytest.skip("no emulator on this cluster: AWS itself does not fail at will")
    [(emulator, port)] = found
    service = platform.get(f"/api/v1/namespaces/{emulator}/services/{emulator}")["spec"]
    promise = kubectl_json("get", "promise", model.PROMISE)["spec"]["workflows"]["resource"]
    image = promise["configure"][0]["spec"]["containers"][0]["image"]
    objects = list(_proxied(emulator, port, image, service["selector"]))
    kubectl("apply", "-f", "-", stdin=dump(*objects))
    kubectl("wait", "--for=condition=Ready", "pod", _PROXY, "-n", emulator, "--timeout=60s")

    def select(selector: dict[str, str]) -> None:
        patch = [{"op": "replace", "path": "/spec/selector", "value": selector}]
        target = ("service", emulator, "-n", emulator)
        kubectl("patch", *target, "--type=json", "-p", json.dumps(patch))

    select({"app.kubernetes.io/name": _PROXY})
    try:
        with forwarded(emulator, _PROXY, port) as local:
            yield Proxy(f"http://127.0.0.1:{local}")
    finally:
        select(service["selector"])
        kubectl("delete", "-f", "-", "--wait=false", stdin=dump(*objects))


def _proxied(
    namespace: str, port: int, image: str, selector: dict[str, str]
) -> Iterable[dict[str, Any]]:
    """The proxy's pod, the two Services around it, and leave to reach it."""
    labels = {"app.kubernetes.io/name": _PROXY}

    def of(name: str) -> dict[str, Any]:
        return {"name": name, "namespace": namespace, "labels": labels}

    def service(name: str, pods: dict[str, str]) -> dict[str, Any]:
        ports = [{"name": "http", "port": port, "targetPort": "http"}]
        spec = {"selector": pods, "ports": ports}
        return {"apiVersion": "v1", "kind": "Service", "metadata": of(name), "spec": spec}

    code = Path(__file__).with_name("emulator_proxy.py").read_text()
    behind = f"{_PROXY}-upstream"
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": of(_PROXY),
        "data": {"proxy.py": code},
    }
    yield service(_PROXY, labels)
    yield service(behind, selector)
    for name, pods, ingress in (
        (_PROXY, labels, {"ports": [{"port": port}]}),
        (behind, selector, {"from": [{"podSelector": {"matchLabels": labels}}]}),
    ):
        yield {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": of(name),
            "spec": {
                "podSelector": {"matchLabels": pods},
                "ingress": [ingress],
                "policyTypes": ["Ingress"],
            },
        }
    yield {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": of(_PROXY),
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": RESTRICTED_POD,
            "containers": [
                {
                    "name": "proxy",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python", "/etc/proxy/proxy.py", str(port), f"{behind}:{port}"],
                    "ports": [{"name": "http", "containerPort": port}],
                    "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1},
                    "securityContext": RESTRICTED,
                    "volumeMounts": [{"name": "code", "mountPath": "/etc/proxy"}],
                }
            ],
            "volumes": [{"name": "code", "configMap": {"name": _PROXY}}],
        },
    }


def inventory(platform: Platform, regions: Iterable[str]) -> dict[tuple[str, str], str]:
    """The tables that DynamoDB has, each with the time at which it was made."""
    found: dict[tuple[str, str], str] = {}
    for region in regions:
        client = platform.client(region)
        for page in client.get_paginator("list_tables").paginate():
            for name in page["TableNames"]:
                table = platform.described(name, region)
                if table:
                    found[region, name] = str(table["CreationDateTime"])
    return found


def until(condition: Callable[[], object], what: str, seconds: float = SLOWEST) -> float:
    """Waits, and says how many seconds it took."""
    started = time.monotonic()
    wait(condition, what, seconds)
    return time.monotonic() - started
