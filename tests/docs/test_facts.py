"""Durations, names and lists of actions in the documents, held against what is installed."""

import re
from typing import Any

import pytest
from installed_objects import of_kind
from instructions import ROOT

from tablepromise.diagnosis import TRIES, Reason
from tablepromise.reflector.pipeline_retry import FIRST_RETRY_SECONDS


def text(page: str) -> str:
    return " ".join((ROOT / page).read_text().split())


def values(release: str) -> list[dict[str, Any]]:
    """Values of a chart, for each target and for the construct alone."""
    found = [
        d["spec"]["values"] for d in of_kind("HelmRelease") if d["metadata"]["name"] == release
    ]
    assert found
    return found


def test_resync_of_ack() -> None:
    periods = [value["reconcile"]["resourceResyncPeriods"] for value in values("ack-dynamodb")]
    assert {period["Table"] for period in periods} == {60, 600}
    assert "by its resync at the latest (10 minutes; 1 minute with an emulator)" in text(
        "docs/runbook.md"
    )
    assert "each minute where it has an emulator, else every ten" in text("docs/status.md")
    assert "at its next comparison (a minute here)" in text("docs/emulators.md")


def test_interval_at_which_kratix_writes_the_store_anew() -> None:
    maps = [d for d in of_kind("ConfigMap") if d["metadata"]["name"] == "kratix"]
    found = {
        m[1]
        for d in maps
        for m in [re.search(r"ReconciliationInterval: (\w+)", str(d["data"]))]
        if m
    }
    assert found == {"1m", "10m"}
    page = "`stateStoreReconciliationInterval` (1 or 10 minutes as installed here)"
    assert page in text("docs/runbook.md")
    assert "again after a minute (ten, where the store is not in the cluster)" in text(
        "docs/platform.md"
    )


def test_schedule_of_the_keys() -> None:
    assert {job["spec"]["schedule"] for job in of_kind("CronJob")} == {"*/10 * * * *"}
    assert "fills them every 10 minutes" in text("docs/runbook.md")


@pytest.mark.parametrize("reason", FIRST_RETRY_SECONDS)
def test_first_attempt_of_healing(reason: Reason) -> None:
    page = text("docs/status.md")
    [row] = re.findall(rf"\| [^|]*`{reason}`[^|]* \| (30 s|2 min) \|", page)
    assert {"30 s": 30, "2 min": 120}[row] == FIRST_RETRY_SECONDS[reason]


def test_attempts_of_healing() -> None:
    assert TRIES == 6
    assert "after 30 seconds, then with growing pauses, six times" in text("docs/runbook.md")
    assert "There are six for a generation and reason" in text("docs/status.md")


def test_ack_s_service_account_is_named_where_roles_are() -> None:
    for value in values("ack-dynamodb"):
        name = value["serviceAccount"]["name"]
        assert f"trusts its ServiceAccount, `{name}` in `ack-system`" in text("docs/install.md")


def test_a_link_to_the_actions_of_ack_leads_to_them() -> None:
    page = text("docs/install.md").partition("## Credentials")[2].partition("## ")[0]
    assert "`dynamodb:` CreateTable, DescribeTable" in page
    assert "actions that ACK needs are in [install.md](install.md#credentials)" in text(
        "docs/runbook.md"
    )
