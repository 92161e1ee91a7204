"""kro itself in a cluster: its chart's objects, in the mode that ours are made for."""

import json
import time
from typing import Any

import pytest
import upstream
from api import kubectl, kubectl_json

from tablepromise.platform import versions
from tablepromise.request import dump

NAMESPACE = "kro-system"
_ALL = ["get", "list", "watch", "create", "update", "patch", "delete"]
_OWN = [
    {"apiGroups": [group], "resources": resources, "verbs": _ALL}
    for group, resources in {
        "kro.run": [f"resourcegraphdefinitions{part}" for part in ("", "/status", "/finalizers")],
        "internal.kro.run": [f"graphrevisions{part}" for part in ("", "/status", "/finalizers")],
        "apiextensions.k8s.io": ["customresourcedefinitions"],
        "coordination.k8s.io": ["leases"],
        "": ["events", "configmaps"],
    }.items()
]
"""What the chart's own ClusterRole gives the controller."""


def install(around: list[dict[str, Any]]) -> None:
    """Brings kro's kinds, what we put around a chart, and the controller; waits until it runs.

    Args:
        around: what our construct makes beside the release of the chart.
    """
    for kind in ("kro.run_resourcegraphdefinitions", "internal.kro.run_graphrevisions"):
        kubectl("apply", "--server-side", "-f", "-", stdin=dump(upstream.crd(f"kro-{kind}.yaml")))
    kubectl("apply", "--server-side", "-f", "-", stdin=dump(*around))
    kubectl("apply", "--server-side", "-f", "-", stdin=dump(*_chart()))
    deadline, waiting = time.monotonic() + 120, ""
    while time.monotonic() < deadline:
        deployment = kubectl_json("get", "deployment", "kro", "-n", NAMESPACE)
        if deployment.get("status", {}).get("availableReplicas"):
            return
        pods = kubectl_json("get", "pods", "-n", NAMESPACE)["items"]
        waiting = json.dumps([pod["status"].get("containerStatuses") for pod in pods])
        if "ErrImagePull" in waiting or "ImagePullBackOff" in waiting:
            pytest.skip(f"the nodes have no image {versions.KRO_IMAGE}, and cannot pull it")
        time.sleep(1)
    pytest.fail(f"kro does not run: {waiting}")


def _chart() -> list[dict[str, Any]]:
    rbac, namespaced = "rbac.authorization.k8s.io", {"name": "kro", "namespace": NAMESPACE}
    aggregate = {"rbac.kro.run/aggregate-to-controller": "true"}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": namespaced},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "kro:controller:static", "labels": aggregate},
            "rules": _OWN,
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "kro:controller"},
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": aggregate}]},
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "kro:controller"},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "kro:controller"},
            "subjects": [{"kind": "ServiceAccount", **namespaced}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": namespaced,
            "spec": {
                "selector": {"matchLabels": {"app": "kro"}},
                "template": {
                    "metadata": {"labels": {"app": "kro"}},
                    "spec": {
                        "serviceAccountName": "kro",
                        "containers": [
                            {
                                "name": "kro",
                                "image": versions.KRO_IMAGE,
                                "securityContext": {
                                    "allowPrivilegeEscalation": False,
                                    "capabilities": {"drop": ["ALL"]},
                                    "runAsNonRoot": True,
                                    "runAsUser": 1000,
                                    "seccompProfile": {"type": "RuntimeDefault"},
                                },
                            }
                        ],
                    },
                },
            },
        },
    ]
