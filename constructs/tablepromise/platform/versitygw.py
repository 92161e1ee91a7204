"""versitygw: an S3 server in the cluster for the state store, on a volume."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform import versions
from tablepromise.platform.namespace import KEEP, Namespace, NamespaceProps
from tablepromise.platform.network import NetworkPolicy, NetworkPolicyProps, Peer
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD
from tablepromise.platform.singleton import Singleton, SingletonProps, labels_of
from tablepromise.platform.store_keys import StoreKeys, StoreKeysProps


@dataclass(frozen=True, kw_only=True)
class VersityGwProps:
    """What the server may be told.

    Attributes:
        readers: namespaces whose pods use the store; they get the Secret with its keys.
        keys_image: the pipeline's, for the Job that makes the keys.
        bucket: that is there when the server starts; default: kratix.
        size: of the volume; default: 1Gi, room for a hundred thousand tables.
        storage_class: of the volume; default: the cluster's. Its file system must have extended
            attributes, as ext4 and xfs do, and NFS does not.
        image: default: the pinned one.
    """

    readers: tuple[str, ...]
    keys_image: str
    bucket: str = "kratix"
    size: str = "1Gi"
    storage_class: str | None = None
    image: str = versions.VERSITYGW_IMAGE


class VersityGw(Construct):
    """The server, its volume, and the Job that makes its keys in the cluster, so that they are in
    no manifest.

    A bucket is a folder of the volume and an object is a file in it, with its ETag as an extended
    attribute. So the bucket is made before anyone looks by making a folder, and the store is read
    by `ls`.

    Attributes:
        endpoint: host and port, in the cluster.
        bucket: its name.
        secret: name of the Secret with the keys, in the namespace of each reader.
    """

    NAMESPACE = "state-store"
    PORT = 7070

    def __init__(self, scope: Construct, id: str, props: VersityGwProps) -> None:
        super().__init__(scope, id)
        self.endpoint = f"versitygw.{self.NAMESPACE}.svc.cluster.local:{self.PORT}"
        self.bucket = props.bucket
        self.secret = "state-store"  # noqa: S105  a name
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
                ingress=tuple(
                    Peer(ports=(self.PORT,), namespace=reader) for reader in props.readers
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
                port=self.PORT,
                port_name="s3",
                pod=self._pod(props),
            ),
        )
        StoreKeys(
            self,
            "Keys",
            StoreKeysProps(
                secret=self.secret,
                namespace=self.NAMESPACE,
                readers=props.readers,
                image=props.keys_image,
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

        def key(variable: str, field: str) -> dict[str, Any]:
            reference = {"name": self.secret, "key": field}
            return {"name": variable, "valueFrom": {"secretKeyRef": reference}}

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
                {
                    **common,
                    "name": "versitygw",
                    "command": ["/usr/local/bin/versitygw"],
                    "args": ["--port", f":{self.PORT}", "--health", "/health", "posix", "/data"],
                    "env": [
                        key("ROOT_ACCESS_KEY", "accessKeyID"),
                        key("ROOT_SECRET_KEY", "secretAccessKey"),
                    ],
                    "ports": [{"name": "s3", "containerPort": self.PORT}],
                    "readinessProbe": {
                        "httpGet": {"path": "/health", "port": "s3"},
                        "periodSeconds": 3,
                    },
                    "livenessProbe": {
                        "httpGet": {"path": "/health", "port": "s3"},
                        "initialDelaySeconds": 10,
                    },
                    "volumeMounts": [volume, {"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108
                }
            ],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "versitygw"}},
                {"name": "tmp", "emptyDir": {}},
            ],
        }
