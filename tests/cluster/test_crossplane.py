"""What a real API server does with the documents of the Crossplane offer."""

import json
from collections.abc import Iterator
from typing import Any

import cdk8s
import pytest
import upstream
from api import CRDS, REQUESTS, ApiServer, kubectl, refused_at, wait
from corpus import CASES
from generated import request
from mutations import specs

from tablepromise.dialects import crossplane
from tablepromise.offers import CompositeTable, ProviderConfig, ProviderConfigProps
from tablepromise.platform import Emulator
from tablepromise.request import admit, dump, validate

pytestmark = pytest.mark.cluster

UPSTREAM = (
    "crossplane-apiextensions.crossplane.io_compositeresourcedefinitions.yaml",
    "crossplane-apiextensions.crossplane.io_compositions.yaml",
    "upjet-aws-aws.m.upbound.io_clusterproviderconfigs.yaml",
    "upjet-aws-dynamodb.aws.m.upbound.io_tables.yaml",
)
INSTANCES = f"/apis/{crossplane.API_VERSION}/namespaces/default/{crossplane.PLURAL}"
TABLES = "/apis/dynamodb.aws.m.upbound.io/v1beta1/namespaces/default/tables"


@pytest.fixture(scope="module")
def kinds(api: ApiServer) -> Iterator[ApiServer]:
    """The kinds of Crossplane and its provider, and ours. What was there before stays."""
    crds = [*map(upstream.crd, UPSTREAM), served()]
    made: list[str] = []
    try:
        for crd in crds:
            answer = api.send("POST", CRDS, crd)
            if answer["kind"] == "CustomResourceDefinition":
                made.append(crd["metadata"]["name"])
            else:
                assert answer["code"] == 409, json.dumps(answer)
        for path in (INSTANCES, TABLES):
            wait(lambda path=path: "items" in api.send("GET", path), path)  # type: ignore[misc]
        # the schema is enforced a moment after the API is served
        bad = instance(request({}, name="bad"))
        wait(lambda: refused_at(api.send("POST", INSTANCES, bad, dryRun="All")), "the schema")
        yield api
    finally:
        for name in made:
            api.send("DELETE", f"{CRDS}/{name}")


def served() -> dict[str, Any]:
    """The CRD that Crossplane makes of our XRD, without the fields that it adds."""
    definition = crossplane.composite_resource_definition()["spec"]
    [version] = definition["versions"]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": crossplane.NAME},
        "spec": {
            **{field: definition[field] for field in ("group", "scope", "names")},
            "versions": [
                {
                    **{key: child for key, child in version.items() if key != "referenceable"},
                    "storage": version["referenceable"],
                    "subresources": {"status": {}},
                }
            ],
        },
    }


def instance(document: dict[str, Any]) -> dict[str, Any]:
    """A request as a DynamoDBTable, legal or not."""
    return {**document, "apiVersion": crossplane.API_VERSION, "kind": crossplane.KIND}


def test_what_is_installed_passes_strict_validation(kinds: ApiServer) -> None:
    del kinds
    chart = cdk8s.Testing.chart()
    CompositeTable(chart, "Table")
    ProviderConfig(chart, "Config", ProviderConfigProps(identity=Emulator(url="http://here")))
    documents: list[dict[str, Any]] = cdk8s.Testing.synth(chart)
    assert len(documents) == 3
    kubectl(
        *("apply", "--validate=strict", "--server-side", "--dry-run=server", "-f", "-"),
        stdin=dump(*documents),
    )


def test_a_spec_is_refused_where_the_same_request_is(kinds: ApiServer) -> None:
    several: set[str] = set()
    for name, (document, paths) in CASES.items():
        if all(path.startswith("spec") for path in paths):
            ours = refused_at(kinds.send("POST", REQUESTS, document, dryRun="All"))
            answer = kinds.send("POST", INSTANCES, instance(document), dryRun="All")
            theirs = refused_at(answer)
            if "one HASH and at most one RANGE attribute in Crossplane" in json.dumps(answer):
                several.add(name)
                theirs -= {f"spec.globalSecondaryIndexes[{n}].keySchema" for n in range(20)} - ours
            assert theirs == ours, name
    accepted = {name for name, (_, paths) in CASES.items() if not paths}
    offline = {n for n in accepted if crossplane.rejections(admit(CASES[n][0]))}
    assert several & accepted == offline
    assert len(offline) >= 5


def test_composed_tables_pass_strict_validation(kinds: ApiServer) -> None:
    taken = 0
    for document in map(request, specs(seed=41, count=300)):
        if validate(document):
            continue
        if crossplane.rejections(admit(document)):
            continue
        for resource in crossplane.composed_resources(admit(document)):
            if resource["kind"] == "Table":  # the CRDs of the others are not beside the checkout
                answer = kinds.send("POST", TABLES, resource, dryRun="All")
                assert answer["kind"] == "Table", json.dumps(answer)
                taken += 1
    assert taken >= 100
