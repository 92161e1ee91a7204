"""What is said in each situation that is known to happen."""

import pytest
from msgspec import to_builtins
from situations import NAME, SITUATIONS
from world import NOW, Object, World, ago, examples, put

from tablepromise.diagnosis import Report, RequestReport, Snapshot, diagnose

ORDERS = next(request for request in examples() if request["metadata"]["name"] == NAME)


def looked(world: World) -> tuple[Report, RequestReport]:
    report = diagnose(world.snapshot(), NOW)
    [request] = report.requests
    return report, request


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    situation = SITUATIONS[name]
    world = World([ORDERS])
    situation.spoil(world)
    report, request = looked(world)
    told = to_builtins(request.problem)
    assert (request.hop, request.state) == (situation.hop, situation.state), told
    if not situation.says:
        assert request.problem is None
    for text in situation.says:
        assert text in " | ".join(told.values())
    found = {state: set[str]() for state in ("unhealthy", "unknown", "healthy", "starting")}
    for part in report.platform:
        found[part.state].add(f"{part.kind} {part.name}")
        assert bool(part.fix) == (part.state == "unhealthy"), part
    assert found["unhealthy"] >= set(situation.parts)
    if name != "only the bare crd is there":
        assert found["unhealthy"] == set(situation.parts)
        assert found["unknown"] == set(situation.unknown)
    assert report.broken == bool(situation.says or situation.parts)


def test_all_five_examples_are_ready() -> None:
    report = diagnose(World().snapshot(), NOW)
    assert [(request.state, request.hop, request.status) for request in report.requests] == [
        ("ready", "dynamodb", "ACTIVE")
    ] * 5
    assert {part.state for part in report.platform} == {"healthy"}
    assert not report.broken


def test_nothing_at_all_is_there() -> None:
    report = diagnose(World.empty().snapshot(), NOW)
    assert report.requests == ()
    assert report.broken
    [promise, *_] = report.platform
    assert (promise.state, promise.message) == ("unhealthy", "Kratix is not installed")


def test_an_empty_snapshot_and_odd_objects_do_not_break_it() -> None:
    diagnose(Snapshot(), NOW)
    metadata: Object = {"name": 5, "labels": [], "finalizers": "x"}
    odds: list[Object] = [
        {},
        {"metadata": None, "spec": [], "status": {"conditions": [1, {"type": "Ready"}]}},
        {"metadata": metadata, "status": "x"},
    ]
    for odd in odds:
        for kind in World().objects:
            world = World([ORDERS])
            world.objects[kind] = [odd, *world.objects[kind]]
            diagnose(world.snapshot(), NOW)


def test_every_hop_is_told_and_those_behind_the_first_that_is_not_done_wait() -> None:
    world = World([ORDERS])
    SITUATIONS["the store is down and still says ready"].spoil(world)
    _, request = looked(world)
    assert [(hop.name, hop.state) for hop in request.hops] == [
        ("admitted", "done"),
        ("workflow", "done"),
        ("work", "done"),
        ("placed", "done"),
        ("written", "failed"),
        ("applied", "waiting"),
        ("table", "waiting"),
        ("dynamodb", "waiting"),
    ]
    assert request.hops[4].object == (
        f"WorkPlacement default/aws-dynamodb-kratix-{NAME}-configure-1.aws-5058f"
    )


def test_a_refused_change_shows_the_table_as_it_was() -> None:
    world = World([ORDERS])
    request = world.one("DynamoDBRequest")
    request["metadata"]["generation"] = 2
    pipeline = {"name": "configure", "phase": "Suspended", "message": "refused: no"}
    request["status"]["kratix"] = {"workflows": {"suspendedGeneration": 2, "pipelines": [pipeline]}}
    _, told = looked(world)
    assert (told.state, told.status, told.items) == ("refused", "ACTIVE", 0)
    assert told.hops[-1].state == "waiting"
    assert told.hops[-1].detail == "ACTIVE, as it was before"


def test_dynamodb_counts_for_more_than_ack() -> None:
    world = World([ORDERS])
    SITUATIONS["dynamodb says so itself"].spoil(world)
    _, request = looked(world)
    assert request.items == 7


def test_a_team_that_is_apart_is_blocked_by_its_own_kustomization_only() -> None:
    for guilty, hop in (("team-resources", "applied"), ("aws-resources", "applied")):
        world = World([ORDERS])
        SITUATIONS["flux has not fetched it"].spoil(world)
        world.flux("team", "aws/resources/default", prefix="aws/resources/default/")
        kustomization = world.one("Kustomization", guilty)
        put(kustomization, "Ready", "False", "BuildFailed", "broken")
        _, request = looked(world)
        assert request.hop == hop
        assert request.state == ("failed" if guilty == "team-resources" else "waiting")


def test_a_git_repository_is_found_however_its_address_is_written() -> None:
    for url in ("https://git.example.com/team/state", "git@git.example.com:team/state.git"):
        world = World([ORDERS])
        SITUATIONS["flux has not fetched it"].spoil(world)
        [bucket] = world.objects.pop("Bucket")
        [store] = world.objects.pop("BucketStateStore")
        world.objects["GitRepository"] = [
            {**bucket, "kind": "GitRepository", "spec": {"url": url, "ref": {"branch": "main"}}}
        ]
        world.objects["GitStateStore"] = [
            {**store, "spec": {"url": "https://git.example.com/team/state.git"}}
        ]
        world.one("Destination")["spec"]["stateStoreRef"]["kind"] = "GitStateStore"
        for kustomization in world.objects["Kustomization"]:
            kustomization["spec"]["sourceRef"]["kind"] = "GitRepository"
        report, request = looked(world)
        assert (request.hop, request.state) == ("applied", "waiting")
        assert not report.broken


def test_a_destination_for_other_promises_is_left_out() -> None:
    world = World([ORDERS])
    other = world.add("Destination", "platform.kratix.io/v1alpha1", "other", spec={"path": "x"})
    put(other, "Ready", "False", "StateStoreNotFound")
    report, _ = looked(world)
    assert not report.broken


def test_kratix_that_has_just_started_is_starting() -> None:
    world = World([ORDERS])
    pod = world.one("Pod", "kratix-platform-controller-manager-6d5")
    pod["metadata"]["creationTimestamp"] = ago(5)
    report, _ = looked(world)
    [part] = [part for part in report.platform if "kratix-platform" in part.name]
    assert (part.state, report.broken) == ("starting", False)
    assert "leader lease" in part.message


def test_a_table_whose_request_is_gone_and_that_cannot_go() -> None:
    world = World([ORDERS])
    world.drop("DynamoDBRequest")
    table = world.one("Table")
    table["metadata"]["deletionTimestamp"] = ago(600)
    put(table, "ACK.Terminal", "True", "", "ValidationException: deletion protection is enabled")
    report = diagnose(world.snapshot(), NOW)
    [part] = [part for part in report.platform if part.kind == "Table"]
    assert part.state == "unhealthy"
    assert "deletion protection" in part.message
