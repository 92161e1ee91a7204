"""Who may delete a request, and what is said of its data, on a real API server."""

from collections.abc import Iterator
from itertools import count
from time import sleep
from typing import Any

import cdk8s
import pytest
import upstream
from api import REQUESTS, ApiServer, kubectl, wait, warned
from corpus import spec
from generated import request

from tablepromise.platform import RequestDeletionPolicy, RequestWarnings
from tablepromise.request import admit, deletes_data, deletion_outcome, dump, render

pytestmark = pytest.mark.cluster

TABLES = "/apis/dynamodb.services.k8s.aws/v1alpha1/namespaces/default/tables"

KEEP: dict[str, Any] = {}
SPECS: dict[str, dict[str, Any]] = {
    "keep": KEEP,
    "keep, unprotected": {"deletionProtection": False},
    "give up, protected": {"deletionPolicy": "Delete", "deletionProtection": True},
    "give up": {"deletionPolicy": "Delete"},
    "give up, and say so": {"deletionPolicy": "Delete", "deletionProtection": False},
}
TAKEN_UP = (None, "", "Retain", "Delete")


@pytest.fixture(scope="module")
def guarded(api: ApiServer) -> Iterator[ApiServer]:
    """With the guard and the advice in force, and the API of ACK's Tables."""
    file = upstream.FOLDER / "ack-dynamodb-tables.yaml"
    if not file.exists():
        pytest.skip("the upstream CRDs are not beside the checkout")
    there = "items" in api.send("GET", TABLES)
    kubectl("apply", "--server-side", "-f", str(file))
    wait(lambda: "items" in api.send("GET", TABLES), "the API of the Tables")
    chart = cdk8s.Testing.chart()
    RequestDeletionPolicy(chart, "Guard")
    RequestWarnings(chart, "Advice")
    policies = dump(*cdk8s.Testing.synth(chart))
    kubectl("apply", "-f", "-", stdin=policies)
    probe = made(api, KEEP, "Delete")
    try:
        told, told_of_table = settled(api, KEEP), settled(api, KEEP, seen=True)
        wait(lambda: warned(deletion(api, told)), "the advice to be followed")
        applied(api, told_of_table, KEEP)
        wait(lambda: warned(deletion(api, told_of_table)), "the advice to see Tables")
        wait(lambda: refused(deletion(api, probe)), "the guard to be followed")
        unsaid = made(api, KEEP, None)
        applied(api, unsaid, SPECS["give up"])
        wait(lambda: refused(deletion(api, unsaid)), "the guard to see Tables")
        kubectl("delete", "tables.dynamodb.services.k8s.aws", "--all")
        yield api
    finally:
        kubectl("delete", "-f", "-", stdin=policies)
        wait(lambda: not refused(deletion(api, probe)), "the end of the guard")
        kubectl("delete", "ddbr", "--all")
        if not there:
            kubectl("delete", "-f", str(file))


_NUMBERS = count()


def made(api: ApiServer, said: dict[str, Any], taken_up: str | None, *, seen: bool = False) -> str:
    """The name of a request of which the pipeline has taken up this policy; None: it does not say.

    `seen`: it has had a Table in this cluster.
    """
    name = f"guarded-{next(_NUMBERS)}"
    stored = api.send("POST", REQUESTS, request(spec(**said), name=name))
    assert stored["kind"] == "DynamoDBRequest", stored
    stored["status"] = {"message": "x"}
    if taken_up is not None:
        stored["status"]["deletionPolicy"] = taken_up
    if seen:
        stored["status"]["syncedTable"] = "6a7f3c1e-0000-4000-8000-000000000000/1"
    answer = api.send("PUT", f"{REQUESTS}/{name}/status", stored)
    assert answer["kind"] == "DynamoDBRequest", answer
    return name


def settled(api: ApiServer, said: dict[str, Any], *, seen: bool = False) -> str:
    """A request of which the pipeline has taken up what it says."""
    return made(api, said, "Delete" if deletes_data(said) else "Retain", seen=seen)


def applied(api: ApiServer, name: str, said: dict[str, Any]) -> None:
    """The Table of a request as if the request said this."""
    answer = api.send("POST", TABLES, render(admit(request(spec(**said), name=name))))
    assert answer["kind"] == "Table", answer


def deletion(api: ApiServer, name: str) -> Any:
    """The answer to deleting a request; it stays."""
    return api.session.delete(f"{api.url}{REQUESTS}/{name}", params={"dryRun": "All"}, timeout=60)


def refused(answer: Any) -> str:
    """Why the deletion was refused; "" if it was not."""
    assert answer.status_code in (200, 403), answer.text
    return "" if answer.ok else str(answer.json()["message"])


@pytest.mark.parametrize("taken_up", TAKEN_UP)
@pytest.mark.parametrize("said", SPECS)
def test_what_the_pipeline_has_not_taken_up_is_not_acted_upon(
    guarded: ApiServer, said: str, taken_up: str | None
) -> None:
    name = made(guarded, SPECS[said], taken_up)
    answer = deletion(guarded, name)
    asked = deletes_data(SPECS[said])
    if not taken_up or (taken_up == "Delete") == asked:
        assert not refused(answer)
        status = {} if taken_up is None else {"deletionPolicy": taken_up}
        stored = guarded.send("GET", f"{REQUESTS}/{name}")
        assert warned(answer) == [deletion_outcome(stored["spec"], status)]
    else:
        assert "does not have the new value yet" in refused(answer)
        assert ("would keep the table" in refused(answer)) == asked
        # what does not happen is not said
        assert warned(answer) == []


@pytest.mark.parametrize("there", SPECS)
@pytest.mark.parametrize("said", SPECS)
def test_what_is_not_applied_is_not_acted_upon(guarded: ApiServer, said: str, there: str) -> None:
    name = settled(guarded, SPECS[said], seen=True)
    applied(guarded, name, SPECS[there])
    stored = guarded.send("GET", f"{REQUESTS}/{name}")
    differ = deletes_data(SPECS[said]) != deletes_data(SPECS[there])
    told = [] if differ else [deletion_outcome(stored["spec"], stored["status"])]

    def verdict() -> bool:
        answer = deletion(guarded, name)
        return (bool(refused(answer)), warned(answer)) == (differ, told)

    sleep(0.2)  # the API server's guard sees a Table a moment later
    wait(verdict, "the verdict, and what is said beside it", 5)
    guarded.send("DELETE", f"{TABLES}/{name}")
    wait(lambda: not refused(deletion(guarded, name)), "the Table to be gone", 5)
    # nobody knows what a Table does that was removed by force
    assert warned(deletion(guarded, name)) == []


def test_a_table_without_the_annotation_is_one_that_goes(guarded: ApiServer) -> None:
    name = settled(guarded, KEEP)
    applied(guarded, name, SPECS["keep, unprotected"])
    assert not refused(deletion(guarded, name))
    table = f"tables.dynamodb.services.k8s.aws/{name}"
    kubectl("annotate", table, "services.k8s.aws/deletion-policy-")
    wait(lambda: refused(deletion(guarded, name)), "the refusal", 5)
    guarded.send("DELETE", f"{TABLES}/{name}")


def test_somebody_elses_table_decides_nothing(guarded: ApiServer) -> None:
    name, other = settled(guarded, KEEP), settled(guarded, SPECS["give up"])
    for one in (name, other):
        applied(guarded, one, SPECS["give up"])
    wait(lambda: refused(deletion(guarded, name)), "the refusal", 5)
    table = f"tables.dynamodb.services.k8s.aws/{name}"
    kubectl("label", table, "dynamodb.kratix.io/request-")
    wait(lambda: not refused(deletion(guarded, name)), "its own alone to count", 5)
    for one in (name, other):
        guarded.send("DELETE", f"{TABLES}/{one}")


def test_all_at_once_is_each(guarded: ApiServer) -> None:
    """`kubectl delete --all`, and what deletes a namespace, send one call for all of them."""
    changed = made(guarded, SPECS["give up"], "Retain")
    answer = guarded.session.delete(guarded.url + REQUESTS, timeout=60)
    assert "does not have the new value yet" in refused(answer)
    stored = guarded.send("GET", f"{REQUESTS}/{changed}")
    stored["spec"]["deletionPolicy"] = "Retain"
    assert guarded.send("PUT", f"{REQUESTS}/{changed}", stored)["kind"] == "DynamoDBRequest"
    assert not refused(deletion(guarded, changed))


def test_nothing_changes_once_it_is_being_deleted(guarded: ApiServer) -> None:
    for said in SPECS.values():
        path = f"{REQUESTS}/{settled(guarded, said)}"
        held = guarded.send("GET", path)
        held["metadata"]["finalizers"] = ["example.com/held"]
        assert guarded.send("PUT", path, held)["kind"] == "DynamoDBRequest"
        guarded.send("DELETE", path)
        held = guarded.send("GET", path)
        assert "deletionTimestamp" in held["metadata"]
        for other in SPECS.values():
            answer = guarded.send("PUT", path, held | {"spec": spec(**other)}, dryRun="All")
            if all(
                held["spec"].get(field, default) == other.get(field, default)
                for field, default in (("deletionPolicy", "Retain"), ("deletionProtection", False))
            ):
                assert answer["kind"] == "DynamoDBRequest", answer
            else:
                assert "cannot change once the request is being deleted" in answer["message"]
        assert not refused(guarded.session.delete(guarded.url + path, timeout=60))
        held["metadata"]["finalizers"] = []
        guarded.send("PUT", path, held)
        assert guarded.send("GET", path).get("code") == 404
