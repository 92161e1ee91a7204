"""The reflector: one cluster, or two."""

from typing import Any

import cdk8s
import pytest
from image import IMAGE
from msgspec import structs

from tablepromise import diagnosis
from tablepromise.platform import (
    Reflector,
    ReflectorAccess,
    ReflectorAccessProps,
    ReflectorProps,
    reflector_access,
)
from tablepromise.reads import REFLECTOR_DEPLOYMENT, REFLECTOR_NAMESPACE, WATCHED

Object = dict[str, Any]
Right = tuple[str, str, str, str]


def made(props: ReflectorProps | ReflectorAccessProps) -> list[Object]:
    chart = cdk8s.Testing.chart()
    if isinstance(props, ReflectorProps):
        Reflector(chart, "X", props)
    else:
        ReflectorAccess(chart, "X", props)
    return list(cdk8s.Testing.synth(chart))


def rights(documents: list[Object]) -> set[Right]:
    """Namespace, API group, resource and verb."""
    return {
        (document["metadata"].get("namespace", ""), group, resource, verb)
        for document in documents
        if document["kind"] in ("Role", "ClusterRole")
        for rule in document["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def kinds(documents: list[Object]) -> set[str]:
    return {document["kind"] for document in documents}


def pod(documents: list[Object]) -> Object:
    [deployment] = [document for document in documents if document["kind"] == "Deployment"]
    assert deployment["metadata"]["namespace"] == REFLECTOR_NAMESPACE
    assert deployment["metadata"]["name"] == REFLECTOR_DEPLOYMENT
    spec: Object = deployment["spec"]["template"]["spec"]
    return spec


def test_the_policy_knows_what_the_status_contract_holds() -> None:
    fields = tuple(field.encode_name for field in structs.fields(diagnosis.Status))
    assert fields == reflector_access.OWN_FIELDS
    assert (diagnosis.READY, diagnosis.STALLED) == reflector_access.OWN_CONDITIONS
    assert diagnosis.RECONCILE == reflector_access.RECONCILE


def test_it_may_read_what_a_status_is_made_of_and_write_a_status_and_events() -> None:
    found = rights(made(ReflectorProps(image=IMAGE)))
    reads = {("", read.group, read.plural, verb) for read in WATCHED for verb in read.verbs}
    requests = "dynamodbrequests"
    assert found - reads == {
        *(("", "dynamodb.kratix.io", name, "patch") for name in (requests, f"{requests}/status")),
        ("", "", "events", "create"),
    }
    assert reads <= found


@pytest.mark.parametrize(
    ("props", "elsewhere"),
    [
        (ReflectorProps(image=IMAGE, platform="there"), ReflectorAccessProps(sides=("platform",))),
        (
            ReflectorProps(image=IMAGE, destination="there"),
            ReflectorAccessProps(sides=("destination",)),
        ),
    ],
)
def test_with_one_side_elsewhere_it_has_the_rights_of_the_other(
    props: ReflectorProps, elsewhere: ReflectorAccessProps
) -> None:
    here, there = made(props), made(elsewhere)
    everywhere = {right[1:] for right in rights(made(ReflectorProps(image=IMAGE)))}
    assert {right[1:] for right in rights(here) | rights(there)} == everywhere
    # operators are on both sides
    both = {right[2] for right in rights(here)} & {right[2] for right in rights(there)}
    assert both == {"pods", "deployments"}
    writers = [part for part in (here, there) if "ValidatingAdmissionPolicy" in kinds(part)]
    assert [{"patch", "create"} & {right[3] for right in rights(part)} for part in writers] == [
        {"patch", "create"}
    ]
    # at the platform only Kratix' own Deployment is read
    [platform] = writers
    assert {right[0] for right in rights(platform) if right[2] == "deployments"} == {
        "kratix-platform-system"
    }


def test_a_kubeconfig_is_a_secret_that_somebody_else_makes() -> None:
    documents = made(ReflectorProps(image=IMAGE, platform="hub", destination="tables"))
    assert not kinds(documents) & {"Secret", "Role", "ClusterRole", "ValidatingAdmissionPolicy"}
    spec = pod(documents)
    assert not spec["automountServiceAccountToken"]
    [container] = spec["containers"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    for volume in spec["volumes"]:
        if "secret" in volume:
            mount = mounts[volume["name"]]
            assert mount["readOnly"]
            option = container["args"].index(f"--{volume['name']}")
            assert container["args"][option + 1] == f"{mount['mountPath']}/kubeconfig"
    secrets = {volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume}
    assert secrets == {"hub", "tables"}


def test_in_one_cluster_it_mounts_nothing_but_its_token() -> None:
    spec = pod(made(ReflectorProps(image=IMAGE, replicas=2)))
    assert spec["automountServiceAccountToken"]
    assert "volumes" not in spec
    assert "--platform" not in spec["containers"][0]["args"]
