"""Each stack on the cluster of KUBECONFIG, by the real Pulumi: up, changed, and down again.

The tests of a stack build on each other, in this order. The cluster must be nobody else's.
"""

import json
import re
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Timer
from typing import Any, cast

import boto3
import cdk8s
import pytest
from api import ApiServer, kubectl, wait
from installed import EMULATORS, SLOWEST, TABLES, Platform, forwarded, is_synced
from stack_runs import Stack, context, inventory, longest, require_pulumi, site

from infra.targets import EXAMPLES
from tablepromise.dialects import crossplane, kro
from tablepromise.dialects.rendering import RENDERERS
from tablepromise.objects import KubeObject
from tablepromise.platform import Moto, MotoProps
from tablepromise.request import admit, deletion_outcome, dump, load

pytestmark = pytest.mark.stacks

CANARY = "CANARY7f3a"
SHARED_KINDS = {
    f"{kind}.services.k8s.aws" for kind in ("adoptedresources", "fieldexports", "iamroleselectors")
}
POLICIES = ("--policy-pack", "policy")


@dataclass
class Deployed:
    """A stack that is up.

    Attributes:
        stack: as Pulumi runs it.
        team: namespace of its requests.
        before: the cluster's objects before it came.
        platform: what it made, seen from a test.
        outside: DynamoDB is not in the stack, and outlives it.
        offers: of the target.
    """

    stack: Stack
    team: str
    before: set[str]
    platform: Platform
    outside: bool
    offers: tuple[str, ...]


@pytest.fixture(scope="module", params=["devex", "localstack", "aws"])
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    require_pulumi()
    name = str(request.param)
    changes: dict[str, object] = {"cluster": "existing", "context": context(), "examples": True}
    with ApiServer.reached() as api, ExitStack() as outside:
        if "items" in api.send("GET", "/apis/platform.kratix.io/v1alpha1/promises"):
            pytest.fail("this cluster has Kratix already: give these tests one that is empty")
        if name == "aws":
            changes |= outside.enter_context(aws_beside())
        before = inventory()
        stack = Stack(tmp_path_factory.mktemp(name), name, changes | site())
        if name == "aws":
            for key in ("accessKeyId", "secretAccessKey"):
                stack.set("--secret", "--path", f"store.{key}", f"{CANARY}{key}")
        try:
            seconds, output = stack.timed("up", *POLICIES)
            _say(request, f"{name}: up in {seconds:.0f} s, longest:", longest(output))
            emulator = "localstack" if name == "localstack" else "moto"
            port = outside.enter_context(forwarded(emulator, emulator, EMULATORS[emulator]))
            yield Deployed(
                stack=stack,
                team="tables" if name == "aws" else "default",
                before=before,
                platform=Platform(api, lambda region: client("dynamodb", region, port)),
                outside=name == "aws",
                offers=stack.target().offers,
            )
        finally:
            if "URN" in stack.run("stack", "--show-urns"):
                stack.set("protect", "false")
                stack.run("up", "--yes", "--skip-preview")
                stack.run("destroy", "--yes", "--skip-preview")


@contextmanager
def aws_beside() -> Generator[dict[str, object]]:
    """An AWS that is not the stack's: moto in a namespace of its own, for tables and state."""
    chart = cdk8s.Chart(cdk8s.App(), "aws")
    moto = Moto(chart, "AWS", MotoProps())
    objects = [node.manifest for node in chart.node.find_all() if isinstance(node, KubeObject)]
    kubectl("apply", "-f", "-", stdin="---\n".join(dump(document) for document in objects))
    kubectl("rollout", "status", "-n", "moto", "deployment/moto", "--timeout=180s")
    with forwarded("moto", "moto", EMULATORS["moto"]) as port:
        client("s3", "us-east-1", port).create_bucket(Bucket="state")
        yield {
            "aws": {"endpoint": moto.url},
            "accountId": Moto.ACCOUNT_ID,
            "store": {
                "bucket": "state",
                "endpoint": moto.url.removeprefix("http://"),
                "plainHttp": True,
            },
        }
    kubectl("delete", "namespace", "moto")


def client(service: str, region: str, port: int) -> Any:
    return cast(Any, boto3).client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
    )


def _say(request: pytest.FixtureRequest, title: str, rows: list[tuple[float, str]]) -> None:
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{title}")
        for seconds, what in rows:
            print(f"  {seconds:6.1f} s  {what}")


def examples() -> dict[str, dict[str, Any]]:
    documents = [load(file.read_text())[0] for file in sorted(EXAMPLES.glob("*.yaml"))]
    return {document["metadata"]["name"]: document for document in documents}


def uids(deployed: Deployed) -> dict[str, str]:
    found = deployed.platform.list(f"{TABLES}/tables")
    return {table["metadata"]["name"]: table["metadata"]["uid"] for table in found}


def test_what_was_ordered_through_the_stack_becomes_tables(deployed: Deployed) -> None:
    for name, document in examples().items():
        namespace = document["metadata"].get("namespace", "default")
        deployed.platform.active(namespace, name)
        spec = document["spec"]
        described = deployed.platform.described(spec["name"], spec["region"])
        assert described
        assert described["TableStatus"] == "ACTIVE"


def test_the_outputs_say_how_to_go_on(deployed: Deployed) -> None:
    outputs = deployed.stack.outputs()
    assert outputs["context"] == context()
    assert outputs["promise"]["name"] == "aws-dynamodb-kratix"
    assert any(command.startswith("kubectl apply") for command in outputs["next"])


def test_an_order_by_kubectl_is_served_too(deployed: Deployed) -> None:
    document = examples()["simple-users-table"]
    document["metadata"] = {"name": "by-kubectl", "namespace": deployed.team}
    document["spec"] |= {
        "name": "by-kubectl",
        "deletionPolicy": "Delete",
        "deletionProtection": False,
    }
    kubectl("apply", "-f", "-", stdin=dump(document))
    wait(
        lambda: is_synced(deployed.platform.table(deployed.team, "by-kubectl")),
        "the table",
        SLOWEST,
    )


SERVED = {
    "kro": ("condition=Ready", kro.NAME),
    "crossplane": ("condition=Ready", crossplane.NAME),
    "kubevela": ("jsonpath={.status.status}=running", "applications.core.oam.dev"),
}
"""Condition of a finished request by offer, and the kind that has it."""


def test_every_other_offer_makes_a_table_and_lets_it_go(
    deployed: Deployed, request: pytest.FixtureRequest
) -> None:
    others = [offer for offer in deployed.offers if offer != "promise"]
    if not others:
        pytest.skip("this target offers tables by the Promise alone")
    for offer in others:
        document = examples()["simple-users-table"]
        name = f"by-{offer}"
        document["metadata"] = {"name": name, "namespace": deployed.team}
        document["spec"] |= {"name": name, "deletionPolicy": "Delete", "deletionProtection": False}
        written = dump(RENDERERS[offer](admit(document)).written)
        started = time.monotonic()
        kubectl("apply", "-f", "-", stdin=written)
        condition, kind = SERVED[offer]
        where = ("-n", deployed.team, "--timeout=180s")
        kubectl("wait", f"--for={condition}", f"{kind}/{name}", *where)
        described = deployed.platform.described(name, document["spec"]["region"])
        assert described
        assert described["TableStatus"] == "ACTIVE"
        _say(request, f"{offer}: said so {time.monotonic() - started:.1f} s after the order", [])
        kubectl("delete", "-f", "-", "--timeout=180s", stdin=written)
        gone = partial(deployed.platform.described, name, document["spec"]["region"])
        wait(lambda gone=gone: gone() is None, f"the table of {offer} to go", SLOWEST)


def test_nothing_changes_when_nothing_changed(
    deployed: Deployed, request: pytest.FixtureRequest
) -> None:
    deployed.stack.run("preview", "--expect-no-changes", *POLICIES)
    seconds, output = deployed.stack.timed("up", "--expect-no-changes")
    assert re.search(r"\d+ unchanged", output)
    _say(request, f"{deployed.stack.name}: second up in {seconds:.1f} s", [])
    # nor after Pulumi has looked at the cluster
    deployed.stack.run("refresh", "--yes", "--skip-preview")
    deployed.stack.run("preview", "--expect-no-changes")


def test_a_change_of_the_configuration_changes_that_and_keeps_the_tables(
    deployed: Deployed,
) -> None:
    before = uids(deployed)
    deployed.stack.set("environment", "e2e")
    _, output = deployed.stack.timed("up", *POLICIES)
    assert re.search(r"\b1 updated", output), output[-2000:]
    destination = json.loads(kubectl("get", "destination", deployed.stack.name, "-o", "json"))
    assert destination["metadata"]["labels"]["environment"] == "e2e"
    assert uids(deployed) == before


def test_a_webhook_that_is_out_of_reach_for_a_moment_is_waited_for(deployed: Deployed) -> None:
    deployed.stack.set("environment", "e2e-again")
    name = "nobody-answers"
    kubectl("apply", "-f", "-", stdin=dump(webhook_of_nobody(name)))
    back = Timer(12, kubectl, ("delete", "validatingwebhookconfiguration", name))
    back.start()
    try:
        _, output = deployed.stack.timed("up")
    finally:
        back.join()
    assert "a webhook does not answer yet" in output
    assert re.search(r"\b1 updated", output), output[-2000:]
    # Pulumi remembers that the first attempts failed, and updates once more
    deployed.stack.timed("up")


def webhook_of_nobody(name: str) -> dict[str, Any]:
    """It matches Destinations, as Kratix's does, and its Service does not exist."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": "nobody.answers.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"service": {"name": "nobody", "namespace": "default"}},
                "rules": [
                    {
                        "apiGroups": ["platform.kratix.io"],
                        "apiVersions": ["*"],
                        "operations": ["UPDATE"],
                        "resources": ["destinations"],
                    }
                ],
            }
        ],
    }


def test_a_change_that_would_lose_data_is_refused(deployed: Deployed) -> None:
    deployed.stack.set("examples", "false")
    try:
        output = deployed.stack.run("preview", *POLICIES, fails=True)
    finally:
        deployed.stack.set("examples", "true")
    if deployed.outside:  # Pulumi itself refuses, before it asks a policy
        assert re.search(
            r"simple-users-table\" cannot be deleted\s+because it is protected", output
        )
    else:
        assert "DynamoDBRequest default/simple-users-table would be deleted" in output
    deployed.stack.run("preview", "--expect-no-changes", *POLICIES)


def test_no_secret_is_kept_or_shown(deployed: Deployed) -> None:
    shown = deployed.stack.run("preview", "--json", "--diff")
    shown += deployed.stack.run("stack", "export") + deployed.stack.run("stack", "output")
    text = shown + deployed.stack.written()
    assert CANARY not in text
    secrets = json.loads(kubectl("get", "secret", "-A", "-o", "json"))["items"]
    ours = [s for s in secrets if s["metadata"]["name"].startswith(("state-store", "aws-cred"))]
    assert ours
    for secret in ours:
        for value in secret.get("data", {}).values():
            assert value not in text, secret["metadata"]["name"]


def test_what_is_protected_is_not_destroyed(deployed: Deployed) -> None:
    if not deployed.outside:
        pytest.skip("this target protects nothing")
    before = uids(deployed)
    output = deployed.stack.run("destroy", "--yes", "--skip-preview", fails=True)
    assert "protected" in output
    assert uids(deployed) == before
    deployed.stack.set("protect", "false")
    deployed.stack.timed("up")


def test_destroy_leaves_nothing_but_data(
    deployed: Deployed, request: pytest.FixtureRequest
) -> None:
    seconds, output = deployed.stack.timed("destroy")
    _say(request, f"{deployed.stack.name}: destroy in {seconds:.0f} s, longest:", longest(output))
    after = inventory()
    # kinds that any other ACK controller needs stay
    shared = {f"CustomResourceDefinition /{kind}" for kind in SHARED_KINDS}
    shared.add("APIService /v1alpha1.services.k8s.aws")
    assert (after - deployed.before - shared, deployed.before - after) == (set(), set())
    if not deployed.outside:
        return
    region = examples()["simple-users-table"]["spec"]["region"]
    assert deployed.platform.described("by-kubectl", region) is None
    for document in examples().values():
        spec = document["spec"]
        kept = deployed.platform.described(spec["name"], spec["region"]) is not None
        assert kept == ("is kept with its data" in deletion_outcome(spec)), spec["name"]
