"""End to end: the platform as it is installed on the cluster of KUBECONFIG."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from api import kubectl, wait
from installed import ELSEWHERE, KRATIX, NAMESPACE, OURS, SLOWEST, TABLES, Platform
from orders import Requests, order
from referee import Referee
from team_namespaces import teams

from tablepromise.request import load, model

EXAMPLES = Path(__file__).parents[2] / "examples/requests"


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform, with the tests' namespaces among its teams; they go in the end."""
    with Platform.reached() as found:
        # what an earlier session left: its namespace goes after its requests
        kubectl("delete", "ddbr", "--all", "-n", NAMESPACE)
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")
        with teams(NAMESPACE, ELSEWHERE):
            yield found
            kubectl("delete", "ddbr", "--all", "-n", NAMESPACE)
            tables = f"{TABLES}/namespaces/{NAMESPACE}/tables"
            wait(lambda: not found.list(tables), "the Tables to go, as their agent goes", SLOWEST)
        kubectl("delete", "namespace", NAMESPACE, ELSEWHERE, "--wait=false", "--ignore-not-found")


@pytest.fixture(scope="session", autouse=True)
def referee(request: pytest.FixtureRequest) -> Iterator[Referee | None]:
    """Compares every request that says Ready with DynamoDB, at each change of its status."""
    if not any(item.get_closest_marker("e2e") for item in request.session.items):
        yield None
        return
    platform: Platform = request.getfixturevalue("platform")
    with Referee(platform.api.url, f"{OURS}/{model.PLURAL}", platform.client) as found:
        yield found


@pytest.fixture(autouse=True)
def no_false_ready(referee: Referee | None) -> Iterator[None]:
    """Fails the test in which a request was Ready and its table differed."""
    yield
    if referee is None:
        return
    assert referee.error is None, referee.error
    windows, referee.windows = referee.windows, []
    assert not windows, "\n".join(f"{w.request} Ready at {w.time}: {w.wrong}" for w in windows)


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
