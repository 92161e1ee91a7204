"""Outputs of a stack."""

import shlex
from typing import Any

from infra.app import App
from infra.stack.cluster import LocalCluster
from infra.targets import Target, examples
from tablepromise.platform import S3
from tablepromise.request.regions import dynamodb_endpoint

_TABLEPROMISE = ".venv/bin/tablepromise"
"""The command as `make install` leaves it, from the repository's root, where `pulumi` runs."""


def outputs(target: Target, app: App, cluster: LocalCluster) -> dict[str, Any]:
    """Return the outputs by name; `kubeconfig`, of a cluster that the stack created, is secret."""
    controllers, promise = app.controllers, app.promises.promise
    store = controllers.store
    own = cluster.kubeconfig is not None  # with a kubeconfig of this cluster only
    where = f"-n {target.teams[0]}" + ("" if own else f" --context {shlex.quote(cluster.context)}")
    found: dict[str, Any] = {
        "context": cluster.context,
        "endpoints": {
            "dynamodb": controllers.ack.endpoint_url or dynamodb_endpoint(target.region),
            "stateStore": store.endpoint if isinstance(store, S3) else store.url,
        },
        "promise": {"name": promise.name, "version": promise.version},
        "next": [
            _request(target, where),
            f"{_TABLEPROMISE} check {where}",
            f"{_TABLEPROMISE} trace simple-users-table {where}",
        ],
    }
    if cluster.kubeconfig is not None:
        # outside of the repository, readable by its owner only: it is the cluster's administrator
        file = f"~/.kube/{cluster.context}.yaml"
        found["kubeconfig"] = cluster.kubeconfig
        found["next"][:0] = [
            f"mkdir -p ~/.kube && rm -f {file} && "
            f"(umask 077 && pulumi stack output kubeconfig --show-secrets > {file})",
            f"export KUBECONFIG={file}",
        ]
    if cluster.registry is not None:
        found["registry"] = cluster.registry
    return found


def _request(target: Target, where: str) -> str:
    """Return the command that requests the first table, in a region that the target offers."""
    file = "examples/requests/simple-users-table.yaml"
    [request] = (request for name, request in examples() if file.endswith(f"/{name}.yaml"))
    if request["spec"]["region"] in target.table_regions.allowed:
        return f"kubectl apply {where} -f {file}"
    return f"sed '/^  region:/d' {file} | kubectl apply {where} -f -"
