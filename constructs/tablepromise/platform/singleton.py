"""A server of one pod behind a Service, for servers with state in memory or on a volume."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject


@dataclass(frozen=True, kw_only=True)
class SingletonProps:
    """Options of `Singleton`.

    Attributes:
        name: of its Deployment and Service, and its label.
        namespace: of both.
        ports: that the Service and the pod listen on, by name; the pod's containers have the same
            names.
        pod: spec of the pod.
    """

    name: str
    namespace: str
    ports: Mapping[str, int]
    pod: dict[str, Any]


class Singleton(Construct):
    """The Service, and a Deployment that stops the old pod before it starts the new one."""

    def __init__(self, scope: Construct, id: str, props: SingletonProps) -> None:
        super().__init__(scope, id)
        labels = labels_of(props.name)
        metadata = {"name": props.name, "namespace": props.namespace, "labels": labels}
        ports = [
            {"name": name, "port": port, "targetPort": name} for name, port in props.ports.items()
        ]
        KubeObject(
            self,
            "Service",
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": metadata,
                "spec": {"selector": labels, "ports": ports},
            },
        )
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": metadata,
                "spec": {
                    "replicas": 1,
                    "strategy": {"type": "Recreate"},
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": props.pod},
                },
            },
        )


def labels_of(name: str) -> dict[str, str]:
    """Labels of the objects and pods of a server."""
    return {"app.kubernetes.io/name": name}
