"""What the emulators of AWS have in common: one pod behind a Service, with a start file."""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import NetworkPolicy, NetworkPolicyProps, Peer
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD
from tablepromise.platform.singleton import Singleton, SingletonProps, labels_of


@dataclass(frozen=True, kw_only=True)
class ServerProps:
    """An emulator's pod.

    Attributes:
        name: of its namespace, Deployment and Service.
        image: of its container.
        port: of its endpoint.
        health: path that answers 200 when it serves.
        start_file: name of the file in `files/` that adds what ACK misses.
        start_folder: where the container finds the file.
        memory_limit: of the container.
        arguments: command and arguments; default: the image's.
        environment: default: none.
        writable: folders it writes to; they are empty at each start.
        users: namespaces whose pods call it; default: none.
    """

    name: str
    image: str
    port: int
    health: str
    start_file: str
    start_folder: str
    memory_limit: str
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])
    writable: tuple[str, ...] = ("/tmp",)  # noqa: S108  an emptyDir of the pod
    users: tuple[str, ...] = ()


class Server(Construct):
    """An emulator. It keeps its tables in memory: a restart loses them.

    Attributes:
        url: of its endpoint, in the cluster.
    """

    def __init__(self, scope: Construct, id: str, props: ServerProps) -> None:
        super().__init__(scope, id)
        self.url = f"http://{props.name}.{props.name}.svc.cluster.local:{props.port}"
        labels = labels_of(props.name)
        metadata = {"name": props.name, "namespace": props.name, "labels": labels}
        Namespace(self, "Namespace", NamespaceProps(name=props.name))
        NetworkPolicy(
            self,
            "Endpoint",
            NetworkPolicyProps(
                name="endpoint",
                namespace=props.name,
                pods=labels,
                ingress=tuple(Peer(ports=(props.port,), namespace=name) for name in props.users),
                egress=(),  # an emulator has no business outside
            ),
        )
        start = files("tablepromise.platform").joinpath("files", props.start_file)
        KubeObject(
            self,
            "Start",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": metadata,
                "data": {props.start_file: start.read_text(encoding="utf-8")},
            },
        )
        Singleton(
            self,
            "Server",
            SingletonProps(
                name=props.name,
                namespace=props.name,
                ports={"http": props.port},
                pod=_pod(props),
            ),
        )


def _pod(props: ServerProps) -> dict[str, Any]:
    folders = {f"writable-{number}": path for number, path in enumerate(props.writable)}
    container: dict[str, Any] = {
        "name": props.name,
        "image": props.image,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": name, "value": value} for name, value in props.environment.items()],
        "ports": [{"name": "http", "containerPort": props.port}],
        "readinessProbe": {"httpGet": {"path": props.health, "port": "http"}, "periodSeconds": 3},
        "livenessProbe": {
            "httpGet": {"path": props.health, "port": "http"},
            "initialDelaySeconds": 60,
            "timeoutSeconds": 5,
        },
        "resources": {
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"memory": props.memory_limit},
        },
        "securityContext": RESTRICTED,
        "volumeMounts": [
            *({"name": name, "mountPath": path} for name, path in folders.items()),
            {
                "name": "start",
                # the file alone: the folder of a ConfigMap shows each file twice
                "mountPath": f"{props.start_folder}/{props.start_file}",
                "subPath": props.start_file,
                "readOnly": True,
            },
        ],
    }
    if props.arguments:
        container["command"] = list(props.arguments)
    return {
        "automountServiceAccountToken": False,
        # the Service's address would be in a variable that the emulator takes for its own setting
        "enableServiceLinks": False,
        "securityContext": RESTRICTED_POD,
        "containers": [container],
        "volumes": [
            *({"name": name, "emptyDir": {}} for name in folders),
            {"name": "start", "configMap": {"name": props.name}},
        ],
    }
