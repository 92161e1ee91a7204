"""Admission by hand-written cases; `tests/cluster/test_admission.py` asks the real API server."""

import json
import re
import time
from typing import Any

import pytest
from cel_expr_python import cel
from changes import CHANGES, Change
from corpus import BASE, CASES, KEY, WHOLE_FLOATS, Case, spec
from generated import request
from mutations import specs

from tablepromise.request import (
    RequestRejected,
    admit,
    custom_resource_definition,
    dump,
    load,
    model,
    validate,
)
from tablepromise.request.schema_validation import schema_findings


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_verdict_and_paths(case: Case) -> None:
    document, paths = case
    assert {finding.path for finding in validate(document)} == paths


@pytest.mark.parametrize("case", WHOLE_FLOATS.values(), ids=WHOLE_FLOATS.keys())
def test_whole_floats(case: Case) -> None:
    document, paths = case
    findings = validate(document)
    assert {finding.path for finding in findings} == paths
    for finding in findings:
        assert finding.fix == "write whole numbers without a point, such as 5 for 5.0"
    for text in (json.dumps(document), dump(document)):
        assert "5.0" in text
        [read] = load(text)  # kubectl sends 5
        assert validate(read) == ()


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES.keys())
def test_change_verdict_and_paths(case: Change) -> None:
    old, new, paths = case
    assert {finding.path for finding in validate(old, old)} == set()
    assert {finding.path for finding in validate(new, old)} == paths


def test_every_finding_says_what_is_allowed_and_how_to_fix_it() -> None:
    documents = [document for document, _ in CASES.values()]
    documents += [request(spec) for spec in specs(seed=3, count=500)]
    for document in documents:
        for finding in validate(document):
            assert finding.path
            assert finding.problem
            assert finding.allowed
            assert finding.fix


@pytest.mark.parametrize("text", ["{}", "nonsense", '{"Version": "2012-10-17"}'])
def test_a_resource_policy_of_a_wrong_form_is_rejected_in_words(text: str) -> None:
    """In those of the API server too: a pattern would print itself."""
    [finding] = validate(request({**CASES["least"][0]["spec"], "resourcePolicy": text}))
    assert finding.path == "spec.resourcePolicy"
    assert "an IAM policy document in JSON with at least one Statement" in finding.allowed
    assert "[" not in finding.allowed + finding.fix
    [version] = custom_resource_definition()["spec"]["versions"]
    field = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"][
        "resourcePolicy"
    ]
    assert "pattern" not in field
    [rule] = field["x-kubernetes-validations"]
    assert rule["message"] == f"{finding.allowed}; {finding.fix}"


def test_a_bare_n_gets_the_hint_to_quote_it() -> None:
    [document] = load("spec: {attributeDefinitions: [{name: at, type: N}]}")
    findings = {finding.path: finding for finding in validate(document)}
    hint = findings["spec.attributeDefinitions[0].type"]
    assert hint.got == "N"
    assert hint.allowed == '"B", "N", "S"; YAML reads a bare N as true or false'
    assert hint.fix == 'write type: "N"'


def test_a_rule_quotes_the_field_that_it_names() -> None:
    [finding] = validate(CASES["encryption with a key of another region"][0])
    assert finding.got == f'"{KEY}"'


@pytest.mark.parametrize("text", ['{"Statement": }', '{"Statement": []}', '{"x": "Statement"}'])
def test_a_resource_policy_that_the_schema_cannot_judge_is_parsed(text: str) -> None:
    document = request({**CASES["least"][0]["spec"], "resourcePolicy": text})
    assert validate(document) == ()
    with pytest.raises(RequestRejected) as refused:
        admit(document)
    assert [finding.path for finding in refused.value.findings] == ["spec.resourcePolicy"]


def test_what_is_judged_is_not_changed() -> None:
    document, _ = CASES["every null is the default"]
    before = repr(document)
    validate(document, document)
    assert repr(document) == before


@pytest.mark.parametrize("document", [None, "text", [], 5])
def test_what_is_no_object_is_refused(document: object) -> None:
    [finding] = validate(document)
    assert finding.problem == "wrong type"


@pytest.mark.parametrize("metadata", [None, "orders", ["orders"]])
def test_metadata_that_is_no_object_is_refused(metadata: object) -> None:
    document = {**CASES["least"][0], "metadata": metadata}
    [finding] = validate(document)
    assert finding.path == "metadata"
    assert finding.allowed == "a value of type object"


def test_a_finding_as_text() -> None:
    [missing] = validate(request({k: v for k, v in BASE.items() if k != "name"}))
    assert str(missing).startswith("spec.name: missing: allowed: ")
    assert str(missing).endswith("; set spec.name")
    [short] = validate(request({**BASE, "name": "ab"}))
    assert str(short).startswith('spec.name: too short: got "ab", allowed: ')


def test_an_old_object_that_makes_no_sense_is_no_hindrance() -> None:
    document, _ = CASES["least"]
    for old in ({}, {"spec": None}, {"spec": {"attributeDefinitions": [5]}}, "text"):
        assert not validate(document, old)


def test_every_field_of_kubernetes_object_meta_is_known() -> None:
    """As in the API server's own type, ObjectMeta of meta/v1."""
    fields: dict[str, Any] = {
        **{"name": "orders", "generateName": "o-", "namespace": "team", "selfLink": "", "uid": "1"},
        **{"resourceVersion": "1", "generation": 1, "creationTimestamp": "2026-05-04T12:00:00Z"},
        **{"deletionTimestamp": "2026-05-04T12:00:00Z", "deletionGracePeriodSeconds": 0},
        **{"labels": {"a/b": "c"}, "annotations": {"a/b": ""}, "finalizers": ["a/b"]},
        "ownerReferences": [
            {
                **{"apiVersion": "core.oam.dev/v1beta1", "kind": "Application", "name": "a"},
                **{"uid": "2", "controller": True, "blockOwnerDeletion": True},
            }
        ],
        "managedFields": [
            {
                **{"manager": "kubectl", "operation": "Apply", "subresource": "status"},
                **{"apiVersion": model.API_VERSION, "time": "2026-05-04T12:00:00Z"},
                **{"fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:name": {}, ".": {}}}},
            }
        ],
    }
    assert validate({**CASES["least"][0], "metadata": fields}) == ()
    [finding] = validate({**CASES["least"][0], "metadata": {"name": "orders", "clusterName": "x"}})
    assert (finding.path, finding.problem) == ("metadata.clusterName", "unknown field")


def test_a_refusal_as_text_has_all_findings() -> None:
    with pytest.raises(RequestRejected) as refused:
        admit(request({**BASE, "name": "ab", "tableClass": "COLD"}, name="wrong"))
    first, second = map(str, refused.value.findings)
    assert str(refused.value) == f"request default/wrong is rejected: {first}; {second}"


def test_admit_lists_every_finding() -> None:
    with pytest.raises(RequestRejected) as refused:
        admit(request({"name": "ab", "keySchema": []}, name="wrong"))
    assert refused.value.request == "default/wrong"
    assert {finding.path for finding in refused.value.findings} == {
        "spec.name",
        "spec.keySchema",
        "spec.attributeDefinitions",
    }


PATTERNS = sorted(
    {
        json.loads(found)
        for found in re.findall(
            r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(custom_resource_definition())
        )
    }
)
SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
OTHERS = "\naZ09-_.:/{}\u00e9\u0661\u0131\uff21\u212a\ufeff\U0001f600"
STEMS = ("", "a", "orders", '{"a": 1}', f"{KEY}", "{\n}")


@pytest.mark.parametrize(
    "pattern", [*PATTERNS, r"^\d\w\b", r"\S$", r"^[^\s]+$", r"^[\S]$", r"\W\D", r"a.c", r"^\s\S\s$"]
)
def test_a_pattern_holds_for_what_it_holds_for_in_re2(pattern: str) -> None:
    """The API server's patterns are those of RE2, which the CEL library has."""
    matches = cel.NewEnv(variables={"text": cel.Type.STRING}).compile(
        f"text.matches({json.dumps(pattern)})"
    )
    texts = [
        f"{before}{stem}{after}"
        for stem in STEMS
        for each in SPACES + OTHERS
        for before, after in ((each, ""), ("", each), (each, each))
    ]
    for text in [*STEMS, *texts, "1a ", "a\nc", "a\rc", " a ", "\va\v"]:
        refused = any(schema_findings(text, {"type": "string", "pattern": pattern}))
        assert refused is not matches.eval(data={"text": text}).value(), repr(text)


def test_a_list_that_is_far_too_long_is_judged_at_once() -> None:
    items = [{"name": f"a{number}", "type": "S"} for number in range(50_000)]
    began = time.process_time()
    assert validate(request(spec(attributeDefinitions=items)))
    assert time.process_time() - began < 5
