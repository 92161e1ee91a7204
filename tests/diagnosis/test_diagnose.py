"""What is said in each situation that is known to happen."""

import cProfile
import pstats

import pytest
from situations import NAME, SITUATIONS
from world import NOW, Object, World, ago, examples, put

from tablepromise.diagnosis import Report, RequestReport, Snapshot, TableDescription, diagnose

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
    assert (request.hop, request.state) == (situation.hop, situation.state), request.problem
    if request.state in ("stuck", "rejected", "failed"):
        assert request.problem
    elif request.state in ("waiting", "unknown"):
        assert request.problem is None
    found = {state: set[str]() for state in ("unhealthy", "unknown", "healthy", "starting")}
    for part in report.platform:
        found[part.state].add(f"{part.kind} {part.name}")
        assert bool(part.fix) == (part.state == "unhealthy"), part
    assert found["unhealthy"] >= set(situation.parts)
    if name != "only the bare crd is there":
        assert found["unhealthy"] == set(situation.parts)
        assert found["unknown"] == set(situation.unknown)
    assert report.broken == bool(request.problem or situation.parts)


def test_all_five_examples_are_ready() -> None:
    report = diagnose(World().snapshot(), NOW)
    assert [(request.state, request.hop, request.status) for request in report.requests] == [
        ("ready", "dynamodb", "ACTIVE")
    ] * 5
    assert {part.state for part in report.platform} == {"healthy"}
    assert not report.broken


@pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
def test_a_source_may_be_in_another_namespace_that_its_kustomization_names(named: bool) -> None:
    world = World([ORDERS])
    SITUATIONS["the source cannot be fetched"].spoil(world)
    world.one("Bucket")["metadata"]["namespace"] = "sources"
    if named:
        for kustomization in world.objects["Kustomization"]:
            kustomization["spec"]["sourceRef"]["namespace"] = "sources"
    _, request = looked(world)
    problem = request.problem.what if request.problem else ""
    assert problem.startswith("Flux cannot fetch Bucket sources/aws") == named


def test_a_table_that_only_dynamodb_shows_is_not_taken_for_ready() -> None:
    world = World([ORDERS])
    SITUATIONS["the agent is in another cluster"].spoil(world)
    world.described["us-east-1", "orders-table"] = TableDescription("ACTIVE", 7)
    _, request = looked(world)
    last = request.hops[-1]
    assert last.name == "dynamodb"
    assert (request.state, last.state) == ("unknown", "unknown")
    assert last.detail == ("ACTIVE in DynamoDB; whether it matches the request is not visible here")
    assert (request.status, request.items) == ("ACTIVE", 7)


@pytest.mark.parametrize(
    ("kind", "hops"),
    [("Work", ["work", "scheduled", "written"]), ("WorkPlacement", ["scheduled", "written"])],
)
def test_what_is_unknown_because_it_may_not_be_read_says_so(kind: str, hops: list[str]) -> None:
    world = World([ORDERS])
    world.forbidden(kind)
    _, request = looked(world)
    details = {hop.name: hop.detail for hop in request.hops if hop.state == "unknown"}
    assert details == dict.fromkeys(hops, f"not allowed to list {kind}")


def test_a_state_store_that_is_gone_is_looked_for_where_it_cannot_be_written() -> None:
    world = World([ORDERS])
    SITUATIONS["the store is down and still says ready"].spoil(world)
    world.drop("BucketStateStore")
    _, request = looked(world)
    assert request.problem is not None
    assert request.problem.what == "Kratix cannot write to BucketStateStore store"
    assert request.problem.next.startswith("kubectl get bucketstatestores,gitstatestores")


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
        ("scheduled", "done"),
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
    _, request = looked(world)
    assert (request.state, request.status, request.items) == ("rejected", "ACTIVE", 0)
    assert request.hops[-1].state == "waiting"
    assert request.hops[-1].detail == "ACTIVE, for an earlier generation"


def test_dynamodb_counts_for_more_than_ack() -> None:
    world = World([ORDERS])
    SITUATIONS["dynamodb says so itself"].spoil(world)
    _, request = looked(world)
    assert request.items == 7


@pytest.mark.parametrize("kind", ["Bucket", "GitRepository"])
@pytest.mark.parametrize("guilty", ["team-resources", "aws-resources"])
def test_a_team_that_is_apart_has_its_own_kustomization(kind: str, guilty: str) -> None:
    world = World([ORDERS])
    SITUATIONS["flux has not fetched it"].spoil(world)
    world.one("Bucket", "aws")["spec"]["ignore"] = "/aws/resources/default/\n"
    only = "/*\n!/aws/\n/aws/*\n!/aws/resources/\n/aws/resources/*\n!/aws/resources/default/\n"
    if kind == "Bucket":
        world.flux("team", "", prefix="aws/resources/default/")
    else:
        world.flux("team", "")["spec"]["ignore"] = only
        on_git(world, "https://git.example.com/state", "https://git.example.com/state")
    put(world.one("Kustomization", guilty), "Ready", "False", "BuildFailed", "broken")
    _, request = looked(world)
    assert request.hop == "applied"
    assert request.state == ("failed" if guilty == "team-resources" else "waiting")


def on_git(world: World, written: str, read: str) -> None:
    """Puts a repository in the place of the bucket, with its address for Kratix and for Flux."""
    [store] = world.objects.pop("BucketStateStore")
    world.objects["GitStateStore"] = [{**store, "spec": {"url": written}}]
    world.one("Destination")["spec"]["stateStoreRef"]["kind"] = "GitStateStore"
    for bucket in world.objects.pop("Bucket"):
        spec = {"url": read, "ref": {"branch": "main"}, "ignore": bucket["spec"].get("ignore", "")}
        world.objects.setdefault("GitRepository", []).append({**bucket, "spec": spec})
    for kustomization in world.objects["Kustomization"]:
        kustomization["spec"]["sourceRef"]["kind"] = "GitRepository"


@pytest.mark.parametrize(
    "url", ["https://git.example.com/team/state", "git@git.example.com:team/state.git"]
)
def test_a_git_repository_is_found_however_its_address_is_written(url: str) -> None:
    world = World([ORDERS])
    SITUATIONS["flux has not fetched it"].spoil(world)
    on_git(world, "https://git.example.com/team/state.git", url)
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


def test_a_message_about_many_objects_names_ours_first() -> None:
    world = World([ORDERS])
    SITUATIONS["flux has not fetched it"].spoil(world)
    message = (
        "[Table/team-b/bad dry-run failed (Invalid): x, "
        f"Table/default/{NAME} dry-run failed (Forbidden): tables is forbidden]"
    )
    kustomization = world.one("Kustomization", "aws-resources")
    put(kustomization, "Ready", "False", "ReconciliationFailed", message)
    _, request = looked(world)
    assert request.problem
    assert request.problem.what == "the API server rejects the Table"
    assert "ServiceAccount" in request.problem.next


def test_a_table_that_was_changed_a_moment_ago_is_not_stuck() -> None:
    world = World([ORDERS])
    table = world.one("Table")
    table["spec"]["billingMode"] = "PAY_PER_REQUEST"
    table["metadata"]["managedFields"] = [{"manager": "kubectl", "time": ago(5)}]
    _, request = looked(world)
    assert (request.hop, request.state) == ("applied", "waiting")


def test_requests_do_not_slow_each_other_down() -> None:
    few, many = (World(map(named, range(count))).snapshot() for count in (20, 160))
    assert calls(many) < 10 * calls(few)


def named(number: int) -> Object:
    return {**ORDERS, "metadata": {"name": f"r{number}", "namespace": "default"}}


def calls(snapshot: Snapshot) -> int:
    """How many calls of functions a diagnosis is: what it costs, however busy the machine is."""
    profile = cProfile.Profile()
    profile.runcall(diagnose, snapshot, NOW)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def test_whether_statuses_are_kept_up_to_date() -> None:
    world = World([ORDERS])
    assert reflecting(world) == ("healthy", "1 of 1 pods available")
    world.one("Deployment", "reflector")["status"] = {}
    stale = "the statuses of requests are not updated"
    assert reflecting(world) == ("unhealthy", f"0 of 1 pods available; {stale}")
    world.drop("Deployment", "reflector")
    elsewhere = f"not in this cluster; unless it runs in another one, {stale}"
    assert reflecting(world) == ("unknown", elsewhere)


def reflecting(world: World) -> tuple[str, str]:
    """What is said of the reflector; without it, what is said of the request is true as well."""
    report, request = looked(world)
    assert request.state == "ready"
    [part] = [p for p in report.platform if p.name == "tablepromise-system/reflector"]
    return part.state, part.message
