"""The pipeline container as Kratix runs it: restricted, read-only, with its one permission."""

import json
import os
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
    if imported := os.environ.get("PIPELINE_IMAGE"):  # `make image`, and `k3d image import`
        return imported
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
    """Runs the container on a live object, in its namespace, and returns the files it wrote.

    The Job has the shape of Kratix's: a reader that provides the object, our container with that
    read-only, and a writer in the end; the two are played by Python in our own image.
    """
    metadata = document["metadata"]
    namespace, name = metadata["namespace"], f"run-{metadata['name']}"
    kubectl("delete", "job,configmap", name, "-n", namespace, "--ignore-not-found")
    read = "import shutil; shutil.copy('/request/object.yaml', '/kratix/input')"
    show = (
        "import json, pathlib, sys; root = pathlib.Path('/kratix'); print(json.dumps({"
        "str(p.relative_to(root)): p.read_text() for f in ('output', 'metadata') "
        "for p in (root / f).rglob('*.yaml')}))"
    )
    ours = container["container"]
    adapter = {
        **{key: ours[key] for key in ("image", "imagePullPolicy", "securityContext")},
        # Kratix asks for ephemeral storage too; not every cluster knows how much it has
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "200m", "memory": "256Mi"},
        },
    }
    mounts = {
        folder: {"name": f"shared-{folder}", "mountPath": f"/kratix/{folder}"}
        for folder in ("input", "output", "metadata")
    }
    request_mount = {"name": "request", "mountPath": "/request"}
    objects: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace},
            "data": {"object.yaml": json.dumps(document)},
        },
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "backoffLimit": 0,
                "template": {
                    "spec": {
                        "serviceAccountName": "pipeline",
                        "restartPolicy": "Never",
                        "initContainers": [
                            {
                                **adapter,
                                "name": "reader",
                                "command": ["python", "-c", read],
                                "volumeMounts": [*mounts.values(), request_mount],
                            },
                            {
                                **ours,
                                "volumeMounts": [
                                    {**mounts["input"], "readOnly": True},
                                    mounts["output"],
                                    mounts["metadata"],
                                ],
                            },
                        ],
                        "containers": [
                            {
                                **adapter,
                                "name": "writer",
                                "command": ["python", "-c", show],
                                "volumeMounts": [*mounts.values()],
                            }
                        ],
                        "volumes": [
                            {"name": "request", "configMap": {"name": name}},
                            *({"name": mount["name"], "emptyDir": {}} for mount in mounts.values()),
                        ],
                    }
                },
            },
        },
    ]
    kubectl("apply", "-f", "-", stdin=dump(*objects))
    job = (
        "get",
        "job",
        name,
        "-n",
        namespace,
        "-o",
        "jsonpath={.status.succeeded}{.status.failed}",
    )
    wait(lambda: kubectl(*job), f"Job {name}", seconds=120)
    succeeded = kubectl("get", "job", name, "-n", namespace, "-o", "jsonpath={.status.succeeded}")
    logs = ("logs", f"job/{name}", "-n", namespace, "-c")
    assert succeeded == "1", kubectl(*logs, ours["name"])
    files: dict[str, str] = json.loads(kubectl(*logs, "writer"))
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


def test_good_warned_and_refused(api: ApiServer, container: dict[str, Any]) -> None:
    good = run(container, made(api, "pipeline-a", "good", name="good-table"))
    assert good["output/table.yaml"]["spec"]["tableName"] == "good-table"
    assert good["metadata/status.yaml"]["warnings"] == []

    careless = made(api, "pipeline-a", "careless", name="careless", deletionPolicy="Delete")
    warned = run(container, careless)
    assert "output/table.yaml" in warned
    [warning] = warned["metadata/status.yaml"]["warnings"]
    assert warning.startswith("deletionPolicy is Delete and deletionProtection is off")

    policy = made(api, "pipeline-a", "policy", name="policy", resourcePolicy='{"Statement": }')
    refused = run(container, policy)
    assert refused.keys() == {"metadata/status.yaml", "metadata/workflow-control.yaml"}
    assert "spec.resourcePolicy: not JSON" in refused["metadata/status.yaml"]["message"]
    assert refused["metadata/workflow-control.yaml"]["suspend"] is True


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
