"""The pipeline container as a pod: restricted, read-only, with the one permission it is given."""

import json
from collections.abc import Iterator
from typing import Any

import cdk8s
import image
import pytest
from api import ApiServer, kubectl, wait
from corpus import spec
from generated import request

from tablepromise.offers import Promise, PromiseProps
from tablepromise.request import dump, load

pytestmark = pytest.mark.cluster

NAMESPACES = ("pipeline-a", "pipeline-b")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> str:
    if not image.LAB.exists():
        pytest.skip("no lab beside the checkout to import the pipeline's image into")
    return image.load_into_lab(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def container(reference: str) -> dict[str, Any]:
    """Our container as the Promise gives it to Kratix."""
    chart = cdk8s.Testing.chart()
    Promise(chart, "Promise", PromiseProps(image=reference, account_id="123456789012"))
    [promise] = cdk8s.Testing.synth(chart)
    [pipeline] = promise["spec"]["workflows"]["resource"]["configure"]
    [permission] = pipeline["spec"]["rbac"]["permissions"]
    [container] = pipeline["spec"]["containers"]
    return {"container": container, "permission": permission}


@pytest.fixture(scope="module", autouse=True)
def namespaces(container: dict[str, Any]) -> Iterator[None]:
    """Namespaces that enforce `restricted`, and service accounts with our permission alone."""
    rule = {k: v for k, v in container["permission"].items() if k != "resourceNamespace"}
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "pipeline-test"}}
    objects: list[dict[str, Any]] = [
        {
            **rbac,
            "kind": "ClusterRole",
            "rules": [rule],
        },
        {
            **rbac,
            "kind": "ClusterRoleBinding",
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "pipeline-test",
            },
            "subjects": [
                {"kind": "ServiceAccount", "name": "pipeline", "namespace": namespace}
                for namespace in NAMESPACES
            ],
        },
    ]
    for namespace in NAMESPACES:
        enforce = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": namespace, "labels": enforce}
        account = {"name": "pipeline", "namespace": namespace}
        objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        objects.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    manifest = dump(*objects)
    kubectl("delete", "namespace", *NAMESPACES, "--ignore-not-found")  # of an earlier run
    kubectl("apply", "-f", "-", stdin=manifest)
    yield
    kubectl("delete", "--wait=false", "--ignore-not-found", "-f", "-", stdin=manifest)


def run(container: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Runs the container on a live object, in its namespace, and returns the files it wrote."""
    metadata = document["metadata"]
    namespace, name = metadata["namespace"], f"run-{metadata['name']}"
    kubectl("delete", "pod,configmap", name, "-n", namespace, "--ignore-not-found")
    show = (
        "import json, pathlib, sys; root = pathlib.Path('/kratix'); print(json.dumps({"
        "str(p.relative_to(root)): p.read_text() for f in ('output', 'metadata') "
        "for p in (root / f).rglob('*.yaml')}))"
    )
    ours = container["container"]
    mounts = [
        {"name": folder, "mountPath": f"/kratix/{folder}"}
        for folder in ("input", "output", "metadata")
    ]
    objects: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace},
            "data": {"object.yaml": json.dumps(document)},
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "serviceAccountName": "pipeline",
                "restartPolicy": "Never",
                "initContainers": [{**ours, "volumeMounts": mounts}],
                "containers": [
                    {
                        **{key: ours[key] for key in ("image", "securityContext", "resources")},
                        **{"name": "show", "volumeMounts": mounts},
                        "command": ["python", "-c", show],
                    }
                ],
                "volumes": [
                    {"name": "input", "configMap": {"name": name}},
                    {"name": "output", "emptyDir": {}},
                    {"name": "metadata", "emptyDir": {}},
                ],
            },
        },
    ]
    kubectl("apply", "-f", "-", stdin=dump(*objects))
    phase = ("get", "pod", name, "-n", namespace, "-o", "jsonpath={.status.phase}")
    wait(lambda: kubectl(*phase) in ("Succeeded", "Failed"), f"pod {name}", seconds=120)
    assert kubectl(*phase) == "Succeeded", kubectl("logs", name, "-n", namespace, "-c", "configure")
    files: dict[str, str] = json.loads(kubectl("logs", name, "-n", namespace, "-c", "show"))
    return {
        path: load(text)[0] for path, text in files.items() if "destination-selectors" not in path
    }


def made(api: ApiServer, namespace: str, object_name: str, **changes: Any) -> dict[str, Any]:
    document = request(spec(**changes), name=object_name)
    document["metadata"]["namespace"] = namespace
    path = f"/apis/dynamodb.kratix.io/v1alpha1/namespaces/{namespace}/dynamodbrequests"
    stored = api.send("POST", path, document)
    assert stored["kind"] == "DynamoDBRequest", stored
    return stored


def test_the_first_to_ask_gets_the_name_across_namespaces(
    api: ApiServer, container: dict[str, Any]
) -> None:
    first = made(api, "pipeline-a", "first", name="shared-name")
    files = run(container, first)
    assert files["output/table.yaml"]["metadata"]["namespace"] == "pipeline-a"
    assert files["metadata/status.yaml"]["tableArn"].endswith(":123456789012:table/shared-name")

    second = made(api, "pipeline-b", "second", name="shared-name")
    files = run(container, second)
    assert files.keys() == {"metadata/status.yaml", "metadata/workflow-control.yaml"}
    assert "pipeline-a/first" in files["metadata/status.yaml"]["message"]
    assert files["metadata/workflow-control.yaml"]["retryAfter"] == "60s"

    elsewhere = made(api, "pipeline-b", "third", name="shared-name", region="eu-west-1")
    assert "output/table.yaml" in run(container, elsewhere)

    kubectl("delete", "ddbr", "first", "-n", "pipeline-a")
    assert "output/table.yaml" in run(container, second)


def test_without_the_permission_it_is_said_and_retried(
    api: ApiServer, container: dict[str, Any]
) -> None:
    kubectl("delete", "clusterrolebinding", "pipeline-test")
    files = run(container, made(api, "pipeline-a", "fourth", name="fourth-table"))
    assert "forbidden" in files["metadata/status.yaml"]["message"]
    assert "output/table.yaml" not in files
    assert "retryAfter" in files["metadata/workflow-control.yaml"]
