"""A namespace with PodSecurity and a NetworkPolicy that denies connections."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.objects import KubeObject

KEEP = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
"""Annotation of objects that Flux never prunes, also without their manifest."""


POD_SECURITY = {
    f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")
}
"""Labels by which a namespace enforces PodSecurity's `restricted`."""


@dataclass(frozen=True, kw_only=True)
class NamespaceProps:
    """Options of `Namespace`.

    Attributes:
        name: of the namespace.
        keep: Flux never prunes it, with the objects in it; default: False.
        closed: a pod accepts only the connections that a NetworkPolicy allows; default: True.
    """

    name: str
    keep: bool = False
    closed: bool = True


class Namespace(Construct):
    """A namespace that enforces PodSecurity's `restricted`.

    Attributes:
        name: of the namespace.
    """

    def __init__(self, scope: Construct, id: str, props: NamespaceProps) -> None:
        super().__init__(scope, id)
        self.name = props.name
        metadata: dict[str, object] = {"name": props.name, "labels": POD_SECURITY}
        if props.keep:
            metadata["annotations"] = KEEP
        KubeObject(
            self, "Resource", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        )
        if props.closed:
            KubeObject(
                self,
                "DenyIngress",
                {
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "NetworkPolicy",
                    # kept: without it every pod accepts connections from everywhere
                    "metadata": {
                        "name": "deny-ingress",
                        "namespace": props.name,
                        "annotations": KEEP,
                    },
                    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
                },
            )
