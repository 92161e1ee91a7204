"""End to end: the platform as it is installed on the cluster of KUBECONFIG."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from api import kubectl, wait
from installed import ELSEWHERE, KRATIX, NAMESPACE, SLOWEST, TABLES, Platform
from orders import Requests, order
from team_namespaces import teams

from tablepromise.request import load

EXAMPLES = Path(__file__).parents[2] / "examples/requests"


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform, with the tests' namespaces among its teams; they go in the end."""
    with Platform.reached() as found:
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")
        with teams(NAMESPACE, ELSEWHERE):
            yield found
            kubectl("delete", "ddbr", "--all", "-n", NAMESPACE)
            tables = f"{TABLES}/namespaces/{NAMESPACE}/tables"
            wait(lambda: not found.list(tables), "the Tables to go, as their agent goes", SLOWEST)
        kubectl("delete", "namespace", NAMESPACE, ELSEWHERE, "--wait=false", "--ignore-not-found")


@pytest.fixture
def disruption(platform: Platform) -> None:
    """Skips what other people on the cluster would notice, where they may be there."""
    production = platform.list(f"{KRATIX}/destinations", environment="production")
    if production and not os.environ.get("E2E_DISRUPT"):
        pytest.skip("a Destination is in production; set E2E_DISRUPT=1 to disrupt it")


@pytest.fixture(scope="session")
def examples() -> Requests:
    """The five examples; a test that changes one says so here."""
    requests: Requests = {}
    for file in sorted(EXAMPLES.glob("*.yaml")):
        [document] = load(file.read_text())
        name = document["metadata"]["name"]
        # given up with the test, so that nothing of it stays
        requests[name] = order(document, name, deletionPolicy="Delete", deletionProtection=False)
    return requests


@pytest.fixture(scope="session")
def timings() -> dict[str, dict[str, float]]:
    """Seconds from `apply` to each stage, by request."""
    return {}


@pytest.fixture(scope="session")
def tables(
    platform: Platform, examples: Requests, timings: dict[str, dict[str, float]]
) -> Iterator[dict[str, str]]:
    """The five requests, ordered; the uid of each Table, which no test may change."""
    uids: dict[str, str] = {}
    for name, document in examples.items():
        timings[name] = dict(platform.stages(document))
        uids[name] = platform.active(NAMESPACE, name)["metadata"]["uid"]
    yield uids
    for name, uid in uids.items():
        assert platform.table(NAMESPACE, name)["metadata"]["uid"] == uid, f"{name} was replaced"
