"""`check` on a real API server: objects it accepts, events and pods that nobody wrote by hand."""

import json
import shlex
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from api import REQUESTS, ApiServer, kubeconfig_of, kubectl, wait
from chain_api import PAUSE, available, operators, post, posted, status
from click.testing import CliRunner, Result
from world import Object, World, packed

from tablepromise.cli.main import main
from tablepromise.diagnosis import READS
from tablepromise.request import admit, dump, render

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module", autouse=True)
def cluster(api: ApiServer) -> Iterator[ApiServer]:
    with operators(api):
        yield api


@pytest.fixture
def arrived(cluster: ApiServer) -> Iterator[World]:
    """Five requests, all of which have arrived."""
    with posted(cluster, World()) as world:
        yield world


def run(command: str) -> Result:
    return CliRunner().invoke(main, shlex.split(command))


def check(*options: str) -> dict[str, Any]:
    result = run(" ".join(("check -o json", *options)))
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def request(told: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [request for request in told["requests"] if request["name"] == name]
    return dict(found)


# --- tests ----------------------------------------------------------------------------------------


def test_only_the_apis_are_there() -> None:
    result = run("check")
    assert result.exit_code == 1
    assert "not installed" in result.stdout


@pytest.mark.usefixtures("arrived")
def test_all_five_are_ready() -> None:
    told = check()
    assert {request["state"] for request in told["requests"]} == {"ready"}, told
    assert len(told["requests"]) == 5
    assert {part["state"] for part in told["platform"]} <= {"healthy", "starting"}, told
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout.count("ACTIVE") == 5
    assert run("trace simple-users-table").exit_code == 0


@pytest.mark.usefixtures("arrived")
def test_ack_is_scaled_to_zero(cluster: ApiServer) -> None:
    ack = ("deployment/ack-dynamodb-chart", "-n", "ack-system")
    kubectl("scale", *ack, "--replicas=0")
    path = "/apis/dynamodb.services.k8s.aws/v1alpha1/namespaces/default/tables/simple-users-table"
    status(cluster, path, lambda live: live.pop("status"))
    told = request(check(), "simple-users-table")
    assert (told["hop"], told["state"]) == ("table", "failed")
    assert "scaled to zero" in told["problem"]["why"]
    # as it says
    kubectl(*told["problem"]["next"].split()[1:])
    available(*ack)
    told = request(check(), "simple-users-table")
    assert (told["hop"], told["state"]) == ("table", "waiting")


@pytest.mark.usefixtures("arrived")
def test_ack_cannot_pull_its_image() -> None:
    ack = ("deployment/ack-dynamodb-chart", "-n", "ack-system")
    kubectl("set", "image", *ack, "manager=registry.invalid/ack:0")
    try:
        wait(lambda: "Pull" in _part("ack-system/ack-dynamodb-chart")["message"], "the pull")
        assert _part("ack-system/ack-dynamodb-chart")["state"] == "unhealthy"
    finally:
        kubectl("set", "image", *ack, f"manager={PAUSE}")
        available(*ack)


def _part(name: str) -> dict[str, Any]:
    [found] = [part for part in check()["platform"] if part["name"] == name]
    return dict(found)


@pytest.mark.usefixtures("arrived")
def test_an_update_that_has_not_arrived(cluster: ApiServer) -> None:
    name = "production-orders-table"
    patch = '{"spec":{"billingMode":"PAY_PER_REQUEST","provisioned":null}}'
    kubectl("patch", "ddbr", name, "--type=merge", "-p", patch)
    told = request(check(), name)
    assert (told["hop"], told["state"]) == ("workflow", "waiting")
    assert "generation 2" in told["hops"][1]["detail"]

    def seen(live: Object) -> None:
        live["status"]["observedGeneration"] = 2

    status(cluster, f"{REQUESTS}/{name}", seen)
    told = request(check(), name)
    assert (told["hop"], told["state"]) == ("work", "waiting")
    _rewrite(cluster, name)
    told = request(check(), name)
    assert (told["hop"], told["state"]) == ("applied", "waiting")
    assert "spec.billingMode" in told["hops"][5]["detail"]


def _rewrite(api: ApiServer, name: str) -> None:
    """Work and WorkPlacement hold what the request asks for now."""
    content = packed(render(admit(api.send("GET", f"{REQUESTS}/{name}"))))
    file = {"filepath": "table.yaml", "content": content}
    world = World()
    for kind in ("Work", "WorkPlacement"):
        [made] = [o for o in world.objects[kind] if o["spec"]["resourceName"] == name]
        plural, metadata = f"{kind.lower()}s", made["metadata"]
        place = f"/apis/{made['apiVersion']}/namespaces/{metadata['namespace']}/{plural}"
        live = api.send("GET", f"{place}/{metadata['name']}")
        if kind == "Work":
            live["spec"]["workloadGroups"][0]["workloads"] = [file]
        else:
            live["spec"] |= {"workloads": [file], "generation": 2}
        answer = api.send("PUT", f"{place}/{metadata['name']}", live)
        assert answer["kind"] == kind, answer


JOB_LABELS = {
    "kratix.io/promise-name": "aws-dynamodb-kratix",
    "kratix.io/workflow-action": "configure",
    "kratix.io/workflow-type": "resource",
}


def begun(api: ApiServer, namespace: str, **container: Any) -> str:
    """A request in `namespace` whose pipeline is this container; its name."""
    world = World()
    live = world.one("DynamoDBRequest", "simple-users-table")
    live["metadata"] |= {"name": "begun", "namespace": namespace}
    progress = {"type": "ConfigureWorkflowCompleted", "status": "False"}
    live["status"] = {
        "message": "Pending",
        "conditions": [{**progress, "reason": "PipelinesInProgress"}],
    }
    post(api, live)
    labels = {**JOB_LABELS, "kratix.io/resource-name": "begun"}
    pod = {
        "restartPolicy": "OnFailure",
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "configure", "image": PAUSE, **container}],
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "begun", "namespace": namespace, "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    kubectl("apply", "-f", "-", stdin=dump(job))
    return "begun"


@pytest.fixture
def request_namespace() -> Iterator[str]:
    name = "check-pipelines"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name)


@pytest.mark.usefixtures("arrived")
def test_pod_security_lets_no_pod_be_made(cluster: ApiServer) -> None:
    begun(cluster, "check-restricted")
    try:
        wait(lambda: "violates PodSecurity" in _why("check-restricted"), "the event")
        told = request(check("-n check-restricted"), "begun")
        assert (told["hop"], told["state"]) == ("workflow", "failed")
        assert "defaultContainerSecurityContext" in told["problem"]["next"]
    finally:
        kubectl("delete", "ddbr,job", "begun", "-n", "check-restricted")


@pytest.mark.usefixtures("arrived")
def test_a_quota_lets_no_pod_be_made(cluster: ApiServer, request_namespace: str) -> None:
    kubectl("create", "quota", "none", "--hard=pods=0", "-n", request_namespace)
    begun(cluster, request_namespace)
    wait(lambda: "exceeded quota" in _why(request_namespace), "the event")


@pytest.mark.usefixtures("arrived")
def test_the_pipelines_image_is_not_to_be_had(cluster: ApiServer, request_namespace: str) -> None:
    begun(cluster, request_namespace, image="registry.invalid/pipeline:0")
    wait(lambda: "Pull" in _why(request_namespace), "the pull to fail")
    result = run(f"trace begun -n {request_namespace}")
    assert result.exit_code == 1
    assert "the pipeline's pod does not run" in result.stdout


@pytest.mark.usefixtures("arrived")
def test_no_node_has_room_for_the_pipeline(cluster: ApiServer, request_namespace: str) -> None:
    begun(cluster, request_namespace, resources={"requests": {"cpu": "1000"}})
    wait(lambda: "Unschedulable" in _why(request_namespace), "the scheduler")


def _why(namespace: str) -> str:
    problem = request(check(f"-n {namespace}"), "begun")["problem"]
    return problem["why"] if problem else ""


# --- rights ---------------------------------------------------------------------------------------


@contextmanager
def account(folder: Path, *objects: Object) -> Generator[str]:
    """A kubeconfig of a service account with these roles and bindings alone."""
    who = {"kind": "ServiceAccount", "name": "checker", "namespace": "check-restricted"}
    metadata = {"name": "checker", "namespace": "check-restricted"}
    manifest = dump(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        *({**item, "subjects": [who]} if "roleRef" in item else item for item in objects),
    )
    kubectl("apply", "-f", "-", stdin=manifest)
    try:
        yield kubeconfig_of("check-restricted", "checker", folder)
    finally:
        kubectl("delete", "-f", "-", stdin=manifest)


RBAC = {"apiVersion": "rbac.authorization.k8s.io/v1"}


@pytest.mark.usefixtures("arrived")
def test_the_rights_that_are_listed_are_enough(tmp_path: Path) -> None:
    rules = [
        {
            **{"apiGroups": [read.group], "resources": [read.plural], "verbs": list(read.verbs)},
            **({"resourceNames": list(read.names)} if read.names else {}),
        }
        for read in READS
    ]
    named = {"metadata": {"name": "check-test"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "check-test"}
    with account(
        tmp_path,
        {**RBAC, **named, "kind": "ClusterRole", "rules": rules},
        {**RBAC, **named, "kind": "ClusterRoleBinding", "roleRef": role},
    ) as kubeconfig:
        result = run(f"check --kubeconfig {kubeconfig}")
        assert "not allowed" not in result.stdout
        assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("arrived")
def test_a_developer_sees_the_requests_and_which_rights_are_missing(tmp_path: Path) -> None:
    rules = [
        {"apiGroups": [read.group], "resources": [read.plural], "verbs": ["get", "list"]}
        for read in READS
        if read.of_request
    ]
    named = {"metadata": {"name": "check-test", "namespace": "default"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "check-test"}
    with account(
        tmp_path,
        {**RBAC, **named, "kind": "Role", "rules": rules},
        {**RBAC, **named, "kind": "RoleBinding", "roleRef": role},
    ) as kubeconfig:
        told = check(f"-n default --kubeconfig {kubeconfig}")
        assert {request["state"] for request in told["requests"]} == {"ready"}
        assert {part["state"] for part in told["platform"]} == {"unknown"}
        [promise, *_] = told["platform"]
        assert promise["message"] == (
            "not allowed to list promises.platform.kratix.io in the cluster"
        )
        refused = run(f"check --kubeconfig {kubeconfig}")
        assert refused.exit_code == 1
        assert "not allowed to list dynamodbrequests.dynamodb.kratix.io" in refused.stderr
