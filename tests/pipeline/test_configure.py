"""`configure`: golden cases (`cases/*`), and what must hold whatever the request."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import golden
import pytest
from corpus import spec
from generated import request
from msgspec import json
from raised_quotas import AT_THE_QUOTAS
from status_server import KRATIX_SCHEMA
from world import NOW, World, ago, put

from tablepromise.diagnosis import Reason, build_statuses
from tablepromise.pipeline.configure import configure
from tablepromise.pipeline.kratix_files import Folders
from tablepromise.request import InvalidManifest, dump, load

CASES = sorted((Path(__file__).parent / "cases").iterdir())


def run(
    tmp_path: Path, document: dict[str, Any], others: Iterable[dict[str, Any]] = (), **kwargs: Any
) -> tuple[Folders, Any]:
    folders = Folders.under(tmp_path)
    Path(folders.input).mkdir(exist_ok=True)
    (Path(folders.input) / "object.yaml").write_text(dump(document))
    return folders, configure(folders, lambda _: others, **kwargs)


def read(path: Path) -> Any:
    [document] = load(path.read_text())
    return document


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_golden(case: Path, tmp_path: Path, update: bool) -> None:
    root = tmp_path / "kratix"
    shutil.copytree(case / "input", root / "input")
    others = case / "others.yaml"
    known = load(others.read_text()) if others.exists() else []
    configure(Folders.under(root), lambda _: known, account="123456789012")
    shutil.rmtree(root / "input")
    golden.compare(golden.files(root), case / "expected", update=update)


def test_a_refusal_writes_no_output_and_suspends(tmp_path: Path) -> None:
    folders, outcome = run(tmp_path, request(spec(name="ab")))
    assert outcome.table is None
    assert not Path(folders.output).exists()
    control = read(Path(folders.metadata) / "workflow-control.yaml")
    assert control == {"suspend": True, "message": outcome.message}
    assert "spec.name: too short" in outcome.message
    assert read(Path(folders.metadata) / "status.yaml")["message"] == outcome.message


def test_a_request_without_a_namespace_is_the_one_in_default(tmp_path: Path) -> None:
    document = request(spec())
    del document["metadata"]["namespace"]
    known = request(spec())
    known["metadata"]["namespace"] = "default"
    _, outcome = run(tmp_path, document, [known])
    assert outcome.table is not None
    known["metadata"] |= {"namespace": "team", "creationTimestamp": "2026-05-04T12:00:00Z"}
    _, outcome = run(tmp_path, document, [known])
    assert "already requested by team/generated" in outcome.message


def test_a_corrected_request_leaves_no_trace_of_the_refusal(tmp_path: Path) -> None:
    run(tmp_path, request(spec(name="ab")))
    folders, outcome = run(tmp_path, request(spec()))
    assert outcome.table is not None
    assert not (Path(folders.metadata) / "workflow-control.yaml").exists()


def test_status_has_the_same_keys_on_every_run(tmp_path: Path) -> None:
    keys: set[frozenset[str]] = set()
    for document in (request(spec()), request(spec(name="ab")), request(spec(name=None))):
        folders, _ = run(tmp_path, document)
        keys.add(frozenset(read(Path(folders.metadata) / "status.yaml")))
    assert keys == {frozenset({"message", "tableName", "region", "warnings", "deletionPolicy"})}


def test_the_arn_is_there_when_the_account_is_known(tmp_path: Path) -> None:
    folders, _ = run(tmp_path, request(spec()), account="123456789012")
    status = read(Path(folders.metadata) / "status.yaml")
    assert status["tableArn"] == "arn:aws:dynamodb:us-west-2:123456789012:table/orders"


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("cn-north-1", "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/orders"),
        ("us-gov-west-1", "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/orders"),
        ("us-isob-east-1", "arn:aws-iso-b:dynamodb:us-isob-east-1:123456789012:table/orders"),
    ],
)
def test_the_arn_is_of_the_regions_partition(tmp_path: Path, region: str, arn: str) -> None:
    """A request in any region that the API server admitted, whatever is on offer now."""
    folders, outcome = run(tmp_path, request(spec(region=region)), account="123456789012")
    assert read(Path(folders.metadata) / "status.yaml")["tableArn"] == arn
    assert outcome.table["metadata"]["annotations"]["services.k8s.aws/region"] == region


@pytest.mark.parametrize("name", AT_THE_QUOTAS)
def test_a_request_above_aws_default_quotas_is_rendered(tmp_path: Path, name: str) -> None:
    """The API server admitted the request by the target's quotas, which may be lower now."""
    _, outcome = run(tmp_path, request(AT_THE_QUOTAS[name]))
    assert outcome.table
    assert outcome.table["spec"]["tableName"] == AT_THE_QUOTAS[name]["name"]


def test_the_region_of_a_request_is_that_of_the_request(tmp_path: Path) -> None:
    for named, region in (({}, "eu-central-1"), ({"region": "us-east-1"}, "us-east-1")):
        _, outcome = run(tmp_path, request(spec(**named)), region="eu-central-1")
        assert outcome.table["metadata"]["annotations"]["services.k8s.aws/region"] == region


def test_the_container_takes_the_targets_region(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input/object.yaml").write_text(dump(request(spec())))
    subprocess.run(
        [sys.executable, "-m", "tablepromise.pipeline", "configure", str(tmp_path)],
        env={"AWS_REGION": "cn-north-1", "AWS_ACCOUNT_ID": "123456789012"},
        check=True,
        capture_output=True,
    )
    status = read(tmp_path / "metadata/status.yaml")
    assert status["tableArn"] == "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/orders"


@pytest.mark.parametrize(("generation", "withdrawn"), [(1, False), (2, True)])
def test_ready_for_an_earlier_generation_is_withdrawn(
    tmp_path: Path, generation: int, withdrawn: bool
) -> None:
    world = World()
    live = world.one("DynamoDBRequest", "simple-users-table")
    found = build_statuses(world.snapshot(), NOW)["default", "simple-users-table"]
    live["status"] |= json.decode(json.encode(found))
    assert [one["status"] for one in live["status"]["conditions"]] == ["True", "False"]
    live["metadata"]["generation"] = generation
    put(live, "ConfigureWorkflowCompleted", "False", "PipelinesInProgress", age=7)
    folders, _ = run(tmp_path, live)
    written = read(Path(folders.metadata) / "status.yaml").get("conditions", [])
    if withdrawn:
        [ready] = written
        assert (ready["type"], ready["status"], ready["reason"]) == ("Ready", "False", "Pipeline")
        assert ready.keys() == KRATIX_SCHEMA
        assert ready["lastTransitionTime"] == ago(7)
        assert Reason(ready["reason"]) is Reason.PIPELINE
    else:
        assert written == []


def test_an_api_server_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    def unreachable(_: object) -> Any:
        raise ConnectionError("no route to host")

    folders, _ = run(tmp_path, request(spec()))
    (Path(folders.output) / "table.yaml").unlink()
    outcome = configure(folders, unreachable)
    assert outcome.table is None
    assert "no route to host" in outcome.message
    assert read(Path(folders.metadata) / "workflow-control.yaml")["retryAfter"] == "60s"
    assert not (Path(folders.output) / "table.yaml").exists()


@pytest.mark.parametrize(
    ("attempts", "wait"), [(0, 60), (1, 120), (5, 1920), (6, 3600), (99, 3600)]
)
def test_retries_wait_longer_each_time(tmp_path: Path, attempts: int, wait: int) -> None:
    document = request(spec(), name="mine")
    document["status"] = {"kratix": {"workflows": {"pipelines": [{"attempts": attempts}]}}}
    document["metadata"]["creationTimestamp"] = "2026-01-02T00:00:00Z"
    rival = request(spec(), name="theirs")
    rival["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    _, outcome = run(tmp_path, document, [rival])
    assert outcome.retry_seconds == wait
    assert "already requested by default/theirs" in outcome.message


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ({}, "Retain"),
        ({"deletionProtection": False}, "Retain"),
        ({"deletionPolicy": "Delete", "deletionProtection": True}, "Retain"),
        ({"deletionPolicy": "Delete"}, "Delete"),
    ],
)
def test_the_status_says_what_deleting_the_request_does(
    tmp_path: Path, said: dict[str, Any], written: str
) -> None:
    folders, _ = run(tmp_path, request(spec(**said)))
    assert read(Path(folders.metadata) / "status.yaml")["deletionPolicy"] == written


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        ({}, ""),
        ({"deletionPolicy": ""}, ""),
        ({"deletionPolicy": "Retain"}, "Retain"),
        ({"deletionPolicy": "Delete"}, "Delete"),
        ({"lastSuccessfulConfigureWorkflowTime": ago(9)}, None),
    ],
)
def test_a_refusal_takes_up_no_other_deletion_policy(
    tmp_path: Path, status: dict[str, Any], kept: str | None
) -> None:
    document = request(spec(name="ab", deletionPolicy="Delete"))
    folders, _ = run(tmp_path, {**document, "status": status})
    assert read(Path(folders.metadata) / "status.yaml").get("deletionPolicy") == kept


def test_data_is_not_given_up_by_a_run_that_is_overtaken(tmp_path: Path) -> None:
    document, now = request(spec(deletionPolicy="Delete")), request(spec())
    _, outcome = run(tmp_path, document, [now])
    assert outcome.table is None
    assert "changed during the run" in outcome.message
    _, outcome = run(tmp_path, document, [document])
    assert outcome.table is not None
    _, outcome = run(tmp_path, now, [document])
    assert outcome.table is not None


def test_a_resource_policy_that_is_no_json_is_refused(tmp_path: Path) -> None:
    _, outcome = run(tmp_path, request(spec(resourcePolicy='{"Statement": }')))
    assert outcome.table is None
    assert "spec.resourcePolicy: not JSON" in outcome.message


@pytest.mark.parametrize("text", ["", "a: 1\n---\nb: 2\n", "- a\n", "a: ["])
def test_an_input_that_is_no_object_is_an_error(tmp_path: Path, text: str) -> None:
    folders = Folders.under(tmp_path)
    Path(folders.input).mkdir()
    (Path(folders.input) / "object.yaml").write_text(text)
    with pytest.raises(InvalidManifest, match=r"object\.yaml"):
        configure(folders, lambda _: ())
