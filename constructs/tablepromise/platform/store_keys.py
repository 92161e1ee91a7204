"""The keys of a state store, created in the cluster: no manifest has them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
)
from tablepromise.platform.rbac import binding, role, rule, service_account
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD

FILLED = {**KEEP, "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
"""Annotations of an object that is filled in the cluster: Flux creates it and never changes it.

Else Flux would remove every field that was set with kubectl.
"""


@dataclass(frozen=True, kw_only=True)
class StoreKeysProps:
    """Options of `StoreKeys`.

    Attributes:
        name: prefix of the Job; name of its ServiceAccount, Roles and ConfigMap.
        namespace: of the server.
        secrets: names of the Secrets, each with the namespaces that get a copy. Each Secret has
            keys of its own.
        image: with Python and lightkube.
        network: facts about the cluster's network; default: none are known.
    """

    name: str
    namespace: str
    secrets: Mapping[str, tuple[str, ...]]
    image: str
    network: ClusterNetwork = DEFAULT_NETWORK


class StoreKeys(Construct):
    """The Secrets, the Job that fills them with keys, and its permissions."""

    def __init__(self, scope: Construct, id: str, props: StoreKeysProps) -> None:
        super().__init__(scope, id)
        name, namespace = props.name, props.namespace
        metadata = {"name": name, "namespace": namespace}
        script = files("tablepromise.platform").joinpath("files", "store_keys.py")
        account = service_account(name, namespace, mount_token=True)
        KubeObject(self, "Account", account)
        places: dict[str, list[str]] = {}
        for secret, copies in props.secrets.items():
            for place in (namespace, *copies):
                places.setdefault(place, []).append(secret)
                # empty: the permission to create Secrets in flux-system would include Flux's token
                own = {"name": secret, "namespace": place, "annotations": FILLED}
                KubeObject(
                    self,
                    f"Secret-{place}-{secret}",
                    {"apiVersion": "v1", "kind": "Secret", "metadata": own},
                )
        for place, names in places.items():
            own = rule("", ["secrets"], ["get", "update"], names)
            KubeObject(self, f"Role-{place}", role(name, [own], place))
            subject = (namespace, name)
            KubeObject(self, f"Binding-{place}", binding(name, ("Role", name), subject, place))
        KubeObject(
            self,
            "Script",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": metadata,
                "data": {"store_keys.py": script.read_text(encoding="utf-8")},
            },
        )
        labels = {"app.kubernetes.io/name": name}
        NetworkPolicy(
            self,
            "Network",
            NetworkPolicyProps(
                name=name, namespace=namespace, pods=labels, egress=props.network.egress()
            ),
        )
        spec = {
            "backoffLimit": 10,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": name,
                    "restartPolicy": "OnFailure",
                    "securityContext": RESTRICTED_POD,
                    "containers": [
                        {
                            "name": "keys",
                            "image": props.image,
                            "imagePullPolicy": "IfNotPresent",
                            "command": ["python", "/script/store_keys.py", namespace],
                            "args": [f"{s}={','.join(c)}" for s, c in props.secrets.items()],
                            "securityContext": RESTRICTED,
                            "resources": {
                                "requests": {"cpu": "50m", "memory": "64Mi"},
                                "limits": {"memory": "128Mi"},
                            },
                            "volumeMounts": [{"name": "script", "mountPath": "/script"}],
                        }
                    ],
                    "volumes": [{"name": "script", "configMap": {"name": name}}],
                },
            },
        }
        # a Job cannot be changed, so its name has a digest of its content
        content = json.dumps([spec, script.read_text(encoding="utf-8")])
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        KubeObject(
            self,
            "Job",
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {**metadata, "name": f"{name}-{digest}"},
                "spec": spec,
            },
        )
        # fills a Secret that lost its keys with the same keys
        KubeObject(
            self,
            "CronJob",
            {
                "apiVersion": "batch/v1",
                "kind": "CronJob",
                "metadata": metadata,
                "spec": {
                    "schedule": "*/10 * * * *",
                    "concurrencyPolicy": "Forbid",
                    "successfulJobsHistoryLimit": 1,
                    "failedJobsHistoryLimit": 1,
                    "jobTemplate": {"spec": spec},
                },
            },
        )
