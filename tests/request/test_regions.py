"""Regions: what a target offers, and what a request is told that names another."""

import botocore.session
import pytest
from corpus import spec
from generated import request

from tablepromise.request import (
    Finding,
    Regions,
    RequestRejected,
    TableRequest,
    admit,
    custom_resource_definition,
    editor_schema,
    render,
    spec_schema,
    stored_request,
    validate,
)
from tablepromise.request.partitions import DNS_SUFFIXES, PARTITIONS
from tablepromise.request.regions import ALL_REGIONS, dynamodb_endpoint, partition, table_arn

NINE = Regions().allowed
EUROPE = Regions.for_target("eu-central-1", ("eu-north-1",))


def finding(region: object, regions: Regions) -> Finding:
    [found] = validate(request(spec(region=region)), regions=regions)
    assert found.path == "spec.region"
    return found


# --- of a target ----------------------------------------------------------------------------------


def test_the_default_is_the_seeds_regions_and_the_targets_own() -> None:
    assert Regions.for_target("us-west-2") == Regions(NINE, "us-west-2")
    assert Regions.for_target("eu-north-1") == Regions((*NINE, "eu-north-1"), "eu-north-1")
    # no account is in two partitions
    assert Regions.for_target("cn-north-1") == Regions(("cn-north-1",), "cn-north-1")


def test_the_targets_own_region_is_always_on_offer() -> None:
    assert Regions(("eu-north-1", "eu-central-1"), "eu-central-1") == EUROPE


@pytest.mark.parametrize(
    ("region", "regions", "got"), [("mars-1", (), "'mars-1'"), ("us-east-1", ("x",), "'x'")]
)
def test_a_region_that_does_not_exist(region: str, regions: tuple[str, ...], got: str) -> None:
    with pytest.raises(ValueError, match=f"region: got {got}, allowed: af-south-1, "):
        Regions.for_target(region, regions)


def test_a_default_that_is_not_on_offer() -> None:
    with pytest.raises(ValueError, match="got 'eu-west-1', allowed: us-east-1; allow eu-west-1"):
        Regions(("us-east-1",), "eu-west-1")


def test_partitions_are_those_of_botocore() -> None:
    session = botocore.session.Session()
    for region in PARTITIONS:
        assert partition(region) == session.get_partition_for_region(region)
    for name in session.get_available_partitions():
        assert set(session.get_available_regions("dynamodb", name)) <= PARTITIONS.keys()


@pytest.mark.parametrize("region", ["eu-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1"])
def test_the_endpoint_is_where_botocore_finds_dynamodb(region: str) -> None:
    session = botocore.session.Session()
    session.set_credentials("x", "x")
    client = session.create_client("dynamodb", region_name=region)
    assert dynamodb_endpoint(region) == client.meta.endpoint_url
    assert DNS_SUFFIXES[partition(region)] in client.meta.endpoint_url


def test_arns_have_the_partition_of_the_region() -> None:
    assert table_arn("cn-north-1", "1", "t") == "arn:aws-cn:dynamodb:cn-north-1:1:table/t"


# --- in the schema, and what admission makes of it ------------------------------------------------


def test_values_and_default_of_the_schema_are_those_of_the_target() -> None:
    [version] = custom_resource_definition(EUROPE)["spec"]["versions"]
    of_crd = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    of_editor = editor_schema(EUROPE)["properties"]["spec"]
    for schema in (of_crd, of_editor, spec_schema(EUROPE)):
        region = schema["properties"]["region"]
        assert (region["enum"], region["default"]) == (
            ["eu-central-1", "eu-north-1"],
            "eu-central-1",
        )
        assert "region" not in schema["required"]
        assert {**schema["properties"], "region": 0} == {
            **(spec_schema() if "x-kubernetes-validations" in schema else of_editor)["properties"],
            "region": 0,
        }
    assert "default" not in spec_schema(ALL_REGIONS)["properties"]["region"]


def test_a_request_without_region_gets_the_targets() -> None:
    assert stored_request(request(spec()), EUROPE)["spec"]["region"] == "eu-central-1"
    assert admit(request(spec()), regions=EUROPE).spec.region == "eu-central-1"
    assert admit(request(spec())).spec.region == "us-west-2"


def test_a_stored_request_keeps_its_region() -> None:
    document = stored_request(request(spec()), EUROPE)
    again = admit(document).as_document()
    assert admit(again, regions=Regions()).spec.region == "eu-central-1"


def test_a_request_that_names_no_region_is_not_rendered() -> None:
    with pytest.raises(RequestRejected, match=r"default/r is rejected: spec\.region: missing"):
        render(TableRequest.of(request(spec(), "r")))


# --- what a request is told -----------------------------------------------------------------------


@pytest.mark.parametrize("offered", [NINE, EUROPE.allowed, ("us-west-2",)], ids=str)
@pytest.mark.parametrize("region", PARTITIONS)
def test_no_region_is_suggested_for_another_that_exists(
    region: str, offered: tuple[str, ...]
) -> None:
    if region in offered:
        return
    found = finding(region, Regions(offered, None))
    assert found.allowed == ", ".join(f'"{each}"' for each in sorted(offered))
    assert "did you mean" not in found.fix
    others = [each for each in PARTITIONS if each in found.fix.replace(region, "")]
    assert others == []
    if partition(region) == "aws":
        assert f"have the platform team allow {region} (setting `regions`" in found.fix
    else:
        assert f"{region} is in {partition(region)}, and this target is in aws" in found.fix


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("us-wset-2", "us-west-2"),
        ("us-west2", "us-west-2"),
        ("us-west-2a", "us-west-2"),
        ("US-WEST-2", "us-west-2"),
        ("us_west_2", "us-west-2"),
        (" us-west-2 ", "us-west-2"),
        ("eu-cental-1", "eu-central-1"),
        ("us-east-3", "us-east-1 or us-east-2"),
        ("us-wast-1", "us-east-1 or us-west-1"),
    ],
)
def test_a_misspelling_gets_the_regions_that_are_nearest(typed: str, meant: str) -> None:
    assert finding(typed, Regions()).fix == f"did you mean {meant}?"


def test_a_misspelling_of_a_region_that_is_not_on_offer() -> None:
    fix = finding("eu-nroth-1", Regions()).fix
    assert fix.startswith("did you mean eu-north-1? the platform team can allow more regions")


@pytest.mark.parametrize("typed", ["mars-1", "", "ap-southeast-9", "eu-west-4", "x" * 100_000])
def test_nothing_is_suggested_for_what_is_no_misspelling_of_one(typed: str) -> None:
    assert finding(typed, Regions()).fix.startswith("choose an allowed region; the platform team")


def test_two_letters_that_changed_places_are_a_misspelling() -> None:
    for region in NINE:
        for at in range(len(region) - 1):
            swapped = region[:at] + region[at + 1] + region[at] + region[at + 2 :]
            # one edit from three regions: none is suggested
            if swapped not in (region, "su-west-1", "ue-west-1"):
                assert region in finding(swapped, Regions()).fix, swapped
