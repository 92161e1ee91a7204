"""The agent of a Destination: Flux applies what Kratix wrote there."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.flux import Flux
from tablepromise.platform.state_store import StateStore

_RBAC = "rbac.authorization.k8s.io"
_EVERYTHING = ["get", "list", "watch", "create", "update", "patch", "delete"]


@dataclass(frozen=True, kw_only=True)
class AgentProps:
    """What an agent may be told.

    Attributes:
        name: prefix of its objects.
        store: what it reads.
        folder: of its Destination in the store.
        isolated_namespaces: whose requests are applied apart from all others.
    """

    name: str
    store: StateStore
    folder: str
    isolated_namespaces: tuple[str, ...] = ()


class Agent(Construct):
    """A source, and two Kustomizations: dependencies first, then resources.

    Flux applies a folder whole or not at all, so one object that the API server refuses holds up
    everything beside it. Three things keep that small: only the tables' Promise is scheduled here,
    its pipeline writes no Table that does not pass ACK's schema, and each isolated namespace has a
    source and a Kustomization of its own, which fail alone. All other namespaces share one.

    It acts as ServiceAccounts that may do nothing but keep Tables, those of an isolated namespace
    only there: who gets hold of the state store can not get hold of the cluster.
    """

    def __init__(self, scope: Construct, id: str, props: AgentProps) -> None:
        super().__init__(scope, id)
        self._props = props
        resources = f"{props.folder}/resources"
        isolated = {name: f"{resources}/{name}" for name in props.isolated_namespaces}
        self._cluster_roles()

        general = props.name
        self._account(general)
        for role in (f"{general}-agent-tables", f"{general}-agent-canary"):
            self._bind(role, general, None)
        self._source(general, props.folder, tuple(isolated.values()))
        dependencies = f"{general}-dependencies"
        self._kustomization(dependencies, general, f"./{props.folder}/dependencies", general)
        self._kustomization(
            f"{general}-resources", general, f"./{resources}", general, after=dependencies
        )
        for namespace, folder in isolated.items():
            name = f"{general}-{namespace}"
            self._account(name)
            self._bind(f"{general}-agent-tables", name, namespace)
            self._source(name, folder)
            # from the artifact's root, which is there also when the last request has gone, and
            # with it the folder: else its Table would stay
            self._kustomization(name, name, "./", name, after=dependencies)

    def _cluster_roles(self) -> None:
        tables = {"apiGroups": ["dynamodb.services.k8s.aws"], "resources": ["tables"]}
        canary = {"apiGroups": [""], "resources": ["namespaces", "configmaps"]}
        for suffix, rules in {
            "tables": [{**tables, "verbs": _EVERYTHING}],
            # with these two objects Kratix shows that a Destination works
            "canary": [
                {**canary, "verbs": ["create"]},
                {
                    **canary,
                    "resourceNames": ["kratix-worker-system", "kratix-info"],
                    "verbs": ["get", "list", "watch", "patch", "update"],
                },
            ],
        }.items():
            KubeObject(
                self,
                f"ClusterRole-{suffix}",
                {
                    "apiVersion": f"{_RBAC}/v1",
                    "kind": "ClusterRole",
                    "metadata": {"name": f"{self._props.name}-agent-{suffix}"},
                    "rules": rules,
                },
            )

    def _account(self, name: str) -> None:
        KubeObject(
            self,
            f"Account-{name}",
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": f"{name}-agent", "namespace": Flux.NAMESPACE},
                "automountServiceAccountToken": False,  # Flux impersonates it
            },
        )

    def _bind(self, role: str, account: str, namespace: str | None) -> None:
        """Gives the ClusterRole to the account, in the namespace or everywhere."""
        metadata = {"name": role if namespace is None else f"{account}-agent"}
        if namespace:
            metadata["namespace"] = namespace
        KubeObject(
            self,
            f"Binding-{role}-{account}",
            {
                "apiVersion": f"{_RBAC}/v1",
                "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
                "metadata": metadata,
                "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
                "subjects": [
                    {
                        "kind": "ServiceAccount",
                        "name": f"{account}-agent",
                        "namespace": Flux.NAMESPACE,
                    }
                ],
            },
        )

    def _source(self, name: str, only: str, but: tuple[str, ...] = ()) -> None:
        source = self._props.store.source(only=only, but=but)
        self._source_kind = source["kind"]
        KubeObject(
            self,
            f"Source-{name}",
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": source["kind"],
                "metadata": {"name": name, "namespace": Flux.NAMESPACE},
                "spec": source["spec"],
            },
        )

    def _kustomization(
        self, name: str, source: str, path: str, account: str, after: str | None = None
    ) -> None:
        spec: dict[str, Any] = {
            "interval": "1m",
            "retryInterval": "10s",
            "timeout": "1m",
            "path": path,
            "prune": True,
            # one table that is slow, or will never be, is no reason to hold the next revision
            "wait": False,
            # an object that can not be changed is an error: to replace it would drop a table
            "force": False,
            # the Kustomization may go; what it applied stays
            "deletionPolicy": "Orphan",
            "serviceAccountName": f"{account}-agent",
            "sourceRef": {"kind": self._source_kind, "name": source},
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
                "metadata": {"name": name, "namespace": Flux.NAMESPACE},
                "spec": spec,
            },
        )
