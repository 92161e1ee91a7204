"""Outputs: what people want to know of a stack when it is up."""

from typing import Any

from infra.app import App
from infra.cluster import LocalCluster
from infra.targets import Target
from tablepromise.platform import S3


def outputs(target: Target, app: App, cluster: LocalCluster) -> dict[str, Any]:
    """By name; `kubeconfig` is secret, and only there if the stack made the cluster."""
    controllers, promise = app.controllers, app.promises.promise
    store = controllers.store
    made = cluster.kubeconfig is not None  # and then its kubeconfig knows no other cluster
    where = f"-n {target.teams[0]}" + ("" if made else f" --context {cluster.context}")
    said: dict[str, Any] = {
        "context": cluster.context,
        "endpoints": {
            "dynamodb": controllers.ack.endpoint_url
            or f"https://dynamodb.{target.region}.amazonaws.com",
            "stateStore": store.endpoint if isinstance(store, S3) else store.url,
        },
        "promise": {"name": promise.name, "version": promise.version},
        "next": [
            f"kubectl apply {where} -f examples/requests/simple-users-table.yaml",
            f"tablepromise check {where}",
            f"tablepromise trace simple-users-table {where}",
        ],
    }
    if cluster.kubeconfig is not None:
        said["kubeconfig"] = cluster.kubeconfig
        said["next"].insert(
            0,
            "pulumi stack output kubeconfig --show-secrets > kubeconfig.yaml && "
            "export KUBECONFIG=$PWD/kubeconfig.yaml",
        )
    return said
