"""What a stack waits for and clears away when it is destroyed, on an API server of its kinds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fake_k3d import FakeK3d
from kinds_api import KindsApi
from lightkube import Client

from infra.stack import k3d
from infra.stack.deploy import FLUX_RELEASE
from infra.stack.k3d_command import IDENTITY
from infra.teardown import resources, steps
from infra.teardown.resources import (
    ConfirmProvider,
    DrainProvider,
    HoldProvider,
    SweepProvider,
    UninstallProvider,
)
from infra.teardown.steps import (
    CROSSPLANE,
    CROSSPLANE_WEBHOOKS,
    ResourcesLeft,
    config,
    confirm,
    drain,
    hold,
    sweep,
    uninstall,
)
from tablepromise.reads import TABLE_CRD
from tablepromise.request.deletion import CONFIRM_DELETION
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

    monkeypatch.setattr(steps, "time", SimpleNamespace(sleep=sleep, monotonic=steps.time.monotonic))
    yield pauses
    assert not pauses


# --- drain ----------------------------------------------------------------------------------------


def test_it_does_not_wait_where_there_is_no_such_kind(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    drain(client, 60)
    assert len(api.asked) == 1
    assert not slept


def test_it_does_not_wait_for_tables_without_a_request(
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
    with pytest.raises(ResourcesLeft, match=r"after 0 s: Table team/users, team/orders;") as caught:
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
    monkeypatch.setattr(resources, "PATIENCE", 0)
    tables(api, "users")
    provider = DrainProvider()
    created = provider.create(access(api))
    assert created.outs == access(api)
    assert not api.asked
    with pytest.raises(ResourcesLeft):
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
    assert promise["metadata"]["annotations"] == {CONFIRM_DELETION: PROMISE["name"]}
    # the destroy was interrupted, and the stack is made again
    created = provider.create(props)
    assert created.outs == props
    assert promise["metadata"]["annotations"] == {CONFIRM_DELETION: None}
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
    monkeypatch.setattr(steps.time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(steps, "time", SimpleNamespace(sleep=sleep, monotonic=steps.time.monotonic))
    monkeypatch.setattr(steps, "GRACE", 2)
    instances(api, "users", "orders", going=going)
    with pytest.raises(ResourcesLeft, match=f"{INSTANCES} team/users, team/orders; the controller"):
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
    monkeypatch.setattr(resources, "PATIENCE", 0)
    instances(api, "users")
    provider = HoldProvider()
    created = provider.create({**access(api), "kind": INSTANCES})
    assert not api.asked
    assert created.outs
    with pytest.raises(ResourcesLeft):
        provider.delete(created.id, created.outs)
    api.objects.clear()
    provider.delete(created.id, created.outs)


# --- sweep ----------------------------------------------------------------------------------------


RELEASES = {"ack-system/ack-dynamodb", "cert-manager/cert-manager"}
ACK = "ack-system/ack-dynamodb"
TABLES = "tables.dynamodb.services.k8s.aws"


def test_only_kinds_that_the_stacks_own_charts_brought_and_that_nobody_uses_go(
    api: KindsApi, client: Any
) -> None:
    api.kind(TABLES, "Table", release=ACK)
    api.kind("backups.dynamodb.services.k8s.aws", "Backup", release=ACK)
    api.kind("issuers.cert-manager.io", "Issuer", release="cert-manager/cert-manager")
    # in use
    api.kind("globaltables.dynamodb.services.k8s.aws", "GlobalTable", release=ACK)
    api.put("globaltables.dynamodb.services.k8s.aws", "one", "team")
    # there before
    api.kind("orders.acme.cert-manager.io", "Order", release="cert-manager/cert-manager")
    sweep(client, {"orders.acme.cert-manager.io"}, RELEASES)
    assert deleted(api) == {
        TABLES,
        "backups.dynamodb.services.k8s.aws",
        "issuers.cert-manager.io",
    }


def test_kinds_that_fluxs_own_release_brought_go_with_it(api: KindsApi, client: Any) -> None:
    api.kind("buckets.source.toolkit.fluxcd.io", "Bucket", owner=FLUX_RELEASE)
    api.kind("imagepolicies.image.toolkit.fluxcd.io", "ImagePolicy", owner="team/flux")
    api.kind("kustomizations.kustomize.toolkit.fluxcd.io", "Kustomization", owner=FLUX_RELEASE)
    api.put("kustomizations.kustomize.toolkit.fluxcd.io", "of-a-team", "team")
    sweep(client, set(), {*RELEASES, FLUX_RELEASE})
    assert deleted(api) == {"buckets.source.toolkit.fluxcd.io"}


OTHERS = {
    "of another ACK controller": ("buckets.s3.services.k8s.aws", ""),
    "of another release": ("backups.dynamodb.services.k8s.aws", "team/ack-dynamodb"),
    "that all ACK controllers need": ("fieldexports.services.k8s.aws", ACK),
    "of Flux, which the stack did not install": ("imagepolicies.image.toolkit.fluxcd.io", ""),
    "of another provider for Crossplane": ("buckets.s3.aws.m.upbound.io", ""),
    "of a Crossplane that the stack did not install": ("locks.pkg.crossplane.io", ""),
    "of a name like ours": ("promises.notkratix.io", ""),
    "of nobody": ("widgets.example.com", ""),
}
"""Kinds of other people, which came after the stack and have no objects."""


@pytest.mark.parametrize(("kind", "release"), OTHERS.values(), ids=OTHERS)
def test_kinds_of_other_people_stay(api: KindsApi, client: Any, kind: str, release: str) -> None:
    api.kind(kind, "Kind", release=release)
    sweep(client, set(), RELEASES)
    assert not deleted(api)


def test_kinds_that_crossplane_makes_go_with_the_stacks_own_crossplane(
    api: KindsApi, client: Any
) -> None:
    own = {"providers.pkg.crossplane.io", "usages.protection.crossplane.io"}
    for kind in own:
        api.kind(kind, "Kind", scope="Cluster")
    api.kind("things.acme.crossplane.io", "Thing")
    sweep(client, set(), {CROSSPLANE})
    assert deleted(api) == own


def test_it_looks_at_a_version_that_is_served_and_at_one_object(api: KindsApi, client: Any) -> None:
    api.kind(BUCKETS, "Bucket", versions=("v1beta1", "v1"), served=("v1",), release=ACK)
    for number in range(3):
        api.put(BUCKETS, f"bucket-{number}", "team")
    sweep(client, set(), {*RELEASES, CROSSPLANE})
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
    api.put(webhooks, CROSSPLANE_WEBHOOKS)
    api.put(webhooks, "another")
    sweep(client, {locks, configs}, {CROSSPLANE})
    assert not deleted(api)
    api.put(configs, "mine")
    sweep(client, set(), {*RELEASES, CROSSPLANE})
    assert deleted(api) == {locks, CROSSPLANE_WEBHOOKS}
    assert [one["metadata"]["name"] for one in api.objects[webhooks]] == ["another"]


def test_what_it_may_not_look_at_stays(api: KindsApi, client: Any) -> None:
    api.kind(PROMISES, "Promise", scope="Cluster", release=ACK)
    api.refuses[PROMISES] = 403
    with pytest.raises(httpx2.HTTPStatusError):
        sweep(client, set(), {*RELEASES, CROSSPLANE})
    assert not deleted(api)


def test_a_kind_that_goes_meanwhile_holds_up_nothing(
    api: KindsApi, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.kind(PROMISES, "Promise", scope="Cluster", release=ACK)
    api.kind(BUCKETS, "Bucket", release=ACK)
    real = api.answer

    def answer(method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path.endswith("/promises"):  # it was listed, and now it is gone
            api.kinds.pop(PROMISES)
        return real(method, path, query)

    monkeypatch.setattr(api, "answer", answer)
    sweep(client, set(), {*RELEASES, CROSSPLANE})
    assert not api.kinds


def test_what_was_there_before_is_remembered(api: KindsApi) -> None:
    api.kind(PROMISES, "Promise", scope="Cluster", release=ACK)
    api.kind("widgets.example.com", "Widget")
    provider = SweepProvider()
    created = provider.create({**access(api), "releases": [ACK]})
    assert created.outs
    assert created.outs["before"] == [PROMISES, "widgets.example.com"]
    moved = {"path": "", "context": "other", "releases": ["a/b"]}
    updated = provider.update(created.id, created.outs, moved)
    assert updated.outs
    assert updated.outs["before"] == created.outs["before"]
    assert updated.outs["context"] == "other"
    # the kinds of a release that went are still there
    assert updated.outs["releases"] == ["a/b", ACK]
    api.kind(BUCKETS, "Bucket", release=ACK)
    provider.delete(created.id, created.outs)
    assert deleted(api) == {BUCKETS}


# --- releases -------------------------------------------------------------------------------------

RELEASE = "helmreleases.helm.toolkit.fluxcd.io"


def releases(api: KindsApi, *names: str) -> None:
    api.kind(RELEASE, "HelmRelease", versions=("v2",))
    for name in names:
        api.put(RELEASE, name, "ack-system")


def test_releases_that_an_up_left_behind_end_and_others_stay(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    releases(api, "ack-dynamodb", "of-a-team")
    slept += [lambda: None]
    uninstall(client, [ACK, "cert-manager/cert-manager"], 60)
    assert [one["metadata"]["name"] for one in api.objects[RELEASE]] == ["of-a-team"]


def test_flux_stays_until_the_releases_are_gone(
    api: KindsApi, client: Any, slept: list[Callable[[], object]]
) -> None:
    releases(api, "ack-dynamodb")
    api.held.add(RELEASE)
    slept += [lambda: None, lambda: None, api.objects[RELEASE].clear]
    uninstall(client, [ACK], 60)
    assert sum(line.startswith("DELETE") for line in api.asked) == 1


def test_a_release_that_does_not_end_is_named(api: KindsApi, client: Any) -> None:
    releases(api, "ack-dynamodb")
    api.held.add(RELEASE)
    with pytest.raises(ResourcesLeft, match=r"HelmRelease ack-system/ack-dynamodb; Flux, which"):
        uninstall(client, [ACK], 0)


def test_without_the_kind_there_are_no_releases(client: Any) -> None:
    uninstall(client, [ACK], 60)


def test_releases_end_when_it_is_deleted_and_not_before(api: KindsApi) -> None:
    releases(api, "ack-dynamodb")
    provider = UninstallProvider()
    created = provider.create({**access(api), "releases": [ACK]})
    assert not api.asked
    assert created.outs
    provider.delete(created.id, created.outs)
    assert not api.objects[RELEASE]


# --- a cluster that the stack made ----------------------------------------------------------------

REQUESTS = "dynamodbrequests.dynamodb.kratix.io"
MADE = {"cluster": "0a1b", "engine": "ENGINE"}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeK3d:
    """A Docker engine with the cluster of `MADE`."""
    fakes = FakeK3d(tmp_path)
    label = f"{IDENTITY}={MADE['cluster']}"
    fakes.set(clusters={"dev": {"label": label, "nodes": {"k3d-dev-server-0": []}}})
    monkeypatch.setenv("PATH", str(fakes.bin))
    return fakes


PROVIDERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "drain": (DrainProvider(), {}),
    "hold": (HoldProvider(), {"kind": INSTANCES}),
    "uninstall": (UninstallProvider(), {"releases": [ACK]}),
    "sweep": (SweepProvider(), {"releases": [ACK], "before": []}),
}
each = pytest.mark.parametrize(("provider", "props"), PROVIDERS.values(), ids=PROVIDERS)


@each
def test_in_a_cluster_that_is_gone_there_is_nothing_to_do(
    engine: FakeK3d, provider: Any, props: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    engine.vanish("dev")
    # a server that would refuse the connection
    nowhere = {"kubeconfig": unreachable(), "context": "kinds"}
    provider.delete("", nowhere | props | MADE)
    assert "the k3d cluster of kinds is gone, and with it all in it" in capfd.readouterr().err


STATES: dict[str, dict[str, Any]] = {
    "is there": {},
    "is on another engine": {"engine": "ANOTHER", "clusters": {}},
    "cannot be asked": {"fails": {"docker info": "Cannot connect"}, "clusters": {}},
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@each
def test_a_cluster_that_only_does_not_answer_is_not_gone(
    engine: FakeK3d, provider: Any, props: dict[str, Any], state: dict[str, Any]
) -> None:
    engine.set(**state)
    nowhere = {"kubeconfig": unreachable(), "context": "kinds"}
    with pytest.raises(httpx2.ConnectError):
        provider.delete("", nowhere | props | MADE)


def unreachable() -> str:
    with KindsApi.serving() as api:
        return api.kubeconfig


def test_in_a_cluster_of_the_stacks_requests_end_before_tables_are_waited_for(
    api: KindsApi, slept: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_gone(_identity: str, _engine: str) -> bool:
        return False

    monkeypatch.setattr(k3d, "is_gone", is_gone)
    tables(api, "users")
    api.kind(REQUESTS, "DynamoDBRequest", versions=("v1alpha1",))
    api.put(REQUESTS, "users", "team")
    api.held.add(REQUESTS)
    slept += [lambda: None, api.objects[REQUESTS].clear, api.objects[TABLE_CRD].clear]
    provider = DrainProvider()
    provider.delete("", access(api) | MADE)
    assert [line for line in api.asked if line.startswith("DELETE")] == [
        "DELETE /apis/dynamodb.kratix.io/v1alpha1/namespaces/team/dynamodbrequests/users"
    ]


@pytest.mark.usefixtures("engine")
def test_a_request_that_does_not_end_keeps_the_cluster(
    api: KindsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "PATIENCE", 0)
    api.kind(REQUESTS, "DynamoDBRequest", versions=("v1alpha1",))
    api.put(REQUESTS, "users", "team")
    api.held.add(REQUESTS)
    with pytest.raises(ResourcesLeft, match=r"request team/users; the cluster stays"):
        DrainProvider().delete("", access(api) | MADE)


def test_in_a_cluster_that_was_there_pulumi_deletes_the_requests(api: KindsApi) -> None:
    api.kind(REQUESTS, "DynamoDBRequest", versions=("v1alpha1",))
    api.put(REQUESTS, "of-somebody-else", "team")
    DrainProvider().delete("", access(api))
    assert api.objects[REQUESTS]
    assert not deleted(api)


# --- both -----------------------------------------------------------------------------------------


@each
def test_only_another_way_to_the_cluster_is_a_change(provider: Any, props: dict[str, Any]) -> None:
    del props
    old = {"path": "a", "context": "b", "before": ["x"]}
    assert not provider.diff("", old, {"path": "a", "context": "b"}).changes
    for change in ({"path": "c"}, {"context": "c"}, {"kubeconfig": "c"}):
        result = provider.diff("", old, old | change)
        assert result.changes
        assert not result.replaces  # to replace it is to delete it


@each
def test_another_cluster_is_another_of_it(provider: Any, props: dict[str, Any]) -> None:
    del props
    result = provider.diff("", MADE, MADE | {"cluster": "another"})
    assert (result.changes, result.replaces) == (True, ["cluster"])
    # what ends in the old cluster does before the cluster goes
    assert result.delete_before_replace


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
