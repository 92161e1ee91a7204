"""A namespace with PodSecurity, closed off."""

from dataclasses import dataclass
from typing import Literal

from constructs import Construct

from tablepromise.objects import KubeObject

Level = Literal["restricted", "baseline", "privileged"]

KEEP = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
"""Annotation by which Flux never deletes an object, whatever becomes of its manifest."""


@dataclass(frozen=True, kw_only=True)
class NamespaceProps:
    """What a namespace may be told.

    Attributes:
        name: of the namespace.
        level: PodSecurity standard that it enforces; default: restricted.
        keep: Flux never deletes it, and so not what is in it; default: False.
        closed: no pod takes connections but those that a NetworkPolicy of its own lets in;
            default: True.
    """

    name: str
    level: Level = "restricted"
    keep: bool = False
    closed: bool = True


class Namespace(Construct):
    """A namespace that enforces PodSecurity.

    Attributes:
        name: of the namespace.
    """

    def __init__(self, scope: Construct, id: str, props: NamespaceProps) -> None:
        super().__init__(scope, id)
        self.name = props.name
        labels = {
            f"pod-security.kubernetes.io/{mode}": props.level
            for mode in ("enforce", "warn", "audit")
        }
        metadata: dict[str, object] = {"name": props.name, "labels": labels}
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
                    "metadata": {"name": "deny-ingress", "namespace": props.name},
                    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
                },
            )
