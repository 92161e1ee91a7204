"""Offline admission against a real API server: verdict and paths, case by case."""

import json
from pathlib import Path
from typing import Any

import pytest
from api import REQUESTS, ApiServer, kubectl, refused_at
from changes import CHANGES, with_time_to_live_on
from corpus import CASES, WHOLE_FLOATS
from generated import request
from mutations import specs, updates

from tablepromise.request import load, validate

pytestmark = pytest.mark.cluster

GENERATED, GENERATED_CHANGES = 2500, 800


def disagreement(theirs: set[str], document: Any, old: Any = None) -> str:
    """What differs, or "".

    We may say more beside an unknown field, which ends the API server's judgement, and beside a
    duplicate, for which it can take a list of type map for unchanged and skip rules over it. It may
    say more of what is inside a value of a wrong type.
    """
    findings = validate(document, old)
    ours = {finding.path for finding in findings}
    mistyped = tuple(f"{f.path}." for f in findings if f.problem == "wrong type")
    theirs = {path for path in theirs if not path.startswith(mistyped)} or theirs
    enough = {f.path for f in findings if f.problem in ("unknown field", "duplicate")}
    inside = all(path.startswith(mistyped) for path in theirs)
    if theirs == ours or (theirs and (theirs <= enough or inside)):
        return ""
    return f"API server: {theirs or 'accepted'}, offline: {ours or 'accepted'}: {document} <- {old}"


def test_the_corpus(api: ApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(CASES) >= 80
    different: list[str] = []
    for document, _ in CASES.values():
        answer = api.send("POST", REQUESTS, document, dryRun="All")
        different.append(disagreement(refused_at(answer), document))
    with capsys.disabled():
        print(f"\n{len(CASES)} cases by hand: {sum(map(bool, different))} disagreements")
    assert not list(filter(None, different))


def test_generated_requests(api: ApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    different: list[str] = []
    refused = 0
    for spec in specs(seed=21, count=GENERATED):
        document = request(spec)
        theirs = refused_at(api.send("POST", REQUESTS, document, dryRun="All"))
        refused += bool(theirs)
        different.append(disagreement(theirs, document))
    with capsys.disabled():
        print(f"\n{GENERATED} generated requests, {refused} refused: ", end="")
        print(f"{sum(map(bool, different))} disagreements")
    assert not list(filter(None, different))


def test_changes(api: ApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [(old, new) for old, new, _ in CHANGES.values()]
    pairs += [(request(a), request(b)) for a, b in updates(seed=22, count=GENERATED_CHANGES)]
    different: list[str] = []
    refused = 0
    for number, (old, new) in enumerate(pairs):
        name = f"change-{number}"
        old["metadata"]["name"] = new["metadata"]["name"] = name
        stored = api.send("POST", REQUESTS, with_time_to_live_on(old))
        if with_time_to_live_on(old) != old:
            # a request gets there by a change only
            old["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"]
            stored = api.send("PUT", f"{REQUESTS}/{name}", old)
        assert stored["kind"] == "DynamoDBRequest", stored
        new["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"]
        theirs = refused_at(api.send("PUT", f"{REQUESTS}/{name}", new, dryRun="All"))
        api.send("DELETE", f"{REQUESTS}/{name}")
        refused += bool(theirs)
        different.append(disagreement(theirs, new, stored))
    with capsys.disabled():
        print(f"\n{len(pairs)} changes, {refused} refused: ", end="")
        print(f"{sum(map(bool, different))} disagreements")
    assert not list(filter(None, different))


def test_numbers_that_only_json_can_write(api: ApiServer) -> None:
    for units in (5, 5.0, 1e3, 2.0**53, 10**15, 2**63, -0.0, 1e-7, True, "5", None):
        spec = {**CASES["least"][0]["spec"], "billingMode": "PROVISIONED"}
        document = request({**spec, "provisioned": {"readCapacity": units}})
        theirs = refused_at(api.send("POST", REQUESTS, document, dryRun="All"))
        assert not disagreement(theirs, document)


@pytest.mark.parametrize("fields", WHOLE_FLOATS)
def test_whole_floats(api: ApiServer, fields: str, tmp_path: Path) -> None:
    """A client that writes JSON itself sends 5.0; kubectl sends 5, also for 5.0 in JSON."""
    document, paths = WHOLE_FLOATS[fields]
    assert refused_at(api.send("POST", REQUESTS, document, dryRun="All")) == paths
    assert not disagreement(paths, document)
    file = tmp_path / "request.json"
    file.write_text(json.dumps(document))
    assert ".0" in file.read_text()
    kubectl("create", "--dry-run=server", "-f", str(file))
    [read] = load(file.read_text())
    assert validate(read) == ()
