"""The agents of a Destination: Flux applies the files of Kratix, namespace by namespace."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.rbac import binding, role, rule, service_account
from tablepromise.platform.state_store import StateStore
from tablepromise.reads import FLUX_NAMESPACE
from tablepromise.request import ack

_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
_TABLES = rule(ack.GROUP, ["tables"], _VERBS)


def agent_name(destination: str, namespace: str) -> str:
    """Return the name of an agent's source and Kustomization.

    Flux writes it into a label of each object that it applies, so it has at most 63 characters.
    """
    return f"{destination}-{namespace}"


def account_name(destination: str, namespace: str) -> str:
    """Return the name of an agent's ServiceAccount and RoleBinding."""
    return f"{agent_name(destination, namespace)}-agent"


@dataclass(frozen=True, kw_only=True)
class AgentsProps:
    """Options of `Agents`.

    Attributes:
        destination: its name, and that of its folder in the store; prefix of the agents' objects.
        store: the state store that they read.
        namespaces: of requests. Each has an agent of its own; no agent applies anything elsewhere.
    """

    destination: str
    store: StateStore
    namespaces: tuple[str, ...]


class Agents(Construct):
    """A source, a Kustomization and a ServiceAccount for each namespace of requests.

    Flux applies a folder as a whole or not at all, so one object that the API server rejects blocks
    all others in its folder. Three things limit that: only the tables' Promise is scheduled here,
    its pipeline writes no Table that ACK's schema rejects, and each namespace has a source and a
    Kustomization of its own, which fail alone.

    An agent acts as a ServiceAccount that can write Tables in its namespace, and nothing else. So
    an attacker in the state store, or in Kratix's pipeline of one namespace, does not reach the
    tables of another team. Dependencies of the Promise (it has none) are not applied.
    """

    def __init__(self, scope: Construct, id: str, props: AgentsProps) -> None:
        super().__init__(scope, id)
        self._props = props
        name = f"{props.destination}-agent"
        KubeObject(self, "ClusterRole", role(name, [_TABLES], annotations=KEEP))
        for namespace in props.namespaces:
            account = account_name(props.destination, namespace)
            KubeObject(  # Flux impersonates it
                self, f"Account-{namespace}", service_account(account, FLUX_NAMESPACE, KEEP)
            )
            KubeObject(
                self,
                f"Binding-{namespace}",
                binding(account, ("ClusterRole", name), (FLUX_NAMESPACE, account), namespace, KEEP),
            )
            self._apply(namespace)

    def _apply(self, namespace: str) -> None:
        """Add a source of the namespace's folder in the store, and its Kustomization."""
        props = self._props
        name = agent_name(props.destination, namespace)
        source = props.store.source(only=f"{props.destination}/resources/{namespace}")
        metadata = {"name": name, "namespace": FLUX_NAMESPACE}
        KubeObject(
            self,
            f"Source-{namespace}",
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": source["kind"],
                "metadata": metadata,
                "spec": source["spec"],
            },
        )
        KubeObject(
            self,
            f"Kustomization-{namespace}",
            {
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": metadata,
                "spec": {
                    "interval": "1m",
                    "retryInterval": "10s",
                    "timeout": "1m",
                    # from the artifact's root: the folder is gone with the last request in it, and
                    # Flux would fail instead of deleting the last Table
                    "path": "./",
                    "prune": True,
                    # a table that is slow, or never ready, does not block the next revision
                    "wait": False,
                    # an object that cannot be changed is an error: replacing it deletes a table
                    "force": False,
                    # deleting the Kustomization leaves the objects that it applied
                    "deletionPolicy": "Orphan",
                    "serviceAccountName": account_name(props.destination, namespace),
                    "sourceRef": {"kind": source["kind"], "name": name},
                },
            },
        )
