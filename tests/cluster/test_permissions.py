"""Who can change what once everything that a target may install is there, as a table.

The charts' roles for people are those of `tests/fixtures/charts`, as our values and patches leave
them; our own are those of a target with every offer. A real API server aggregates and judges them.
`permissions.yaml` lists what is allowed; what is not there is denied. See the diff before you
commit what `pytest --update` wrote.
"""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from api import ApiServer, kubectl, wait
from charts import charts

from infra.app import App, build
from infra.objects.engines import REQUEST_KINDS
from infra.settings import targets
from infra.targets import Offer
from tablepromise.request import dump, model

pytestmark = pytest.mark.cluster

TEAM, OTHER = "permissions-team", "permissions-other"
TABLE = Path(__file__).parent / "permissions.yaml"
WRITES = ("create", "update", "patch", "delete", "deletecollection")
RBAC = "rbac.authorization.k8s.io"
ROLES = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")

PEOPLE = {
    "requester": "tablepromise-requester",
    "viewer": "tablepromise-viewer",
    "view": "view",
    "edit": "edit",
    "admin": "admin",
}
"""Users by the ClusterRole that is bound to them in the team's namespace."""

SENSITIVE = {
    "namespaced": {
        "pods": ("get", *WRITES),
        "pods/exec": ("create",),
        "pods/log": ("get",),
        "secrets": ("get", "list", *WRITES),
        "configmaps": ("get", *WRITES),
        "serviceaccounts": ("get", "impersonate", *WRITES),
        "serviceaccounts/token": ("create",),
        "jobs.batch": ("get", *WRITES),
        "deployments.apps": ("get", *WRITES),
        "networkpolicies.networking.k8s.io": WRITES,
        "resourcequotas": WRITES,
        "leases.coordination.k8s.io": WRITES,
        f"roles.{RBAC}": ("escalate", "bind", *WRITES),
        f"rolebindings.{RBAC}": WRITES,
    },
    "cluster": {
        "namespaces": WRITES,
        "nodes": WRITES,
        "nodes/proxy": ("get", "create"),
        "persistentvolumes": WRITES,
        "users": ("impersonate",),
        "groups": ("impersonate",),
        "customresourcedefinitions.apiextensions.k8s.io": WRITES,
        "validatingadmissionpolicies.admissionregistration.k8s.io": WRITES,
        "validatingadmissionpolicybindings.admissionregistration.k8s.io": WRITES,
        "validatingwebhookconfigurations.admissionregistration.k8s.io": WRITES,
        "mutatingwebhookconfigurations.admissionregistration.k8s.io": WRITES,
        "certificatesigningrequests.certificates.k8s.io": WRITES,
        "certificatesigningrequests.certificates.k8s.io/approval": ("update",),
        f"clusterroles.{RBAC}": ("escalate", "bind", *WRITES),
        f"clusterrolebindings.{RBAC}": WRITES,
    },
}
"""Kinds of Kubernetes's own by which one gets hold of what is not one's own."""

PLATFORM = (
    *("flux-system", "kratix-platform-system", "ack-system", "state-store", "tablepromise-system"),
    *("cert-manager", "kro-system", "vela-system", "crossplane-system", "kube-system"),
)


def subjects() -> dict[str, tuple[str, list[str]]]:
    """User and groups of everyone in the table."""
    people = {name: (f"permissions:{name}", ["system:authenticated"]) for name in PEOPLE}
    found: dict[str, tuple[str, list[str]]] = {
        **people,
        "anybody who is authenticated": ("permissions:nobody", ["system:authenticated"]),
    }
    for title, namespace, name in (
        ("a pod of the team", TEAM, "default"),
        ("a Kustomization that names no ServiceAccount", "flux-system", "default"),
        ("the team's agent", "flux-system", f"devex-{TEAM}-agent"),
    ):
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
        user = f"system:serviceaccount:{namespace}:{name}"
        found[title] = (user, [*groups, "system:authenticated"])
    return found


def kinds(scope: str) -> dict[str, tuple[str, ...]]:
    """Everything that the table is about: verbs by resource."""
    brought = [kind for facts in charts().values() for kind in getattr(facts, scope)]
    if scope == "namespaced":
        brought += [f"{model.PLURAL}.{model.GROUP}", *REQUEST_KINDS.values()]
        # what keeps a request's status true
        brought.append(f"{model.PLURAL}.{model.GROUP}/status")
    return {**dict.fromkeys(sorted(set(brought)), ("get", *WRITES)), **SENSITIVE[scope]}


@pytest.fixture(scope="module")
def app() -> App:
    target = replace(targets()["devex"], offers=get_args(Offer), teams=(TEAM, OTHER))
    return build(target)


@pytest.fixture(scope="module")
def installed(api: ApiServer, app: App) -> Iterator[ApiServer]:
    """The roles of everything, and people with one role each in the team's namespace."""
    documents = [
        d for folder in app.folders if folder is not app.argocd for d in folder.documents()
    ]
    granting = [d for d in documents if d["kind"] in ROLES] + charts_roles(app, documents)
    for name, role in PEOPLE.items():
        granting.append(
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "RoleBinding",
                "metadata": {"name": f"permissions-{name}", "namespace": TEAM},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": RBAC, "kind": "User", "name": f"permissions:{name}"}],
            }
        )
    wanted = {d["metadata"]["namespace"] for d in granting if "namespace" in d["metadata"]}
    there = {name.partition("/")[2] for name in kubectl("get", "ns", "-o", "name").split()}
    made = sorted((wanted | {TEAM, OTHER}) - there)
    for name in made:
        kubectl("create", "namespace", name)
    manifest = dump(*granting)
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifest)
    try:
        certificates = ("certificates.cert-manager.io", "create")
        wait(lambda: allowed(api, "admin", TEAM, *certificates), "the aggregation of admin")
        wait(lambda: allowed(api, "edit", TEAM, *certificates), "the aggregation of edit")
        wait(lambda: allowed(api, "view", TEAM, certificates[0], "get"), "the aggregation of view")
        yield api
    finally:
        kubectl("delete", "--ignore-not-found", "-f", "-", stdin=manifest)
        if made:  # waited for: other tests create some of them
            kubectl("delete", "namespace", *made, "--timeout=120s")


def charts_roles(app: App, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The charts' roles for people, as the charts render them and Flux's post-renderers patch them.

    But for Flux's own, which a stack installs without Flux.
    """
    facts = charts()
    found = facts.pop("flux2").rendered(app.flux_values)
    releases = {d["metadata"]["name"]: d["spec"] for d in documents if d["kind"] == "HelmRelease"}
    by_chart = {"dynamodb-chart": "ack-dynamodb"}
    for chart, of_chart in facts.items():
        release = releases[by_chart.get(chart, chart)]
        roles = of_chart.rendered(release["values"])
        patches = [
            patch
            for renderer in release.get("postRenderers", [])
            for patch in renderer["kustomize"]["patches"]
            # kustomize wants an object for each of the others
            if patch["target"].get("labelSelector")
        ]
        if roles:
            found += kustomized(roles, patches)
    return found


def kustomized(
    documents: list[dict[str, Any]], patches: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "roles.yaml"
        file.write_text(dump(*documents))
        kustomization = {"resources": ["roles.yaml"], "patches": patches}
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return list(yaml.safe_load_all(kubectl("kustomize", folder)))


def allowed(api: ApiServer, who: str, namespace: str, kind: str, verb: str) -> bool:
    """Whether the API server allows it. Without a namespace: in all of them, or in the cluster."""
    user, groups = subjects()[who]
    name, _, subresource = kind.partition("/")
    plural, _, group = name.partition(".")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": user,
            "groups": groups,
            "resourceAttributes": {
                **{"group": group, "resource": plural, "subresource": subresource, "verb": verb},
                "namespace": namespace,
            },
        },
    }
    answer = api.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    return bool(answer["status"]["allowed"])


def reports_and_statuses(
    api: ApiServer, who: str, namespace: str, scope: str
) -> dict[str, list[str]]:
    """The verbs that are allowed, by resource."""
    pairs = [(kind, verb) for kind, verbs in kinds(scope).items() for verb in verbs]

    def judged(pair: tuple[str, str]) -> bool:
        return allowed(api, who, namespace, *pair)

    found: dict[str, list[str]] = {}
    with ThreadPoolExecutor(4) as pool:
        for (kind, verb), yes in zip(pairs, pool.map(judged, pairs), strict=True):
            if yes:
                found.setdefault(kind, []).append(verb)
    return found


def test_who_can_change_what(installed: ApiServer, update: bool) -> None:
    table: dict[str, Any] = {}
    for who in subjects():
        own = reports_and_statuses(installed, who, TEAM, "namespaced")
        cluster = reports_and_statuses(installed, who, "", "cluster")
        everywhere = reports_and_statuses(installed, who, "", "namespaced")
        table[who] = {
            "in its namespace": {kind: " ".join(verbs) for kind, verbs in own.items()},
            "in the cluster": {kind: " ".join(verbs) for kind, verbs in cluster.items()},
            "in every namespace": {kind: " ".join(verbs) for kind, verbs in everywhere.items()},
        }
    text = yaml.safe_dump(table, sort_keys=False, width=140)
    if update:
        TABLE.write_text(text, encoding="utf-8")
    assert yaml.safe_load(text) == yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def test_nobody_has_permissions_in_a_namespace_that_is_not_theirs(installed: ApiServer) -> None:
    for namespace in (OTHER, *PLATFORM):
        anybody = rules(installed, "anybody who is authenticated", namespace)
        assert anybody
        for who in (*PEOPLE, "a pod of the team", "the team's agent"):
            assert rules(installed, who, namespace) == anybody, f"{who} in {namespace}"


def rules(api: ApiServer, who: str, namespace: str) -> list[Any]:
    """All that the API server says somebody can do in a namespace."""
    user, _ = subjects()[who]
    answer = api.session.post(
        f"{api.url}/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        json={
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        },
        headers={"Impersonate-User": user, "Impersonate-Group": "system:authenticated"},
        timeout=60,
    ).json()
    assert not answer["status"]["incomplete"], answer
    return sorted(str(rule) for rule in answer["status"]["resourceRules"])
