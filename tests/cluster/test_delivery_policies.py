"""What can be delivered to a team's namespace, on a real API server with Kratix's and ACK's kinds.

Everybody here is impersonated: Kratix's pipeline, an agent, an administrator.
"""

import copy
from collections.abc import Iterator
from typing import Any

import cdk8s
import pytest
import upstream
from api import ApiServer, kubectl, wait
from corpus import spec
from generated import request
from impersonation import rejection, send_as

from tablepromise.platform import (
    S3,
    Destination,
    DestinationProps,
    ExistingSecret,
    StateStore,
    StateStoreProps,
)
from tablepromise.request import admit, dump, model, render

pytestmark = pytest.mark.cluster

Object = dict[str, Any]
TEAM, OTHER = "rights-team", "rights-other"
AGENT = f"system:serviceaccount:flux-system:here-{TEAM}-agent"
PIPELINE = f"system:serviceaccount:{TEAM}:{model.PROMISE}-resource-configure-configure"
ADMIN = ""
APPLIED = {
    *("ServiceAccount", "ClusterRole", "RoleBinding"),
    *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
}
KINDS = ("kratix-works.yaml", "ack-dynamodb-tables.yaml")
ADOPT = "services.k8s.aws/adoption-policy"


def tables(namespace: str = TEAM) -> str:
    return f"/apis/dynamodb.services.k8s.aws/v1alpha1/namespaces/{namespace}/tables"


def works(namespace: str = TEAM) -> str:
    return f"/apis/platform.kratix.io/v1alpha1/namespaces/{namespace}/works"


def requests_of(namespace: str) -> str:
    return f"/apis/{model.GROUP}/{model.VERSION}/namespaces/{namespace}/{model.PLURAL}"


@pytest.fixture(scope="module")
def cluster(api: ApiServer) -> Iterator[ApiServer]:
    """Two teams' namespaces, of which the first has an agent; the policies in force."""
    for name in KINDS:
        upstream.crd(name)
    for name in KINDS:
        kubectl("apply", "--server-side", "--force-conflicts", "-f", str(upstream.FOLDER / name))
    for path in (works(), tables()):
        wait(lambda path=path: "items" in api.send("GET", path), f"{path} to be served")
    names = [TEAM, OTHER, "flux-system"]
    before = kubectl("get", "namespace", "-o", "name").split()
    made = [name for name in names if f"namespace/{name}" not in before]
    for name in made:
        kubectl("create", "namespace", name)
    old = work(filepath="../../../../../rights-other/orders.yaml")
    old["metadata"] |= {"name": "old", "finalizers": ["example.com/kept"]}
    assert not rejection(send_as(api, ADMIN, "POST", works(), old))
    chart = cdk8s.Testing.chart()
    backend = S3(bucket="b", endpoint="s3:9000", identity=ExistingSecret(name="keys"))
    store = StateStore(chart, "Store", StateStoreProps(name="here", backend=backend))
    Destination(chart, "X", DestinationProps(name="here", store=store, namespaces=(TEAM,)))
    documents = [d for d in cdk8s.Testing.synth(chart) if d["kind"] in APPLIED]
    # as Kratix grants it to its pipelines
    documents += _granted(PIPELINE, {"apiGroups": ["platform.kratix.io"], "resources": ["works"]})
    manifest = dump(*documents)
    kubectl("apply", "--server-side", "-f", "-", stdin=manifest)
    try:
        wait(lambda: rejection(dry(api, PIPELINE, work(filepath="/x"))), "the policy on Works")
        wait(lambda: rejection(dry(api, AGENT, {"name": "x"})), "the policy on Tables")
        wait(lambda: rejection(ask(api, OTHER, dryRun="All")), "the policy on requests")
        yield api
    finally:
        kubectl("delete", "--ignore-not-found", "-f", "-", stdin=manifest)
        kubectl("delete", "ddbr,tables.dynamodb.services.k8s.aws,works", "--all", "-n", TEAM)
        if made:  # waited for: other tests create some of them
            kubectl("delete", "namespace", *made, "--timeout=120s")


def _granted(user: str, rule: Object) -> list[Object]:
    rbac = "rbac.authorization.k8s.io"
    metadata = {"name": "rights-pipeline", "namespace": TEAM}
    reference = {"apiGroup": rbac, "kind": "Role", "name": metadata["name"]}
    subject = {"apiGroup": rbac, "kind": "User", "name": user}
    rules = [{**rule, "verbs": ["*"]}]
    return [
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": reference,
            "subjects": [subject],
        },
    ]


def ask(api: ApiServer, namespace: str, **query: str) -> Object:
    """The answer to the creation of a request."""
    document = request(spec(), name="orders")
    document["metadata"]["namespace"] = namespace
    return send_as(api, ADMIN, "POST", requests_of(namespace), document, **query)


def dry(api: ApiServer, user: str, document: Object) -> Object:
    """The answer to the creation of a Work, or of a Table with this metadata."""
    if document.get("kind") == "Work":
        return send_as(api, user, "POST", works(), document, dryRun="All")
    return send_as(api, user, "POST", tables(), {**table(), "metadata": document}, dryRun="All")


# --- requests -------------------------------------------------------------------------------------


def test_a_request_where_nothing_would_apply_its_table_is_rejected(cluster: ApiServer) -> None:
    assert not rejection(ask(cluster, TEAM, dryRun="All"))
    message = rejection(ask(cluster, OTHER, dryRun="All"))
    for part in (
        "metadata.namespace: no agent applies tables in this namespace",
        f"got {OTHER}, allowed: {TEAM}; create the request in one of these",
        "the setting teams",
    ):
        assert part in message


# --- Works ----------------------------------------------------------------------------------------


def work(
    *,
    filepath: str = "table.yaml",
    promise: str = model.PROMISE,
    resource: str = "orders",
    identity: str = "5058f",
    selectors: list[dict[str, str]] | None = None,
) -> Object:
    """A Work as Kratix's work-creator writes it."""
    labels = selectors if selectors is not None else [dict(model.DESTINATION_LABELS)]
    return {
        "apiVersion": "platform.kratix.io/v1alpha1",
        "kind": "Work",
        "metadata": {"name": "orders", "namespace": TEAM},
        "spec": {
            "promiseName": promise,
            "resourceName": resource,
            "workloadGroups": [
                {
                    "id": identity,
                    "directory": ".",
                    "workloads": [{"filepath": filepath, "content": "H4sIAAAAAAAA"}],
                    "destinationSelectors": [
                        {"matchLabels": each, "source": "promise"} for each in labels
                    ],
                }
            ],
        },
    }


OURS = dict(model.DESTINATION_LABELS)
OUTSIDE: dict[str, Object] = {
    "up": work(filepath="../../../../../rights-other/table.yaml"),
    "up from a folder": work(filepath="a/../../b/table.yaml"),
    "up at the end": work(filepath="a/.."),
    "absolute": work(filepath="/table.yaml"),
    "a Promise that is a path": work(promise="../../rights-other/x"),
    "a Promise that is a step up": work(promise=".."),
    "a request that is a path": work(resource="../../../rights-other/x"),
    "a request that is a step up": work(resource=".."),
    "a group that is a path": work(identity="../.."),
}
ELSEWHERE: dict[str, Object] = {
    "another Promise": work(promise="namespaces"),
    "another Destination": work(selectors=[{"environment": "platform"}]),
    "any Destination": work(selectors=[]),
    "any label": work(selectors=[{}]),
    "some labels": work(selectors=[{"cloud": "aws"}]),
    "other labels first": work(selectors=[{"cloud": "other"}, OURS]),
}


@pytest.mark.parametrize("user", [PIPELINE, ADMIN], ids=["pipeline", "admin"])
@pytest.mark.parametrize("case", OUTSIDE)
def test_no_work_leaves_its_folder(case: str, user: str, cluster: ApiServer) -> None:
    message = rejection(dry(cluster, user, OUTSIDE[case]))
    assert (
        "allowed: a relative path without .." in message or "allowed: a name without /" in message
    )


@pytest.mark.parametrize("case", ELSEWHERE)
def test_the_pipeline_writes_for_its_promise_alone(case: str, cluster: ApiServer) -> None:
    assert f"allowed: promiseName {model.PROMISE}" in rejection(
        dry(cluster, PIPELINE, ELSEWHERE[case])
    )
    # other Promises' pipelines and Kratix itself are not judged by this
    assert not rejection(dry(cluster, ADMIN, ELSEWHERE[case]))


def test_what_kratix_writes_is_accepted(cluster: ApiServer) -> None:
    more = work(filepath="deep/er/..table..yaml", selectors=[OURS, {"region": "eu-west-1"}])
    empty = work()
    empty["spec"]["workloadGroups"] = []
    without = work()
    del without["spec"]["workloadGroups"]
    for document in (work(), more, empty, without):
        assert not rejection(dry(cluster, PIPELINE, document))
    assert not rejection(send_as(cluster, PIPELINE, "POST", works(), work()))
    changed = {"spec": work(filepath="../x")["spec"]}
    assert rejection(send_as(cluster, PIPELINE, "PATCH", f"{works()}/orders", changed))
    assert not rejection(
        send_as(
            cluster, PIPELINE, "PATCH", f"{works()}/orders", {"metadata": {"labels": {"a": "b"}}}
        )
    )


def test_a_work_of_before_can_still_go(cluster: ApiServer) -> None:
    lift = {"metadata": {"finalizers": None}}
    assert not rejection(send_as(cluster, ADMIN, "PATCH", f"{works()}/old", lift))


# --- Tables ---------------------------------------------------------------------------------------


def table(**changes: Any) -> Object:
    """The Table of the request `orders`, as the renderer writes it."""
    live = request(spec(**changes), name="orders")
    live["metadata"]["namespace"] = TEAM
    return render(admit(live))


@pytest.fixture
def orders(cluster: ApiServer) -> Iterator[ApiServer]:
    """With the request `orders`, which keeps its table."""
    kubectl("delete", "ddbr,tables.dynamodb.services.k8s.aws", "--all", "-n", TEAM)
    assert not rejection(ask(cluster, TEAM))
    yield cluster
    kubectl("delete", "ddbr,tables.dynamodb.services.k8s.aws", "--all", "-n", TEAM)


def applied(api: ApiServer, document: Object, **query: str) -> str:
    """Why the agent may not apply a Table; empty if it may."""
    path = f"{tables(document['metadata']['namespace'])}/{document['metadata']['name']}"
    return rejection(send_as(api, AGENT, "APPLY", path, document, **query))


def test_the_agent_applies_the_table_of_a_request(orders: ApiServer) -> None:
    assert not applied(orders, table())
    assert not applied(orders, table())
    assert not rejection(send_as(orders, AGENT, "DELETE", f"{tables()}/orders"))


def test_the_agent_of_a_team_writes_into_no_other_namespace(orders: ApiServer) -> None:
    for namespace in (OTHER, "default", "flux-system"):
        document = table()
        document["metadata"]["namespace"] = namespace
        assert "cannot patch resource" in applied(orders, document)
        path = f"{tables(namespace)}/orders"
        assert "cannot delete resource" in rejection(send_as(orders, AGENT, "DELETE", path))


def changed(path: str, value: Any) -> Object:
    """The Table of the request with one value changed."""
    document = copy.deepcopy(table())
    node: Any = document
    *steps, last = path.split("|")
    for step in steps:
        node = node[step]
    node[last] = value
    return document


REGION = table()["metadata"]["annotations"]["services.k8s.aws/region"]
FOREIGN: dict[str, tuple[Object, str]] = {
    "another label": (
        changed(f"metadata|labels|{model.GROUP}/request", "other"),
        "an agent applies Tables of requests only, allowed: orders",
    ),
    "no label": (changed("metadata|labels", {}), "an agent applies Tables of requests only"),
    "adoption": (changed(f"metadata|annotations|{ADOPT}", "adopt"), "an annotation of ACK's"),
    "read-only": (
        changed("metadata|annotations|services.k8s.aws/read-only", "true"),
        "an annotation of ACK's",
    ),
    "another table": (
        changed("spec|tableName", "theirs"),
        "spec.tableName: not as in the request of this name: got theirs, allowed: ",
    ),
    "another region": (
        changed("metadata|annotations|services.k8s.aws/region", "ap-south-1"),
        "not as in the request of this name: got ap-south-1, allowed: ",
    ),
    "deletion": (
        changed("metadata|annotations|services.k8s.aws/deletion-policy", "delete"),
        "the request of this name keeps its table, allowed: retain",
    ),
    "no deletion policy": (
        changed("metadata|annotations", {"services.k8s.aws/region": REGION}),
        "the request of this name keeps its table",
    ),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_the_agent_applies_nothing_but_the_requests_table(case: str, orders: ApiServer) -> None:
    document, message = FOREIGN[case]
    assert message in applied(orders, document, dryRun="All")
    assert not applied(orders, table())
    # neither as a change of the Table that is there
    if case not in {"no label", "no deletion policy"}:
        assert message in applied(orders, document, dryRun="All")


def test_a_table_without_its_request_is_judged_by_its_form_alone(orders: ApiServer) -> None:
    kubectl("delete", "ddbr", "--all", "-n", TEAM)
    assert not applied(orders, table(), dryRun="All")
    assert applied(orders, FOREIGN["adoption"][0], dryRun="All")


def test_what_others_wrote_on_a_table_does_not_stop_the_agent(orders: ApiServer) -> None:
    assert not applied(orders, table())
    # a person adopts, and the request gives its data up
    path = f"{tables()}/orders"
    patch = {"metadata": {"annotations": {ADOPT: "adopt"}}}
    assert not rejection(send_as(orders, ADMIN, "PATCH", path, patch))
    give_up = {"spec": {"deletionPolicy": "Delete", "deletionProtection": False}}
    asked = f"{requests_of(TEAM)}/orders"
    assert not rejection(send_as(orders, ADMIN, "PATCH", asked, give_up))
    assert not applied(orders, table())  # yesterday's file, which keeps the table
    given = table(deletionPolicy="Delete", deletionProtection=False)
    assert not applied(orders, given)
    # and keeps it after all: the old file is applied once more before the new one arrives
    keep = {"spec": {"deletionPolicy": "Retain"}}
    assert not rejection(send_as(orders, ADMIN, "PATCH", asked, keep))
    assert not applied(orders, given)
    assert not applied(orders, table())
    assert "keeps its table" in applied(orders, given)


def test_tables_of_others_are_not_judged(orders: ApiServer) -> None:
    document = table()
    document["metadata"] = {"name": "kro", "namespace": OTHER}
    assert not rejection(send_as(orders, ADMIN, "POST", tables(OTHER), document, dryRun="All"))
