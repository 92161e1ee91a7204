"""Tables whose request is gone, and why each still exists."""

from collections.abc import Callable

import pytest
from world import NOW, World, ago, examples, put

from tablepromise.diagnosis import PlatformPart, diagnose
from tablepromise.request import model

NAME = "production-orders-table"
GONE = "its request no longer exists"


def left(world: World) -> PlatformPart | None:
    """The part of the platform that is about the Table."""
    parts = [part for part in diagnose(world.snapshot(), NOW).platform if part.kind == "Table"]
    assert len(parts) < 2
    return parts[0] if parts else None


def without_its_request(*, deleting: float | None = None) -> World:
    world = World([each for each in examples() if each["metadata"]["name"] == NAME])
    world.drop(model.KIND)
    if deleting is not None:
        metadata = world.one("Table")["metadata"]
        metadata["deletionTimestamp"] = ago(deleting)
        metadata["finalizers"] = ["finalizers.dynamodb.services.k8s.aws/Table"]
    return world


def test_a_table_with_its_request_is_not_one() -> None:
    assert left(World()) is None


@pytest.mark.parametrize(
    ("policy", "said"), [("retain", "kept in AWS"), ("delete", "deleted in AWS")]
)
def test_one_that_is_being_deleted_is_shown_at_once(policy: str, said: str) -> None:
    world = without_its_request(deleting=1)
    world.one("Table")["metadata"]["annotations"]["services.k8s.aws/deletion-policy"] = policy
    part = left(world)
    assert part is not None
    assert (part.state, part.name) == ("starting", f"default/{NAME}")
    assert part.message == f"{GONE}, and the Table is being deleted (table orders-table is {said})"


def ack_down(world: World) -> None:
    world.one("Deployment", "ack-dynamodb-chart")["spec"]["replicas"] = 0


def nothing(world: World) -> None:
    del world


def protected(world: World) -> None:
    message = "Resource cannot be deleted: deletion protection is enabled"
    put(world.one("Table"), "ACK.Terminal", "True", "", message)


@pytest.mark.parametrize(
    ("spoil", "age", "says", "fix"),
    [
        (ack_down, 1, "ACK must finalize it", "kubectl scale deployment ack-dynamodb-chart"),
        (protected, 1, "deletion protection is enabled", "kubectl describe tables"),
        (nothing, 600, "finalizers.dynamodb.services.k8s.aws", "kubectl describe tables"),
    ],
)
def test_one_that_is_not_let_go_is_a_fault(
    spoil: Callable[[World], None], age: float, says: str, fix: str
) -> None:
    world = without_its_request(deleting=age)
    spoil(world)
    part = left(world)
    assert part is not None
    assert part.state == "unhealthy"
    assert says in part.message
    assert part.fix.startswith(fix)


def test_one_that_nobody_deletes_is_shown() -> None:
    world = without_its_request()
    part = left(world)
    assert part is not None
    assert part.state == "starting"
    assert "Kustomization flux-system/aws-resources must prune it" in part.message
    world.one("Kustomization", "aws-resources")["spec"]["suspend"] = True
    part = left(world)
    assert part is not None
    assert "Kustomization flux-system/aws-resources is suspended" in part.message
    assert part.fix.startswith("kubectl patch kustomizations")
    world.inventory("aws-resources").clear()
    part = left(world)
    assert part is not None
    assert "no Kustomization has it in its inventory" in part.message
    assert part.fix == f"kubectl delete tables.dynamodb.services.k8s.aws {NAME} -n default"


def test_what_no_request_asked_for_is_not_left_behind() -> None:
    world = without_its_request()
    world.one("Table")["metadata"]["labels"] = {}
    assert left(world) is None


def test_where_requests_are_not_seen_nothing_is_said() -> None:
    world = without_its_request(deleting=1)
    world.forbidden(model.KIND)
    assert left(world) is None


def test_a_cluster_without_requests_has_tables_of_others() -> None:
    world = without_its_request()
    world.absent(model.KIND)
    assert left(world) is None
