"""A target with every offer: each object is one that its kind allows, and pods are restricted."""

from dataclasses import replace
from typing import get_args

from conforms import problems

from infra.app import build
from infra.settings import targets
from infra.targets import Offer
from tablepromise.request import dump
from tools.upstream import NAMES, schemas

DOCUMENTS = {
    f"{document['kind']}/{document['metadata']['name']}": document
    for folder in build(replace(targets()["devex"], offers=get_args(Offer))).folders
    for document in folder.documents()
}


def test_every_object_is_one_that_its_kind_allows() -> None:
    known = {key: schema for name in NAMES for key, schema in schemas(name).items()}
    judged: set[str] = set()
    for name, document in DOCUMENTS.items():
        schema = known.get((document["apiVersion"], document["kind"]))
        if schema:
            judged.add(document["kind"])
            assert not list(problems(document, schema)), name
    ours = {"Provider", "Function", "DeploymentRuntimeConfig", "ManagedResourceActivationPolicy"}
    assert judged >= {*ours, "HelmRelease", "HelmRepository", "OCIRepository", "Destination"}
    broken = {**DOCUMENTS["Function/function-python"], "spec": {"image": "x"}}
    assert len(list(problems(broken, known["pkg.crossplane.io/v1", "Function"]))) == 2


def test_every_pod_of_a_package_is_restricted() -> None:
    templates = [
        document["spec"]["deploymentTemplate"]["spec"]["template"]["spec"]
        for document in DOCUMENTS.values()
        if document["kind"] == "DeploymentRuntimeConfig"
    ]
    assert len(templates) == 3
    for pod in templates:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        [container] = pod["containers"]
        # whatever else it is called, Crossplane would run a second container beside it
        assert container["name"] == "package-runtime"
        assert container["resources"]["limits"]["memory"]
        context = container["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["allowPrivilegeEscalation"] is False
        assert context["runAsUser"]


def test_no_package_is_left_to_crossplane_to_choose() -> None:
    runtimes = {name for name in DOCUMENTS if name.startswith("DeploymentRuntimeConfig/")}
    packages = [d for d in DOCUMENTS.values() if d["apiVersion"] == "pkg.crossplane.io/v1"]
    for document in packages:
        # the default one makes a pod that a restricted namespace refuses
        assert f"DeploymentRuntimeConfig/{document['spec']['runtimeConfigRef']['name']}" in runtimes
    versions = {
        d["spec"]["package"].rpartition(":")[2] for d in packages if d["kind"] == "Provider"
    }
    assert len(versions) == 1


def test_kro_may_do_no_more_than_it_does() -> None:
    role = DOCUMENTS["ClusterRole/tablepromise-kro"]
    text = dump(role)
    assert "*" not in text
    groups = {group for rule in role["rules"] for group in rule["apiGroups"]}
    assert groups == {"kro.tablepromise.dev", "dynamodb.services.k8s.aws"}
