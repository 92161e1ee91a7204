"""versitygw: an S3 server in the cluster for the state store, on a volume."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform import versions
from tablepromise.platform.namespace import KEEP, Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
)
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD
from tablepromise.platform.singleton import Singleton, SingletonProps, labels_of
from tablepromise.platform.store_keys import StoreKeys, StoreKeysProps


@dataclass(frozen=True, kw_only=True)
class VersityGwProps:
    """Options of `VersityGw`.

    Attributes:
        writers: namespaces whose pods read and write; they get the Secret with the keys for it.
        readers: namespaces whose pods only read; they get the Secret with the keys for it.
        keys_image: the pipeline's, for the Job that makes the keys.
        bucket: that is there when the server starts; default: kratix.
        size: of the volume; default: 1Gi, room for a hundred thousand tables.
        storage_class: of the volume; default: the cluster's. Its file system must have extended
            attributes, as ext4 and xfs do, and NFS does not.
        image: default: the pinned one.
        network: facts about the cluster's network; default: none are known.
    """

    writers: tuple[str, ...]
    readers: tuple[str, ...]
    keys_image: str
    bucket: str = "kratix"
    size: str = "1Gi"
    storage_class: str | None = None
    image: str = versions.VERSITYGW_IMAGE
    network: ClusterNetwork = DEFAULT_NETWORK


class VersityGw(Construct):
    """The server, its volume, and the Job that creates its keys in the cluster, so that they are
    in no manifest.

    Two containers serve the volume: one reads and writes, the other has the volume read-only and
    rejects every write. Each has a port and keys of its own. The read-only volume is needed:
    versitygw 1.7.0 accepts CopyObject with `--readonly`.

    A bucket is a folder of the volume and an object is a file in it, with its ETag as an extended
    attribute. So an init container creates the bucket as a folder, and `ls` lists the store.

    Attributes:
        endpoint: host and port in the cluster, to read and write.
        read_endpoint: host and port in the cluster, to read.
        bucket: its name.
        secret: name of the Secret with the keys to read and write, in each writer's namespace.
        read_secret: name of the Secret with the keys to read, in each reader's namespace.
    """

    NAMESPACE = "state-store"
    PORT = 7070
    READ_PORT = 7071

    def __init__(self, scope: Construct, id: str, props: VersityGwProps) -> None:
        super().__init__(scope, id)
        host = f"versitygw.{self.NAMESPACE}.svc.cluster.local"
        self.endpoint = f"{host}:{self.PORT}"
        self.read_endpoint = f"{host}:{self.READ_PORT}"
        self.bucket = props.bucket
        self.secret = "state-store"  # noqa: S105  a name
        self.read_secret = "state-store-reader"  # noqa: S105  a name
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        labels = labels_of("versitygw")
        metadata = {"name": "versitygw", "namespace": self.NAMESPACE, "labels": labels}
        NetworkPolicy(
            self,
            "Endpoint",
            NetworkPolicyProps(
                name="versitygw",
                namespace=self.NAMESPACE,
                pods=labels,
                ingress=(
                    *(Peer(ports=(self.PORT,), namespace=name) for name in props.writers),
                    *(Peer(ports=(self.READ_PORT,), namespace=name) for name in props.readers),
                ),
                egress=(),
            ),
        )
        claim: dict[str, Any] = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": props.size}},
        }
        if props.storage_class:
            claim["storageClassName"] = props.storage_class
        KubeObject(
            self,
            "Volume",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {**metadata, "annotations": KEEP},
                "spec": claim,
            },
        )
        Singleton(
            self,
            "Server",
            SingletonProps(
                name="versitygw",
                namespace=self.NAMESPACE,
                ports={"s3": self.PORT, "s3-read": self.READ_PORT},
                pod=self._pod(props),
            ),
        )
        StoreKeys(
            self,
            "Keys",
            StoreKeysProps(
                name="state-store-keys",
                namespace=self.NAMESPACE,
                secrets={self.secret: props.writers, self.read_secret: props.readers},
                image=props.keys_image,
                network=props.network,
            ),
        )

    def _pod(self, props: VersityGwProps) -> dict[str, Any]:
        volume = {"name": "data", "mountPath": "/data"}
        common: dict[str, Any] = {
            "image": props.image,
            "imagePullPolicy": "IfNotPresent",
            "securityContext": RESTRICTED,
            "resources": {
                "requests": {"cpu": "20m", "memory": "64Mi"},
                "limits": {"memory": "256Mi"},
            },
        }

        def server(name: str, port: str, number: int, secret: str, read_only: bool) -> Any:
            def key(variable: str, field: str) -> dict[str, Any]:
                reference = {"name": secret, "key": field}
                return {"name": variable, "valueFrom": {"secretKeyRef": reference}}

            options = ["--port", f":{number}", "--health", "/health"]
            health = {"httpGet": {"path": "/health", "port": port}}
            return {
                **common,
                "name": name,
                "command": ["/usr/local/bin/versitygw"],
                "args": [*options, *(["--readonly"] if read_only else []), "posix", "/data"],
                "env": [
                    key("ROOT_ACCESS_KEY", "accessKeyID"),
                    key("ROOT_SECRET_KEY", "secretAccessKey"),
                ],
                "ports": [{"name": port, "containerPort": number}],
                "readinessProbe": {**health, "periodSeconds": 3},
                "livenessProbe": {**health, "initialDelaySeconds": 10},
                "volumeMounts": [
                    {**volume, "readOnly": True} if read_only else volume,
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
                ],
            }

        return {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": RESTRICTED_POD,
            "initContainers": [
                {
                    **common,
                    "name": "bucket",
                    "command": ["mkdir", "-p", f"/data/{props.bucket}"],
                    "volumeMounts": [volume],
                }
            ],
            "containers": [
                server("versitygw", "s3", self.PORT, self.secret, read_only=False),
                server("reader", "s3-read", self.READ_PORT, self.read_secret, read_only=True),
            ],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "versitygw"}},
                {"name": "tmp", "emptyDir": {}},
            ],
        }
