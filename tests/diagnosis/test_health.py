"""What Flux takes a request for, by the expressions in the documents."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cel_expr_python import cel
from situations import SITUATIONS
from status_world import spoilt, status, write

PAGE = Path(__file__).parents[2] / "docs/status.md"


def expressions() -> dict[str, str]:
    [block] = re.findall(r"```yaml\n(healthCheckExprs:.*?)```", PAGE.read_text(), re.DOTALL)
    [rule] = yaml.safe_load(block)["healthCheckExprs"]
    return {name: rule[name] for name in ("inProgress", "failed", "current")}


def health(request: dict[str, Any]) -> str:
    """As Flux decides: the first that holds."""
    observed = request["status"].get("observedGeneration")
    if observed not in (None, request["metadata"]["generation"]):
        return "inProgress"
    environment = cel.NewEnv(variables={"status": cel.Type.DYN, "metadata": cel.Type.DYN})
    data = {name: request[name] for name in ("status", "metadata")}
    for name, expression in expressions().items():
        outcome = environment.compile(expression).eval(data=data)
        assert outcome.type() == cel.Type.BOOL, outcome
        if outcome.value():
            return name
    return "inProgress"


@pytest.mark.parametrize("name", SITUATIONS)
def test_flux_says_what_the_conditions_say(name: str) -> None:
    world = spoilt(name)
    request = world.one("DynamoDBRequest")
    request.setdefault("status", {})
    assert health(request) == "inProgress"
    ready, stalled = status(world).conditions
    write(world)
    healths = {
        ("True", "False"): "current",
        ("False", "True"): "failed",
        ("True", "True"): "failed",
    }
    wanted = healths.get((ready.status, stalled.status), "inProgress")
    observed = request["status"].get("observedGeneration", request["metadata"]["generation"])
    assert health(request) == (
        wanted if observed == request["metadata"]["generation"] else "inProgress"
    )


def test_what_was_said_of_an_earlier_generation_is_not_taken_for_this_one() -> None:
    world = spoilt("all is well")
    write(world)
    request = world.one("DynamoDBRequest")
    assert health(request) == "current"
    request["metadata"]["generation"] = request["status"]["observedGeneration"] = 2
    assert health(request) == "inProgress"
