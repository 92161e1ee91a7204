"""What the reflector's ServiceAccount may do, as a real API server judges it."""

from collections.abc import Iterator
from typing import Any

import cdk8s
import pytest
from api import REQUESTS, ApiServer, kubectl, wait
from corpus import spec
from generated import request
from image import IMAGE
from msgspec import structs

from tablepromise.diagnosis import Reason, Stages, Status, StatusCondition, build_patch
from tablepromise.platform import Reflector, ReflectorAccess, ReflectorProps
from tablepromise.reads import KRATIX_NAMESPACE, REFLECTOR_NAMESPACE, WATCHED
from tablepromise.request import dump, model

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("api")]

Object = dict[str, Any]
ACCOUNT = f"system:serviceaccount:{REFLECTOR_NAMESPACE}:reflector"
NAME = "reflected"
PATH = f"{REQUESTS}/{NAME}"
MERGE = "application/merge-patch+json"
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
BESIDE = ("secrets", "serviceaccounts/token", "pods/exec", "pods/log", "nodes/proxy", "users")
"""What no list of resources names."""


@pytest.fixture(scope="module", autouse=True)
def access() -> Iterator[None]:
    """The account, its rights and the policy, in force; and a namespace as Kratix has it."""
    chart = cdk8s.Testing.chart()
    ReflectorAccess(chart, "X")
    manifest = dump(*cdk8s.Testing.synth(chart))
    there = f"namespace/{KRATIX_NAMESPACE}" in kubectl("get", "namespace", "-o", "name").split()
    if not there:
        kubectl("create", "namespace", KRATIX_NAMESPACE)
    kubectl("apply", "--server-side", "--validate=strict", "-f", "-", stdin=manifest)
    try:
        yield
    finally:
        kubectl("delete", "--ignore-not-found", "-f", "-", stdin=manifest)
        if not there:
            kubectl("delete", "namespace", KRATIX_NAMESPACE)


@pytest.fixture
def asked(api: ApiServer) -> Iterator[Object]:
    """A request that Kratix has taken up, with everything that may be changed."""
    live = request(spec(), name=NAME)
    live["metadata"] |= {
        "labels": {"team": "orders"},
        "annotations": {"note": "mine"},
        "finalizers": ["example.com/kept"],
    }
    condition = {
        **{"type": "ConfigureWorkflowCompleted", "status": "True", "reason": "PipelinesExecuted"},
        **{"message": "done", "lastTransitionTime": "2026-05-04T12:00:00Z"},
    }
    status: Object = {
        **{"message": "Pending", "observedGeneration": 1, "warnings": ["careful"]},
        **{"kratix": {"workflows": {}}, "conditions": [condition]},
    }
    api.send("POST", REQUESTS, live)
    try:
        wait(lambda: refused(api, "annotation"), "the policy")
        yield send(api, "PATCH", f"{PATH}/status", {"status": status}, who="")
    finally:
        kubectl("patch", "ddbr", NAME, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        kubectl("delete", "ddbr", NAME)


def refused(api: ApiServer, change: str) -> str:
    """What the API server says to the reflector; empty if it does it."""
    where, body, _ = OTHERS[change]
    answer = send(api, "PATCH", PATH + where, body, dryRun="All")
    return str(answer["message"]) if answer.get("code") == 403 else ""


def send(
    api: ApiServer,
    method: str,
    path: str,
    body: Object | None = None,
    who: str = ACCOUNT,
    **query: str,
) -> Object:
    """The API server's answer to the reflector, or to an administrator."""
    kind = MERGE if method == "PATCH" else "application/json"
    headers = {"Content-Type": kind, **({"Impersonate-User": who} if who else {})}
    answer = api.session.request(
        method, api.url + path, json=body, params=query, headers=headers, timeout=60
    )
    decoded: Object = answer.json()
    return decoded


def may(api: ApiServer, account: str, right: tuple[str, str, str]) -> bool:
    """Whether an account may do `right` (group, resource, verb) in every namespace."""
    group, resource, verb = right
    plural, _, subresource = resource.partition("/")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": account,
            "groups": ["system:serviceaccounts", "system:authenticated"],
            "resourceAttributes": {
                **{"group": group, "resource": plural, "subresource": subresource, "verb": verb},
            },
        },
    }
    answer = api.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    return bool(answer["status"]["allowed"])


def test_it_may_do_what_is_listed_and_nothing_else(api: ApiServer) -> None:
    lines = kubectl("api-resources", "--no-headers", "-o", "name").split()
    resources = {(group, plural) for plural, _, group in (line.partition(".") for line in lines)}
    resources |= {("", name) for name in BESIDE}
    resources |= {(read.group, read.plural) for read in WATCHED}
    resources |= {(group, f"{plural}/status") for group, plural in resources if "/" not in plural}
    asked = {(group, resource, verb) for group, resource in resources for verb in VERBS}
    nobody = f"system:serviceaccount:{REFLECTOR_NAMESPACE}:default"
    found = {right for right in asked if may(api, ACCOUNT, right) and not may(api, nobody, right)}
    requests = (f"{model.PLURAL}", f"{model.PLURAL}/status")
    assert found == {
        *((read.group, read.plural, verb) for read in WATCHED for verb in read.verbs),
        *((model.GROUP, resource, "patch") for resource in requests),
        ("", "events", "create"),
    }


@pytest.mark.parametrize("destination", [None, "tables"])
def test_its_objects_are_taken_without_a_warning(destination: str | None) -> None:
    props = ReflectorProps(image=IMAGE, destination=destination)
    chart = cdk8s.Testing.chart()
    Reflector(chart, "X", props)
    documents = cdk8s.Testing.synth(chart)
    taken = kubectl(
        *(
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
            "--warnings-as-errors",
        ),
        *("--force-conflicts", "-f", "-"),
        stdin=dump(*documents),
    )
    assert len(taken.splitlines()) == len(documents)


STATUS = Status(
    table_status="ACTIVE",
    table_arn="arn:aws:dynamodb:us-east-1:123456789012:table/t",
    item_count=0,
    table_size_bytes=0,
    region="us-east-1",
    destination="devex",
    checked_generation=1,
    synced_table="uid 1",
    stages=Stages(generation=1, admitted="2026-05-04T12:00:00Z"),
    conditions=(
        StatusCondition(
            "Ready", "True", Reason.ACTIVE, "the table is ACTIVE", "2026-05-04T12:00:00Z"
        ),
        StatusCondition("Stalled", "False", Reason.ACTIVE, "nothing to do", "2026-05-04T12:00:00Z"),
    ),
)


def test_its_status_its_label_and_its_events_pass(api: ApiServer, asked: Object) -> None:
    written = send(api, "PATCH", f"{PATH}/status", build_patch(asked, STATUS))
    assert written["status"]["tableStatus"] == "ACTIVE", written
    conditions = [condition["type"] for condition in written["status"]["conditions"]]
    assert conditions == ["ConfigureWorkflowCompleted", "Ready", "Stalled"]
    # and what is no longer true goes
    body = build_patch(written, structs.replace(STATUS, table_status=None))
    assert body == {
        "metadata": {"resourceVersion": written["metadata"]["resourceVersion"]},
        "status": {"tableStatus": None},
    }
    assert "tableStatus" not in send(api, "PATCH", f"{PATH}/status", body)["status"]
    for value in ("true", None):
        labels = {"kratix.io/manual-reconciliation": value}
        labelled = send(api, "PATCH", PATH, {"metadata": {"labels": labels}})
        wanted = {"team": "orders", **({name: value for name, value in labels.items() if value})}
        assert labelled["metadata"]["labels"] == wanted
    event = {
        **{"apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "reflected."}},
        "involvedObject": {"kind": model.KIND, "namespace": "default", "name": NAME},
        **{"reason": "Healed", "message": "run again", "type": "Normal"},
    }
    events = "/api/v1/namespaces/default/events"
    made = send(api, "POST", events, event)
    assert made["kind"] == "Event", made
    api.send("DELETE", f"{events}/{made['metadata']['name']}")


OTHERS: dict[str, tuple[str, Object, str]] = {
    "spec": ("", {"spec": {"tableClass": "STANDARD_INFREQUENT_ACCESS"}}, "change spec"),
    "deletion": ("", {"spec": {"deletionPolicy": "Delete"}}, "change spec"),
    "a-label": ("", {"metadata": {"labels": {"team": "payments"}}}, "change a label"),
    "a-new-label": ("", {"metadata": {"labels": {"new": "x"}}}, "change a label"),
    "no-label": ("", {"metadata": {"labels": None}}, "change a label"),
    "annotation": ("", {"metadata": {"annotations": {"note": "x"}}}, "annotations"),
    "no-annotation": ("", {"metadata": {"annotations": None}}, "annotations"),
    "no-finalizer": ("", {"metadata": {"finalizers": None}}, "finalizers"),
    "owner": (
        "",
        {
            "metadata": {
                "ownerReferences": [
                    {"apiVersion": "v1", "kind": "Namespace", "name": "default", "uid": "x"}
                ]
            }
        },
        "ownerReferences",
    ),
    "generation": ("/status", {"status": {"observedGeneration": 2}}, "that only Kratix may change"),
    "message": ("/status", {"status": {"message": None}}, "that only Kratix may change"),
    "workflows": (
        "/status",
        {"status": {"kratix": {"workflows": {"x": 1}}}},
        "that only Kratix may change",
    ),
    "no-status": ("/status", {"status": None}, "that only Kratix may change"),
    "no-conditions": (
        "/status",
        {"status": {"conditions": []}},
        "a condition that only Kratix may change",
    ),
}


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("change", OTHERS)
def test_it_changes_nothing_else_of_a_request(api: ApiServer, change: str) -> None:
    where, body, message = OTHERS[change]
    assert message in refused(api, change)
    # whoever may write requests still may
    told = send(api, "PATCH", PATH + where, body, who="", dryRun="All")
    assert told["kind"] == model.KIND, told


@pytest.mark.usefixtures("asked")
def test_it_neither_makes_nor_deletes_a_request(api: ApiServer) -> None:
    for method, path, body in (
        ("POST", REQUESTS, request(spec(), name="another")),
        ("DELETE", PATH, None),
        ("DELETE", REQUESTS, None),
        ("GET", "/api/v1/secrets", None),
    ):
        assert send(api, method, path, body, dryRun="All").get("code") == 403, path
