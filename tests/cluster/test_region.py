"""The region of stored requests when a target's regions change, on a real API server."""

import copy
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from api import CRDS, REQUESTS, ApiServer, kubectl, refused_at, wait
from corpus import spec
from generated import request

from tablepromise.pipeline.configure import configure
from tablepromise.pipeline.kratix_files import Folders
from tablepromise.request import Regions, custom_resource_definition, dump, validate

pytestmark = pytest.mark.cluster

WEST = Regions()
EUROPE = Regions.for_target("eu-central-1", ("eu-north-1",))


def serve(api: ApiServer, crd: dict[str, Any]) -> None:
    """Have the API server use a version of our CRD, and wait until it does."""
    path = f"{CRDS}/{crd['metadata']['name']}"
    live = api.send("GET", path)
    body = {**crd, "metadata": live["metadata"]}
    assert api.send("PUT", path, body)["kind"] == "CustomResourceDefinition"
    [version] = crd["spec"]["versions"]
    field = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["region"]
    probe = request(spec(name="probe"), "probe")

    def served() -> bool:
        answer = api.send("POST", REQUESTS, probe, dryRun="All")
        return answer.get("spec", {}).get("region") == field.get("default")

    wait(served, "the CRD's default")


@contextmanager
def stored(api: ApiServer, name: str, **changes: Any) -> Generator[dict[str, Any]]:
    answer = api.send("POST", REQUESTS, request(spec(**changes), name))
    assert answer["kind"] == "DynamoDBRequest", answer
    try:
        yield answer
    finally:
        api.send("DELETE", f"{REQUESTS}/{name}")


@pytest.fixture
def europe(api: ApiServer) -> Generator[Callable[[], None]]:
    """Changes the target to one in eu-central-1; it is one in us-west-2 again afterwards."""
    yield lambda: serve(api, custom_resource_definition(EUROPE))
    serve(api, custom_resource_definition(WEST))


def region(api: ApiServer, name: str) -> str:
    return str(api.send("GET", f"{REQUESTS}/{name}")["spec"]["region"])


def test_a_default_is_stored_and_stays_when_the_target_changes(
    api: ApiServer, europe: Callable[[], None], tmp_path: Any
) -> None:
    with stored(api, "before") as before:
        assert before["spec"]["region"] == "us-west-2"
        europe()
        assert region(api, "before") == "us-west-2"
        with stored(api, "after") as after:
            assert after["spec"]["region"] == "eu-central-1"
        # what the pipeline makes of it is what it made before
        (tmp_path / "input").mkdir()
        (tmp_path / "input/object.yaml").write_text(
            dump(api.send("GET", f"{REQUESTS}/before")), encoding="utf-8"
        )
        outcome = configure(Folders.under(tmp_path), lambda _: (), region="eu-central-1")
        assert outcome.table
        assert outcome.table["metadata"]["annotations"]["services.k8s.aws/region"] == "us-west-2"


def test_a_region_that_is_not_on_offer_any_more_keeps_working(
    api: ApiServer, europe: Callable[[], None]
) -> None:
    """It can be changed in other fields, and deleted with its finalizers."""
    with stored(api, "kept", region="us-east-1"):
        europe()
        live = api.send("GET", f"{REQUESTS}/kept")
        changed = copy.deepcopy(live)
        changed["spec"]["pointInTimeRecovery"] = True
        assert not validate(changed, live, EUROPE)
        changed["metadata"]["finalizers"] = ["example.com/ours"]
        answer = api.send("PUT", f"{REQUESTS}/kept", changed)
        assert answer["kind"] == "DynamoDBRequest", answer
        answer["status"] = {"message": "x"}
        answer = api.send("PUT", f"{REQUESTS}/kept/status", answer)
        assert answer["kind"] == "DynamoDBRequest", answer
        api.send("DELETE", f"{REQUESTS}/kept")
        leaving = api.send("GET", f"{REQUESTS}/kept")
        leaving["metadata"]["finalizers"] = []
        api.send("PUT", f"{REQUESTS}/kept", leaving)
        wait(lambda: api.send("GET", f"{REQUESTS}/kept").get("code") == 404, "it to go")


@pytest.mark.parametrize("side", ["client", "server"])
def test_what_is_applied_again_without_region_stays_where_it_is(
    api: ApiServer, europe: Callable[[], None], side: str
) -> None:
    flags = ["--server-side"] if side == "server" else []
    text = dump(request(spec(), "applied"))
    kubectl("apply", *flags, "-f", "-", stdin=text)
    try:
        assert region(api, "applied") == "us-west-2"
        europe()
        kubectl("apply", *flags, "-f", "-", stdin=text)
        assert region(api, "applied") == "us-west-2"
    finally:
        api.send("DELETE", f"{REQUESTS}/applied")


def test_what_is_replaced_without_region_is_rejected(
    api: ApiServer, europe: Callable[[], None]
) -> None:
    """A replacement takes the new default; the offline verdict is the API server's."""
    with stored(api, "replaced") as old:
        europe()
        new = request(spec(), "replaced")
        new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        answer = api.send("PUT", f"{REQUESTS}/replaced", new, dryRun="All")
        assert refused_at(answer) == {"spec.region"}
        assert "set it to the region that the request has" in answer["message"]
        assert [each.path for each in validate(new, old, EUROPE)] == ["spec.region"]


def test_an_object_that_was_stored_without_region_would_move(
    api: ApiServer, europe: Callable[[], None]
) -> None:
    """Why no version of the CRD may lack the default: such an object has the region of the day."""
    crd = copy.deepcopy(custom_resource_definition(WEST))
    [version] = crd["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    del schema["properties"]["region"]["default"]
    serve(api, crd)
    with stored(api, "bare") as bare:
        assert "region" not in bare["spec"]
        europe()
        assert region(api, "bare") == "eu-central-1"
