"""Permissions of the reflector: RBAC, and an admission policy that limits the fields."""

from dataclasses import dataclass
from typing import Final, Literal

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.admission_policy import (
    AdmissionPolicy,
    AdmissionPolicyProps,
    deny,
    match,
)
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.rbac import Rule, binding, read_rules, role, rule, service_account
from tablepromise.reads import REFLECTOR_DEPLOYMENT, REFLECTOR_NAMESPACE, WATCHED
from tablepromise.request import model

Side = Literal["platform", "destination"]
"""Side of a cluster: it has the requests and Kratix, or the agents and ACK."""

RECONCILE: Final = "kratix.io/manual-reconciliation"
OWN_CONDITIONS: Final = ("Ready", "Stalled")
OWN_FIELDS: Final = (
    *("tableStatus", "tableArn", "streamArn", "itemCount", "tableSizeBytes", "region"),
    *("destination", "checkedGeneration", "syncedTable", "firstReport", "stages"),
    *("healing", "conditions"),
)
"""Fields of a request's status. A test compares them with the contract, whose import is slow."""

_NAME = "tablepromise-reflector"


@dataclass(frozen=True, kw_only=True)
class ReflectorAccessProps:
    """Options of `ReflectorAccess`.

    Attributes:
        sides: of the cluster; default: both.
    """

    sides: tuple[Side, ...] = ("platform", "destination")


class ReflectorAccess(Construct):
    """A namespace, a ServiceAccount in it, and its permissions.

    It reads the objects that the status depends on. In the cluster of the requests, it also patches
    requests and creates Events; a policy limits its changes of a request to its own fields of the
    status, and the label by which Kratix runs a pipeline again.

    `Reflector` installs this in its own cluster. For a reflector in another cluster, install only
    this, and create a kubeconfig with a token of the ServiceAccount by hand.

    Attributes:
        namespace: of the ServiceAccount.
        account: name of the ServiceAccount.
    """

    def __init__(
        self, scope: Construct, id: str, props: ReflectorAccessProps | None = None
    ) -> None:
        super().__init__(scope, id)
        props = props or ReflectorAccessProps()
        self.account = REFLECTOR_DEPLOYMENT
        self.namespace = Namespace(
            self, "Namespace", NamespaceProps(name=REFLECTOR_NAMESPACE, keep=True)
        ).name
        # a pod that needs its token says so
        KubeObject(self, "Account", service_account(self.account, self.namespace))
        reads = [
            read
            for read in WATCHED
            if ("destination" if read.at_destination else "platform") in props.sides
        ]
        wide = {(read.group, read.plural) for read in reads if not read.namespace}
        everywhere = read_rules(read for read in reads if (read.group, read.plural) in wide)
        writes = "platform" in props.sides
        self._role("", [*everywhere, *(_WRITING if writes else ())])
        narrow = [read for read in reads if (read.group, read.plural) not in wide]
        for namespace in sorted({read.namespace for read in narrow}):
            self._role(
                namespace, read_rules(read for read in narrow if read.namespace == namespace)
            )
        if writes:
            AdmissionPolicy(self, "Policy", _policy(f"{self.namespace}:{self.account}"))

    def _role(self, namespace: str, rules: list[Rule]) -> None:
        """Grant permissions in a namespace; the empty one means the whole cluster."""
        if not rules:
            return
        suffix = f"-{namespace}" if namespace else ""
        own = role(_NAME, rules, namespace)
        KubeObject(self, f"Role{suffix}", own)
        account = (self.namespace, self.account)
        granted = binding(_NAME, (own["kind"], _NAME), account, namespace)
        KubeObject(self, f"Binding{suffix}", granted)


_REQUESTS: Final = [model.PLURAL, f"{model.PLURAL}/status"]
_WRITING: Final = (
    rule(model.GROUP, _REQUESTS, ["patch"]),
    rule("", ["events"], ["create"]),
)


def _policy(account: str) -> AdmissionPolicyProps:
    """The policy that limits the fields: RBAC grants a whole object or nothing.

    Args:
        account: `namespace:name` of the ServiceAccount.
    """
    was, now = (f"{each}.?metadata.?labels.orValue({{}})" for each in ("oldObject", "object"))
    before, after = (f"{each}.?status.orValue({{}})" for each in ("oldObject", "object"))
    others = f"filter(c, !(c.type in {list(OWN_CONDITIONS)}))"
    kept = {
        **{path: _same(path) for path in ("spec", "metadata.annotations")},
        **{path: _same(path) for path in ("metadata.finalizers", "metadata.ownerReferences")},
        f"a label but {RECONCILE}": _same_but("variables.was", "variables.now", (RECONCILE,)),
        "a field of the status that only Kratix may change": _same_but(
            "variables.before", "variables.after", OWN_FIELDS
        ),
        "a condition that only Kratix may change": " == ".join(
            f"variables.{each}.?conditions.orValue([]).{others}" for each in ("before", "after")
        ),
    }
    return AdmissionPolicyProps(
        name=_NAME,
        # it is for the reflector alone, so an error in it rejects no other user
        failure_policy="Fail",
        matches=(match(model.GROUP, "*", _REQUESTS, "UPDATE"),),
        conditions={
            "the-reflector": f"request.userInfo.username == 'system:serviceaccount:{account}'"
        },
        variables={"was": was, "now": now, "before": before, "after": after},
        validations=[
            deny(expression, f"the reflector does not change {what}")
            for what, expression in kept.items()
        ],
    )


def _same(path: str) -> str:
    """CEL: the value at `path`, or its absence, is unchanged."""
    field = path.replace(".", ".?")
    return f"oldObject.?{field} == object.?{field}"


def _same_but(before: str, after: str, own: tuple[str, ...]) -> str:
    """In CEL: two maps differ in the keys `own` at most."""
    free = f"k in {list(own)}"
    return (
        f"{after}.all(k, {free} || (k in {before} && {after}[k] == {before}[k])) && "
        f"{before}.all(k, {free} || k in {after})"
    )
