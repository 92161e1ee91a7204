"""What every target installs, as a real API server takes it."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import cdk8s
import pytest
import upstream
from api import REQUESTS, ApiServer, kubectl, wait, warned
from corpus import CASES, spec
from generated import request

from infra.app import build
from infra.settings import targets
from infra.targets import Offer
from tablepromise.platform import RequestWarnings
from tablepromise.request import admit, dump, warnings

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]
TARGETS = targets()
TARGETS["every-offer"] = replace(TARGETS["devex"], offers=get_args(Offer))

ELSEWHERE = {"argocd"}
"""Namespaces that somebody else makes; so are the kinds of what is in them."""


@pytest.fixture(scope="module")
def kinds(api: ApiServer) -> Iterator[ApiServer]:
    """The kinds of all that is installed. Those that were not there before go again."""
    before = set(kubectl("get", "crd", "-o", "name").split())
    files = [
        str(file)
        for file in sorted(upstream.FOLDER.glob("*.yaml"))
        if file.name.startswith(
            (
                "ack-dynamodb-tables.",
                "certmanager",
                "crossplane",
                "flux",
                "kratix",
                "kro",
                "kubevela",
                "upjet-aws-aws.m.",
            )
        )
    ]
    if not files:
        pytest.skip("the upstream CRDs are not beside the checkout")
    kubectl("apply", "--server-side", *(word for file in files for word in ("-f", file)))
    kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    yield api
    made = set(kubectl("get", "crd", "-o", "name").split()) - before
    if made:
        kubectl("delete", *made)


@pytest.mark.parametrize("target", TARGETS)
def test_every_object_is_taken_without_a_warning(kinds: ApiServer, target: str) -> None:
    del kinds
    documents: list[dict[str, Any]] = [
        document
        for folder in build(TARGETS[target]).folders
        for document in folder.documents()
        if document["metadata"].get("namespace") not in ELSEWHERE
    ]
    # PodSecurity and what lives in a namespace are judged where the namespace is
    existing = set(kubectl("get", "namespace", "-o", "name").split())
    namespaces = [
        document
        for document in documents
        if document["kind"] == "Namespace"
        and f"namespace/{document['metadata']['name']}" not in existing
    ]
    kubectl("apply", "--server-side", "-f", "-", stdin=dump(*namespaces))
    try:
        done = subprocess.run(
            [
                *("kubectl", "apply", "--server-side", "--dry-run=server", "--validate=strict"),
                *("--force-conflicts", "-f", "-"),
            ],
            input=dump(*documents),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        assert len(done.stdout.splitlines()) == len(documents)
    finally:
        names = [document["metadata"]["name"] for document in namespaces]
        kubectl("delete", "namespace", "--ignore-not-found", *names)


def test_applications_are_taken_strictly(kinds: ApiServer) -> None:
    del kinds
    file = ROOT / "examples/kubevela/applications.yaml"
    done = kubectl(
        *("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", str(file))
    )
    assert done.count("application.core.oam.dev/") == 5


def test_pod_security_is_what_would_have_warned(kinds: ApiServer) -> None:
    """The test above proves nothing unless a pod that breaks the rules is warned about."""
    del kinds
    name = "careless"
    labels = {"pod-security.kubernetes.io/warn": "restricted"}
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": labels},
    }
    kubectl("apply", "-f", "-", stdin=dump(namespace))
    try:
        command = ["kubectl", "create", "deployment", name, "--image=x", "-n", name]
        done = subprocess.run(
            [*command, "--dry-run=server"], capture_output=True, text=True, check=True
        )
        assert "would violate PodSecurity" in done.stderr
    finally:
        kubectl("delete", "namespace", name)


def test_apply_warns_of_what_the_pipeline_warns_of(api: ApiServer) -> None:
    chart = cdk8s.Testing.chart()
    RequestWarnings(chart, "Advice")
    policy = dump(*cdk8s.Testing.synth(chart))
    careless = request(
        spec(
            attributeDefinitions=[{"name": n, "type": "S"} for n in ("id", "a", "b")],
            keySchema=[{"attributeName": "id", "keyType": "HASH"}],
            billingMode="PROVISIONED",
            provisioned={},
            deletionPolicy="Delete",
        )
    )
    assert len(warnings(admit(careless).spec)) == 3
    protected = request(spec(deletionPolicy="Delete", deletionProtection=True))
    documents = [careless, protected, *(d for d, paths in CASES.values() if not paths)]
    kubectl("apply", "-f", "-", stdin=policy)
    try:
        wait(lambda: said(api, careless), "the policy to be followed")
        for document in documents:
            if document["metadata"].get("namespace", "default") == "default":
                assert said(api, document) == warnings(admit(document).spec), json.dumps(document)
    finally:
        kubectl("delete", "-f", "-", stdin=policy)


def said(api: ApiServer, document: dict[str, Any]) -> list[str]:
    """Our warnings when a request is applied, in order."""
    return warned(
        api.session.post(api.url + REQUESTS, json=document, params={"dryRun": "All"}, timeout=60)
    )
