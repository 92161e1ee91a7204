"""`check` on a real API server: objects it accepts, events and pods that nobody wrote by hand."""

import json
import shlex
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import upstream
from api import CRDS, REQUESTS, ApiServer, kubectl, kubectl_json, wait
from click.testing import CliRunner, Result
from fake_api import shifted
from world import Object, World, packed

from tablepromise.cli.main import main
from tablepromise.diagnosis import READS
from tablepromise.request import admit, dump, render

pytestmark = pytest.mark.cluster

PAUSE = "registry.k8s.io/pause:3.10"
OPERATORS = ("kratix-platform-system", "flux-system", "ack-system", "tablepromise-system")
NAMESPACES = (*OPERATORS, "check-restricted")
UPSTREAM = (
    *(f"kratix-{kind}.yaml" for kind in ("promises", "destinations", "works", "workplacements")),
    *("kratix-bucketstatestores.yaml", "kratix-gitstatestores.yaml", "ack-dynamodb-tables.yaml"),
    *("flux-source-buckets.yaml", "flux-source-gitrepositories.yaml"),
    "flux-kustomize-kustomizations.yaml",
)
WRITTEN = (
    *("Promise", "BucketStateStore", "Destination", "Bucket", "Kustomization"),
    *("DynamoDBRequest", "Work", "WorkPlacement", "Table"),
)
"""Kinds whose controllers are not here, so that their statuses are written by hand."""


@pytest.fixture(scope="module", autouse=True)
def cluster(api: ApiServer) -> Iterator[ApiServer]:
    """The CRDs of Kratix, Flux and ACK; what was there before stays."""
    if any(
        item["metadata"]["name"] in NAMESPACES
        for item in api.send("GET", "/api/v1/namespaces")["items"]
    ):
        pytest.skip("Kratix, Flux or ACK is installed in this cluster: it is not for these tests")
    made = [crd for file in UPSTREAM if _post_crd(api, crd := upstream.crd(file))]
    for read in READS:
        if read.group and not read.names:
            path = f"/apis/{read.group}/{read.version}/{read.plural}"
            wait(lambda path=path: "items" in api.send("GET", path), path)  # type: ignore[misc]
    for namespace in NAMESPACES:
        kubectl("create", "namespace", namespace)
    kubectl(
        *("label", "namespace", "check-restricted"),
        "pod-security.kubernetes.io/enforce=restricted",
    )
    try:
        _operators(api)
        yield api
    finally:
        kubectl("delete", "namespace", *NAMESPACES)
        for crd in made:
            api.send("DELETE", f"{CRDS}/{crd['metadata']['name']}")


def _operators(api: ApiServer) -> None:
    """Kratix, Flux, ACK and the reflector as pods that do nothing."""
    for deployment in World(()).objects["Deployment"]:
        pod = deployment["spec"]["template"]["spec"]
        pod["containers"][0]["image"] = PAUSE
        pod["terminationGracePeriodSeconds"] = 1  # it knows no signals
        deployment["spec"]["strategy"] = {"type": "Recreate"}
        _post(api, deployment)
    for namespace in OPERATORS:
        _available("deployment", "--all", "-n", namespace)


def _available(*which: str) -> None:
    kubectl("wait", "--for=condition=Available", *which, "--timeout=60s")


def _post_crd(api: ApiServer, crd: Object) -> bool:
    answer = api.send("POST", CRDS, crd)
    assert answer["kind"] == "CustomResourceDefinition" or answer["code"] == 409, answer
    return answer["kind"] == "CustomResourceDefinition"


@pytest.fixture
def arrived(cluster: ApiServer) -> Iterator[World]:
    """Five requests, all of which have arrived."""
    with posted(cluster, World()) as world:
        yield world


@contextmanager
def posted(api: ApiServer, world: World) -> Generator[World]:
    paths: list[str] = []
    try:
        for kind in WRITTEN:
            for live in world.objects.get(kind, []):
                paths.append(_post(api, live))
        yield world
    finally:
        for path in reversed(paths):
            api.send("DELETE", path)


def _post(api: ApiServer, live: Object) -> str:
    """Makes an object, with its status; returns its path."""
    live = shifted(live, datetime.now(UTC))
    live["metadata"].pop("managedFields", None)  # the API server writes its own
    [plural] = {read.plural for read in READS if read.kind == live["kind"]}
    namespace = live["metadata"].get("namespace")
    place = f"namespaces/{namespace}/" if namespace else ""
    folder = f"/apis/{live['apiVersion']}/{place}{plural}"
    path = f"{folder}/{live['metadata']['name']}"
    made = api.send("POST", folder, live)
    for _ in range(20):
        if made["kind"] == live["kind"]:
            break
        # left behind by a run that was broken off, or a kind that is not served to everybody yet
        api.send("DELETE", path)
        time.sleep(0.5)
        made = api.send("POST", folder, live)
    else:
        pytest.fail(f"{path}: {made['message']}")
    if "status" in live and live["kind"] != "Deployment":
        answer = api.send("PUT", f"{path}/status", {**made, "status": live["status"]})
        if answer["kind"] != live["kind"]:
            api.send("DELETE", path)
            pytest.fail(answer["message"])
    return path


def status(api: ApiServer, path: str, change: Callable[[Object], object]) -> None:
    """Changes the status of an object."""
    live = api.send("GET", path)
    change(live)
    assert "metadata" in api.send("PUT", f"{path}/status", live)


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
    assert "it is not installed" in result.stdout


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
    _available(*ack)
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
        _available(*ack)


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
    _post(api, live)
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
        token = kubectl("create", "token", "checker", "-n", "check-restricted").strip()
        config = kubectl_json("config", "view", "--raw", "--minify", "--flatten")
        config["users"] = [{"name": "checker", "user": {"token": token}}]
        config["contexts"][0]["context"]["user"] = "checker"
        path = folder / "kubeconfig"
        path.write_text(json.dumps(config))
        yield str(path)
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
