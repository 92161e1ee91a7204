"""The fix of a finding, followed to the letter, leads to the table that was written."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import CASES
from followed_fixes import NotFollowed, follow, followed, put, remove, steps
from generated import request
from mutations import specs

from tablepromise.request import InvalidManifest, admit, load, render, validate
from tablepromise.request.findings import to_text

KEYS: dict[str, Any] = {
    "name": "orders",
    "attributeDefinitions": [{"name": "id", "type": "S"}],
    "keySchema": [{"attributeName": "id", "keyType": "HASH"}],
}
BARE = (
    *("1.10", "0042", "1e3", "0x1F", "0o17", "0b11", "1_000", "-7", "+7", ".5", "5."),
    *("yes", "no", "on", "Off", "N", "y", "true", "FALSE"),
)
"""Texts that YAML does not read as text."""


def written(spec: str, base: dict[str, Any] = KEYS) -> dict[str, Any]:
    [fields] = load(f"{{{spec}}}") or [{}]
    for name, value in base.items():
        fields.setdefault(name, value)
    return request(fields)


def fixes(spec: str) -> dict[str, str]:
    return {finding.path: finding.fix for finding in validate(written(spec))}


def meanings() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A request as it was written, and the request that has its meaning."""
    [cases] = load((Path(__file__).parent / "fixes.yaml").read_text(encoding="utf-8"))
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for case in cases["cases"]:
        for fields in (case["written"], case["meant"]):
            if not case.get("whole"):
                for name, value in KEYS.items():
                    fields.setdefault(name, value)
        pairs.append((request(case["written"]), request(case["meant"])))
    return pairs


@pytest.mark.parametrize(("wrong", "meant"), meanings())
def test_followed_to_the_letter_it_leads_to_what_was_written(
    wrong: dict[str, Any], meant: dict[str, Any]
) -> None:
    assert validate(wrong)
    assert render(admit(followed(wrong))) == render(admit(meant))


@pytest.mark.parametrize("text", BARE)
def test_what_is_quoted_is_the_text_that_was_written(text: str) -> None:
    wrong = written(f"tags: [{{key: v, value: {text}}}]")
    [finding] = validate(wrong)
    assert (finding.got, finding.fix) == (text, f'quote it: "{text}"')
    assert followed(wrong)["spec"]["tags"] == [{"key": "v", "value": text}]


NO_FIELD = "spec has no field of this name or meaning: docs/fields.md describes the fields"


@pytest.mark.parametrize("text", [".inf", "-.Inf", ".NaN"])
def test_a_number_that_json_lacks_is_quoted_as_it_was_written(text: str) -> None:
    with pytest.raises(InvalidManifest) as raised:
        written(f"tags: [{{key: v, value: {text}}}]")
    assert raised.value.finding.fix == f'if it is text, quote it: "{text}"'


def test_a_request_in_json_keeps_its_text_too() -> None:
    [document] = load(
        '{"spec": {"tags": [{"key": "v", "value": 1.10}, {"key": "w", "value": 1e3}]}}'
    )
    found = {finding.path: finding.fix for finding in validate(document)}
    assert found["spec.tags[0].value"] == 'quote it: "1.10"'
    assert found["spec.tags[1].value"] == 'quote it: "1e3"'


UNDECIDED = {
    "tableName: other": "set spec.name only: spec.tableName has the same meaning",
    "billingMode: PROVISIONED, provisioned: {readCapacity: 5}, readCapacity: 6": "set "
    "spec.provisioned.readCapacity only: spec.readCapacity has the same meaning",
    "tableClass: GLACIER": "choose one of these",
    "stream: {viewType: ALL}": "choose one of these",
    "billingMode: 5": "choose one of these, in quotes",
    "enabled: false": NO_FIELD,
    "sharding: 5": NO_FIELD,
    "billingMode: PROVISIONED, provisioned: 5": "write it in the form provisioned: {readCapacity: "
    "<whole number>, writeCapacity: <whole number>}",
    "attributeDefinitions: [{name: id, type: no}]": "choose one of these, in quotes",
}


@pytest.mark.parametrize(("wrong", "fix"), UNDECIDED.items())
def test_nothing_is_guessed(wrong: str, fix: str) -> None:
    assert fix in fixes(wrong).values()
    with pytest.raises(NotFollowed):
        followed(written(wrong))


def test_what_is_not_offered_is_named_with_its_consequence() -> None:
    for name in ("replicas", "WarmThroughput", "kinesis_stream_specification"):
        assert fixes(f"{name}: {{}}")[f"spec.{name}"].startswith(f"remove spec.{name} (")


def test_only_a_misspelling_is_a_question() -> None:
    """No other valid value of DynamoDB, and no valid name of another field, is "meant"."""
    documents = [document for document, _ in CASES.values()]
    documents += [request(spec) for spec in specs(seed=5, count=500)]
    for finding in (finding for document in documents for finding in validate(document)):
        if match := re.search(r"did you mean (\w+)\?", finding.fix):
            got = finding.path if finding.problem == "unknown field" else finding.got
            assert abs(len(re.split(r"[.\]]", got)[-1].strip('"')) - len(match[1])) <= 2, finding


def test_a_field_beside_spec_and_a_misspelling_in_metadata() -> None:
    document = written("")
    document |= {"deletionPolicy": "delete"}
    document["metadata"]["lables"] = {"team": "a"}
    made = followed(document)
    assert made["spec"]["deletionPolicy"] == "Delete"
    assert made["metadata"]["labels"] == {"team": "a"}


@pytest.mark.parametrize("text", ["null", "Null", "~"])
def test_a_null_may_be_text(text: str) -> None:
    fix = f'set spec.tags[0].key; if it is text, quote it: "{text}"'
    assert fixes(f"tags: [{{key: {text}}}]")["spec.tags[0].key"] == fix


def test_a_map_for_a_list_is_one_finding() -> None:
    for text in ("tags: {a: 1, b: 2, c: {}}", "tags: {a: [1]}", "onDemand: [{x: 1}, {y: 2}]"):
        [finding] = validate(written(text))
        assert "write it in the form " in finding.fix


KEYS_THAT_YAML_READS = {
    "on": "true or false",
    "yes": "true or false",
    "5": "a number",
    "0o17": "a number",
}


@pytest.mark.parametrize(("key", "read"), KEYS_THAT_YAML_READS.items())
def test_a_key_that_yaml_does_not_read_as_text_gets_the_hint_to_quote_it(
    key: str, read: str
) -> None:
    hint = f"; YAML reads a bare {key} as {read}: quote the key if it is text"
    for text in (f"{key}: x", f"stream: {{{key}: x}}", f"tags: [{{key: a, {key}: b}}]"):
        [finding] = validate(written(text))
        assert finding.fix.endswith(hint)
    [finding] = validate(written(f'"{key}": x'))
    assert not finding.fix.endswith(hint)


@pytest.mark.parametrize("key", KEYS_THAT_YAML_READS)
def test_a_key_that_becomes_a_value_is_written_as_it_was(key: str) -> None:
    for text in (f"tags: {{{key}: a}}", f"tags: [{{{key}: a}}]"):
        assert followed(written(text))["spec"]["tags"] == [{"key": key, "value": "a"}]


OTHER = "keySchema: [{attributeName: customerId, keyType: HASH}]"
NAMED = {
    f"globalSecondaryIndexes: [{{indexName: by-c, {OTHER}}}]": "attribute customerId of index by-c",
    OTHER: "attribute customerId",
    "globalSecondaryIndexes: [{indexName: by-id, keySchema: [{attributeName: id, keyType: HASH}], "
    "provisioned: {}}]": "index by-id",
}


@pytest.mark.parametrize(("wrong", "name"), NAMED.items())
def test_what_breaks_a_rule_is_named_and_never_cut_off(wrong: str, name: str) -> None:
    many = ", ".join(f"{{name: a{number}, type: S}}" for number in range(30))
    document = written(f"{wrong}, attributeDefinitions: [{{name: id, type: S}}, {many}]")
    assert [finding.got for finding in validate(document)] == [name]


def test_a_list_of_fields_is_printed_once() -> None:
    text = to_text(validate(written("sharding: 5, partitions: 6")))
    assert text.count("attributeDefinitions, billingMode") == 1
    assert text.count("allowed: as for spec.sharding") == 1


def test_a_limit_that_is_a_default_quota_is_called_one() -> None:
    capacity = "billingMode: PROVISIONED, provisioned: {readCapacity: 40001}"
    [above] = validate(written(capacity))
    assert above.allowed.startswith("1 to 40000, the default quota of a table (https://")
    assert "have the platform team set `quotas.tableReadUnits`" in above.fix
    [below] = validate(written(capacity.replace("40001", "0")))
    assert below.allowed == "1 to 40000"
    indexes = ", ".join(
        f"{{indexName: gsi{n}, keySchema: [{{attributeName: id, keyType: HASH}}]}}"
        for n in range(21)
    )
    [many] = validate(written(f"globalSecondaryIndexes: [{indexes}]"))
    assert many.allowed.startswith("0 to 20 items, the default quota of a table (https://")


def test_an_alias_is_rejected_with_the_reason_and_the_way_to_the_arn() -> None:
    finding = validate(written("encryption: {type: KMS, kmsKeyArn: alias/mine}"))[0]
    assert finding.fix.startswith("write the ARN that this prints: aws kms describe-key --key-id ")
    assert "ACK compares" in finding.fix


# --- another tool's whole spec under our kind -----------------------------------------------------


def pascal(name: str) -> str:
    return {"kmsMasterKeyID": "KMSMasterKeyId", "sseType": "SSEType"}.get(
        name, name[0].upper() + name[1:]
    )


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z]+)", lambda match: f"_{match[1]}", name).lower()


def renamed(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {rename(name): renamed(child, rename) for name, child in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [renamed(item, rename) for item in value]  # pyright: ignore
    return value


@pytest.mark.parametrize("rename", [str, pascal, snake], ids=["ACK", "AWS", "Terraform"])
def test_a_table_of_another_tool_becomes_the_request_of_that_table(
    rename: Callable[[str], str],
) -> None:
    """A rendered Table has ACK's names; renamed, those of CloudFormation and Terraform."""
    legal = [
        document for document in map(request, specs(seed=9, count=60)) if not validate(document)
    ]
    assert len(legal) >= 30
    for document in legal:
        table = render(admit(document))
        spec = renamed(table["spec"], rename)
        annotations = table["metadata"]["annotations"]
        spec["region"] = annotations["services.k8s.aws/region"]
        spec["deletionPolicy"] = annotations["services.k8s.aws/deletion-policy"]
        assert render(admit(followed(request(spec)))) == table


def test_our_names_in_another_spelling_are_known_at_every_level() -> None:
    legal = [
        document for document in map(request, specs(seed=10, count=30)) if not validate(document)
    ]
    for rename in (pascal, snake, str.upper):
        for document in legal:
            other = request(renamed(document["spec"], rename))
            assert render(admit(followed(other))) == render(admit(document))


# --- every finding of every wrong request ---------------------------------------------------------


def wrong_requests() -> list[dict[str, Any]]:
    documents = [document for document, paths in CASES.values() if paths]
    documents += [request(spec) for spec in specs(seed=6, count=300)]
    return [document for document in documents if validate(document)]


def test_a_fix_that_is_followed_ends_its_finding() -> None:
    followed_ones = 0
    for document in wrong_requests():
        for finding in validate(document):
            changed = follow(document, finding)
            if changed == document:
                continue
            followed_ones += 1
            left = {(each.path, each.problem, each.fix) for each in validate(changed)}
            assert (finding.path, finding.problem, finding.fix) not in left, finding
    assert followed_ones > 20


ALTERNATIVES = re.compile(r"set (\w+) to (\w+) or remove (\w+)( from the indexes)?")


def test_each_alternative_of_a_fix_ends_its_finding() -> None:
    tried = 0
    for document in wrong_requests():
        for finding in validate(document):
            if not (match := ALTERNATIVES.fullmatch(finding.fix)):
                continue
            within = steps(finding.path, document)[:-1]
            first, second = copy.deepcopy(document), copy.deepcopy(document)
            put(first, [*within, match[1]], match[2])
            for index in second["spec"]["globalSecondaryIndexes"] if match[4] else [None]:
                path = [match[3]] if index else [*within, match[3]]
                remove(index or second, path)
            for changed in (first, second):
                left = {(each.path, each.allowed) for each in validate(changed)}
                assert (finding.path, finding.allowed) not in left, finding
            tried += 1
    assert tried > 15
