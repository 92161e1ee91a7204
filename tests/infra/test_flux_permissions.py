"""Rules over every object of every target: as whom Flux acts, and what it never prunes."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from infra.app import App, build
from infra.settings import targets
from infra.settings.names import RESERVED, STAGES
from infra.targets import Offer
from tablepromise.platform.namespace import KEEP

TARGETS = {
    name: replace(target, offers=get_args(Offer), teams=("team", "other"))
    for name, target in targets().items()
}
FENCES = {
    *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ResourceQuota"),
    *("Namespace", "Destination", "BucketStateStore", "GitStateStore", "Promise", "HelmRelease"),
    *("PersistentVolumeClaim", "Secret"),
}
"""Kinds whose loss lets something pass, or takes data or other objects with it."""

EMULATORS = {"moto", "localstack"}
APPLIED = {"Kustomization", "HelmRelease"}
SYSTEM = "flux-system"

everywhere = pytest.mark.parametrize("name", TARGETS)


@pytest.fixture(scope="module")
def apps() -> dict[str, App]:
    return {name: build(target) for name, target in TARGETS.items()}


def followed(app: App, *, argocd: bool = False) -> list[dict[str, Any]]:
    """The objects of a target, by the entry of Flux or of Argo CD."""
    left_out = app.flux_system if argocd else app.argocd
    return [d for folder in app.folders if folder is not left_out for d in folder.documents()]


def named(document: dict[str, Any]) -> str:
    return f"{document['kind']} {document['metadata']['name']}"


@everywhere
@pytest.mark.parametrize("argocd", [False, True])
def test_flux_applies_nothing_as_itself(name: str, argocd: bool, apps: dict[str, App]) -> None:
    found = followed(apps[name], argocd=argocd)
    accounts = {
        d["metadata"]["name"]: d
        for d in found
        if d["kind"] == "ServiceAccount" and d["metadata"]["namespace"] == SYSTEM
    }
    applied = [d for d in found if d["kind"] in APPLIED]
    assert len(applied) > 5
    for document in applied:
        assert document["metadata"]["namespace"] == SYSTEM, named(document)
        account = accounts[document["spec"]["serviceAccountName"]]
        assert account["automountServiceAccountToken"] is False
        source = document["spec"].get("sourceRef") or document["spec"].get("chartRef", {})
        for reference in (source, *document["spec"].get("dependsOn", [])):
            assert reference.get("namespace", SYSTEM) == SYSTEM, named(document)


@everywhere
def test_flux_is_locked_down(name: str, apps: dict[str, App]) -> None:
    values = apps[name].flux_values
    assert values["rbac"] == {"createAggregation": False}
    assert values["multitenancy"] == {"enabled": True, "defaultServiceAccount": "default"}
    arguments = values["kustomizeController"]["container"]["additionalArgs"]
    assert "--no-remote-bases=true" in arguments
    # Argo CD installs Flux with the same values, and the chart's NetworkPolicies
    [flux] = [d for d in apps[name].argocd.documents() if d["metadata"]["name"] == "flux"]
    same = flux["spec"]["source"]["helm"]["valuesObject"]
    assert {**same, "policies": {"create": False}} == values


@everywhere
def test_only_the_installer_is_cluster_admin(name: str, apps: dict[str, App]) -> None:
    for document in followed(apps[name]):
        if document["kind"].endswith("RoleBinding"):
            admin = document["roleRef"]["name"] in ("cluster-admin", "admin", "edit")
            assert admin == (document["metadata"]["name"] == "tablepromise-installer")


@everywhere
def test_an_agent_keeps_tables_in_its_namespace_alone(name: str, apps: dict[str, App]) -> None:
    found = followed(apps[name])
    agents = [
        d for d in found if d["kind"] == "Kustomization" and d["metadata"]["name"] not in STAGES
    ]
    assert {d["metadata"]["name"] for d in agents} == {f"{name}-team", f"{name}-other"}
    for document in agents:
        team = document["metadata"]["name"].removeprefix(f"{name}-")
        account = document["spec"]["serviceAccountName"]
        bindings = [
            d
            for d in found
            if d["kind"].endswith("RoleBinding")
            and any(subject["name"] == account for subject in d["subjects"])
        ]
        assert [(d["kind"], d["metadata"]["namespace"]) for d in bindings] == [
            ("RoleBinding", team)
        ]
        [role] = [
            d
            for d in found
            if d["kind"] == "ClusterRole"
            and d["metadata"]["name"] == bindings[0]["roleRef"]["name"]
        ]
        [rule] = role["rules"]
        assert (rule["apiGroups"], rule["resources"]) == (["dynamodb.services.k8s.aws"], ["tables"])


def fence(document: dict[str, Any]) -> bool:
    """Whether something may happen when the object is gone that it held back."""
    kind, spec = document["kind"], document.get("spec", {})
    if kind == "NetworkPolicy":
        # one that only lets in is an exception to `deny-ingress`: its loss closes more
        return "Egress" in spec["policyTypes"] or not spec.get("ingress")
    if kind in {"ServiceAccount", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}:
        name = document["metadata"]["name"]
        return name.endswith("-agent") or name == "tablepromise-installer"
    if kind == "Namespace" and document["metadata"]["name"] in EMULATORS:
        return False  # its tables go with its pod
    return kind in FENCES


@everywhere
@pytest.mark.parametrize("argocd", [False, True])
def test_an_emptied_folder_prunes_no_fence(name: str, argocd: bool, apps: dict[str, App]) -> None:
    kinds: set[str] = set()
    for document in followed(apps[name], argocd=argocd):
        if fence(document):
            kinds.add(document["kind"])
            annotations = document["metadata"].get("annotations", {})
            assert annotations.items() >= KEEP.items(), named(document)
    stores = {"BucketStateStore", "GitStateStore"}
    assert kinds & stores
    assert kinds > FENCES - stores - {"PersistentVolumeClaim", "Secret"}


@everywhere
def test_no_team_has_a_namespace_of_the_platform(name: str, apps: dict[str, App]) -> None:
    made = {d["metadata"]["name"] for d in followed(apps[name]) if d["kind"] == "Namespace"} - {
        "team",
        "other",
    }
    assert made
    assert made <= set(RESERVED)
    stages = {
        d["metadata"]["name"]
        for d in apps[name].flux_system.documents()
        if d["kind"] == "Kustomization"
    }
    assert stages == set(STAGES)
