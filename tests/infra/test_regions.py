"""The region of a target, in all that is installed for it."""

import json
import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from infra.app import build
from infra.settings import ROOT, SettingError, Settings, as_text, defaults, parse, targets
from infra.targets import Offer, Target
from tablepromise.dialects import kro
from tablepromise.platform import IamRole
from tablepromise.request.partitions import PARTITIONS
from tablepromise.request.regions import Regions

DEVEX = replace(targets()["devex"], examples=False, offers=get_args(Offer))
NINE = sorted(Regions().allowed)
ROLE = "arn:aws:iam::123456789012:role/tables"
REQUIRED: dict[str, Any] = {
    "region": "eu-west-1",
    "aws": {"emulator": "moto"},
    "teams": ["team"],
    "registry": "registry.example.com/tablepromise",
}


def parsed(**changes: object) -> Settings:
    """Settings of a stack with these values."""
    values = defaults(ROOT) | REQUIRED | changes
    return parse("x", {key: as_text(value) for key, value in values.items()})


def installed(target: Target) -> dict[str, Any]:
    """Every object, by kind and name."""
    return {
        f"{document['kind']}/{document['metadata']['name']}": document
        for folder in build(target).folders
        for document in folder.documents()
    }


def region_fields(found: dict[str, Any]) -> dict[str, tuple[list[str], str | None]]:
    """Values and default of `region` in each API by which a table is requested."""
    crd = found["Promise/aws-dynamodb-kratix"]["spec"]["api"]
    xrd = found["CompositeResourceDefinition/dynamodbtables.crossplane.tablepromise.dev"]
    fields: dict[str, tuple[list[str], str | None]] = {}
    for name, definition in (("promise", crd), ("crossplane", xrd)):
        [version] = definition["spec"]["versions"]
        schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["region"]
        fields[name] = sorted(schema["enum"]), schema["default"]
    graph = found[f"ResourceGraphDefinition/{kro.NAME}"]["spec"]["schema"]["spec"]["region"]
    enum, default = re.search('enum="(.*?)"', graph), re.search('default="(.*?)"', graph)
    assert enum
    assert default
    fields["kro"] = sorted(enum[1].split(",")), default[1]
    template = found["ComponentDefinition/aws-dynamodb-kratix"]["spec"]["schematic"]["cue"]
    [line] = re.findall(r"^ +region\?: (.*)$", template["template"], re.MULTILINE)
    # no default, which KubeVela would set anew at each change of the Application
    fields["kubevela"] = sorted(json.loads(value) for value in line.split(" | ")), None
    return fields


@pytest.mark.parametrize(
    ("region", "regions", "offered"),
    [
        ("us-west-2", (), NINE),
        ("eu-central-1", (), NINE),
        ("eu-north-1", (), sorted((*NINE, "eu-north-1"))),
        ("eu-central-1", ("eu-north-1", "eu-west-2"), ["eu-central-1", "eu-north-1", "eu-west-2"]),
        ("cn-north-1", (), ["cn-north-1"]),
        ("us-gov-west-1", ("us-gov-east-1",), ["us-gov-east-1", "us-gov-west-1"]),
    ],
    ids=str,
)
def test_every_api_has_the_targets_regions(
    region: str, regions: tuple[str, ...], offered: list[str]
) -> None:
    found = installed(replace(DEVEX, region=region, regions=regions))
    assert region_fields(found) == {
        **dict.fromkeys(("promise", "crossplane", "kro"), (offered, region)),
        "kubevela": (offered, None),
    }
    workflows = found["Promise/aws-dynamodb-kratix"]["spec"]["workflows"]["resource"]
    for [pipeline] in workflows.values():
        [container] = pipeline["spec"]["containers"]
        assert {"name": "AWS_REGION", "value": region} in container["env"]
    ack = found["HelmRelease/ack-dynamodb"]["spec"]["values"]
    assert ack["aws"]["region"] == region
    assert found[f"Destination/{DEVEX.name}"]["metadata"]["labels"]["region"] == region


# --- settings -------------------------------------------------------------------------------------

IN_AWS = {"aws": {"roleArn": ROLE}}


def test_settings_of_a_target_in_another_partition() -> None:
    arn = "arn:aws-cn:iam::123456789012:role/tables"
    values = {"region": "cn-north-1", "regions": ["cn-northwest-1"], "aws": {"roleArn": arn}}
    target = parsed(**values).target
    assert (target.region, target.regions) == ("cn-north-1", ("cn-northwest-1",))
    assert target.aws == IamRole(arn=arn)


REFUSED = [
    ({"region": "eu-wset-1"}, "region", "'eu-wset-1'", "did you mean eu-west-1?"),
    ({"region": "aws-global"}, "region", "'aws-global'", "choose an allowed region"),
    ({"regions": ["eu-nroth-1"]}, "regions[0]", "'eu-nroth-1'", "did you mean eu-north-1?"),
    ({"regions": ["us-east-1", 5]}, "regions[1]", "got 5", "choose an allowed region"),
    ({"regions": ["us-east-1"] * 2}, "regions[1]", "'us-east-1' a second time", "remove it"),
    ({"regions": "us-east-1"}, "regions", "'us-east-1'", "type array"),
    (
        {**IN_AWS, "regions": ["us-east-1", "cn-north-1"]},
        "regions[1]",
        "'cn-north-1', which is in partition aws-cn",
        "create a target of its own",
    ),
    ({**IN_AWS, "region": "cn-north-1"}, "aws.roleArn", ROLE, "allowed: arn:aws-cn:iam::"),
    (
        {"examples": True, "regions": ["eu-west-1"]},
        "examples",
        "regions lacks the examples' regions us-east-1",
        "set examples false",
    ),
]


@pytest.mark.parametrize(("changes", "key", "got", "rest"), REFUSED, ids=str)
def test_what_is_refused(changes: dict[str, Any], key: str, got: str, rest: str) -> None:
    with pytest.raises(SettingError) as error:
        parsed(**changes)
    assert error.value.key == key
    text = str(error.value)
    assert text.startswith(f"{key}: ")
    assert got in text
    assert "allowed: " in text
    assert rest in text


def test_all_regions_are_listed_where_one_is_unknown() -> None:
    with pytest.raises(SettingError) as error:
        parsed(region="mars-1")
    assert all(region in str(error.value) for region in PARTITIONS)


def test_the_fix_for_examples_that_cannot_be_is_one() -> None:
    """Each of the two that the message names."""
    parsed(examples=False, regions=["eu-west-1"])
    parsed(examples=True, regions=["eu-west-1", "us-east-1"])


def test_an_emulator_takes_regions_of_any_partition() -> None:
    assert parsed(regions=["cn-north-1"]).target.table_regions.allowed == (
        "cn-north-1",
        "eu-west-1",
    )
