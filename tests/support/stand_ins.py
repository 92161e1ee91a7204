"""Pods with the labels and ports of those that a target runs, but with a small server in them.

Labels and ports of pods that we define come from the synthesized objects, those of charts' pods
from `CHARTS`, a table of facts about one version of each chart.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from api import kubectl, kubectl_json

from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD
from tablepromise.request import model

UNUSED = 9999
"""A port on which every pod listens, and which no policy opens."""

_MANAGED = ("apps/v1", "Deployment"), ("batch/v1", "Job")


@dataclass(frozen=True)
class Pod:
    """A pod.

    Attributes:
        name: in the test.
        namespace: of the pod.
        labels: of the pod.
        ports: TCP ports on which it listens.
    """

    name: str
    namespace: str
    labels: dict[str, str]
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """What a pod may connect to.

    Attributes:
        name: in the test, such as `kratix:9443`.
        host: its address, or `dns` for a look-up of a name.
        port: TCP port.
    """

    name: str
    host: str
    port: int = 0


_PROVIDER, _FUNCTION = "pkg.crossplane.io/provider", "pkg.crossplane.io/function"

CHARTS: dict[str, tuple[str, list[Pod]]] = {
    "kratix": (
        "ccb429195f8fd7ac1e446716d4539c944dfe9303",
        [
            Pod(
                "kratix",
                "kratix-platform-system",
                {
                    "app.kubernetes.io/component": "kratix-manager",
                    "app.kubernetes.io/instance": "kratix-platform",
                    "app.kubernetes.io/part-of": "kratix",
                    "control-plane": "controller-manager",
                },
                (8081, 8443, 9443),  # health, metrics, webhooks
            )
        ],
    ),
    "flux2": (
        "2.18.3",
        [
            # artifacts, metrics, health
            Pod("source", "flux-system", {"app": "source-controller"}, (9090, 8080, 9440)),
            Pod("kustomize", "flux-system", {"app": "kustomize-controller"}, (8080, 9440)),
            Pod("helm", "flux-system", {"app": "helm-controller"}, (8080, 9440)),
        ],
    ),
    "dynamodb-chart": (
        "1.9.2",
        [
            Pod(
                "ack",
                "ack-system",
                {
                    "app.kubernetes.io/name": "dynamodb-chart",
                    "app.kubernetes.io/instance": "ack-dynamodb",
                    "k8s-app": "dynamodb-chart",
                },
                (8080, 8081),  # metrics, health
            )
        ],
    ),
    "cert-manager": (
        "v1.21.1",
        [
            Pod(
                name,
                "cert-manager",
                {
                    "app.kubernetes.io/name": component,
                    "app.kubernetes.io/instance": "cert-manager",
                    "app.kubernetes.io/component": component,
                },
                ports,
            )
            for name, component, ports in (
                ("cert-manager", "controller", (9402, 9403)),  # metrics, health
                ("cert-webhook", "webhook", (10250, 9402, 6080)),  # webhook, metrics, health
                ("cainjector", "cainjector", (9402,)),
            )
        ],
    ),
    "kro": (
        "0.9.4",
        [
            Pod(
                "kro",
                "kro-system",
                {"app.kubernetes.io/name": "kro", "app.kubernetes.io/instance": "kro"},
                (8078, 8079),  # metrics, health
            )
        ],
    ),
    "vela-core": (
        "1.10.9",
        [
            Pod(
                "vela",
                "vela-system",
                {
                    "app.kubernetes.io/name": "vela-core",
                    "app.kubernetes.io/instance": "vela-core",
                },
                (8080, 9443, 9440),  # metrics, webhooks, health
            )
        ],
    ),
    "crossplane": (
        "2.3.4",
        [
            # metrics, webhooks, health
            Pod("crossplane", "crossplane-system", {"app": "crossplane"}, (8080, 9443, 8081)),
            Pod("rbac-manager", "crossplane-system", {"app": "crossplane-rbac-manager"}, (8080,)),
        ],
    ),
    "provider-aws-dynamodb": (
        "v2.6.0",
        [
            Pod(name, "crossplane-system", {_PROVIDER: f"provider-{label}"}, (8080, 9443))
            for name, label in (("family", "family-aws"), ("provider", "aws-dynamodb"))
        ],
    ),
    "function-python": (
        "v0.5.0",
        # metrics, calls
        [Pod("function", "crossplane-system", {_FUNCTION: "function-python"}, (8080, 9443))],
    ),
}
"""Pods of the charts and packages, each with the version at which labels and ports were read."""


def pods_of(documents: Iterable[dict[str, Any]], teams: Iterable[str]) -> Iterator[Pod]:
    """Every pod that these objects of a target lead to.

    In each team's namespace these are a pipeline's pod and one of the team's own.
    """
    objects = list(documents)
    namespaces = {d["metadata"]["name"] for d in objects if d["kind"] == "Namespace"}
    for document in objects:
        if (document["apiVersion"], document["kind"]) in _MANAGED:
            template, metadata = document["spec"]["template"], document["metadata"]
            ports = [
                port["containerPort"]
                for container in template["spec"]["containers"]
                for port in container.get("ports", [])
            ]
            name = "store-keys" if document["kind"] == "Job" else metadata["name"]
            labels = template["metadata"]["labels"]
            yield Pod(name, metadata["namespace"], labels, tuple(ports))
    for _, pods in CHARTS.values():
        yield from (pod for pod in pods if pod.namespace in namespaces)
    for team in teams:
        yield Pod("pipeline", team, {"kratix.io/promise-name": model.PROMISE})
        yield Pod("team", team, {"app": "orders"})


_SERVER = """
import selectors, socket, sys
selector = selectors.DefaultSelector()
for port in sys.argv[1:]:
    server = socket.create_server(("", int(port)), backlog=128)
    selector.register(server, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        key.fileobj.accept()[0].close()
"""

_PROBE = """
import concurrent.futures, json, socket, sys
def reached(endpoint):
    host, port = endpoint
    try:
        if host == "dns":
            socket.getaddrinfo("kubernetes.default.svc.cluster.local.", 443)
        else:
            socket.create_connection((host, port), timeout=1.5).close()
        return True
    except OSError:
        return False
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(json.dumps(list(pool.map(reached, json.loads(sys.argv[1])))))
"""


def _program(source: str) -> list[str]:
    encoded = base64.b64encode(source.encode()).decode()
    return ["python", "-I", "-c", f"import base64; exec(base64.b64decode('{encoded}'))"]


def manifest(pod: Pod, image: str) -> dict[str, Any]:
    """The pod, with the server in it."""
    ports = dict.fromkeys((*pod.ports, UNUSED))
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": pod.labels},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {**RESTRICTED_POD, "runAsUser": 65532},
            "containers": [
                {
                    "name": "server",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": [*_program(_SERVER), *map(str, ports)],
                    # a look-up that nobody answers ends soon
                    "env": [{"name": "RES_OPTIONS", "value": "timeout:1 attempts:1"}],
                    "readinessProbe": {
                        "tcpSocket": {"port": UNUSED},
                        "periodSeconds": 1,
                        "failureThreshold": 60,
                    },
                    "securityContext": RESTRICTED,
                }
            ],
        },
    }


def endpoints_of(pods: Iterable[Pod], services: Iterable[dict[str, Any]]) -> list[Endpoint]:
    """Each port of each running pod and Service, names' service, and the API server."""
    found: list[Endpoint] = [Endpoint("dns", "dns")]
    api = kubectl_json("get", "service", "kubernetes", "-n", "default")["spec"]["clusterIP"]
    found.append(Endpoint("api-server", api, 443))
    for pod in pods:
        address = kubectl_json("get", "pod", pod.name, "-n", pod.namespace)["status"]["podIP"]
        found += [
            Endpoint(f"{pod.name}:{port}", address, port)
            for port in dict.fromkeys((*pod.ports, UNUSED))
        ]
    for service in services:
        name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
        address = kubectl_json("get", "service", name, "-n", namespace)["spec"]["clusterIP"]
        found += [
            Endpoint(f"service/{name}:{port['port']}", address, port["port"])
            for port in service["spec"]["ports"]
        ]
    return found


def reached(pods: Iterable[Pod], endpoints: list[Endpoint]) -> dict[str, set[str]]:
    """Endpoints that each pod reaches, by the pods' names; no pod is asked about itself."""

    def probe(pod: Pod) -> tuple[str, set[str]]:
        others = [e for e in endpoints if e.name.partition(":")[0] != pod.name]
        targets = json.dumps([(e.host, e.port) for e in others])
        command = ("exec", pod.name, "-n", pod.namespace, "--", *_program(_PROBE), targets)
        answers: list[bool] = json.loads(kubectl(*command))
        return pod.name, {e.name for e, answer in zip(others, answers, strict=True) if answer}

    with ThreadPoolExecutor(8) as pool:
        return dict(pool.map(probe, pods))
