"""What is written to a request, beside Kratix and the pipeline."""

import copy

import pytest
from situations import NAME
from status_server import KRATIX_SCHEMA, Conflict, Server, kratix_sets, merge
from status_world import ORDERS, ours, spoilt, status, write
from world import Object, World, put

from tablepromise.diagnosis import Reason, StatusCondition, build_patch, merge_conditions


def test_conditions_of_others_are_kept_in_their_places() -> None:
    one = StatusCondition("Ready", "True", Reason.ACTIVE, "m", "t")
    two = StatusCondition("Stalled", "False", Reason.ACTIVE, "m", "t")
    other, another = {"type": "Reconciled", "x": 1}, {"type": "WorksSucceeded"}
    conditions: list[Object] = [other, {"type": "Ready", "status": "False"}, another]
    result = merge_conditions([*conditions, {"type": "Ready"}], (one, two))
    assert [c["type"] for c in result] == ["Reconciled", "Ready", "WorksSucceeded", "Stalled"]
    assert (result[0], result[2]) == (other, another)
    assert result[1]["status"] == "True"
    assert merge_conditions(result, (one, two)) == result
    assert conditions == [other, {"type": "Ready", "status": "False"}, another]


def test_a_condition_has_the_fields_that_kratix_keeps() -> None:
    world = World([ORDERS])
    write(world)
    for condition in ours(world):
        assert condition.keys() == KRATIX_SCHEMA
        assert all(condition.values())


def test_no_write_is_lost() -> None:
    world = World([ORDERS])
    server = Server(world.one("DynamoDBRequest"))
    by_kratix, by_us = server.get(), server.get()
    kratix_sets(by_kratix, "Reconciled", "False", "WorksFailing")
    server.update(by_kratix)
    body = build_patch(by_us, status(world))
    assert body
    with pytest.raises(Conflict):
        server.patch(body)
    stale = server.get()
    world.objects["DynamoDBRequest"] = [server.get()]
    body = build_patch(server.get(), status(world))
    assert body
    server.patch(body)
    kratix_sets(stale, "Reconciled", "True", "Reconciled")
    with pytest.raises(Conflict):
        server.update(stale)
    again = server.get()
    kratix_sets(again, "Reconciled", "True", "Reconciled")
    server.update(again)
    # Kratix has written all conditions anew, and sorted them: there is nothing left to say
    world.objects["DynamoDBRequest"] = [server.get()]
    assert build_patch(server.get(), status(world)) is None
    statuses = {one["type"]: one["status"] for one in server.request["status"]["conditions"]}
    assert statuses == {
        **{"ConfigureWorkflowCompleted": "True", "WorksSucceeded": "True", "Reconciled": "True"},
        **{"Ready": "True", "Stalled": "False"},
    }


def test_kratix_and_the_pipeline_keep_what_is_theirs() -> None:
    world = World([ORDERS])
    before = world.one("DynamoDBRequest")["status"]
    before |= {"warnings": ["w"], "tableName": "x", "workflows": 1}
    theirs = copy.deepcopy(before)
    write(world)
    after = world.one("DynamoDBRequest")["status"]
    conditions = after.pop("conditions")
    assert conditions[:3] == theirs.pop("conditions")
    assert theirs.items() <= after.items()


def test_a_request_without_a_version_is_not_written() -> None:
    world = World([ORDERS])
    with pytest.raises(ValueError, match="resourceVersion"):
        build_patch(world.one("DynamoDBRequest"), status(world))


def test_words_that_differ_in_noise_only_are_not_written_again() -> None:
    world = spoilt("aws throttles ack for long")
    write(world)
    table = world.one("Table")
    table["status"]["conditions"][0]["message"] = table["status"]["conditions"][0][
        "message"
    ].replace("7J2OQ4UVU0D1NTK0J0S9DH7F2FVV4KQNSO5AEMVJF66Q9ASUAAJG", "A" * 52)
    assert not write(world)
    put(table, "ACK.Recoverable", "True", "", "LimitExceededException: 500 tables", age=900)
    assert write(world)
    assert "500 tables" in ours(world)[1]["message"]


def test_a_command_is_always_the_one_to_run() -> None:
    world = spoilt("pod security")
    write(world)
    job = world.objects["Job"][-1]
    job["metadata"]["name"] = f"kratix-{NAME}-configure-x7k2p"
    world.objects["Event"][0]["involvedObject"]["name"] = job["metadata"]["name"]
    assert write(world)
    assert f"kubectl delete job kratix-{NAME}-configure-x7k2p" in ours(world)[1]["message"]


def test_the_server_of_these_tests_merges_as_rfc_7396_does() -> None:
    assert merge({"a": {"b": 1, "c": 2}, "d": 1}, {"a": {"b": None}, "d": [1]}) == {
        **{"a": {"c": 2}, "d": [1]},
    }
