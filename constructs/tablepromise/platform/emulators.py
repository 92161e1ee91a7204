"""The emulators of AWS: LocalStack and moto, each one pod behind a Service, with a start file."""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform import versions
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import NetworkPolicy, NetworkPolicyProps, Peer
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD
from tablepromise.platform.singleton import Singleton, SingletonProps, labels_of


@dataclass(frozen=True, kw_only=True)
class EmulatorServerProps:
    """Options of `EmulatorServer`.

    Attributes:
        name: of its namespace, Deployment and Service.
        image: of its container.
        port: of its endpoint.
        health: path that answers 200 when it serves.
        start_file: name of the file in `files/` that adds the calls that ACK needs.
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


class EmulatorServer(Construct):
    """An emulator, with its tables in memory: a restart loses them.

    Attributes:
        url: of its endpoint, in the cluster.
    """

    def __init__(self, scope: Construct, id: str, props: EmulatorServerProps) -> None:
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
                egress=(),  # an emulator calls no other server
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


def _pod(props: EmulatorServerProps) -> dict[str, Any]:
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


@dataclass(frozen=True, kw_only=True)
class LocalStackProps:
    """Options of `LocalStack`.

    Attributes:
        image: default: the pinned one, the last that starts without a token.
        users: namespaces whose pods call it; default: none.
    """

    image: str = versions.LOCALSTACK_IMAGE
    users: tuple[str, ...] = ()


class LocalStack(Construct):
    """LocalStack with the services that ACK's DynamoDB controller calls.

    Attributes:
        url: of its endpoint, in the cluster.
    """

    ACCOUNT_ID = "000000000000"

    def __init__(self, scope: Construct, id: str, props: LocalStackProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or LocalStackProps()
        server = EmulatorServer(
            self,
            "Server",
            EmulatorServerProps(
                name="localstack",
                image=props.image,
                users=props.users,
                port=4566,
                health="/_localstack/health",
                start_file="localstack_start.py",
                # of the stages only this one runs Python files in LocalStack's own process
                start_folder="/etc/localstack/init/start.d",
                memory_limit="2Gi",
                environment={
                    # streams by the engine itself: the default downloads a program from npm first
                    "PROVIDER_OVERRIDE_DYNAMODB": "v2",
                    "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "v2",
                    # without kms a table with a key of its own is created, then reported as failed
                    "SERVICES": "dynamodb,dynamodbstreams,kms,sts",
                    # else the first call waits for the engine to start, and ACK gives up
                    "EAGER_SERVICE_LOADING": "1",
                    "DYNAMODB_IN_MEMORY": "1",
                    "DISABLE_EVENTS": "1",
                    "SKIP_SSL_CERT_DOWNLOAD": "1",
                    "DNS_ADDRESS": "0",
                    "HOME": "/tmp",  # noqa: S108  an emptyDir of the pod
                    "GATEWAY_LISTEN": "0.0.0.0:4566",
                },
                writable=("/tmp", "/var/lib/localstack"),  # noqa: S108  emptyDirs of the pod
            ),
        )
        self.url = server.url


@dataclass(frozen=True, kw_only=True)
class MotoProps:
    """Options of `Moto`.

    Attributes:
        image: default: the pinned one.
        users: namespaces whose pods call it; default: none.
    """

    image: str = versions.MOTO_IMAGE
    users: tuple[str, ...] = ()


class Moto(Construct):
    """moto, with the services that ACK's DynamoDB controller calls.

    Attributes:
        url: of its endpoint, in the cluster.
    """

    ACCOUNT_ID = "123456789012"

    def __init__(self, scope: Construct, id: str, props: MotoProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or MotoProps()
        start = "/etc/moto"
        server = EmulatorServer(
            self,
            "Server",
            EmulatorServerProps(
                name="moto",
                image=props.image,
                users=props.users,
                port=5000,
                health="/moto-api/data.json",
                start_file="moto_start.py",
                start_folder=start,
                arguments=("python", f"{start}/moto_start.py", "-H", "0.0.0.0", "-p", "5000"),  # noqa: S104
                memory_limit="512Mi",
            ),
        )
        self.url = server.url
