"""The quotas of a target, in all that is installed for it."""

import re
from dataclasses import replace
from typing import Any, get_args

import pytest
import yaml
from raised_quotas import RAISED

from infra.app import build
from infra.settings import ROOT, Settings, as_text, defaults, parse, read, targets
from infra.settings.validation import SettingError
from infra.targets import Offer
from tablepromise.dialects import kro
from tablepromise.request import Quotas

SETTING = {
    "tableReadUnits": 100_000,
    "tableWriteUnits": 60_000,
    "accountReadUnits": 200_000,
    "accountWriteUnits": 90_000,
    "globalIndexes": 24,
}
FIELDS = ("readCapacity", "writeCapacity", "maxReadRequestUnits", "maxWriteRequestUnits")
MAXIMUMS = dict(zip(FIELDS, (100_000, 60_000) * 2, strict=True))


def parsed(**changes: object) -> Settings:
    """Settings of a stack with these values."""
    values = defaults(ROOT) | {
        "region": "eu-west-1",
        "aws": {"emulator": "moto"},
        "teams": ["team"],
        "registry": "registry.example.com/tablepromise",
        **changes,
    }
    return parse("x", {key: as_text(value) for key, value in values.items()})


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Every object that is installed for a target with raised quotas, by kind and name."""
    devex = replace(targets()["devex"], examples=False, offers=get_args(Offer), quotas=RAISED)
    return {
        f"{document['kind']}/{document['metadata']['name']}": document
        for folder in build(devex).folders
        for document in folder.documents()
    }


@pytest.mark.parametrize("offer", ["promise", "crossplane"])
def test_a_structural_schema_has_the_targets_quotas(found: dict[str, Any], offer: str) -> None:
    definition = {
        "promise": lambda: found["Promise/aws-dynamodb-kratix"]["spec"]["api"],
        "crossplane": lambda: found[
            "CompositeResourceDefinition/dynamodbtables.crossplane.tablepromise.dev"
        ],
    }[offer]()
    [version] = definition["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    indexes = spec["properties"]["globalSecondaryIndexes"]
    assert indexes["maxItems"] == 24
    for fields in (spec["properties"], indexes["items"]["properties"]):
        units = fields["provisioned"]["properties"] | fields["onDemand"]["properties"]
        assert {name: units[name]["maximum"] for name in FIELDS} == MAXIMUMS
    assert has_totals(rule["rule"] for rule in spec["x-kubernetes-validations"])


def test_kro_has_the_targets_quotas(found: dict[str, Any]) -> None:
    schema = found[f"ResourceGraphDefinition/{kro.NAME}"]["spec"]["schema"]
    index = schema["types"]["GlobalSecondaryIndexesItem"]
    for fields in (schema["spec"], index):
        units = fields["provisioned"] | fields["onDemand"]
        for name in FIELDS:
            assert f" maximum={MAXIMUMS[name]} " in units[name], name
    assert " maxItems=24 " in schema["spec"]["globalSecondaryIndexes"]
    policy = found["ValidatingAdmissionPolicy/tablepromise-kro-rules"]["spec"]
    assert has_totals(rule["expression"] for rule in policy["validations"])


def test_kubevela_has_the_targets_quotas(found: dict[str, Any]) -> None:
    template = found["ComponentDefinition/aws-dynamodb-kratix"]["spec"]["schematic"]["cue"]
    lines = template["template"].splitlines()
    for name in FIELDS:
        limits = [line for line in lines if re.search(rf"\b{name}\??: .*>=1 ", line)]
        assert len(limits) == 2, name
        assert all(line.endswith(f" <={MAXIMUMS[name]}") for line in limits), limits
    assert "list.MaxItems(24)" in template["template"]


def has_totals(rules: Any) -> bool:
    """Whether the rules limit both totals of a table with its indexes, in both billing modes."""
    totals = [re.search(r"sum\(\).*<= ([0-9]+)", rule) for rule in rules]
    found = sorted(int(total[1]) for total in totals if total and int(total[1]) > 1000)
    return found == [90_000, 90_000, 200_000, 200_000]


# --- settings -------------------------------------------------------------------------------------


def test_the_setting() -> None:
    assert parsed().target.quotas == Quotas()
    assert parsed(quotas=SETTING).target.quotas == RAISED
    assert parsed(quotas={"globalIndexes": 24}).target.quotas == Quotas(global_indexes=24)


def test_the_setting_in_a_stacks_file(tmp_path: Any) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_bytes((ROOT / "Pulumi.yaml").read_bytes())
    content = yaml.safe_load((ROOT / "stacks/Pulumi.devex.yaml").read_text())
    content["config"]["tablepromise:quotas"] = SETTING
    (tmp_path / "stacks/Pulumi.devex.yaml").write_text(yaml.safe_dump(content))
    assert read(tmp_path, "devex").quotas == RAISED


@pytest.mark.parametrize(
    ("quotas", "key", "got", "allowed"),
    [
        ({"tableReadUnits": 100}, "tableReadUnits", "got 100", "from 40000 (AWS's default) to"),
        ({"globalIndexes": 51}, "globalIndexes", "got 51", "from 20 (AWS's default) to 50"),
        ({"globalIndexes": "30"}, "globalIndexes", "got '30'", "a whole number from 20"),
        ({"tableWriteUnits": 1e5}, "tableWriteUnits", "got 100000.0", "a whole number from 40000"),
        (
            {"tableReadUnits": 90_000},
            "accountReadUnits",
            "got 80000",
            "a whole number from 90000 (tableReadUnits) to 1000000000",
        ),
        (
            {"indexes": 30},
            "indexes",
            "there is no such setting",
            "tableReadUnits, ",
        ),
    ],
    ids=str,
)
def test_what_is_refused(quotas: dict[str, Any], key: str, got: str, allowed: str) -> None:
    with pytest.raises(SettingError) as error:
        parsed(quotas=quotas)
    assert error.value.key == f"quotas.{key}"
    assert str(error.value).startswith(f"quotas.{key}: {got}, allowed: ")
    assert allowed in str(error.value)


def test_quotas_that_are_no_object() -> None:
    with pytest.raises(SettingError, match=r"quotas: .*allowed: a value of type object"):
        parsed(quotas=[100_000])
