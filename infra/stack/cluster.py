"""The cluster of a stack: a k3d cluster that it creates, or an existing cluster."""

from importlib.metadata import version
from typing import Any

import pulumi

from infra.settings import SettingError
from infra.stack.k3d import PIPELINE_ARCHIVE, ROOT, K3dCluster, K3dImage, is_built
from infra.stack.k3d_command import TOOLS, missing_tools
from infra.targets import Existing, K3d, Mirror, Target
from tablepromise.platform import versions
from tablepromise.platform.pipeline_image import is_local

_K3D_IMAGES = {
    "K3D_IMAGE_LOADBALANCER": "ghcr.io/k3d-io/k3d-proxy",
    "K3D_IMAGE_TOOLS": "ghcr.io/k3d-io/k3d-tools",
}
"""k3d's own images, whose tag is its version, by the variable that overrides their name."""

_REGISTRY_IMAGE = "docker.io/library/registry:2"
"""Image of the registry that k3d creates."""

_OF_THE_STACK = "the k3d cluster of this stack"
"""No context has such a name."""


class LocalCluster(pulumi.ComponentResource):
    """The cluster of a target: a k3d cluster with the pipeline's image in it, or an existing one.

    Attributes:
        access: to the cluster: the text of a `kubeconfig`, or the `path` of one; and a `context`.
            Of a cluster that the stack created also its Docker `engine`.
        identity: of an existing cluster: with another identity, all objects are replaced. The same
            for each cluster that the stack creates, because its objects are replaced with it.
        k3d: resource of a cluster that the stack created; None for an existing cluster.
        kubeconfig: its text, secret, of a cluster that the stack created; None for an existing one.
        registry: address and port of its registry; None without one.
        context: in the kubeconfig.
    """

    def __init__(
        self, name: str, target: Target, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("tablepromise:infra:LocalCluster", name, None, opts)
        self.kubeconfig: pulumi.Output[str] | None = None
        self.registry: pulumi.Output[str | None] | None = None
        self.k3d: K3dCluster | None = None
        self.access: dict[str, Any]
        self.identity = _OF_THE_STACK
        if isinstance(target.cluster, K3d):
            self.context = f"k3d-{target.cluster.name}"
            self.k3d = k3d = self._create(target.cluster, target)
            self.kubeconfig = pulumi.Output.secret(k3d.kubeconfig)
            self.registry = k3d.registry if target.cluster.registry else None
            self.access = {
                "kubeconfig": self.kubeconfig,
                "context": self.context,
                "cluster": k3d.id,
                "engine": k3d.engine,
            }
        else:
            self.context = self.identity = _chosen(target.cluster)
            self.access = {"path": target.cluster.kubeconfig or "", "context": self.context}
        self.register_outputs({"context": self.context})

    def provider(self) -> pulumi.ProviderResource:
        """Register the provider of the objects in this cluster."""
        return pulumi.ProviderResource(
            "kubernetes",
            "cluster",
            {
                "kubeconfig": self.access.get("kubeconfig") or self.access.get("path") or "",
                "context": self.context,
                # the content of a Secret or a ConfigMap is changed in place; its name is fixed
                "enableSecretMutable": "true",
                "enableConfigMapMutable": "true",
                # a changed path or key is no other cluster
                "clusterIdentifier": self.identity,
                **({"upsertExistingObjects": "true"} if self.k3d else {}),
            },
            pulumi.ResourceOptions(depends_on=[self], version=version("pulumi-kubernetes")),
        )

    def _create(self, cluster: K3d, target: Target) -> K3dCluster:
        image, mirror = _image(target), target.mirror
        _warn_of_missing(image)
        k3d = K3dCluster(
            configuration(cluster, mirror),
            image,
            {
                variable: mirrored
                for variable, repository in _K3D_IMAGES.items()
                if (mirrored := mirror.image(repository)) != repository
            },
            pulumi.ResourceOptions(parent=self, protect=target.protect),
        )
        if image:
            options = pulumi.ResourceOptions(parent=self, deleted_with=k3d)
            K3dImage(k3d, cluster.name, image, options)
        return k3d


def configuration(cluster: K3d, mirror: Mirror) -> dict[str, Any]:
    """Return k3d's configuration of a cluster."""
    config: dict[str, Any] = {
        "apiVersion": "k3d.io/v1alpha5",
        "kind": "Simple",
        "metadata": {"name": cluster.name},
        "servers": 1,
        "agents": cluster.agents,
        "image": mirror.image(versions.K3S_IMAGE),
        "kubeAPI": {"hostIP": cluster.host_ip},
        "ports": [_port(port) for port in cluster.ports],
        "options": {
            "k3d": {"wait": True, "timeout": "300s"},
            # the user's kubeconfig stays as it is: the outputs say where to write this one
            "kubeconfig": {"updateDefaultKubeconfig": False, "switchCurrentContext": False},
            "k3s": {"extraArgs": [{"arg": "--disable=traefik", "nodeFilters": ["server:*"]}]},
        },
    }
    if cluster.registry:
        create = {"name": cluster.registry, "host": cluster.host_ip}
        if (image := mirror.image(_REGISTRY_IMAGE)) != _REGISTRY_IMAGE:
            create["image"] = image
        config["registries"] = {"create": create}
    return config


def _port(port: str) -> dict[str, Any]:
    address, _, nodes = port.partition("@")
    return {"port": address, "nodeFilters": [nodes]}


def _warn_of_missing(image: str) -> None:
    """Warn of missing programs and images in a preview, which needs none of them."""
    if not pulumi.runtime.is_dry_run():
        return
    if missing := missing_tools():
        pages = " and ".join(f"{tool} ({TOOLS[tool]})" for tool in missing)
        pulumi.log.warn(f"`pulumi up` will need {pages}")
    if image and not is_built(image):
        file = PIPELINE_ARCHIVE.relative_to(ROOT)
        pulumi.log.warn(f"`pulumi up` will need {file} with {image}, which `make image` builds")


def _image(target: Target) -> str:
    """Return the pipeline's image, which k3d imports; "" if nodes pull it from a registry."""
    image = target.mirror.image(target.image)
    return image if is_local(image) else ""


def _chosen(cluster: Existing) -> str:
    """Return the context. A preview only warns if it is not valid, because it changes nothing.

    Raises:
        SettingError: there is no such context, or none is set.
    """
    try:
        _require_context(cluster)
    except SettingError as error:
        if not pulumi.runtime.is_dry_run():
            raise
        pulumi.log.warn(f"`pulumi up` will fail: {error}")
    return cluster.context or ""


def _require_context(cluster: Existing) -> None:
    from tablepromise import (
        kubeconfig,  # here: its import takes longer than the rest of the program
    )

    try:
        if cluster.context is None:
            raise SettingError(
                "context",
                "is not set",
                allowed=", ".join(kubeconfig.list_contexts(cluster.kubeconfig))
                or "none: there is no kubeconfig",
                fix="pulumi config set context NAME",
            )
        kubeconfig.load(cluster.kubeconfig, cluster.context)
    except kubeconfig.KubeconfigError as error:
        problem, _, allowed = str(error).partition(", allowed: ")
        raise SettingError(
            "context", problem, allowed=allowed or "one of the cluster to deploy to"
        ) from error
