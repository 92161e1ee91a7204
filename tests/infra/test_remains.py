"""What a stack waits for and clears away when it is destroyed, on an API server of its kinds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest
from kinds_api import KindsApi
from lightkube import Client

from infra import clearing, remains
from infra.app import build
from infra.clearing import (
    CHART_GROUPS,
    WEBHOOKS,
    StillThere,
    TablesLeft,
    config,
    confirm,
    drain,
    hold,
    sweep,
)
from infra.engines import ASKED_AS
from infra.remains import ConfirmProvider, DrainProvider, HoldProvider, SweepProvider
from infra.settings import ROOT, read, targets
from infra.targets import Offer
from tablepromise.reads import TABLE_CRD
from tablepromise.request.deletion import CONFIRM
from tablepromise.request.table import REQUEST_LABEL

BUCKETS = "buckets.source.toolkit.fluxcd.io"
PROMISES = "promises.platform.kratix.io"


@pytest.fixture
def api() -> Iterator[KindsApi]:
    with KindsApi.serving() as api:
        yield api


@pytest.fixture
def client(api: KindsApi) -> Iterator[Any]:
    with Client(config(access(api))) as client:
        yield client


def access(api: KindsApi) -> dict[str, Any]:
    """How a stack that made its cluster reaches it."""
    return {"kubeconfig": api.kubeconfig, "context": "kinds"}


def tables(api: KindsApi, *names: str, **labels: str) -> None:
    api.kind(TABLE_CRD, "Table", versions=("v1alpha1",))
    for name in names:
        api.put(TABLE_CRD, name, "team", **(labels or {REQUEST_LABEL: name}))


def deleted(api: KindsApi) -> set[str]:
    return {line.rpartition("/")[2] for line in api.asked if line.startswith("DELETE")}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], object]]]:
    """What happens in each pause, which takes no time; more pauses than that are too many."""
    pauses: list[Callable[[], object]] = []

    def sleep(seconds: float) -> None:
        assert seconds <= 1
        pauses.pop(0)()

    monkeypatch.setattr(clearing.time, "sleep", sleep)
    yield pauses
    assert not pauses


# --- drain ----------------------------------------------------------------------------------------


def test_it_does_not_wait_where_there_is_no_such_kind(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    drain(client, 60)
    assert len(api.asked) == 1
    assert not slept


def test_it_does_not_wait_for_tables_that_no_request_asked_for(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    tables(api)
    drain(client, 60)
    tables(api, "by-hand", other="label")
    drain(client, 60)
    assert not slept


def test_it_waits_while_there_are_tables_of_requests(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    tables(api, "users", "orders")

    def one_goes() -> None:
        api.objects[TABLE_CRD].pop()

    slept += [lambda: None, one_goes, lambda: None, one_goes]
    drain(client, 60)


def test_it_ends_when_the_kind_goes_meanwhile(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    tables(api, "users")
    slept.append(api.kinds.clear)
    drain(client, 60)


def test_tables_that_stay_are_named(api: KindsApi, client: Any) -> None:
    tables(api, "users", "orders")
    with pytest.raises(TablesLeft, match=r"after 0 s: Table team/users, team/orders;") as caught:
        drain(client, 0)
    assert "tablepromise check" in str(caught.value)
    assert not deleted(api)


@pytest.mark.parametrize("code", [403, 500])
def test_not_to_know_is_not_to_be_done(api: KindsApi, client: Any, code: int) -> None:
    tables(api)
    api.refuses[TABLE_CRD] = code
    with pytest.raises(httpx2.HTTPStatusError, match=f"refused: {code}"):
        drain(client, 60)


def test_it_waits_when_it_is_deleted_and_not_before(
    api: KindsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remains, "PATIENCE", 0)
    tables(api, "users")
    provider = DrainProvider()
    created = provider.create(access(api))
    assert created.outs == access(api)
    assert not api.asked
    with pytest.raises(TablesLeft):
        provider.delete(created.id, access(api))
    api.objects.clear()
    provider.delete(created.id, access(api))


# --- confirm --------------------------------------------------------------------------------------

PROMISE = {
    **{"group": "platform.kratix.io", "version": "v1alpha1"},
    **{"kind": "Promise", "plural": "promises", "name": "aws-dynamodb-kratix"},
}


def test_a_deletion_is_confirmed_when_it_comes_and_no_earlier_one_holds(api: KindsApi) -> None:
    api.put(PROMISES, "another")
    api.put(PROMISES, PROMISE["name"])
    another, promise = api.objects[PROMISES]
    provider, props = ConfirmProvider(), {**access(api), "object": PROMISE}
    provider.delete("confirm", props)
    assert promise["metadata"]["annotations"] == {CONFIRM: PROMISE["name"]}
    # the destroy was interrupted, and the stack is made again
    created = provider.create(props)
    assert created.outs == props
    assert promise["metadata"]["annotations"] == {CONFIRM: None}
    assert "annotations" not in another["metadata"]


def test_what_is_gone_needs_no_confirmation(api: KindsApi, client: Any) -> None:
    api.put(PROMISES, "another")
    confirm(client, PROMISE, deletion=True)
    assert "annotations" not in api.objects[PROMISES][0]["metadata"]


# --- hold -----------------------------------------------------------------------------------------

INSTANCES = "dynamodbtables.kro.tablepromise.dev"


def instances(api: KindsApi, *names: str, going: tuple[str, ...] = ()) -> None:
    api.kind(INSTANCES, "DynamoDBTable", versions=("v1alpha1",))
    for name in names:
        api.put(INSTANCES, name, "team")
        if name in going:
            metadata = api.objects[INSTANCES][-1]["metadata"]
            metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"


def test_nothing_holds_where_there_is_no_such_object(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    hold(client, INSTANCES, 60)
    instances(api)
    hold(client, INSTANCES, 60)
    assert not slept
    assert not deleted(api)


def test_what_is_going_is_waited_for(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    instances(api, "users", "orders", going=("users", "orders"))

    def one_goes() -> None:
        api.objects[INSTANCES].pop()

    slept += [lambda: None, one_goes, one_goes]
    hold(client, INSTANCES, 60)


def test_it_holds_no_more_when_the_kind_goes(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    instances(api, "users", going=("users",))
    slept.append(api.kinds.clear)
    hold(client, INSTANCES, 60)


@pytest.mark.parametrize("going", [(), ("users",), ("users", "orders")])
def test_what_stays_is_named_and_nothing_is_deleted(
    api: KindsApi, client: Any, going: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(clearing.time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(clearing.time, "sleep", sleep)
    monkeypatch.setattr(clearing, "GRACE", 2)
    instances(api, "users", "orders", going=going)
    with pytest.raises(StillThere, match=f"{INSTANCES} team/users, team/orders; what could end"):
        hold(client, INSTANCES, 5)
    # who does nothing about it is told soon
    assert now[0] == (6 if len(going) == 2 else 3)
    assert not deleted(api)


@pytest.mark.parametrize("code", [403, 500])
def test_not_to_know_is_to_hold(api: KindsApi, client: Any, code: int) -> None:
    instances(api)
    api.refuses[INSTANCES] = code
    with pytest.raises(httpx2.HTTPStatusError, match=f"refused: {code}"):
        hold(client, INSTANCES, 60)


def test_it_holds_when_it_is_deleted_and_not_before(
    api: KindsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remains, "PATIENCE", 0)
    instances(api, "users")
    provider = HoldProvider()
    created = provider.create({**access(api), "kind": INSTANCES})
    assert not api.asked
    assert created.outs
    with pytest.raises(StillThere):
        provider.delete(created.id, created.outs)
    api.objects.clear()
    provider.delete(created.id, created.outs)


# --- sweep ----------------------------------------------------------------------------------------


def test_only_kinds_of_the_charts_that_came_and_that_nobody_uses_go(
    api: KindsApi, client: Any
) -> None:
    api.kind("promises.platform.kratix.io", "Promise", scope="Cluster")
    api.kind("tasks.kratix.io", "Task")
    api.kind("destinations.platform.kratix.io", "Destination", scope="Cluster")
    api.put("destinations.platform.kratix.io", "aws")
    api.kind(BUCKETS, "Bucket")
    api.put(BUCKETS, "another", "team")
    api.kind("tables.dynamodb.services.k8s.aws", "Table")
    api.kind("issuers.cert-manager.io", "Issuer")
    api.kind("orders.acme.cert-manager.io", "Order")
    api.kind("widgets.example.com", "Widget")
    api.kind("promises.notkratix.io", "Promise")
    api.kind("promises.kratix.io.example.com", "Promise")
    sweep(client, {"issuers.cert-manager.io"})
    assert deleted(api) == {
        "promises.platform.kratix.io",
        "tasks.kratix.io",
        "tables.dynamodb.services.k8s.aws",
        "orders.acme.cert-manager.io",
    }


def test_it_looks_at_a_version_that_is_served_and_at_one_object(api: KindsApi, client: Any) -> None:
    api.kind(BUCKETS, "Bucket", versions=("v1beta1", "v1"), served=("v1",))
    for number in range(3):
        api.put(BUCKETS, f"bucket-{number}", "team")
    sweep(client, set())
    [look] = [line for line in api.asked if "/buckets" in line]
    assert look.startswith("GET /apis/source.toolkit.fluxcd.io/v1/buckets?")
    assert "limit=1" in look
    assert not deleted(api)


def test_what_crossplane_keeps_for_itself_holds_nothing_up(api: KindsApi, client: Any) -> None:
    locks, configs = "locks.pkg.crossplane.io", "deploymentruntimeconfigs.pkg.crossplane.io"
    webhooks = "validatingwebhookconfigurations.admissionregistration.k8s.io"
    api.kind(locks, "Lock", scope="Cluster", versions=("v1beta1",))
    api.kind(configs, "DeploymentRuntimeConfig", scope="Cluster", versions=("v1beta1",))
    api.put(locks, "lock")
    api.put(configs, "default")
    api.put(webhooks, WEBHOOKS)
    api.put(webhooks, "another")
    sweep(client, {locks, configs})
    assert not deleted(api)
    api.put(configs, "mine")
    sweep(client, set())
    assert deleted(api) == {locks, WEBHOOKS}
    assert [one["metadata"]["name"] for one in api.objects[webhooks]] == ["another"]


def test_what_it_may_not_look_at_stays(api: KindsApi, client: Any) -> None:
    api.kind(PROMISES, "Promise", scope="Cluster")
    api.refuses[PROMISES] = 403
    with pytest.raises(httpx2.HTTPStatusError):
        sweep(client, set())
    assert not deleted(api)


def test_a_kind_that_goes_meanwhile_holds_up_nothing(
    api: KindsApi, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.kind(PROMISES, "Promise", scope="Cluster")
    api.kind(BUCKETS, "Bucket")
    real = api.answer

    def answer(method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path.endswith("/promises"):  # it was listed, and now it is gone
            api.kinds.pop(PROMISES)
        return real(method, path, query)

    monkeypatch.setattr(api, "answer", answer)
    sweep(client, set())
    assert not api.kinds


def test_what_was_there_before_is_remembered(api: KindsApi) -> None:
    api.kind(PROMISES, "Promise", scope="Cluster")
    api.kind("widgets.example.com", "Widget")
    provider = SweepProvider()
    created = provider.create(access(api))
    assert created.outs
    assert created.outs["before"] == [PROMISES]
    moved = {"path": "", "context": "other"}
    updated = provider.update(created.id, created.outs, moved)
    assert updated.outs
    assert updated.outs["before"] == [PROMISES]
    assert updated.outs["context"] == "other"
    api.kind(BUCKETS, "Bucket")
    provider.delete(created.id, created.outs)
    assert deleted(api) == {BUCKETS}


@pytest.mark.parametrize("stack", sorted(targets()))
def test_every_kind_that_a_chart_brings_is_of_these_groups(stack: str) -> None:
    kubernetes = {"apps", "batch"}
    target = replace(read(ROOT, stack), offers=get_args(Offer))
    groups = {kind.partition(".")[2] for kind in ASKED_AS.values()} | {
        document["apiVersion"].rpartition("/")[0]
        for place in build(target).places
        if place.folder != "argocd"
        for document in place.documents()
    }
    brought = {group for group in groups - kubernetes if group and not group.endswith(".k8s.io")}
    assert brought
    for group in brought:
        assert any(f".{group}".endswith(f".{end}") for end in CHART_GROUPS), group


# --- both -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", [DrainProvider(), HoldProvider(), SweepProvider()])
def test_only_another_way_to_the_cluster_is_a_change(provider: Any) -> None:
    old = {"path": "a", "context": "b", "before": ["x"]}
    assert not provider.diff("", old, {"path": "a", "context": "b"}).changes
    for change in ({"path": "c"}, {"context": "c"}, {"kubeconfig": "c"}):
        result = provider.diff("", old, old | change)
        assert result.changes
        assert not result.replaces  # to replace it is to delete it


def test_a_cluster_is_reached_by_text_or_by_path(api: KindsApi, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(api.kubeconfig)
    for way in ({"kubeconfig": api.kubeconfig}, {"path": str(file)}):
        assert config({**way, "context": "kinds"}).cluster.server == api.url


def test_without_a_path_it_is_the_one_that_kubectl_takes(
    api: KindsApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(api.kubeconfig)
    monkeypatch.setenv("KUBECONFIG", str(file))
    assert config({"path": "", "context": "kinds"}).cluster.server == api.url
