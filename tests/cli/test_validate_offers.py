"""`validate` on the documents of every offer."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from corpus import GSI, composed, spec
from generated import request

from tablepromise.cli.main import main
from tablepromise.dialects.rendering import RENDERERS
from tablepromise.request import TableRequest, dump

AT = {"kubevela": "spec.components[0].properties"}
OFFERS = list(RENDERERS)


def document(offer: str, **changes: Any) -> dict[str, Any]:
    """Return what a developer writes for an offer, also if admission rejects it."""
    asked = request({"region": "us-west-2", **spec(**changes)}, "orders")
    good = request({"region": "us-west-2", **spec()}, "orders")
    written = RENDERERS[offer](TableRequest.of(good)).written
    if offer == "kubevela":
        written["spec"]["components"][0]["properties"] = asked["spec"]
        return written
    return {**written, "spec": asked["spec"]}


def validate(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(main, ["validate", "-o", "json", *arguments])
    return result.exit_code, json.loads(result.stdout)["requests"]


def written(folder: Path, content: dict[str, Any]) -> str:
    folder.mkdir(exist_ok=True)
    file = folder / "table.yaml"
    file.write_text(dump(content))
    return str(file)


@pytest.mark.parametrize("offer", OFFERS)
def test_a_document_that_the_api_server_accepts(tmp_path: Path, offer: str) -> None:
    code, [verdict] = validate(written(tmp_path, document(offer)))
    assert (code, verdict["accepted"], verdict["findings"]) == (0, True, [])
    assert verdict["request"].endswith("/orders")


@pytest.mark.parametrize("offer", OFFERS)
def test_findings_have_the_paths_of_the_document(tmp_path: Path, offer: str) -> None:
    file = written(tmp_path, document(offer, name="x", billingMode="PROVISIONED"))
    code, [verdict] = validate(file)
    at = AT.get(offer, "spec")
    assert code == 1
    assert {finding["path"] for finding in verdict["findings"]} == {
        f"{at}.name",
        f"{at}.billingMode",
    }


@pytest.mark.parametrize("offer", OFFERS)
def test_changes_are_judged(tmp_path: Path, offer: str) -> None:
    old = written(tmp_path / "old", document(offer))
    new = written(tmp_path / "new", document(offer, tags=[{"key": "a"}], name="other"))
    code, [verdict] = validate(new, "--old", old)
    assert code == 1
    assert [finding["path"] for finding in verdict["findings"]] == [f"{AT.get(offer, 'spec')}.name"]


@pytest.mark.parametrize("offer", OFFERS)
def test_the_rule_that_only_crossplane_has(tmp_path: Path, offer: str) -> None:
    attributes, index = composed("HASH", "HASH")
    several = {
        "attributeDefinitions": [*spec()["attributeDefinitions"], *attributes],
        "globalSecondaryIndexes": [index],
    }
    code, [verdict] = validate(written(tmp_path, document(offer, **several)))
    assert code == (offer == "crossplane"), verdict
    for finding in verdict["findings"]:
        assert finding["path"] == "spec.globalSecondaryIndexes[0].keySchema"


def test_the_second_component_of_an_application(tmp_path: Path) -> None:
    application = document("kubevela")
    [component] = application["spec"]["components"]
    application["spec"]["components"] = [
        {"name": "web", "type": "webservice", "properties": {}},
        component,
        {**component, "name": "other", "properties": spec(name="x", globalSecondaryIndexes=[GSI])},
    ]
    code, verdicts = validate(written(tmp_path, application))
    assert code == 1
    assert [verdict["accepted"] for verdict in verdicts] == [True, False]
    [finding] = verdicts[1]["findings"]
    assert finding["path"] == "spec.components[2].properties.name"
