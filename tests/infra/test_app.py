"""The targets: what `cdk8s synth` writes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import golden
import pytest
import yaml

from infra.app import build, main, write
from infra.objects.engines import REQUEST_KINDS
from infra.settings import targets
from infra.targets import Mirror, Offer, Target
from tablepromise.platform import IamRole, Repository
from tablepromise.request import dump, model

TARGETS = {
    # the tag does not change with the sources here, so that the snapshots do not either
    name: replace(target, image=f"{target.image.rpartition(':')[0]}:0.1.0-test")
    for name, target in targets().items()
}
SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
BASES = {"localstack": "devex"}
"""The snapshot of a target has only what differs from that of another target."""

TEAM = Target(
    name="x",
    environment="test",
    region="eu-west-1",
    repository=Repository(url="https://git.example.com/x.git"),
    teams=("team",),
    aws="moto",
)


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All targets, written once."""
    root = tmp_path_factory.mktemp("manifests")
    for name, target in TARGETS.items():
        write(build(target), root / name)
    return root


def documents(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        name: yaml.safe_load(text)
        for name, text in golden.files(folder).items()
        if name != "flux-values.yaml"
    }


def images(node: object) -> Iterator[str]:
    """Images of the containers in an object."""
    if isinstance(node, dict):
        for name, value in cast(dict[str, object], node).items():
            if name in {"containers", "initContainers"}:
                yield from (c["image"] for c in cast(list[dict[str, str]], value))
            yield from images(value)
    elif isinstance(node, list):
        for item in cast(list[object], node):
            yield from images(item)


@pytest.mark.parametrize("target", TARGETS)
def test_snapshots(manifests: Path, target: str, update: bool) -> None:
    base = BASES.get(target)
    folder = manifests / target
    # else one change of an object is the same change in every snapshot
    found = golden.difference(folder, manifests / base) if base else golden.files(folder)
    golden.compare(found, SNAPSHOTS / target, update=update)


def test_every_snapshot_is_of_a_target() -> None:
    assert {folder.name for folder in SNAPSHOTS.iterdir()} == {*TARGETS}


def test_a_place_adds_nothing_to_its_objects() -> None:
    for folder in build(TARGETS["devex"]).folders:
        asked = {_identity(document): document for document in folder.to_json()}
        assert {_identity(document): document for document in folder.documents()} == asked


def _identity(document: dict[str, Any]) -> tuple[str, str | None, str]:
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace"), metadata["name"]


def test_synth_twice_writes_the_same(manifests: Path, tmp_path: Path) -> None:
    for name, target in TARGETS.items():
        write(build(target), tmp_path / name)
    assert golden.files(manifests) == golden.files(tmp_path)


@pytest.mark.parametrize("target", TARGETS)
def test_no_secret_and_no_image_that_moves(manifests: Path, target: str) -> None:
    for name, document in documents(manifests / target).items():
        if document["kind"] == "Secret":
            assert document.keys() == {"apiVersion", "kind", "metadata"}, name
        for image in images(document):
            assert re.search(r"(:v?\d+\.\d+\.\d+(-\w+)?|@sha256:[0-9a-f]{64})$", image), image


@pytest.mark.parametrize("target", TARGETS)
def test_every_folder_is_reached_from_the_root_and_no_stage_waits_for_itself(
    manifests: Path, target: str
) -> None:
    stages = {
        document["metadata"]["name"]: document["spec"]
        for name, document in documents(manifests / target).items()
        if name.startswith("flux-system/kustomization")
    }
    paths = {spec["path"] for spec in stages.values()}
    folders = {path.parent for path in manifests.joinpath(target).rglob("*/*.yaml")}
    reached = {f"./manifests/{target}/{f.relative_to(manifests / target)}" for f in folders}
    assert paths == reached - {f"./manifests/{target}/argocd"}
    assert stages["tablepromise"]["path"] == f"./manifests/{target}/flux-system"
    done: set[str] = set()
    while len(done) < len(stages):
        ready = {
            name
            for name, spec in stages.items()
            if {d["name"] for d in spec.get("dependsOn", [])} <= done
        }
        assert ready > done, "the stages wait for each other"
        done = ready


@pytest.mark.parametrize("target", TARGETS)
def test_no_stage_waits_for_what_a_team_may_break(manifests: Path, target: str) -> None:
    found = documents(manifests / target)
    for name, stage in found.items():
        if name.startswith("flux-system/kustomization") and stage["spec"]["wait"]:
            folder = stage["spec"]["path"].removeprefix(f"./manifests/{target}/")
            kinds = {d["kind"] for other, d in found.items() if other.startswith(f"{folder}/")}
            assert not kinds & {"Kustomization", model.KIND}, stage["metadata"]["name"]


def test_flux_has_its_charts_policies_where_nobody_applies_ours(manifests: Path) -> None:
    values = yaml.safe_load((manifests / "devex/flux-values.yaml").read_text())
    assert values["policies"] == {"create": False}
    application = documents(manifests / "devex/argocd")["application.argocd.flux.yaml"]
    assert "policies" not in application["spec"]["source"]["helm"]["valuesObject"]


def test_argo_cd_makes_the_namespace_that_it_installs_into(manifests: Path) -> None:
    found = documents(manifests / "devex/argocd").values()
    for application in (d for d in found if d["kind"] == "Application"):
        policy = application["spec"]["syncPolicy"]
        assert "CreateNamespace=true" in policy["syncOptions"]
        labels = policy["managedNamespaceMetadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("target", TARGETS)
def test_what_waits_names_what_exists(manifests: Path, target: str) -> None:
    found = documents(manifests / target).values()
    named = {
        (d["kind"], d["metadata"].get("namespace"), d["metadata"]["name"]): d["spec"]
        for d in found
        if "spec" in d
    }
    for (kind, namespace, _), spec in named.items():
        if kind not in {"Kustomization", "HelmRelease"}:
            continue
        for other in spec.get("dependsOn", []):
            assert (kind, other.get("namespace", namespace), other["name"]) in named
        source = spec.get("sourceRef") or spec.get("chartRef") or spec["chart"]["spec"]["sourceRef"]
        assert (source["kind"], namespace, source["name"]) in named


@pytest.mark.parametrize("target", TARGETS)
def test_every_namespace_is_made_or_belongs_to_somebody_else(manifests: Path, target: str) -> None:
    found = documents(manifests / target)
    made = {d["metadata"]["name"] for d in found.values() if d["kind"] == "Namespace"}
    used = {d["metadata"].get("namespace") for d in found.values()} - {None}
    assert used - made <= {"argocd"}
    for document in found.values():
        if document["kind"] == "Namespace":
            labels = document["metadata"]["labels"]
            assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_mirror_is_where_everything_comes_from(tmp_path: Path) -> None:
    mirror = Mirror(
        charts="oci://registry.example.com/charts",
        plain_http=True,
        images={host: f"registry.example.com/{host}" for host in ("docker.io", "quay.io")}
        | {
            "ghcr.io": "registry.example.com/ghcr.io",
            "public.ecr.aws": "registry.example.com/public.ecr.aws",
            "registry.k8s.io": "registry.example.com/registry.k8s.io",
            "xpkg.crossplane.io": "registry.example.com/xpkg.crossplane.io",
            "tablepromise/": "registry.example.com/tablepromise/",
            "docker.io/motoserver/moto:5.2.5": "registry.example.com/fakes/moto:mine",
        },
    )
    emulators: tuple[Literal["moto", "localstack"], ...] = ("moto", "localstack")
    for emulator in emulators:
        target = replace(TEAM, mirror=mirror, aws=emulator, offers=("promise", *OFFERS))
        write(build(target), tmp_path / emulator)
        text = "".join(golden.files(tmp_path / emulator).values())
        hosts = (
            r"(?<!example\.com/)(quay\.io|ghcr\.io|docker\.io|public\.ecr\.aws|github\.com"
            r"|github\.io|registry\.k8s\.io|xpkg\.crossplane\.io|charts\.crossplane\.io)/"
        )
        assert not re.search(hosts, text)
    assert "registry.example.com/fakes/moto:mine" in "".join(
        golden.files(tmp_path / "moto").values()
    )


OFFERS: dict[Offer, str] = {
    "kro": "kro-system",
    "crossplane": "crossplane-system",
    "kubevela": "vela-system",
}
"""Namespace of each engine."""


@pytest.mark.parametrize("offer", OFFERS)
def test_an_offer_brings_its_engine_and_no_other(offer: Offer, tmp_path: Path) -> None:
    without, with_it = tmp_path / "without", tmp_path / "with"
    write(build(TEAM), without)
    write(build(replace(TEAM, offers=("promise", offer))), with_it)
    old, new = golden.files(without), golden.files(with_it)
    changed = {name for name in new if old.get(name) != new[name]}
    assert old.keys() <= new.keys()
    assert not any(space in text for text in old.values() for space in OFFERS.values())
    requester = "promises/clusterrole.tablepromise-requester.yaml"
    plural, _, group = REQUEST_KINDS[offer].partition(".")
    assert {"apiGroups": [group], "resources": [plural]}.items() <= (
        yaml.safe_load(new[requester])["rules"][-1].items()
    )
    # where a stage waits for it
    assert {name for name in changed if name in old} - {requester} <= {
        "flux-system/kustomization.flux-system.infrastructure-configs.yaml",
        "flux-system/kustomization.flux-system.promises.yaml",
        # Crossplane's provider calls the emulator
        "infrastructure/controllers/networkpolicy.moto.endpoint.yaml",
    }
    others = set(OFFERS.values()) - {OFFERS[offer]}
    for name in changed:
        assert not any(other in new[name] for other in others), name


def test_a_stage_waits_for_crossplanes_packages_and_the_next_for_the_offers() -> None:
    stages = {
        document["metadata"]["name"]: document["spec"]
        for document in build(replace(TEAM, offers=("promise", *OFFERS))).flux_system.documents()
        if document["kind"] == "Kustomization"
    }
    configs, promises = stages["infrastructure-configs"], stages["promises"]
    checked = [check["name"] for check in configs["healthChecks"][2:]]
    assert checked == ["provider-family-aws", "provider-aws-dynamodb", "function-python"]
    ready = {(each["apiVersion"], each["kind"]) for each in configs["healthCheckExprs"]}
    assert ready == {(check["apiVersion"], check["kind"]) for check in configs["healthChecks"][2:]}
    assert {each["kind"] for each in promises["healthCheckExprs"]} == {
        "Promise",
        "ResourceGraphDefinition",
        "CompositeResourceDefinition",
    }


def test_crossplane_acts_as_the_target_says() -> None:
    role = IamRole(arn="arn:aws:iam::123456789012:role/tables")
    for target in (TEAM, replace(TEAM, aws=role)):
        app = build(replace(target, offers=("promise", "crossplane")))
        text = dump(*app.configs.documents())
        assert ("value: emulator" in text) == (target.aws == "moto")
        assert (role.arn in text) == (target.aws is role)


def test_a_target_offers_the_promise() -> None:
    with pytest.raises(ValueError, match="target x does not offer promise; add it"):
        replace(TEAM, offers=("kro",))


def test_what_was_written_before_goes(tmp_path: Path) -> None:
    stale = tmp_path / "x/promises/promise.gone.yaml"
    stale.parent.mkdir(parents=True)
    stale.write_text("kind: Promise")
    write(build(TEAM), tmp_path / "x")
    assert not stale.exists()


def test_a_teams_request_is_not_overwritten(tmp_path: Path) -> None:
    write(build(TEAM), tmp_path / "x")
    request = tmp_path / "x/requests/orders.yaml"
    request.write_text("apiVersion: dynamodb.kratix.io/v1alpha1\nkind: DynamoDBRequest\n")
    with pytest.raises(ValueError, match="is a request that is not written here"):
        write(build(TEAM), tmp_path / "x")
    assert request.exists()


def test_what_is_there_is_not_installed(tmp_path: Path) -> None:
    write(build(replace(TEAM, cert_manager=False)), tmp_path / "x")
    text = "".join(golden.files(tmp_path / "x").values())
    assert "jetstack" not in text
    assert "namespace: cert-manager" not in text


def test_an_unknown_target_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prod"]) == 2
    assert capsys.readouterr().err == "no target prod, allowed: aws, devex, localstack\n"


def test_a_target_needs_a_team() -> None:
    with pytest.raises(ValueError, match="target x has no teams; name a namespace"):
        replace(TEAM, teams=())


@pytest.mark.parametrize("name", targets())
def test_flux_never_changes_a_secret_that_is_filled_in_the_cluster(name: str) -> None:
    app = build(targets()[name])
    documents = [document for folder in app.folders for document in folder.documents()]
    empty = [
        d for d in documents if d["kind"] == "Secret" and not {"data", "stringData"} & d.keys()
    ]
    filled = any(d["kind"] == "Job" and "-keys-" in d["metadata"]["name"] for d in documents)
    assert bool(empty) == filled
    for document in empty:
        annotations = document["metadata"]["annotations"]
        assert annotations["kustomize.toolkit.fluxcd.io/ssa"] == "IfNotPresent"
