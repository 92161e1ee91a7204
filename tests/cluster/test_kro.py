"""kro itself, with our objects: what becomes of a DynamoDBTable, and what is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import cdk8s
import kro as controller
import pytest
import upstream
from api import CRDS, REQUESTS, ApiServer, kubectl, refused_at, wait
from changes import CHANGES, with_time_to_live_on
from corpus import BASE, CASES, GSI, PROVISIONED
from generated import request
from mutations import specs
from normal_form import NormalForm, flatten, normalize_table

from tablepromise.dialects import kro
from tablepromise.offers import ResourceGraph
from tablepromise.platform import Kro, KroProps
from tablepromise.request import admit, dump, load, render, spec_schema, validate

pytestmark = pytest.mark.cluster

EXAMPLES = Path(__file__).parents[2] / "examples"
INSTANCES = f"/apis/{kro.API_VERSION}/namespaces/default/{kro.PLURAL}"
ACK_TABLES = "tables.dynamodb.services.k8s.aws"
TABLES = "/apis/dynamodb.services.k8s.aws/v1alpha1/namespaces/default/tables"


@pytest.fixture(scope="module")
def graph(api: ApiServer) -> Iterator[ApiServer]:
    """An API server with the kind that kro made of ours, and kro behind it."""
    kubectl(
        "apply", "--server-side", "-f", "-", stdin=dump(upstream.crd("ack-dynamodb-tables.yaml"))
    )
    chart = cdk8s.Testing.chart()
    Kro(chart, "Kro", KroProps(instances=(kro.NAME,)))
    ours = cdk8s.Testing.synth(chart)
    controller.install([each for each in ours if "toolkit.fluxcd.io" not in each["apiVersion"]])
    chart = cdk8s.Testing.chart()
    ResourceGraph(chart, "Graph")
    offer = dump(*cdk8s.Testing.synth(chart))
    kubectl("apply", "--server-side", "--validate=strict", "-f", "-", stdin=offer)
    kubectl("wait", "--for=condition=Ready", "rgd", kro.NAME, "--timeout=60s")
    wait(lambda: "items" in api.send("GET", INSTANCES), "the kind to be served")
    bad = as_instance({"metadata": {"name": "bad"}, "spec": {}})
    wait(lambda: refusal(api, bad), "its schema to be enforced")
    try:
        yield api
    finally:
        kubectl("delete", kro.PLURAL, "--all", "--wait=true", "--timeout=60s")
        kubectl("delete", "-f", "-", stdin=offer)
        kubectl("delete", "crd", kro.NAME)
        kubectl("delete", "namespace", controller.NAMESPACE)


def as_instance(document: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    metadata = {"name": name} if name else document["metadata"]
    return {**document, "apiVersion": kro.API_VERSION, "kind": kro.KIND, "metadata": metadata}


def refusal(api: ApiServer, instance: dict[str, Any]) -> str:
    answer = api.send("POST", INSTANCES, instance, dryRun="All")
    return str(answer["message"]) if answer.get("kind") == "Status" else ""


def table(api: ApiServer, name: str) -> dict[str, Any]:
    return api.send("GET", f"{TABLES}/{name}.kro")


def wanted(document: dict[str, Any]) -> NormalForm:
    return normalize_table(render(admit(document, document)))


def becomes(api: ApiServer, name: str, document: dict[str, Any]) -> dict[str, Any]:
    """The Table of an instance, once it asks for what the Promise's would."""
    want = wanted(document)

    def same() -> bool:
        found = table(api, name)
        return found["kind"] == "Table" and normalize_table(found) == want

    try:
        wait(same, f"Table {name}.kro")
    except AssertionError:
        found = flatten(normalize_table(table(api, name)))
        expected = flatten(want)
        pytest.fail(f"{name}: {dict(found.items() ^ expected.items())}")
    return table(api, name)


def test_the_kind_is_what_we_say_that_kro_makes_of_it(graph: ApiServer) -> None:
    [version] = graph.send("GET", f"{CRDS}/{kro.NAME}")["spec"]["versions"]
    made = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert ordered(made) == ordered(kro.instance_spec_schema())


def ordered(node: object) -> object:
    """A schema without the order of what has none: required fields come in any."""
    if not isinstance(node, dict):
        return node
    return {
        key: sorted(cast(list[str], value))
        if key == "required" and isinstance(value, list)
        else ordered(value)
        for key, value in cast(dict[str, object], node).items()
    }


@pytest.mark.usefixtures("graph")
def test_the_examples_become_the_promises_tables(graph: ApiServer) -> None:
    kubectl("apply", "--validate=strict", "-f", str(EXAMPLES / "kro/tables.yaml"))
    for file in sorted((EXAMPLES / "requests").glob("*.yaml")):
        [asked_for] = load(file.read_text())
        asked_for["spec"]["name"] += "-kro"
        becomes(graph, f"{asked_for['metadata']['name']}-kro", asked_for)
    kubectl("delete", "-f", str(EXAMPLES / "kro/tables.yaml"), "--timeout=60s")
    left = [item["metadata"]["name"] for item in graph.send("GET", TABLES)["items"]]
    assert not [name for name in left if name.endswith(".kro")]


def test_generated_requests_become_the_promises_tables(graph: ApiServer) -> None:
    legal = [spec for spec in specs(seed=61, count=60) if not validate(request(spec))]
    for number, spec in enumerate(legal):
        answer = graph.send("POST", INSTANCES, as_instance(request(spec), f"generated-{number}"))
        assert answer["kind"] == kro.KIND, answer
    for number, spec in enumerate(legal):
        becomes(graph, f"generated-{number}", request(spec))
    kubectl("delete", kro.PLURAL, "--all", "--timeout=60s")


def test_the_same_is_refused(graph: ApiServer) -> None:
    about_spec = {
        name: (case, paths)
        for name, (case, paths) in CASES.items()
        if all(path.startswith("spec") for path in paths) and set(case) >= {"spec", "metadata"}
    }
    assert len(about_spec) > 100
    wrong = {
        name: said or "accepted"
        for name, (case, paths) in about_spec.items()
        if bool(said := refusal(graph, as_instance(case, "case"))) != bool(paths)
    }
    assert wrong == {}
    said = refusal(graph, as_instance(CASES["key with RANGE first"][0], "case"))
    assert "spec.keySchema: HASH attributes come first in a key; list every HASH" in said


def test_a_table_of_kro_is_never_a_request_s(graph: ApiServer) -> None:
    """The names that the API server takes for requests, asked one by one."""
    spec = CASES["least"][0]["spec"]
    answer = graph.send("POST", INSTANCES, as_instance(request(spec), "a" * 64), dryRun="All")
    assert "63 or fewer characters" in answer["message"]
    for name in ("collides", "with.dots", "a" * 63, "collides-kro"):
        graph.send("POST", INSTANCES, as_instance(request(spec), name))
        becomes(graph, name, request(spec))
        theirs = table(graph, name)["metadata"]["name"]
        assert refused_at(graph.send("POST", REQUESTS, request(spec, theirs), dryRun="All")) == {
            "metadata.name"
        }
    kubectl("delete", kro.PLURAL, "--all", "--timeout=60s")


ORDER_COUNTS = {"order of local indexes", "order of projected attributes"}
"""Changes that are refused, as `kro.LIMITATIONS` says."""


def replaced(graph: ApiServer, path: str, spec: Any) -> dict[str, Any]:
    """The API server's answer to another spec, whatever kro writes meanwhile."""
    while True:
        current = graph.send("GET", path)
        answer = graph.send("PUT", path, {**current, "spec": spec})
        if answer.get("code") != 409:
            return answer


def test_changes_keep_the_table(graph: ApiServer) -> None:
    wrong: set[str] = set()
    for number, (name, (old, new, paths)) in enumerate(CHANGES.items()):
        instance = f"change-{number}"
        created = with_time_to_live_on(old)
        made = graph.send("POST", INSTANCES, as_instance(created, instance))
        assert made["kind"] == kro.KIND, (name, made)
        if created != old:  # a request gets there by a change only
            becomes(graph, instance, created)
            made = replaced(graph, f"{INSTANCES}/{instance}", old["spec"])
            assert made["kind"] == kro.KIND, (name, made)
        before = becomes(graph, instance, old)
        answer = replaced(graph, f"{INSTANCES}/{instance}", new["spec"])
        if (answer.get("kind") == "Status") != bool(paths):
            wrong.add(name)
        elif not paths:
            after = becomes(graph, instance, new)
            assert after["metadata"]["uid"] == before["metadata"]["uid"], name
        graph.send("DELETE", f"{INSTANCES}/{instance}")
    assert wrong == ORDER_COUNTS


FIXED = {"name", "region", "keySchema", "localSecondaryIndexes"}
STEPS: tuple[dict[str, Any], ...] = (
    {"pointInTimeRecovery": True},
    {"tableClass": "STANDARD_INFREQUENT_ACCESS"},
    {"encryption": {"type": "KMS"}},
    {"contributorInsights": True},
    {"resourcePolicy": '{"Version": "2012-10-17", "Statement": [{}]}'},
    {"tags": [{"key": "team", "value": "a"}]},
    {"stream": {}},
    {"timeToLive": {"attributeName": "expires"}},
    {"onDemand": {"maxReadRequestUnits": 100, "maxWriteRequestUnits": 40000}},
    {"globalSecondaryIndexes": [GSI]},
    {"onDemand": None, **PROVISIONED},
    {"provisioned": {"readCapacity": 7, "writeCapacity": 7}},
    {"globalSecondaryIndexes": None},
    {"billingMode": "PAY_PER_REQUEST", "provisioned": None},
    {"attributeDefinitions": [*BASE["attributeDefinitions"], {"name": "more", "type": "S"}]},
    {"deletionPolicy": "Delete"},
    {"deletionProtection": True},
    {"resourcePolicy": None, "tags": None, "contributorInsights": False},
)


def test_every_field_that_may_change_changes_in_place(graph: ApiServer) -> None:
    changed = {field for step in STEPS for field in step}
    assert changed == spec_schema()["properties"].keys() - FIXED
    spec = dict(BASE)
    graph.send("POST", INSTANCES, as_instance(request(spec), "steps"))
    uid = becomes(graph, "steps", request(spec))["metadata"]["uid"]
    for step in STEPS:
        spec = {key: value for key, value in {**spec, **step}.items() if value is not None}
        answer: dict[str, Any] = {"code": 409}
        while answer.get("code") == 409:  # kro writes the instance too
            current = graph.send("GET", f"{INSTANCES}/steps")
            answer = graph.send("PUT", f"{INSTANCES}/steps", {**current, "spec": spec})
        assert answer["kind"] == kro.KIND, (step, answer.get("message"))
        assert becomes(graph, "steps", request(spec))["metadata"]["uid"] == uid, step


def test_ready_is_the_tables_word(graph: ApiServer) -> None:
    spec = CASES["least"][0]["spec"]
    graph.send("POST", INSTANCES, as_instance(request(spec), "ready"))
    becomes(graph, "ready", request(spec))

    def conditions(**said: str) -> list[dict[str, str]]:
        return [{"type": f"ACK.{kind}", "status": status} for kind, status in said.items()]

    def ready() -> str:
        status = graph.send("GET", f"{INSTANCES}/ready").get("status", {})
        return next((c["status"] for c in status.get("conditions", ()) if c["type"] == "Ready"), "")

    def say(**status: Any) -> None:
        kubectl(
            *("patch", ACK_TABLES, "ready.kro", "--subresource=status"),
            *("--type=merge", "-p", json.dumps({"status": status})),
        )

    wait(lambda: ready() in ("False", "Unknown"), "kro to say that it waits")
    arn = "arn:aws:dynamodb:us-west-2:123456789012:table/orders"
    say(
        tableStatus="CREATING",
        ackResourceMetadata={"arn": arn, "ownerAccountID": "123456789012", "region": "us-west-2"},
        conditions=conditions(ResourceSynced="False"),
    )
    wait(lambda: projected(graph).get("tableStatus") == "CREATING", "the table's state")
    assert ready() != "True"
    say(tableStatus="ACTIVE", conditions=conditions(ResourceSynced="True"))
    wait(lambda: ready() == "True", "Ready")
    assert projected(graph) == {"tableStatus": "ACTIVE", "tableArn": arn}
    say(conditions=conditions(ResourceSynced="True", Terminal="True"))
    wait(lambda: ready() == "False", "a refused change to show")


def projected(api: ApiServer) -> dict[str, str]:
    status = api.send("GET", f"{INSTANCES}/ready").get("status", {})
    return {key: status[key] for key in kro.STATUS if key in status}


def finalizers(name: str, names: list[str] | None) -> None:
    patch = json.dumps({"metadata": {"finalizers": names}})
    kubectl("patch", ACK_TABLES, f"{name}.kro", "--type=merge", "-p", patch)


def test_deleting_an_instance_leaves_the_decision_to_its_policy(graph: ApiServer) -> None:
    for policy in ("Retain", "Delete"):
        name = f"policy-{policy.lower()}"
        spec = {**CASES["least"][0]["spec"], "deletionPolicy": policy}
        graph.send("POST", INSTANCES, as_instance(request(spec), name))
        becomes(graph, name, request(spec))
        finalizers(name, ["example.com/ack"])
        kubectl("delete", kro.PLURAL, name, "--wait=false")
        wait(
            lambda name=name: table(graph, name)["metadata"].get("deletionTimestamp"),
            "the Table to be deleted",
        )
        annotations = table(graph, name)["metadata"]["annotations"]
        assert annotations["services.k8s.aws/deletion-policy"] == policy.lower()
        # the instance waits for ACK, so whoever waits for it knows that all is done
        assert graph.send("GET", f"{INSTANCES}/{name}")["kind"] == kro.KIND
        finalizers(name, None)
        kubectl("wait", "--for=delete", f"{kro.PLURAL}/{name}", "--timeout=60s")
