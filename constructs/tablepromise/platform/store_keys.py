"""The keys of a state store, made in the cluster: they are in no manifest."""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.network import API_SERVER, DNS, NetworkPolicy, NetworkPolicyProps
from tablepromise.platform.security import RESTRICTED, RESTRICTED_POD

FILLED = {**KEEP, "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
"""Annotations of an object that is filled in the cluster: Flux creates it and never changes it.

Flux would remove every field that somebody set with kubectl.
"""


@dataclass(frozen=True, kw_only=True)
class StoreKeysProps:
    """Who gets the keys.

    Attributes:
        secret: name of the Secret in each namespace.
        namespace: of the server.
        readers: namespaces of those who use the store.
        image: with Python and lightkube.
    """

    secret: str
    namespace: str
    readers: tuple[str, ...]
    image: str


class StoreKeys(Construct):
    """A Job that fills the Secrets with keys, the Secrets, and what it may do."""

    def __init__(self, scope: Construct, id: str, props: StoreKeysProps) -> None:
        super().__init__(scope, id)
        secret, namespace = props.secret, props.namespace
        name = f"{secret}-keys"
        metadata = {"name": name, "namespace": namespace}
        script = files("tablepromise.platform").joinpath("files", "store_keys.py")
        KubeObject(
            self, "Account", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
        )
        rbac = "rbac.authorization.k8s.io"
        for place in (namespace, *props.readers):
            here = {"name": name, "namespace": place}
            # empty: who may make Secrets in Flux's namespace could make one with Flux's own token
            KubeObject(
                self,
                f"Secret-{place}",
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": secret, "namespace": place, "annotations": FILLED},
                },
            )
            KubeObject(
                self,
                f"Role-{place}",
                {
                    "apiVersion": f"{rbac}/v1",
                    "kind": "Role",
                    "metadata": here,
                    "rules": [
                        {
                            "apiGroups": [""],
                            "resources": ["secrets"],
                            "resourceNames": [secret],
                            "verbs": ["get", "update"],
                        }
                    ],
                },
            )
            KubeObject(
                self,
                f"Binding-{place}",
                {
                    "apiVersion": f"{rbac}/v1",
                    "kind": "RoleBinding",
                    "metadata": here,
                    "roleRef": {"apiGroup": rbac, "kind": "Role", "name": name},
                    "subjects": [
                        {"kind": "ServiceAccount", "name": name, "namespace": namespace},
                    ],
                },
            )
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
                name=name, namespace=namespace, pods=labels, egress=(DNS, API_SERVER)
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
                            "command": ["python", "/script/store_keys.py", secret],
                            "args": [namespace, *props.readers],
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
        # a Job can not be changed: what it would do differently is in its name
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
        # gives a Secret that lost its keys the same keys again
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
