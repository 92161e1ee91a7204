"""The Composition's script, look by look: what there is decides what comes next."""

import importlib
from typing import Any, cast

import pytest
from corpus import spec
from crossplane_function import ProtoStruct, run
from generated import request

from tablepromise.dialects import crossplane
from tablepromise.dialects import crossplane_script as script
from tablepromise.request import admit

Object = dict[str, Any]
POLICY = '{"Version": "2012-10-17", "Statement": [{}]}'
BOTH: Object = {"resourcePolicy": POLICY, "contributorInsights": True}
KEEPS = ["Observe", "Create", "Update"]
DELETES = [*KEEPS, "Delete"]


def table(**changes: Any) -> Object:
    """A DynamoDBTable."""
    xr = crossplane.composite_resource(admit(request(spec(**changes), name="orders")))
    return {**xr, "metadata": {**xr["metadata"], "uid": "ours"}}


def live(resource: Object, *conditions: Object, uid: str = "ours", age: int = 5) -> Object:
    """A managed resource as it is in a cluster."""
    owner = {"kind": crossplane.KIND, "name": "theirs", "uid": uid, "controller": True}
    return {
        **resource,
        "metadata": {
            **resource.get("metadata", {}),
            "namespace": "team-b",
            "uid": f"table-of-{uid}",
            "creationTimestamp": f"2026-01-0{age}T00:00:00Z",
            "ownerReferences": [owner],
        },
        "status": {"conditions": list(conditions)},
    }


def condition(kind: str, status: str, message: str = "") -> Object:
    return {"type": kind, "status": status, "message": message}


READY = condition("Ready", "True")


def all_ready(xr: Object) -> dict[str, Object]:
    """The managed resources of `xr` when nothing is left to do."""
    first = run(xr).resources
    there = {name: live(resource, READY) for name, resource in first.items()}
    second = run(xr, there).resources
    return {name: live(resource, READY) for name, resource in second.items()}


# --- from order to table --------------------------------------------------------------------------


def test_the_table_comes_first_and_its_parts_when_it_is_there() -> None:
    xr = table(**BOTH)
    first = run(xr)
    assert (list(first.resources), first.ready) == (["table"], frozenset())
    assert first.status == {"message": "table orders is on its way to us-west-2"}
    second = run(xr, {"table": live(first.resources["table"], READY)})
    assert list(second.resources) == ["table", "resource-policy", "contributor-insights"]
    assert second.ready == {"table"}
    last = run(xr, all_ready(xr))
    assert last.ready == last.resources.keys()
    assert last.status == {"message": "table orders in us-west-2 is ready"}
    assert not last.rejected


def test_parts_stay_while_the_table_is_not_ready() -> None:
    xr = table(**BOTH)
    there = all_ready(xr)
    there["table"]["status"] = {"conditions": [condition("Ready", "False")]}
    assert run(xr, there).resources.keys() == there.keys()


@pytest.mark.parametrize(
    "partial",
    [
        {},
        {"status": {}},
        {"status": {"conditions": []}},
        {"status": {"conditions": [{"type": "Ready"}], "atProvider": {}}},
    ],
    ids=str,
)
def test_what_is_half_there_is_no_error(partial: Object) -> None:
    result = run(table(**BOTH), {"table": partial})
    assert (list(result.resources), result.ready) == (["table"], frozenset())
    assert result.status == {"message": "table orders is on its way to us-west-2"}


def test_arns_are_shown_as_they_come() -> None:
    there = live({}, READY)
    there["status"]["atProvider"] = {"arn": "arn:a", "streamArn": ""}
    assert run(table(), {"table": there}).status["tableArn"] == "arn:a"
    assert "streamArn" not in run(table(), {"table": there}).status


@pytest.mark.parametrize("kind", ["Synced", "LastAsyncOperation"])
@pytest.mark.parametrize("name", ["table", "resource-policy"])
def test_what_the_provider_says_is_wrong_is_shown(kind: str, name: str) -> None:
    xr = table(**BOTH)
    there = all_ready(xr)
    there[name]["status"]["conditions"].append(condition(kind, "False", "AccessDenied: no"))
    assert run(xr, there).status["message"] == "AccessDenied: no"


# --- what goes, and what stays --------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "allowed"), [("Retain", KEEPS), ("Delete", DELETES)])
def test_only_delete_deletes_and_only_the_table(policy: str, allowed: list[str]) -> None:
    resources = all_ready(table(deletionPolicy=policy, **BOTH))
    policies = {name: each["spec"]["managementPolicies"] for name, each in resources.items()}
    parts = dict.fromkeys(("resource-policy", "contributor-insights"), KEEPS)
    assert policies == {"table": allowed, **parts}


def test_what_is_taken_back_gets_leave_to_delete_and_then_goes() -> None:
    there = all_ready(table(**BOTH))
    without = table(contributorInsights=False)
    leaving = run(without, there)
    for name in ("resource-policy", "contributor-insights"):
        wanted = {**there[name]["spec"], "managementPolicies": DELETES}
        assert leaving.resources[name]["spec"] == wanted
    assert leaving.ready == leaving.resources.keys()
    there = {name: live(resource, READY) for name, resource in leaving.resources.items()}
    assert list(run(without, there).resources) == ["table"]


def test_insights_that_are_left_out_are_let_go_as_they_are() -> None:
    there = all_ready(table(**BOTH))
    assert "contributor-insights" not in run(table(resourcePolicy=POLICY), there).resources


# --- one table, one owner -------------------------------------------------------------------------


def test_a_name_that_another_has_is_refused() -> None:
    theirs = live(run(table()).resources["table"], uid="other")
    result = run(table(), tables=[theirs])
    assert (result.resources, result.rejected, result.seconds) == ({}, True, script.RETRY_SECONDS)
    assert result.status["message"] == (
        "rejected for now, nothing was changed: table orders in us-west-2 is already requested by "
        "team-b/theirs; choose another name, or delete that request"
    )


@pytest.mark.parametrize(
    ("by", "change"),
    [("team-b/theirs", {"deletionTimestamp": "2026-01-09T00:00:00Z"}), ("default/orders", {})],
    ids=["another, which goes", "one of the same name, which is gone"],
)
def test_a_table_whose_owner_is_deleted_is_waited_for(by: str, change: Object) -> None:
    xr = table()
    theirs = live(run(xr).resources["table"], uid="other")
    namespace, name = by.split("/")
    theirs["metadata"] |= {"namespace": namespace, **change}
    theirs["metadata"]["ownerReferences"][0]["name"] = name
    result = run(xr, tables=[theirs])
    assert (result.resources, result.rejected, result.seconds) == ({}, True, script.RETRY_SECONDS)
    assert result.status["message"] == (
        f"waits, nothing was changed: {by} is being deleted and owns table orders in us-west-2"
    )


@pytest.mark.parametrize(("age", "refused"), [(3, True), (7, False)])
def test_of_two_at_once_the_older_has_the_table(age: int, refused: bool) -> None:
    there = all_ready(table(deletionPolicy="Delete"))
    theirs = live(there["table"], uid="other", age=age)
    result = run(table(deletionPolicy="Delete"), there, [theirs, there["table"]])
    assert result.rejected is refused
    # it is not left out, which would delete it
    allowed = result.resources["table"]["spec"]["managementPolicies"]
    assert allowed == (["Observe"] if refused else DELETES)
    assert ("table" in result.ready) is not refused


def test_the_label_is_that_of_the_same_table_in_the_same_region() -> None:
    labels = {
        run(xr).resources["table"]["metadata"]["labels"][script.LABEL]
        for xr in (table(), table(stream={}), table(name="other"), table(region="eu-west-1"))
    }
    assert len(labels) == 3
    assert all(len(label) <= 63 for label in labels)


# --- the stand-ins --------------------------------------------------------------------------------


def test_the_stand_ins_are_no_more_than_protobuf() -> None:
    protobuf = cast(Any, importlib.import_module("google.protobuf.struct_pb2"))
    document: Object = {
        "n": 5,
        "f": 1.5,
        "t": True,
        "s": "x",
        "none": None,
        "l": [1, [{}], {"a": []}],
    }
    theirs = protobuf.Struct()
    theirs.update(document)
    ours = ProtoStruct(document)
    assert script.plain(theirs) == script.plain(ours) == document
    assert type(theirs["n"]) is type(ours["n"]) is float
    for stand_in, real in ((ours, theirs), (ours["l"], theirs["l"])):
        public = {name for name in dir(stand_in) if not name.startswith("_")}
        assert public <= set(dir(real))


def test_the_script_runs_on_protobufs_own_values() -> None:
    protobuf = cast(Any, importlib.import_module("google.protobuf.struct_pb2"))
    for resource in all_ready(table(**BOTH, provisioned={}, billingMode="PROVISIONED")).values():
        theirs = protobuf.Struct()
        theirs.update(resource)
        assert script.plain(theirs) == resource
