"""Which source of Flux reads which state store of Kratix, and what a failing agent means."""

from typing import Any

import pytest
from status_world import ORDERS
from world import NOW, World, put

from tablepromise.diagnosis import diagnose
from tablepromise.diagnosis.flux import reads
from tablepromise.diagnosis.live_object import LiveObject

URL = "https://git.example.com/state.git"


@pytest.mark.parametrize(
    ("source", "store", "same"),
    [
        ({"url": URL, "ref": {"branch": "main"}}, {"url": URL, "branch": "main"}, True),
        ({"url": URL, "ref": {"branch": "main"}}, {"url": URL}, True),
        ({"url": URL}, {"url": URL, "branch": "master"}, True),
        ({"url": URL}, {"url": URL}, False),
        ({"url": URL, "ref": {"branch": "dev"}}, {"url": URL, "branch": "main"}, False),
        ({"url": f"{URL}x", "ref": {"branch": "main"}}, {"url": URL, "branch": "main"}, False),
    ],
)
def test_a_repository_is_read_at_the_same_url_and_branch(
    source: dict[str, Any], store: dict[str, Any], same: bool
) -> None:
    origin, target = (
        LiveObject("GitRepository", {"spec": source}),
        LiveObject("GitStateStore", {"spec": store}),
    )
    assert reads(origin, target) == same
    assert not reads(LiveObject("Bucket", {"spec": source}), target)


@pytest.mark.parametrize(("name", "same"), [("state", True), ("other", False)])
def test_a_bucket_is_read_by_its_name(name: str, same: bool) -> None:
    origin = LiveObject("Bucket", {"spec": {"bucketName": name}})
    store = LiveObject("BucketStateStore", {"spec": {"bucketName": "state"}})
    assert reads(origin, store) == same


@pytest.mark.parametrize("status", ["True", "False"])
def test_a_table_that_was_applied_says_whether_its_agent_fails_now(status: str) -> None:
    world = World([ORDERS])
    kustomization = world.one("Kustomization", "aws-resources")
    put(kustomization, "Ready", status, "BuildFailed", "kustomize build failed")
    [request] = diagnose(world.snapshot(), NOW).requests
    [applied] = [hop for hop in request.hops if hop.name == "applied"]
    assert applied.state == "done"
    assert applied.detail.startswith("by Kustomization flux-system/aws-resources")
    assert applied.detail.endswith("is failing now and applies no later change") == (
        status == "False"
    )
