"""What a request says of itself."""

import copy
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
import situations_lab
import yaml
from situations import PARTS, SITUATIONS
from status_server import Server
from status_world import ORDERS, ours, spoilt, status, write
from world import NOW, Object, World, ago, put

from tablepromise.diagnosis import Reason, build_patch, diagnose
from tablepromise.diagnosis.reasons import WAITING
from tablepromise.diagnosis.status import NO_ACTION

MESSAGES = Path(__file__).parent / "messages"
"""By part of the situations: the conditions of the request, and each part that is not healthy."""


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_messages(part: ModuleType, update: bool) -> None:
    names = [name for name in SITUATIONS if SITUATIONS[name].spoil.__module__ == part.__name__]
    assert names
    file = MESSAGES / f"{part.__name__}.yaml"
    text = yaml.safe_dump(
        {name: messages(spoilt(name)) for name in names}, sort_keys=False, width=120
    )
    if update:
        file.write_text(text)
    assert file.read_text() == text


def messages(world: World) -> Object:
    found = status(world)
    ready, stalled = found.conditions
    parts = {
        f"{part.kind} {part.name}": {"state": part.state, "message": part.message, "fix": part.fix}
        for part in diagnose(world.snapshot(), NOW).platform
        if part.state != "healthy"
    }
    conditions = {
        "Ready": f"{ready.status} {ready.reason}",
        "Stalled": f"{stalled.status} {stalled.reason}",
        "message": ready.message,
    }
    if next := stalled.message.partition("; next: ")[2]:
        conditions["next"] = next
    return conditions | ({"parts": parts} if parts else {})


@pytest.mark.parametrize("name", SITUATIONS)
def test_both_conditions_have_one_reason_and_one_message(name: str) -> None:
    ready, stalled = status(spoilt(name)).conditions
    message, _, next = stalled.message.partition("; next: ")
    assert (ready.type, stalled.type, stalled.reason) == ("Ready", "Stalled", ready.reason)
    needs_action = stalled.status == "True"
    assert bool(next) == needs_action
    if needs_action or ready.status == "Unknown":
        assert message == ready.message
    else:
        assert message == NO_ACTION


def test_every_reason_is_said_somewhere() -> None:
    assert {status(spoilt(name)).conditions[0].reason for name in SITUATIONS} == set(Reason)


@pytest.mark.parametrize("name", SITUATIONS)
def test_check_and_the_request_never_disagree(name: str) -> None:
    world = spoilt(name)
    [report] = diagnose(world.snapshot(), NOW).requests
    ready, stalled = status(world).conditions
    assert report.reason == ready.reason == stalled.reason
    assert (report.state == "ready") == (ready.status == "True")
    assert (report.state == "unknown") == (ready.status == "Unknown")
    # `check` and `trace` exit with 1 for the same requests
    assert (report.problem is not None) == (stalled.status == "True")
    words = {Reason.ACTIVE: ("True", "False"), Reason.NOT_VISIBLE: ("Unknown", "Unknown")}
    if ready.reason not in WAITING and (report.state, stalled.status) != ("ready", "True"):
        assert (ready.status, stalled.status) == words.get(ready.reason, ("False", "True"))
    if report.state not in ("deleting", "ready"):
        hand = report.state in ("rejected", "failed", "stuck")
        assert hand == (stalled.status == "True")


def test_the_fields_of_a_table_that_is_ready() -> None:
    world = World([ORDERS])
    live = world.one("DynamoDBRequest")
    live["spec"]["stream"] = {"viewType": "KEYS_ONLY"}
    world = World([{**ORDERS, "spec": live["spec"]}])
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/orders-table"
    found = status(world)
    assert found.table_status == "ACTIVE"
    assert (found.item_count, found.table_size_bytes) == (0, 0)
    assert (found.table_arn, found.stream_arn) == (arn, f"{arn}/stream/2026-05-04T11:51:50.000")
    assert (found.region, found.destination, found.checked_generation) == ("us-east-1", "aws", 1)
    assert found.synced_table == "0c1d7c2e-8f4e-4c3b-9d37-000000000000/1"
    assert build_patch(Server(world.one("DynamoDBRequest")).get(), found) == {
        "metadata": {"resourceVersion": "1"},
        "status": {
            **{"tableStatus": "ACTIVE", "itemCount": 0, "tableSizeBytes": 0},
            **{"tableArn": arn, "streamArn": f"{arn}/stream/2026-05-04T11:51:50.000"},
            **{"region": "us-east-1", "destination": "aws", "checkedGeneration": 1},
            "syncedTable": found.synced_table,
            "stages": {
                "generation": 1,
                "admitted": ago(600),
                "rendered": ago(580),
                "stored": ago(580),  # a world's WorkPlacement is a little too old
                "applied": ago(500),
                "active": ago(490),
            },
            "conditions": [
                *world.one("DynamoDBRequest")["status"]["conditions"],
                {
                    **{"type": "Ready", "status": "True", "reason": "Active"},
                    "message": "table orders-table in us-east-1 is ACTIVE and matches the request",
                    "lastTransitionTime": ago(0),
                },
                {
                    **{"type": "Stalled", "status": "False", "reason": "Active"},
                    **{"message": NO_ACTION, "lastTransitionTime": ago(0)},
                },
            ],
        },
    }


def test_what_is_no_longer_true_goes() -> None:
    world = World([ORDERS])
    write(world)
    world.drop("Table")
    world.drop("WorkPlacement")
    world.inventory("aws-resources").clear()
    assert write(world)
    left = world.one("DynamoDBRequest")["status"]
    for gone in ("tableStatus", "itemCount", "tableSizeBytes", "streamArn", "destination"):
        assert gone not in left
    assert left["tableArn"]  # the table may be there all the same


def test_what_is_out_of_sight_stays() -> None:
    world = World([ORDERS])
    write(world)
    before = copy.deepcopy(world.one("DynamoDBRequest")["status"])
    for kind in ("Table", "Work", "WorkPlacement"):
        world.forbidden(kind)
    write(world)
    after = world.one("DynamoDBRequest")["status"]
    assert ours(world)[0]["status"] == "Unknown"
    for fields in (before, after):
        fields.pop("conditions")
    assert after == before


def test_the_table_of_somebody_else_is_not_described() -> None:
    world = spoilt("the table is nobody knows whose")
    world.one("Table")["status"] |= {"tableStatus": "ACTIVE", "itemCount": 5}
    world.one("Table")["status"]["ackResourceMetadata"] = {"arn": "arn:x", "region": "x"}
    found = status(world)
    assert (found.table_status, found.item_count, found.table_arn) == (None, None, None)


def test_a_request_is_ready_once_ack_has_reported_twice_on_its_table() -> None:
    """As real ACK 1.9.2 reports: synced at once, and continuous backups a minute later."""
    world = World([ORDERS])
    request, table = world.one("DynamoDBRequest"), world.one("Table")
    del request["status"]["firstReport"]
    said: list[str] = []
    for age, synced in ((490, "True"), (430, "Unknown"), (420, "True"), (360, "True")):
        situations_lab.reported(world, age)
        for type in ("ACK.ResourceSynced", "Ready"):
            put(table, type, synced, "", age=age)
        now = NOW - timedelta(seconds=age - 1)
        write(world, now)
        assert not write(world, now), "a status that was written gives itself again"
        said.append(ours(world)[0]["status"])
    assert said == ["False", "False", "True", "True"]


def test_the_first_report_of_a_table_is_kept_until_the_table_is_another() -> None:
    world = World([ORDERS])
    [before] = (live["status"]["firstReport"] for live in world.objects["DynamoDBRequest"])
    assert before["time"] == ago(498)
    kept = status(world).first_report
    assert kept is not None
    assert (kept.table, kept.time) == (before["table"], before["time"])
    # ACK has created the table anew
    table = world.one("Table")
    table["status"]["creationDateTime"] = ago(50)
    anew = status(world).first_report
    assert anew is not None
    assert anew.table == f"{table['metadata']['uid']}/{ago(50)}"
    assert anew.time > before["time"]
    # and has not reported on it
    table["status"]["conditions"] = []
    assert status(world).first_report is None
