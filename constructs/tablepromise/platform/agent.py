"""The agent of a Destination: Flux applies what Kratix wrote there."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.flux import Flux
from tablepromise.platform.state_store import StateStore
from tablepromise.request import ack

_RBAC = "rbac.authorization.k8s.io"
_EVERYTHING = ["get", "list", "watch", "create", "update", "patch", "delete"]


@dataclass(frozen=True, kw_only=True)
class AgentProps:
    """What an agent may be told.

    Attributes:
        name: of its Destination and of that one's folder in the store; prefix of its objects.
        store: what it reads.
        isolated_namespaces: whose requests are applied apart from all others.
    """

    name: str
    store: StateStore
    isolated_namespaces: tuple[str, ...] = ()


class Agent(Construct):
    """Two Kustomizations, each with its source: dependencies first, then resources.

    Flux applies a folder whole or not at all, so one object that the API server refuses holds up
    everything beside it. Three things keep that small: only the tables' Promise is scheduled here,
    its pipeline writes no Table that does not pass ACK's schema, and each isolated namespace has a
    source and a Kustomization of its own, which fail alone. All other namespaces share one.

    It acts as ServiceAccounts that may do nothing but keep Tables, those of an isolated namespace
    only there: who gets hold of the state store can not get hold of the cluster. So dependencies
    of the Promise, which has none, would be refused.
    """

    def __init__(self, scope: Construct, id: str, props: AgentProps) -> None:
        super().__init__(scope, id)
        self._props = props
        self._role = f"{props.name}-agent"
        KubeObject(
            self,
            "ClusterRole",
            {
                "apiVersion": f"{_RBAC}/v1",
                "kind": "ClusterRole",
                "metadata": {"name": self._role},
                "rules": [
                    {
                        "apiGroups": [ack.GROUP],
                        "resources": ["tables"],
                        "verbs": _EVERYTHING,
                    }
                ],
            },
        )
        resources = f"{props.name}/resources"
        isolated = {name: f"{resources}/{name}" for name in props.isolated_namespaces}
        self._account(props.name, None)
        dependencies = f"{props.name}-dependencies"
        self._apply(dependencies, props.name, f"{props.name}/dependencies")
        self._apply(
            f"{props.name}-resources",
            props.name,
            resources,
            but=tuple(isolated.values()),
            after=dependencies,
        )
        for namespace, folder in isolated.items():
            name = f"{props.name}-{namespace}"
            self._account(name, namespace)
            self._apply(name, name, folder, after=dependencies)

    def _account(self, name: str, namespace: str | None) -> None:
        """A ServiceAccount that may keep Tables in the namespace, or in all."""
        account = {"name": f"{name}-agent", "namespace": Flux.NAMESPACE}
        KubeObject(
            self,
            f"Account-{name}",
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": account,
                "automountServiceAccountToken": False,  # Flux impersonates it
            },
        )
        metadata = {"name": f"{name}-agent"}
        if namespace:
            metadata["namespace"] = namespace
        KubeObject(
            self,
            f"Binding-{name}",
            {
                "apiVersion": f"{_RBAC}/v1",
                "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
                "metadata": metadata,
                "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": self._role},
                "subjects": [{"kind": "ServiceAccount", **account}],
            },
        )

    def _apply(
        self,
        name: str,
        account: str,
        folder: str,
        but: tuple[str, ...] = (),
        after: str | None = None,
    ) -> None:
        """A source of one folder of the store, and the Kustomization that applies it."""
        source = self._props.store.source(only=folder, but=but)
        metadata = {"name": name, "namespace": Flux.NAMESPACE}
        KubeObject(
            self,
            f"Source-{name}",
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": source["kind"],
                "metadata": metadata,
                "spec": source["spec"],
            },
        )
        spec: dict[str, Any] = {
            "interval": "1m",
            "retryInterval": "10s",
            "timeout": "1m",
            # from the artifact's root: the folder itself goes with the last request in it, and
            # Flux would fail over that instead of deleting the last Table
            "path": "./",
            "prune": True,
            # one table that is slow, or will never be, is no reason to hold the next revision
            "wait": False,
            # an object that can not be changed is an error: to replace it would drop a table
            "force": False,
            # the Kustomization may go; what it applied stays
            "deletionPolicy": "Orphan",
            "serviceAccountName": f"{account}-agent",
            "sourceRef": {"kind": source["kind"], "name": name},
        }
        if after:
            # it must have been applied once. Flux's own condition is this very revision, which
            # costs every request a requeue
            applied = "has(dep.status.lastAppliedRevision)"
            spec["dependsOn"] = [{"name": after, "readyExpr": applied}]
        KubeObject(
            self,
            f"Kustomization-{name}",
            {
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": metadata,
                "spec": spec,
            },
        )
