"""The reflector: writes the state of a table to the status of its request."""

from dataclasses import dataclass
from typing import Any, Final

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.network import (
    ANY_API_SERVER,
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
)
from tablepromise.platform.reflector_access import ReflectorAccess, ReflectorAccessProps, Side
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD
from tablepromise.platform.singleton import labels_of
from tablepromise.reads import REFLECTOR_DEPLOYMENT

PORT: Final = 8080
"""Of metrics and health."""

_HEALTH: Final = {"httpGet": {"path": "/healthz", "port": "metrics"}, "timeoutSeconds": 5}


@dataclass(frozen=True, kw_only=True)
class ReflectorProps:
    """Options of `Reflector`.

    Attributes:
        image: the pipeline's, which it is part of.
        replicas: default: 1. More replicas are safe: the API server accepts the write of one.
        platform: name of a Secret in its namespace, whose key `kubeconfig` is for the cluster of
            the requests and of Kratix; default: its own cluster.
        destination: the same for the cluster of the agent and of ACK; default: its own cluster.
        network: facts about the network of its own cluster; default: none are known. The API server
            of another cluster may have any address.
    """

    image: str
    replicas: int = 1
    platform: str | None = None
    destination: str | None = None
    network: ClusterNetwork = DEFAULT_NETWORK


class Reflector(Construct):
    """A Deployment without state, and its permissions in its own cluster.

    `ReflectorAccess` grants its permissions in another cluster.

    Attributes:
        namespace: of all objects.
    """

    def __init__(self, scope: Construct, id: str, props: ReflectorProps) -> None:
        super().__init__(scope, id)
        remote: dict[Side, str | None] = {
            "platform": props.platform,
            "destination": props.destination,
        }
        kubeconfigs: dict[Side, str] = {side: name for side, name in remote.items() if name}
        here: tuple[Side, ...] = tuple(side for side in remote if side not in kubeconfigs)
        access = ReflectorAccess(self, "Access", ReflectorAccessProps(sides=here))
        self.namespace = access.namespace
        labels = labels_of(REFLECTOR_DEPLOYMENT)
        metadata = {"name": REFLECTOR_DEPLOYMENT, "namespace": self.namespace, "labels": labels}
        NetworkPolicy(
            self,
            "Network",
            NetworkPolicyProps(
                name=REFLECTOR_DEPLOYMENT,
                namespace=self.namespace,
                pods=labels,
                ingress=props.network.metrics(PORT),
                egress=props.network.egress(*([ANY_API_SERVER] if kubeconfigs else [])),
            ),
        )
        KubeObject(
            self,
            "Service",
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {
                    **metadata,
                    "annotations": {
                        "prometheus.io/scrape": "true",
                        "prometheus.io/port": str(PORT),
                    },
                },
                "spec": {
                    "selector": labels,
                    "ports": [{"name": "metrics", "port": PORT, "targetPort": "metrics"}],
                },
            },
        )
        pod: dict[str, Any] = {
            "serviceAccountName": access.account,
            "automountServiceAccountToken": bool(here),
            "enableServiceLinks": False,
            # there is nothing to finish
            "terminationGracePeriodSeconds": 5,
            "securityContext": RESTRICTED_POD,
            "containers": [_container(props.image, kubeconfigs)],
        }
        if kubeconfigs:
            pod["volumes"] = [
                {"name": "tmp", "emptyDir": {"sizeLimit": "1Mi"}},
                *(
                    {
                        "name": side,
                        "secret": {
                            "secretName": secret,
                            "items": [{"key": "kubeconfig", "path": "kubeconfig"}],
                        },
                    }
                    for side, secret in kubeconfigs.items()
                ),
            ]
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": metadata,
                "spec": {
                    "replicas": props.replicas,
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": pod},
                },
            },
        )


def _container(image: str, kubeconfigs: dict[Side, str]) -> dict[str, Any]:
    paths = {side: f"/kubeconfigs/{side}" for side in kubeconfigs}
    arguments = [word for side in paths for word in (f"--{side}", f"{paths[side]}/kubeconfig")]
    container: dict[str, Any] = {
        "name": "reflector",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "tablepromise.reflector"],
        "args": ["--port", str(PORT), *arguments],
        # glibc would keep an arena of memory for each of its threads, which mostly wait
        "env": [{"name": "MALLOC_ARENA_MAX", "value": "1"}],
        "ports": [{"name": "metrics", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "metrics"}, "periodSeconds": 3},
        # Python may be slow to start on a busy node
        "startupProbe": {**_HEALTH, "periodSeconds": 2, "failureThreshold": 60},
        "livenessProbe": _HEALTH,
        "resources": {
            "requests": {"cpu": "10m", "memory": "64Mi"},
            "limits": {"memory": "96Mi"},
        },
        "securityContext": RESTRICTED,
    }
    if kubeconfigs:
        container["volumeMounts"] = [
            # its client writes certificates of a kubeconfig to files before it reads them
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  an emptyDir of the pod
            *({"name": side, "mountPath": path, "readOnly": True} for side, path in paths.items()),
        ]
    return container
