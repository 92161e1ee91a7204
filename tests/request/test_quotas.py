"""Quotas: what a target sets, and how requests above AWS's defaults are judged."""

from typing import Any

import pytest
from corpus import spec
from generated import request
from raised_quotas import ABOVE_THE_QUOTAS, AT_THE_QUOTAS, RAISED, indexes, on_demand, provisioned

from tablepromise.request import (
    Quotas,
    TableRequest,
    admit,
    custom_resource_definition,
    editor_schema,
    render,
    spec_schema,
    validate,
)
from tablepromise.request.quotas import MAXIMUM_QUOTAS, MOST_GLOBAL_INDEXES, MOST_UNITS, QuotaError

# --- of a target ----------------------------------------------------------------------------------


def test_the_default_is_that_of_aws() -> None:
    assert Quotas() == Quotas(40_000, 40_000, 80_000, 80_000, 20)
    assert Quotas.of({}) == Quotas()
    assert Quotas.of({"tableReadUnits": 60_000}) == Quotas(table_read_units=60_000)
    assert (
        Quotas(MOST_UNITS, MOST_UNITS, MOST_UNITS, MOST_UNITS, MOST_GLOBAL_INDEXES)
        == MAXIMUM_QUOTAS
    )


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"tableReadUnits": 39_999},
            "quotas.tableReadUnits: got 39999, allowed: a whole number from 40000 (AWS's default) "
            "to 1000000000",
        ),
        ({"tableWriteUnits": MOST_UNITS + 1}, "quotas.tableWriteUnits: got 1000000001, allowed: "),
        ({"globalIndexes": 19}, "from 20 (AWS's default) to 50"),
        ({"globalIndexes": 51}, "from 20 (AWS's default) to 50"),
        ({"globalIndexes": True}, "quotas.globalIndexes: got True, allowed: a whole number"),
        ({"accountReadUnits": "90000"}, "quotas.accountReadUnits: got '90000', allowed: a whole"),
        (
            {"tableReadUnits": 100_000},
            "quotas.accountReadUnits: got 80000, allowed: a whole number from 100000 "
            "(tableReadUnits) to 1000000000",
        ),
        (
            {"tableWriteUnits": 100_000, "accountReadUnits": 100_000},
            "quotas.accountWriteUnits: got 80000, allowed: a whole number from 100000",
        ),
        (
            {"readUnits": 1},
            "quotas.readUnits: there is no such setting, allowed: tableReadUnits, tableWriteUnits, "
            "accountReadUnits, accountWriteUnits, globalIndexes",
        ),
    ],
    ids=str,
)
def test_a_quota_that_a_target_cannot_have(values: dict[str, Any], text: str) -> None:
    with pytest.raises(QuotaError) as error:
        Quotas.of(values)
    assert text in str(error.value)


# --- in the schema, and how admission judges ------------------------------------------------------


@pytest.mark.parametrize("name", AT_THE_QUOTAS)
def test_up_to_the_targets_quotas_a_request_is_accepted(name: str) -> None:
    document = request(AT_THE_QUOTAS[name])
    assert validate(document)
    assert validate(document, quotas=RAISED) == ()
    admitted = admit(document, quotas=RAISED)
    assert isinstance(admitted, TableRequest)
    assert render(admitted)["spec"]["tableName"] == document["spec"]["name"]


@pytest.mark.parametrize("path", ABOVE_THE_QUOTAS)
def test_above_the_targets_quotas_a_request_is_rejected(path: str) -> None:
    document = request(ABOVE_THE_QUOTAS[path])
    assert [found.path for found in validate(document, quotas=RAISED)] == [f"spec.{path}"]
    assert validate(document, quotas=MAXIMUM_QUOTAS) == ()


def test_schemas_have_the_quotas_of_the_target() -> None:
    [version] = custom_resource_definition(quotas=RAISED)["spec"]["versions"]
    of_crd = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    of_editor = editor_schema(quotas=RAISED)["properties"]["spec"]
    for schema in (of_crd, of_editor):
        index = schema["properties"]["globalSecondaryIndexes"]
        assert index["maxItems"] == 24
        for part in (schema["properties"], index["items"]["properties"]):
            units = part["provisioned"]["properties"] | part["onDemand"]["properties"]
            assert {name: field["maximum"] for name, field in units.items()} == {
                "readCapacity": 100_000,
                "writeCapacity": 60_000,
                "maxReadRequestUnits": 100_000,
                "maxWriteRequestUnits": 60_000,
            }
            for field in part["onDemand"]["properties"].values():
                text = f" The quota of a table, {field['maximum']}, is no limit."
                assert field["description"].endswith(text)
    rules = [rule["message"] for rule in of_crd["x-kubernetes-validations"]]
    for units, quota in (("readCapacity", 200_000), ("maxWriteRequestUnits", 90_000)):
        text = f"the {units} of a table and its global indexes is at most {quota} in all (the quota"
        assert [text in rule for rule in rules].count(True) == 1
    assert "80000" not in str(of_crd)


def test_the_schema_of_a_target_without_quotas_is_the_default() -> None:
    assert spec_schema(quotas=Quotas()) == spec_schema()


# --- what a request is told -----------------------------------------------------------------------


def test_a_default_quota_is_called_one_and_a_raised_one_is_not() -> None:
    [default] = validate(request(provisioned(40_001, 1)))
    assert default.allowed.startswith("1 to 40000, the default quota of a table (https://")
    [raised] = validate(request(provisioned(100_001, 1)), quotas=RAISED)
    assert raised.allowed.startswith("1 to 100000, the quota of a table (https://")


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (provisioned(40_001, 1), "tableReadUnits"),
        (provisioned(1, 40_001), "tableWriteUnits"),
        (spec(onDemand=on_demand(40_001, 1)), "tableReadUnits"),
        (spec(globalSecondaryIndexes=indexes(21)), "globalIndexes"),
        (provisioned(40_000, 1, globalSecondaryIndexes=indexes(2)), "accountReadUnits"),
        (provisioned(1, 40_000, globalSecondaryIndexes=indexes(2)), "accountWriteUnits"),
    ],
)
def test_the_fix_names_the_setting_and_following_it_works(
    document: dict[str, Any], name: str
) -> None:
    [found] = validate(request(document))
    assert "if AWS has raised the quota of the account, have the platform team set " in found.fix
    assert f"`quotas.{name}` (offline: --quotas {name}=<number>)" in found.fix
    raised = {"globalIndexes": 21}.get(name, 80_000 if "table" in name else 120_000)
    assert validate(request(document), quotas=Quotas.of({name: raised})) == ()
