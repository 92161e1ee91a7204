"""Cluster: what a stack deploys to, made by k3d or already there."""

from typing import Any

import pulumi

from infra.checks import SettingError
from infra.k3d import TOOLS, K3dCluster, missing_tools
from infra.targets import Existing, K3d, Target
from tablepromise.platform import versions
from tablepromise.platform.pipeline_image import is_local


class LocalCluster(pulumi.ComponentResource):
    """The cluster of a target: a k3d cluster with the pipeline's image in it, or an existing one.

    Attributes:
        access: how to reach it: the text of a `kubeconfig`, or the `path` of one; and a `context`.
        kubeconfig: its text, secret, of a cluster that was made here; None of an existing one.
        context: in the kubeconfig.
    """

    def __init__(
        self, name: str, target: Target, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("tablepromise:infra:LocalCluster", name, None, opts)
        self.kubeconfig: pulumi.Output[str] | None = None
        self.access: dict[str, Any]
        if isinstance(target.cluster, K3d):
            _warn_of_missing_tools()
            cluster = K3dCluster(
                configuration(target.cluster),
                _image(target),
                pulumi.ResourceOptions(parent=self),
            )
            self.context = f"k3d-{target.cluster.name}"
            self.kubeconfig = pulumi.Output.secret(cluster.kubeconfig)
            self.access = {"kubeconfig": self.kubeconfig, "context": self.context}
        else:
            self.context = _chosen(target.cluster)
            self.access = {"path": target.cluster.kubeconfig or "", "context": self.context}
        self.register_outputs({"context": self.context})


def configuration(cluster: K3d) -> dict[str, Any]:
    """k3d's own configuration of a cluster."""
    config: dict[str, Any] = {
        "apiVersion": "k3d.io/v1alpha5",
        "kind": "Simple",
        "metadata": {"name": cluster.name},
        "servers": 1,
        "agents": cluster.agents,
        "image": versions.K3S_IMAGE,
        "ports": [_port(port) for port in cluster.ports],
        "options": {
            "k3d": {"wait": True, "timeout": "300s"},
            # whose kubeconfig it is, is for the stack's outputs to say
            "kubeconfig": {"updateDefaultKubeconfig": False, "switchCurrentContext": False},
            "k3s": {"extraArgs": [{"arg": "--disable=traefik", "nodeFilters": ["server:*"]}]},
        },
    }
    if cluster.registry:
        config["registries"] = {"create": {"name": cluster.registry}}
    return config


def _port(port: str) -> dict[str, Any]:
    address, _, filters = port.partition("@")
    return {"port": address, "nodeFilters": [filters or "loadbalancer"]}


def _warn_of_missing_tools() -> None:
    """At a preview, which needs none of them."""
    if pulumi.runtime.is_dry_run() and (missing := missing_tools()):
        pages = " and ".join(f"{tool} ({TOOLS[tool]})" for tool in missing)
        pulumi.log.warn(f"`pulumi up` will need {pages}")


def _image(target: Target) -> str:
    """Return the pipeline's image, which k3d imports; "" if nodes pull it from a registry."""
    image = target.mirror.image(target.image)
    return image if is_local(image) else ""


def _chosen(cluster: Existing) -> str:
    """The context, if it is one; a preview goes on without, as nothing is touched.

    Raises:
        SettingError: it is none.
    """
    try:
        _require_context(cluster)
    except SettingError as error:
        if not pulumi.runtime.is_dry_run():
            raise
        pulumi.log.warn(f"`pulumi up` will be refused: {error}")
    return cluster.context or ""


def _require_context(cluster: Existing) -> None:
    from tablepromise import kubeconfig  # here: its client costs more than the rest of the program

    try:
        if cluster.context is None:
            raise SettingError(
                "context",
                "is not chosen",
                allowed=", ".join(kubeconfig.contexts(cluster.kubeconfig))
                or "none: there is no kubeconfig",
                fix="pulumi config set context NAME",
            )
        kubeconfig.load(cluster.kubeconfig, cluster.context)
    except kubeconfig.NoCluster as error:
        problem, _, allowed = str(error).partition(", allowed: ")
        raise SettingError(
            "context", problem, allowed=allowed or "one of the cluster to deploy to"
        ) from error
