"""The fault matrix: what a request says of each fault, and when; what heals, and what is lost.

`E2E_REPORT` names a file for the table, which docs/faults.md shows.
"""

import os
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faults
import pytest
from api import kubectl, kubectl_json, wait
from faults import ACK, KUSTOMIZE, SOURCE, STORE, Proxy, inventory, scaled_to_zero
from installed import KRATIX, NAMESPACE, OURS, SLOWEST, Platform, in_store, restart
from orders import Requests, apply, order
from said import Listener, Said, agrees, is_ready

from tablepromise.diagnosis import Reason
from tablepromise.request import model

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("disruption")]

SOON = 60
"""Seconds after which a fault must be on the request."""


@dataclass
class Row:
    """A line of the matrix; times in seconds."""

    fault: str
    said: Said
    shown: float
    healed: float
    by: str
    lost: int

    def written(self) -> str:
        said = self.said
        cells = (
            self.fault,
            f"`{said.reason}`",
            f"{self.shown:.0f} s",
            said.message,
            said.next,
            f"{self.healed:.0f} s{self.by}",
            str(self.lost),
        )
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


HEAD = """\
| fault | reason | message after | message | next | recovered after | lost |
|---|---|---|---|---|---|---|"""


@dataclass
class Rig:
    """What faults are made with."""

    platform: Platform
    base: dict[str, Any]
    regions: set[str]
    rows: list[Row] = field(default_factory=list[Row])

    def order(self, name: str, **spec: Any) -> dict[str, Any]:
        spec = {"deletionPolicy": "Delete", "deletionProtection": False, **spec}
        return order(self.base, name, **spec)

    def settled(self) -> bool:
        """Whether every request that stays is ready."""
        return all(
            is_ready(live)
            for live in self.platform.list(f"{OURS}/{model.PLURAL}")
            if "deletionTimestamp" not in live["metadata"]
        )

    def kept(self) -> dict[tuple[str, str], str]:
        """Every table that a request asks for, with the time at which DynamoDB made it."""
        requested = {
            (live["spec"]["region"], live["spec"]["name"])
            for live in self.platform.list(f"{OURS}/{model.PLURAL}")
            if "deletionTimestamp" not in live["metadata"]
        }
        found = inventory(self.platform, self.regions)
        return {table: made for table, made in found.items() if table in requested}

    def lost(self, before: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
        after = inventory(self.platform, self.regions)
        return [table for table, made in before.items() if after.get(table) != made]


@pytest.fixture(scope="module")
def rig(platform: Platform, examples: Requests, tables: dict[str, str]) -> Generator[Rig]:
    assert tables
    regions = {document["spec"]["region"] for document in examples.values()}
    found = Rig(platform, examples["simple-users-table"], regions)
    wait(found.settled, "all requests to be ready", SLOWEST)
    with faults.left_alone():
        yield found
    text = "\n".join((HEAD, *(row.written() for row in found.rows), ""))
    print(f"\n{text}")
    if report := os.environ.get("E2E_REPORT"):
        Path(report).write_text(text)


@pytest.fixture(scope="module")
def proxy(rig: Rig) -> Generator[Proxy]:
    with faults.proxy(rig.platform) as found:
        restart(*ACK)  # it keeps connections to the emulator itself
        yield found
    restart(*ACK)


Broken = Callable[[Rig, dict[str, Any]], AbstractContextManager[object]]
Step = Callable[[Rig, dict[str, Any]], object]


@dataclass(frozen=True)
class Fault:
    """A fault that a request meets on its way.

    Attributes:
        reasons: with any of which the request may say so.
        broken: makes it, and mends it.
        step: the next step that the request asks for, if it does not heal by itself.
        alone: seconds in which it might.
        bound: seconds in which it heals.
        standing: it befalls a request that is ready.
        lasting: seconds after which what may pass by itself is stalled.
        needs: a Deployment that must be in the cluster.
    """

    reasons: tuple[Reason, ...]
    broken: Broken
    step: Step | None = None
    alone: float = 150
    bound: float = 180
    standing: bool = False
    lasting: float = 0
    needs: tuple[str, str] | None = None


def run(rig: Rig, name: str, fault: Fault) -> None:
    """A request meets a fault."""
    if fault.needs and not rig.platform.get(faults.deployment(fault.needs)):
        pytest.skip(f"{'/'.join(fault.needs)} is not on this cluster, and so not ours to harm")
    slug = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    document = rig.order(slug[:40])
    if fault.standing:
        apply(document)
    with Listener(rig.platform, document) as heard, ExitStack() as stack:
        if fault.standing:
            heard.ready(time.monotonic(), SLOWEST)
        before = rig.kept()
        begun = time.monotonic()
        stack.enter_context(fault.broken(rig, document))
        if not fault.standing:
            begun = time.monotonic()
            apply(document)
        try:
            said = heard.reason(fault.reasons, begun, SOON)
            agrees(rig.platform, document)
            if fault.lasting:
                heard.until(lambda s: s.stalled == "True", begun, fault.lasting, "Stalled")
        finally:
            stack.close()
            mended = time.monotonic()
            print(f"\n{name}", *heard.story(begun), sep="\n")
        healed, by = heal(rig, fault, document, heard, mended)
        print(f"mended {mended - begun:.1f} s", *heard.story(mended), sep="\n")
        agrees(rig.platform, document)
        wait(rig.settled, "all others to be ready again", SLOWEST)
        lost = rig.lost(before)
    row = Row(name, said, said.at - begun, healed, by, len(lost))
    rig.rows.append(row)
    print(row.written())
    assert not lost
    assert not heard.false
    give_up(document)


def heal(
    rig: Rig, fault: Fault, document: dict[str, Any], heard: Listener, mended: float
) -> tuple[float, str]:
    """Seconds until the request is ready, since it could be; and by what, if not by itself."""
    if fault.step is None:
        return heard.ready(mended, fault.bound).at - mended, ""
    try:
        return heard.ready(mended, fault.alone).at - mended, ""
    except AssertionError:
        begun = time.monotonic()
        fault.step(rig, document)
        return heard.ready(begun, fault.bound).at - begun, " after the next step"


def give_up(document: dict[str, Any]) -> None:
    metadata = document["metadata"]
    kubectl("delete", "ddbr", metadata["name"], "-n", metadata["namespace"], "--wait=false")


# --- what breaks ----------------------------------------------------------------------------------


def image_of_nobody(container: dict[str, Any]) -> None:
    # refused at once: a name that is not found takes some resolvers a minute
    container["image"] = "127.0.0.1:1/nobody/nothing:1"


def wrong_security_context(container: dict[str, Any]) -> None:
    container["securityContext"] = {"allowPrivilegeEscalation": True}


def pipeline_that_fails(container: dict[str, Any]) -> None:
    container["command"] = ["python", "-c", "raise SystemExit('no luck today')"]


@contextmanager
def emptied(rig: Rig, document: dict[str, Any]) -> Generator[None]:
    """What was written is gone before Flux has seen it, and Kratix does not look after it."""
    name = document["metadata"]["name"]
    with ExitStack() as stack:
        with scaled_to_zero(SOURCE):
            apply(document)
            wait(lambda: is_written(rig, name), "the manifest to be written", SLOWEST)
            stack.enter_context(scaled_to_zero(faults.KRATIX_MANAGER))
            faults.store(f"grep -rl '{document['spec']['name']}' /data/kratix | xargs rm")
            # a fetch that ends so soon after a write may have begun before it
            time.sleep(SOON)
        yield


def is_written(rig: Rig, name: str) -> bool:
    works = rig.platform.list(
        f"{KRATIX}/namespaces/{NAMESPACE}/works", **{"kratix.io/resource-name": name}
    )
    placements = f"{KRATIX}/namespaces/{NAMESPACE}/workplacements"
    return any(
        (condition["type"], condition["status"]) == ("WriteSucceeded", "True")
        for work in works
        for placement in rig.platform.list(
            placements, **{"kratix.io/work": work["metadata"]["name"]}
        )
        for condition in placement.get("status", {}).get("conditions", [])
    )


@contextmanager
def suspended_flux(*_: object) -> Generator[None]:
    plural = "kustomizations.kustomize.toolkit.fluxcd.io"
    [name] = [
        live["metadata"]["name"]
        for live in kubectl_json("get", plural, "-n", "flux-system")["items"]
        if live["metadata"]["name"].endswith(f"-{NAMESPACE}")
    ]
    with faults.suspended(plural, name, "flux-system"):
        yield


@contextmanager
def malformed_neighbour(rig: Rig, _: dict[str, Any]) -> Generator[None]:
    """An object in the same namespace of the store that the API server does not take."""
    [destination] = rig.platform.list(f"{KRATIX}/destinations", **model.DESTINATION_LABELS)
    bad = {
        "apiVersion": "dynamodb.services.k8s.aws/v1alpha1",
        "kind": "Table",
        "metadata": {"name": "bad", "namespace": NAMESPACE},
        "spec": {"tableName": "bad", "region": "no such field"},
    }
    free = rig.order("free")
    free["metadata"]["namespace"] = "default"
    with in_store(f"{destination['spec']['path']}/resources/{NAMESPACE}/bad.yaml", bad):
        yield
        # it holds up its own namespace alone
        apply(free)
        with Listener(rig.platform, free) as heard:
            heard.ready(time.monotonic(), SLOWEST)
    give_up(free)


@contextmanager
def somebody_elses_table(rig: Rig, document: dict[str, Any]) -> Generator[None]:
    spec = document["spec"]
    client = rig.platform.client(spec["region"])
    client.create_table(
        TableName=spec["name"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    try:
        yield
    finally:
        client.delete_table(TableName=spec["name"])


@contextmanager
def the_same_name(rig: Rig, document: dict[str, Any]) -> Generator[None]:
    """An older request has the table name."""
    other = rig.order("first")
    other["spec"]["name"] = document["spec"]["name"]
    other["spec"]["deletionPolicy"] = "Retain"
    apply(other)
    rig.platform.active(NAMESPACE, "first")
    try:
        yield
    finally:
        kubectl("delete", "ddbr", "first", "-n", NAMESPACE, "--timeout=120s")
        client = rig.platform.client(document["spec"]["region"])
        wait(lambda: not rig.platform.table(NAMESPACE, "first"), "its Table to go", SLOWEST)
        client.delete_table(TableName=document["spec"]["name"])


# --- the next steps -------------------------------------------------------------------------------


def run_again(_: Rig, document: dict[str, Any]) -> None:
    name = document["metadata"]["name"]
    label = ("--overwrite", "kratix.io/manual-reconciliation=true")
    kubectl("label", "ddbr", name, "-n", NAMESPACE, *label)


def without_its_job(_: Rig, document: dict[str, Any]) -> None:
    name = document["metadata"]["name"]
    kubectl("delete", "job", "-n", NAMESPACE, "-l", f"kratix.io/resource-name={name}")


def changed(_: Rig, document: dict[str, Any]) -> None:
    """A correction, such as any change is after which ACK tries again."""
    document["spec"]["tags"] = [{"key": "e2e", "value": "corrected"}]
    apply(document)


# --- the matrix -----------------------------------------------------------------------------------

FAULTS: dict[str, Fault] = {
    "wrong securityContext: PodSecurity refuses the pipeline": Fault(
        (Reason.POD_SECURITY,),
        lambda _rig, _: faults.another_promise(wrong_security_context),
        step=without_its_job,
    ),
    "quota refuses the pipeline": Fault(
        (Reason.QUOTA_EXCEEDED,), lambda _rig, _: faults.no_pods(), step=without_its_job
    ),
    "image not pullable": Fault(
        (Reason.IMAGE_NOT_PULLABLE,),
        lambda _rig, _: faults.another_promise(image_of_nobody),
        step=without_its_job,
    ),
    "pipeline failed": Fault(
        (Reason.PIPELINE_FAILED, Reason.POD_FAILING),
        lambda _rig, _: faults.another_promise(pipeline_that_fails),
        step=run_again,
    ),
    "Kratix down": Fault(
        (Reason.KRATIX_DOWN,), lambda _rig, _: scaled_to_zero(faults.KRATIX_MANAGER)
    ),
    "duplicate table name": Fault((Reason.REJECTED_FOR_NOW,), the_same_name, step=run_again),
    "no matching Destination": Fault(
        (Reason.NO_DESTINATION,), lambda rig, _: faults.unlabelled(rig.platform)
    ),
    "the Destination of a request loses a label": Fault(
        (Reason.DESTINATION_MISMATCH,),
        lambda rig, _: faults.unlabelled(rig.platform),
        standing=True,
    ),
    "store down": Fault(
        (Reason.STORE_FAILING,), lambda _rig, _: scaled_to_zero(STORE), needs=STORE
    ),
    "store emptied": Fault((Reason.STORE_EMPTIED,), emptied, step=run_again, needs=STORE),
    "agent down: source-controller": Fault(
        (Reason.AGENT_DOWN,), lambda _rig, _: scaled_to_zero(SOURCE), needs=SOURCE
    ),
    "agent down: kustomize-controller": Fault(
        (Reason.AGENT_DOWN,), lambda _rig, _: scaled_to_zero(KUSTOMIZE), needs=KUSTOMIZE
    ),
    "agent suspended": Fault((Reason.AGENT_SUSPENDED,), suspended_flux, needs=KUSTOMIZE),
    "malformed neighbour: Flux is blocked": Fault(
        (Reason.BLOCKED,), malformed_neighbour, needs=STORE
    ),
    "ACK down": Fault((Reason.ACK_DOWN,), lambda _rig, _: scaled_to_zero(ACK), needs=ACK),
    "ACK absent": Fault(
        (Reason.ACK_ABSENT,), lambda rig, _: faults.deleted(rig.platform, ACK), needs=ACK
    ),
    "name taken by a table of somebody else": Fault(
        (Reason.NAME_TAKEN,), somebody_elses_table, step=changed, alone=15
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_on_the_request_and_heals(rig: Rig, name: str) -> None:
    run(rig, name, FAULTS[name])


def answering(proxy: Proxy, **answer: str) -> Broken:
    return lambda _rig, _: proxy.answering(**answer)


def test_aws_denies(rig: Rig, proxy: Proxy) -> None:
    broken = answering(proxy, service="DynamoDB", status="400", type="AccessDeniedException")
    run(rig, "AccessDenied", Fault((Reason.ACCESS_DENIED,), broken))


def test_aws_throttles(rig: Rig, proxy: Proxy) -> None:
    broken = answering(proxy, service="DynamoDB", status="400", type="ThrottlingException")
    # the SDK stops asking when it was refused too often, and says that instead
    reasons = (Reason.THROTTLED, Reason.RETRYING)
    run(rig, "DynamoDB throttles", Fault(reasons, broken, lasting=180))


def test_aws_fails(rig: Rig, proxy: Proxy) -> None:
    broken = answering(proxy, service="DynamoDB", status="500", type="InternalServerError")
    run(rig, "DynamoDB fails", Fault((Reason.RETRYING,), broken))


def test_aws_refuses_for_good(rig: Rig, proxy: Proxy) -> None:
    answer = {"status": "400", "type": "ValidationException", "operation": "CreateTable"}
    broken = answering(proxy, service="DynamoDB", **answer)
    run(rig, "Terminal", Fault((Reason.TERMINAL,), broken, step=changed, alone=15))


def test_sts_refuses(rig: Rig, proxy: Proxy) -> None:
    @contextmanager
    def refused(*_: object) -> Generator[None]:
        with proxy.answering(service="STS", status="403", type="AccessDenied"):
            kubectl("delete", "pod", "-n", ACK[0], "--all", "--grace-period=0", "--force")
            yield

    run(rig, "STS refuses", Fault((Reason.ACK_DOWN,), refused))


def test_a_table_is_gone_behind_ack(rig: Rig) -> None:
    """It is seen when ACK looks again, which makes it anew: the data is gone, and that is said."""
    document = rig.order("gone")
    spec = document["spec"]
    apply(document)
    with Listener(rig.platform, document) as heard:
        heard.ready(time.monotonic(), SLOWEST)
        time.sleep(20)
        before = rig.kept()
        begun = time.monotonic()
        rig.platform.client(spec["region"]).delete_table(TableName=spec["name"])
        # ACK looks every minute where it has an emulator
        said = heard.reason((Reason.TABLE_GONE,), begun, SOON + 30)
        agrees(rig.platform, document)
        mended = time.monotonic()
        changed(rig, document)
        healed = heard.until(lambda s: s.reason == str(Reason.ACTIVE), mended, SLOWEST, "Active").at
        print(*heard.story(begun), sep="\n")
        agrees(rig.platform, document)
    lost = [table for table in rig.lost(before) if table != (spec["region"], spec["name"])]
    by = " after the next step"
    rig.rows.append(
        Row("table gone behind ACK", said, said.at - begun, healed - mended, by, len(lost))
    )
    assert not lost
    assert not heard.false
    give_up(document)


@contextmanager
def standing(rig: Rig, examples: Requests) -> Generator[list[Listener]]:
    """The five requests, each listened to: never ready without a table, and none is lost."""
    before = rig.kept()
    with ExitStack() as stack:
        heard = [
            stack.enter_context(Listener(rig.platform, document)) for document in examples.values()
        ]
        yield heard
    assert not rig.lost(before)
    assert not [said for listener in heard for said in listener.false]


def note(rig: Rig, fault: str, heard: list[Listener], begun: float, healed: float) -> None:
    """A row of what all of them said: the first that was not as before, or that none was."""
    reports = [
        said
        for listener in heard
        for said in listener.said
        if said.at > begun and said.ready != "True"
    ]
    said = min(reports, key=lambda s: s.at) if reports else heard[0].said[-1]
    rig.rows.append(Row(fault, said, max(said.at - begun, 0), healed, "", 0))
    for listener in heard:
        print(*listener.story(begun), sep="\n")


def test_kratix_is_killed_while_the_pipeline_runs(rig: Rig) -> None:
    document = rig.order("killed")
    before = rig.kept()
    with Listener(rig.platform, document) as heard:
        apply(document)
        pods = ("get", "pod", "-n", NAMESPACE, "-l", "kratix.io/resource-name=killed")
        wait(lambda: kubectl_json(*pods)["items"], "the pipeline's pod", SLOWEST)
        begun = time.monotonic()
        manager = ("-n", faults.KRATIX_MANAGER[0], "-l", "control-plane=controller-manager")
        kubectl("delete", "pod", *manager, "--grace-period=0", "--force")
        healed = heard.ready(begun, SLOWEST).at
        agrees(rig.platform, document)
    lost = rig.lost(before)
    note(rig, "Kratix' manager killed while the pipeline runs", [heard], begun, healed - begun)
    assert not lost
    assert not heard.false
    give_up(document)


def test_every_table_survives_an_emptied_store(
    rig: Rig, examples: Requests, tables: dict[str, str]
) -> None:
    if not rig.platform.get(faults.deployment(STORE)):
        pytest.skip("the state store is not on this cluster, and so not ours to harm")
    files = "cd /data/kratix && find . -name '*.yaml'"
    requests = f"{OURS}/{model.PLURAL}"
    wait(
        lambda: (
            not any("deletionTimestamp" in live["metadata"] for live in rig.platform.list(requests))
        ),
        "those that go to be gone",
        SLOWEST,
    )
    before = set(faults.store(files).split())
    with standing(rig, examples) as heard:
        time.sleep(2)
        begun = time.monotonic()
        faults.store("rm -r /data/kratix/*")
        healed = faults.until(
            lambda: before <= set(faults.store(files).split()), "the store to be written"
        )
        for name, uid in tables.items():
            assert rig.platform.active(NAMESPACE, name)["metadata"]["uid"] == uid
    note(rig, "store emptied under tables that are ACTIVE", heard, begun, healed)


def test_a_new_version_of_the_promise_replaces_no_table(
    rig: Rig, examples: Requests, tables: dict[str, str]
) -> None:
    def with_variable(container: dict[str, Any]) -> None:
        container["env"] = [{"name": "E2E", "value": str(time.time_ns())}]

    before = {name: jobs(name) for name in tables}
    with standing(rig, examples) as heard:
        time.sleep(2)
        begun = time.monotonic()
        with faults.another_promise(with_variable):
            healed = faults.until(
                lambda: all(jobs(name) - before[name] for name in tables),
                "every pipeline to run again",
            )
            for name, uid in tables.items():
                assert rig.platform.active(NAMESPACE, name)["metadata"]["uid"] == uid
            for listener in heard:
                listener.ready(time.monotonic(), SLOWEST)
    note(rig, "Promise upgrade: every pipeline runs again", heard, begun, healed)


def jobs(name: str) -> set[str]:
    """Names of the finished Jobs of a request."""
    found = kubectl_json("get", "job", "-n", NAMESPACE, "-l", f"kratix.io/resource-name={name}")
    return {job["metadata"]["name"] for job in found["items"] if job["status"].get("succeeded")}
