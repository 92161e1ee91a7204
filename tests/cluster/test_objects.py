"""What the API server, and kubectl, do with our objects."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import upstream
from api import CRDS, REQUESTS, ApiServer, kubectl, kubectl_json, wait
from corpus import CASES
from generated import request

from tablepromise.request import admit, dump, load, render

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]
TABLES = "/apis/dynamodb.services.k8s.aws/v1alpha1/namespaces/default/tables"


@pytest.mark.usefixtures("api")
def test_columns_short_name_category_and_field_selector() -> None:
    kubectl("apply", "--validate=strict", "-f", str(ROOT / "examples/requests"))
    try:
        header, *rows = kubectl("get", "ddbr").splitlines()
        assert header.split() == ["NAME", "TABLE", "REGION", "STATUS", "READY", "AGE"]
        assert len(rows) == 5
        # other kinds of this category, which just went, are still said to be there for a moment
        wait(lambda: "dynamodbrequest.dynamodb.kratix.io/simple-users-table" in aws(), "the kinds")
        found = kubectl_json("get", "ddbr", "-A", "--field-selector", "spec.name=orders-table")
        assert [item["metadata"]["name"] for item in found["items"]] == ["production-orders-table"]
        assert "HASH is the partition key" in kubectl("explain", "ddbr.spec.keySchema.keyType")
    finally:
        kubectl("delete", "-f", str(ROOT / "examples/requests"))


def aws() -> str:
    """Names of the objects of category `aws`, by kubectl without what it knew before."""
    with tempfile.TemporaryDirectory() as cache:
        command = ["kubectl", "get", "aws", "-o", "name", "--cache-dir", cache]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_stored_objects_are_what_we_say_is_stored(api: ApiServer) -> None:
    from tablepromise.request import stored_request

    document = request({**CASES["least"][0]["spec"], "globalSecondaryIndexes": [], "tags": None})
    theirs = api.send("POST", REQUESTS, document, dryRun="All")
    assert stored_request(document)["spec"] == theirs["spec"]


@pytest.mark.usefixtures("api")
def test_yaml_is_read_as_kubectl_reads_it() -> None:
    scalars = (
        *("N", "n", "y", "Y", "yes", "No", "on", "OFF", "true", "False", "~", "null", "", "TRUE"),
        *("12", "-7", "+7", "010", "0o10", "0x1F", "0b11", "1_000", "1.5", "1e3", ".5", "1.", "-1"),
        *("2001-01-01", "12:30", "1:2", "a b", '"N"', "nope", "0", "-0", "00", "08", "1e", "e1"),
        *("1.5e3", "-.5", "+1.5", "0.", "1_0.5", "yEs", "tRue", "NULL", "=", "<<x", "0x", "_1"),
    )
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nspec:\n" + "".join(
        f"  k{number}: {scalar}\n" for number, scalar in enumerate(scalars)
    )
    theirs = kubectl_json("annotate", "--local", "-f", "-", "a=b", stdin=text)["spec"]
    [ours] = load(text)
    assert {s: theirs.get(f"k{n}") for n, s in enumerate(scalars)} == {
        s: ours["spec"].get(f"k{n}") for n, s in enumerate(scalars)
    }


@pytest.mark.usefixtures("api")
def test_what_we_write_is_what_kubectl_reads() -> None:
    words = ["N", "y", "off", "010", "1e3", "~", "12:30", "2001-01-01", "0o7", ".5", "=", "<<", ""]
    document: dict[str, Any] = {
        **{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}},
        "spec": {"words": words, "number": 5, "truth": True},
    }
    theirs = kubectl_json("annotate", "--local", "-f", "-", "a=b", stdin=dump(document))
    assert theirs["spec"] == document["spec"]


def test_rendered_tables_pass_strict_validation(api: ApiServer) -> None:
    crd = upstream.crd("ack-dynamodb-tables.yaml")
    if api.send("POST", CRDS, crd).get("code") not in (None, 409):
        pytest.fail("the ACK CRD was not accepted")
    wait(lambda: "items" in api.send("GET", TABLES), "Tables to be served")
    accepted = [document for document, paths in CASES.values() if not paths]
    for document in accepted:
        if document["metadata"].get("namespace") == "default":
            table = render(admit(document))
            answer = api.send("POST", TABLES, table, dryRun="All")
            assert answer["kind"] == "Table", json.dumps(answer)
    for example in sorted((ROOT / "examples/requests").glob("*.yaml")):
        text = dump(render(admit(load(example.read_text())[0])))
        kubectl(
            "apply", "--validate=strict", "--server-side", "--dry-run=server", "-f", "-", stdin=text
        )
