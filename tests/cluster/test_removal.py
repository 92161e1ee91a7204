"""What a real API server rejects: to delete an API with its objects, or a namespace of requests."""

import os
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import cdk8s
import pytest
from api import ApiServer, kubeconfig_of, kubectl, kubectl_json, wait
from corpus import spec
from generated import request

from infra.objects.engines import PROTECTED
from tablepromise.dialects import crossplane
from tablepromise.platform import ApiDeletionPolicy, ApiDeletionPolicyProps, NamespaceDeletionPolicy
from tablepromise.reads import KRATIX_GROUP, REQUEST_CRD
from tablepromise.request import dump, model
from tablepromise.request.deletion import CONFIRM_DELETION

pytestmark = pytest.mark.cluster

OBJECTS: dict[str, dict[str, Any]] = {
    f"promises.{KRATIX_GROUP}": {
        "apiVersion": f"{KRATIX_GROUP}/v1alpha1",
        "kind": "Promise",
        "metadata": {"name": model.PROMISE},
        "spec": {},
    },
    "compositeresourcedefinitions.apiextensions.crossplane.io": (
        crossplane.composite_resource_definition()
    ),
}
"""An object of each API whose single objects need a confirmation."""

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
GUARDS = [ApiDeletionPolicyProps(), *PROTECTED.values()]
ALL = [
    (resource, name, what)
    for guard in GUARDS
    for resource, names in guard.protected.items()
    for name, what in names.items()
]


def stand_in(resource: str) -> dict[str, Any]:
    """A CRD of that name, with any content."""
    plural, _, group = resource.partition(".")
    kind = {"apiVersion": "/v1", "kind": "Any" + plural.title()} | OBJECTS.get(resource, {})
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": resource,
            # the API server reserves groups under k8s.io
            "annotations": {"api-approved.kubernetes.io": "unapproved, a test"},
        },
        "spec": {
            "group": group,
            "scope": "Cluster" if resource in OBJECTS else "Namespaced",
            "names": {"plural": plural, "kind": kind["kind"], "singular": plural[:-1]},
            "versions": [
                {
                    "name": kind["apiVersion"].rpartition("/")[2],
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def deletion(*target: str, dry: bool = True, kubeconfig: str | None = None) -> str:
    """Why an object is not deleted; "" if it is."""
    command = ["kubectl", "delete", *target, "--wait=false", *(["--dry-run=server"] if dry else [])]
    env = {**os.environ, **({"KUBECONFIG": kubeconfig} if kubeconfig else {})}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    return done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def guarded(api: ApiServer) -> Iterator[ApiServer]:
    """With both policies in force, and every API whose deletion needs a confirmation."""
    there = {crd["metadata"]["name"] for crd in kubectl_json("get", "crd")["items"]}
    made = [stand_in(name) for resource, name, _ in ALL if resource == CRDS and name not in there]
    if made:
        kubectl("apply", "--server-side", "-f", "-", stdin=dump(*made))
    chart = cdk8s.Testing.chart()
    NamespaceDeletionPolicy(chart, "Namespaces")
    for guard in GUARDS:
        ApiDeletionPolicy(chart, f"Apis-{guard.name}", guard)
    policies = dump(*cdk8s.Testing.synth(chart))
    kubectl("apply", "-f", "-", stdin=policies)
    try:
        wait(lambda: deletion("crd", REQUEST_CRD), "the policies to be enforced")
        yield api
    finally:
        kubectl("delete", "-f", "-", stdin=policies)
        wait(lambda: not deletion("crd", REQUEST_CRD), "the policies to end")
        if made:
            kubectl("delete", "-f", "-", stdin=dump(*made))


@pytest.mark.parametrize(("resource", "name", "what"), ALL)
@pytest.mark.usefixtures("guarded")
def test_an_api_is_deleted_only_when_it_is_confirmed(resource: str, name: str, what: str) -> None:
    made = OBJECTS.get(resource)
    if made:
        wait(lambda: created(made), f"{resource} to be served")
    said = deletion(resource, name)
    assert f"{name} deletes {what}" in said
    _, command, confirmation = said.strip().partition("kubectl ")
    kubectl(*f"{confirmation}x".split())
    assert "to confirm" in deletion(resource, name)
    assert command
    kubectl(*confirmation.split(), "--overwrite")
    assert not deletion(resource, name)
    kubectl("annotate", resource, name, f"{CONFIRM_DELETION}-")
    assert deletion(resource, name)
    if made:
        kubectl(*confirmation.split())
        kubectl("delete", resource, name)


def created(document: dict[str, Any]) -> bool:
    done = subprocess.run(
        ["kubectl", "apply", "--validate=false", "-f", "-"],
        input=dump(document),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.usefixtures("guarded")
def test_other_apis_are_nobody_s_business() -> None:
    other = stand_in("others.example.com")
    kubectl("apply", "--server-side", "-f", "-", stdin=dump(other))
    assert not deletion("crd", "others.example.com", dry=False)


@pytest.mark.usefixtures("guarded")
def test_kratix_deletes_the_crd_of_its_promise(tmp_path: Path) -> None:
    account = "kratix-platform-controller-manager"
    mine: list[tuple[str, ...]] = []
    for namespace in ("kratix-platform-system", "elsewhere"):
        if not kubectl("get", "namespace", namespace, "--ignore-not-found"):
            kubectl("create", "namespace", namespace)
            mine.append(("namespace", namespace))
        if not kubectl("get", "serviceaccount", account, "-n", namespace, "--ignore-not-found"):
            kubectl("create", "serviceaccount", account, "-n", namespace)
        binding = f"removal-{namespace}"
        role = "--clusterrole=cluster-admin"
        user = f"--serviceaccount={namespace}:{account}"
        kubectl("create", "clusterrolebinding", binding, role, user)
        mine.append(("clusterrolebinding", binding))
    try:
        for namespace, refused in (("kratix-platform-system", False), ("elsewhere", True)):
            folder = tmp_path / namespace
            folder.mkdir()
            kubeconfig = kubeconfig_of(namespace, account, folder)
            assert bool(deletion("crd", REQUEST_CRD, kubeconfig=kubeconfig)) == refused
    finally:
        for target in mine:
            kubectl("delete", *target, "--wait=false")


_NUMBERS = count()


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"removal-{next(_NUMBERS)}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "ddbr", "--all", "-n", name)
    kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")


@pytest.mark.usefixtures("guarded")
def test_a_namespace_is_deleted_after_its_requests(namespace: str) -> None:
    assert not deletion("namespace", namespace)
    documents = [request(spec(), name) for name in ("orders", "users")]
    for document in documents:
        document["metadata"]["namespace"] = namespace
    kubectl("apply", "-f", "-", stdin=dump(*documents))
    wait(lambda: deletion("namespace", namespace), "the API server to see the requests", 10)
    assert f"namespace {namespace} has DynamoDBRequest" in deletion("namespace", namespace)
    held = '{"metadata": {"finalizers": ["example.com/held"]}}'
    kubectl("patch", "ddbr", "orders", "-n", namespace, "--type=merge", "-p", held)
    said = deletion("namespace", namespace, dry=False)
    _, _, command = said.strip().partition("first: kubectl ")
    kubectl(*command.split(), "--wait=false")
    # one that is being deleted needs its namespace most
    wait(lambda: "orders" in deletion("namespace", namespace), "the other request to go", 10)
    free = '{"metadata": {"finalizers": null}}'
    kubectl("patch", "ddbr", "orders", "-n", namespace, "--type=merge", "-p", free)
    wait(lambda: not deletion("namespace", namespace), "no request to be seen", 10)


@pytest.mark.usefixtures("guarded")
def test_requests_elsewhere_hold_no_namespace(namespace: str) -> None:
    document = request(spec(), "elsewhere")
    document["metadata"]["namespace"] = namespace
    kubectl("apply", "-f", "-", stdin=dump(document))
    wait(lambda: deletion("namespace", namespace), "the API server to see the request", 10)
    kubectl("create", "namespace", f"{namespace}-other")
    assert not deletion("namespace", f"{namespace}-other", dry=False)
