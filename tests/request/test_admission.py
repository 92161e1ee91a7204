"""Admission by hand-written cases; `tests/cluster/test_admission.py` asks the real API server."""

from typing import Any

import pytest
from changes import CHANGES, Change
from corpus import BASE, CASES, Case
from generated import request
from mutations import specs

from tablepromise.request import RequestRefused, admit, judge, load


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_verdict_and_paths(case: Case) -> None:
    document, paths = case
    assert {finding.path for finding in judge(document)} == paths


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES.keys())
def test_change_verdict_and_paths(case: Change) -> None:
    old, new, paths = case
    assert {finding.path for finding in judge(old)} == set()
    assert {finding.path for finding in judge(new, old)} == paths


def test_every_finding_says_what_is_allowed_and_how_to_fix_it() -> None:
    documents = [document for document, _ in CASES.values()]
    documents += [request(spec) for spec in specs(seed=3, count=500)]
    for document in documents:
        for finding in judge(document):
            assert finding.path
            assert finding.problem
            assert finding.allowed
            assert finding.fix


def test_a_bare_n_gets_the_hint_to_quote_it() -> None:
    [document] = load("spec: {attributeDefinitions: [{name: at, type: N}]}")
    findings = {finding.path: finding for finding in judge(document)}
    hint = findings["spec.attributeDefinitions[0].type"]
    assert hint.got == "false"
    assert hint.allowed == '"B", "N", "S"'
    assert hint.fix == 'quote "N": YAML reads a bare y, n, yes, no, on or off as false'


def test_a_misspelt_value_gets_the_nearest_one() -> None:
    [finding] = judge(request({**CASES["least"][0]["spec"], "region": "us-east-3"}))
    assert finding.fix.startswith("did you mean us-east-")


def test_what_is_judged_is_not_changed() -> None:
    document, _ = CASES["every null is the default"]
    before = repr(document)
    judge(document, document)
    assert repr(document) == before


@pytest.mark.parametrize("document", [None, "text", [], 5])
def test_what_is_no_object_is_refused(document: object) -> None:
    [finding] = judge(document)
    assert finding.problem == "wrong type"


@pytest.mark.parametrize("metadata", [None, "orders", ["orders"]])
def test_metadata_that_is_no_object_is_refused(metadata: object) -> None:
    document = {**CASES["least"][0], "metadata": metadata}
    [finding] = judge(document)
    assert (finding.path, finding.problem) == ("metadata", "wrong type")
    assert finding.allowed == "a value of type object"


@pytest.mark.parametrize(("length", "legal"), [(253, True), (254, False)])
def test_the_prefix_of_a_key_has_at_most_253_characters(length: int, legal: bool) -> None:
    labels = ".".join(["a" * 63] * 3)  # each of them at most 63
    prefix = f"{labels}.{'b' * (length - len(labels) - 1)}"
    metadata = {"name": "orders", "annotations": {f"{prefix}/key": "x"}}
    document = {**CASES["least"][0], "metadata": metadata}
    assert (
        [finding.path for finding in judge(document)] == [] if legal else ["metadata.annotations"]
    )


def test_a_finding_as_text() -> None:
    [missing] = judge(request({k: v for k, v in BASE.items() if k != "name"}))
    assert str(missing).startswith("spec.name: missing: allowed: ")
    assert str(missing).endswith("; set spec.name")
    [short] = judge(request({**BASE, "name": "ab"}))
    assert str(short).startswith('spec.name: too short: got "ab", allowed: ')


def test_an_old_object_that_makes_no_sense_is_no_hindrance() -> None:
    document, _ = CASES["least"]
    for old in ({}, {"spec": None}, {"spec": {"attributeDefinitions": [5]}}, "text"):
        assert not judge(document, old)


def test_every_field_of_kubernetes_object_meta_is_known() -> None:
    """As in the API server's own type, ObjectMeta of meta/v1."""
    fields: dict[str, Any] = {
        **{"name": "orders", "generateName": "o-", "namespace": "team", "selfLink": "", "uid": "1"},
        **{"resourceVersion": "1", "generation": 1, "creationTimestamp": "2026-05-04T12:00:00Z"},
        **{"deletionTimestamp": "2026-05-04T12:00:00Z", "deletionGracePeriodSeconds": 0},
        **{"labels": {}, "annotations": {}, "ownerReferences": [], "finalizers": []},
        "managedFields": [],
    }
    assert judge({**CASES["least"][0], "metadata": fields}) == ()
    [finding] = judge({**CASES["least"][0], "metadata": {"name": "orders", "clusterName": "x"}})
    assert (finding.path, finding.problem) == ("metadata.clusterName", "unknown field")


def test_a_refusal_as_text_has_all_findings() -> None:
    with pytest.raises(RequestRefused) as refused:
        admit(request({**BASE, "name": "ab", "tableClass": "COLD"}, name="wrong"))
    first, second = map(str, refused.value.findings)
    assert str(refused.value) == f"request default/wrong is refused: {first}; {second}"


def test_admit_lists_every_finding() -> None:
    with pytest.raises(RequestRefused) as refused:
        admit(request({"name": "ab", "keySchema": []}, name="wrong"))
    assert refused.value.request == "default/wrong"
    assert {finding.path for finding in refused.value.findings} == {
        "spec.name",
        "spec.keySchema",
        "spec.attributeDefinitions",
    }
