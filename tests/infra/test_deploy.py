"""What a stack registers, on Pulumi's mocks: the objects of synth, in order, with care."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pulumi
import pytest
from stack_program import SECRET_SIGNATURE, Registered, closure, configured, run

from infra.app import build
from infra.objects.engines import REQUEST_KINDS
from infra.settings import ROOT, read, targets
from infra.stack.kinds import BACKGROUND_DELETION, PROTECTED, WAIT_FOR
from infra.stack.resources import resource_name, resource_type
from infra.targets import Offer
from tablepromise.platform import Flux
from tablepromise.request import model

STACKS = sorted(targets())
FLUX = ("helm.toolkit.fluxcd.io/v2", "HelmRelease", "flux-system", "flux")
CANARY = "CANARY-b7e1"
ELSEWHERE = {"cluster": "k3d", "clusterName": "a", "aws": {"endpoint": "http://10.0.0.1:5000"}}
"""A cluster of the stack's, and tables that are not in it."""

Identity = tuple[str, str, str, str]


@pytest.fixture(scope="module", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def registered(stack: str) -> list[Registered]:
    # as in a preview, which asks for no cluster
    return run(stack, configured(stack), preview=True)


def identity(document: dict[str, Any]) -> Identity:
    metadata = document["metadata"]
    return (
        document["apiVersion"],
        document["kind"],
        metadata.get("namespace", ""),
        metadata["name"],
    )


def objects(registered: list[Registered]) -> dict[Identity, Registered]:
    """Kubernetes objects, without Flux's Helm release."""
    found = [r for r in registered if r.type.startswith("kubernetes:")]
    return {identity(r.inputs): r for r in found if r.type != "kubernetes:helm.sh/v3:Release"}


def synthesized(stack: str) -> Iterator[dict[str, Any]]:
    """What synth writes, but for the stages by which a cluster follows a repository."""
    app = build(read(ROOT, stack))
    for folder in app.folders:
        if folder is app.argocd:
            continue
        for document in folder.documents():
            kind = document["kind"]
            stage = kind in {"Kustomization", "GitRepository"}
            if folder is not app.flux_system or not stage:
                yield document


def test_every_object_of_synth_and_no_other(stack: str, registered: list[Registered]) -> None:
    expected = {identity(document): document for document in synthesized(stack)}
    [release] = [r for r in registered if r.type == "kubernetes:helm.sh/v3:Release"]
    # Flux itself: the same release, by Pulumi instead of by Flux
    by_flux = expected.pop(FLUX)
    source = expected.pop(("source.toolkit.fluxcd.io/v1", "OCIRepository", *FLUX[2:]))
    assert release.inputs["name"] == by_flux["spec"]["releaseName"]
    assert release.inputs["values"] == by_flux["spec"]["values"]
    assert release.inputs["chart"] == source["spec"]["url"]
    assert release.inputs["version"] == source["spec"]["ref"]["tag"]
    assert {key: r.manifest for key, r in objects(registered).items()} == expected


def test_names_and_types_are_the_objects_own(registered: list[Registered]) -> None:
    for r in objects(registered).values():
        assert r.name == resource_name(r.inputs)
        assert r.type.removesuffix("Patch") == resource_type(r.inputs)
        assert r.provider.split("::")[-2:-1] == ["cluster"]
    assert len({r.urn for r in registered}) == len(registered)


def test_what_kubernetes_makes_itself_is_patched_and_left(registered: list[Registered]) -> None:
    patched = {r.name for r in registered if r.type.endswith("Patch")}
    namespaces = {r.name for r in registered if r.type == "kubernetes:core/v1:Namespace"}
    assert "default" not in namespaces
    assert patched <= {"default"}


def test_every_namespace_is_there_before_what_is_in_it(registered: list[Registered]) -> None:
    before = closure(registered)
    found = objects(registered)
    namespaces = {r.name: r.urn for r in found.values() if r.inputs["kind"] == "Namespace"}
    for r in found.values():
        namespace = r.inputs["metadata"].get("namespace")
        if namespace:
            assert namespaces[namespace] in before[r.urn], r.name


def test_the_order_is_that_of_a_cluster(registered: list[Registered]) -> None:
    before = closure(registered)
    found = objects(registered).values()

    def urns(*kinds: str) -> set[str]:
        return {r.urn for r in found if r.inputs["kind"] in kinds}

    controllers = urns("HelmRelease", "Deployment", "Job")
    stores = urns("BucketStateStore", "GitStateStore")
    [promise], [destination] = urns("Promise"), urns("Destination")
    [flux] = [r.urn for r in registered if r.type.endswith(":Release")]
    for r in found:
        if ".toolkit.fluxcd.io/" in r.inputs["apiVersion"]:
            assert flux in before[r.urn]
    assert controllers < before[destination]
    assert stores < before[destination]
    assert {destination, *urns("Kustomization", "ValidatingAdmissionPolicy")} - before[promise] <= {
        r.urn for r in found if r.name == "tablepromise-request-advice"
    }
    for request in urns(model.KIND):
        assert promise in before[request]
    [kratix] = [urn for urn in urns("HelmRelease") if urn.endswith("/kratix")]
    assert any(urn.endswith("flux-system/cert-manager") for urn in before[kratix])


@pytest.mark.parametrize("settings", [{}, ELSEWHERE], ids=["a cluster that is there", "k3d"])
def test_at_the_end_what_must_end_does_while_who_ends_it_is_there(settings: dict[str, Any]) -> None:
    registered = run("aws", configured("aws", **settings), preview=True)
    before = closure(registered)
    found = objects(registered).values()

    def urns(*kinds: str) -> set[str]:
        return {r.urn for r in found if r.inputs["kind"] in kinds}

    [promise] = urns("Promise")
    [drain] = [r.urn for r in registered if r.type.endswith(":Drain")]
    [hold] = [r.urn for r in registered if r.name == "hold-promises"]
    # the Tables go while agent, controller and guard are there, and every Promise while Kratix is
    assert {drain, hold} < before[promise]
    running = urns("HelmRelease", "Deployment", "Kustomization")
    assert running < before[drain] & before[hold]


def test_in_a_cluster_that_is_there_releases_end_before_flux_and_kinds_last(
    registered: list[Registered],
) -> None:
    before = closure(registered)
    found = {kind: [r for r in registered if r.type.endswith(f":{kind}")] for kind in ONCE}
    if not found["Sweep"]:
        assert [r for r in registered if r.type.endswith(":K3dCluster")]
        return
    [sweep], [uninstall], [flux] = (found[kind] for kind in ONCE)
    releases = {r.name: r.urn for r in registered if r.type.endswith(":HelmRelease")}
    assert uninstall.inputs["releases"] == sorted(releases)
    of_helm = "/".join((flux.inputs["namespace"], flux.inputs["name"]))
    assert sweep.inputs["releases"] == [*sorted(releases), of_helm]
    assert flux.urn in before[uninstall.urn]
    for r in registered:
        if r.type.startswith("kubernetes:"):
            assert sweep.urn in before[r.urn]
        if r.urn in releases.values():
            assert uninstall.urn in before[r.urn]


ONCE = ("Sweep", "Uninstall", "Release")


# --- with every offer -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def offered() -> list[Registered]:
    settings = ELSEWHERE | {"offers": list(get_args(Offer))}
    return run("devex", configured("devex", **settings), preview=True)


def test_every_engine_is_there_before_its_packages_and_these_before_the_offers(
    offered: list[Registered],
) -> None:
    before = closure(offered)
    urns = {
        (r.inputs["kind"], r.inputs["metadata"]["name"]): r.urn for r in objects(offered).values()
    }
    [drain] = [r.urn for r in offered if r.type.endswith(":Drain")]
    releases = {urns["HelmRelease", name] for name in ("kro", "vela-core", "crossplane")}
    packages = {
        urns["Provider", "provider-family-aws"],
        urns["Provider", "provider-aws-dynamodb"],
        urns["Function", "function-python"],
    }
    for package in packages:
        assert releases < before[package]
        runtime = urns["DeploymentRuntimeConfig", package.rpartition("::")[2]]
        assert runtime in before[package]
    assert packages | releases < before[drain]
    assert {*packages, *releases, drain} < before[urns["Promise", model.PROMISE]]


def test_an_engine_stays_until_its_objects_are_gone(
    offered: list[Registered],
) -> None:
    before = closure(offered)
    holds = {r.name: r for r in offered if r.type.endswith(":Hold")}
    found = objects(offered).values()
    [promise] = [r.urn for r in found if r.inputs["kind"] == "Promise"]
    assert {name: r.inputs["kind"] for name, r in holds.items()} == {
        "hold-managed": "tables.dynamodb.aws.m.upbound.io",
        "hold-promises": "promises.platform.kratix.io",
        **{f"hold-{offer}": kind for offer, kind in REQUEST_KINDS.items()},
    }
    # tables that Crossplane manages end after who asked for them, and before their provider goes
    assert holds["hold-managed"].urn in before[promise]
    for offer in REQUEST_KINDS:
        assert promise in before[holds[f"hold-{offer}"].urn]
    for r in found:
        if r.inputs["kind"] == model.KIND:
            assert {hold.urn for hold in holds.values()} < before[r.urn]


def test_an_api_is_confirmed_after_its_requests_went_and_before_it_goes(
    offered: list[Registered],
) -> None:
    before = closure(offered)
    confirms = {r.inputs["object"]["name"]: r for r in offered if r.type.endswith(":Confirm")}
    found = {(r.inputs["kind"], r.inputs["metadata"]["name"]): r for r in objects(offered).values()}
    wanted = {"Promise": "promises", "CompositeResourceDefinition": "compositeresourcedefinitions"}
    assert confirms.keys() == {name for kind, name in found if kind in wanted}
    for (kind, name), r in found.items():
        if kind in wanted:
            group, _, version = r.inputs["apiVersion"].partition("/")
            assert confirms[name].inputs["object"] == {
                **{"group": group, "version": version, "kind": kind},
                **{"plural": wanted[kind], "name": name},
            }
            assert r.urn in before[confirms[name].urn]
        if kind == model.KIND:
            assert {confirm.urn for confirm in confirms.values()} < before[r.urn]
    for r in offered:
        if r.name in {f"hold-{offer}" for offer in REQUEST_KINDS}:
            assert {confirm.urn for confirm in confirms.values()} < before[r.urn]


def test_a_stack_without_other_offers_has_nothing_of_them(registered: list[Registered]) -> None:
    assert {r.name for r in registered if r.type.endswith(":Hold")} <= {"hold-promises"}


def test_what_it_waits_for(registered: list[Registered]) -> None:
    waits = {
        r.inputs["kind"]: r.inputs["metadata"].get("annotations", {}).get("pulumi.com/waitFor")
        for r in objects(registered).values()
    }
    assert {kind: wait for kind, wait in waits.items() if wait} == {
        kind: wait for kind, wait in WAIT_FOR.items() if kind in waits
    }


def test_packages_are_waited_for_and_kept(offered: list[Registered]) -> None:
    found = [r for r in objects(offered).values() if r.inputs["kind"] in {"Provider", "Function"}]
    assert len(found) == 3
    for r in found:
        wait = json.loads(r.inputs["metadata"]["annotations"]["pulumi.com/waitFor"])
        assert wait == ["condition=Installed", "condition=Healthy"]
        # beside what synth says of the same object
        kept = r.manifest["metadata"].get("annotations", {})
        assert bool(kept) == (r.inputs["kind"] == "Provider")


def test_kratix_deletes_in_its_own_order(registered: list[Registered]) -> None:
    key = "pulumi.com/deletionPropagationPolicy"
    found = {
        r.inputs["kind"]: r.inputs["metadata"].get("annotations", {}).get(key)
        for r in objects(registered).values()
    }
    assert {kind for kind, policy in found.items() if policy == "background"} == (
        BACKGROUND_DELETION & found.keys()
    )


def test_data_is_protected_as_the_target_says(stack: str, registered: list[Registered]) -> None:
    target = read(ROOT, stack)
    for r in objects(registered).values():
        kind = r.inputs["kind"]
        assert r.protect == (target.protect and kind in PROTECTED), r.name
        team = kind == "Namespace" and r.name in target.teams
        assert r.retain == (target.protect and team and r.name != "default"), r.name


def test_an_object_that_moves_to_another_place_is_the_same(registered: list[Registered]) -> None:
    places = {r.type for r in registered if r.type.startswith("tablepromise:infra:")}
    places -= {"tablepromise:infra:LocalCluster"}
    for r in objects(registered).values():
        [here] = [place for place in places if f"::{place}$" in r.urn]
        assert set(r.aliases) == {r.urn.replace(here, place) for place in places - {here}}


def test_a_cluster_of_k3d_keeps_its_kubeconfig_secret() -> None:
    role = {"roleArn": "arn:aws:iam::123456789012:role/x"}  # tables that outlive the cluster
    registered = run("devex", configured("devex", aws=role))
    [cluster] = [r for r in registered if r.type.endswith(":K3dCluster")]
    assert cluster.secret_outputs == {"kubeconfig"}
    [provider] = [r for r in registered if r.type == "pulumi:providers:kubernetes"]
    assert provider.raw["kubeconfig"]["4dabf18193072939515e22adb298388d"] == SECRET_SIGNATURE
    given = [r for r in registered if r.type.endswith((":Drain", ":Hold", ":Confirm"))]
    assert {r.type.rpartition(":")[2] for r in given} == {"Drain", "Hold", "Confirm"}
    for r in given:
        sent = r.raw["kubeconfig"]
        assert sent["4dabf18193072939515e22adb298388d"] == SECRET_SIGNATURE, r.type


# --- keys in the configuration --------------------------------------------------------------------

KEYS = {
    "aws": {"accessKeyId": f"{CANARY}-id", "secretAccessKey": f"{CANARY}-key"},
    "store": {
        "bucket": "state",
        "endpoint": "s3.eu-west-1.amazonaws.com",
        "accessKeyId": f"{CANARY}-store-id",
        "secretAccessKey": f"{CANARY}-store-key",
        "readAccessKeyId": f"{CANARY}-reader-id",
        "readSecretAccessKey": f"{CANARY}-reader-key",
    },
}
GIT = {
    "url": "ssh://git@git.example.com/state.git",
    "sshPrivateKey": f"{CANARY}-ssh",
    "knownHosts": "git.example.com ssh-ed25519 AAAA",
}


def test_keys_become_secrets_where_they_are_used_and_are_nowhere_in_plain() -> None:
    registered = run("aws", configured("aws", **KEYS), ("aws", "store"), preview=True)
    secrets = {r.name: r for r in registered if r.type == "kubernetes:core/v1:Secret"}
    assert secrets.keys() == {
        "ack-system/aws-credentials",
        "kratix-platform-system/state-store-credentials",
        "flux-system/state-store-credentials",
    }
    for secret in secrets.values():
        assert secret.secret_outputs == {"data", "stringData"}
        assert secret.raw["stringData"]["4dabf18193072939515e22adb298388d"] == SECRET_SIGNATURE
    credentials = secrets["ack-system/aws-credentials"].inputs["stringData"]["value"]
    assert json.dumps(credentials).count(CANARY) == 2
    write = secrets["kratix-platform-system/state-store-credentials"].inputs["stringData"]["value"]
    read = secrets["flux-system/state-store-credentials"].inputs["stringData"]["value"]
    assert set(write) == {"accessKeyID", "secretAccessKey"}
    assert set(read) == {"accesskey", "secretkey"}
    # Flux can only read: nothing that writes is in its namespace
    assert set(write.values()).isdisjoint(read.values())
    for r in registered:
        if r.name not in secrets:
            assert CANARY not in json.dumps(r.raw), r.name
    # and synth names the same Secrets, and has none
    text = json.dumps([r.inputs for r in objects(registered).values() if r.name not in secrets])
    assert "aws-credentials" in text
    assert "state-store-credentials" in text


def test_a_key_for_git_has_each_readers_own_names() -> None:
    registered = run("aws", configured("aws", store=GIT), ("store",), preview=True)
    found = {
        r.name.partition("/")[0]: r.inputs["stringData"]["value"]
        for r in registered
        if r.type.endswith(":Secret")
    }
    assert found == {
        "kratix-platform-system": {k: GIT[k] for k in ("sshPrivateKey", "knownHosts")},
        "flux-system": {"identity": GIT["sshPrivateKey"], "known_hosts": GIT["knownHosts"]},
    }


def test_a_key_in_plain_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"aws\.accessKeyId: is plain text"):
        run("aws", configured("aws", **KEYS), ("store",), preview=True)


def test_a_cluster_must_be_named() -> None:
    with pytest.raises(pulumi.RunError, match=r"context: is not set, allowed: "):
        run("aws", configured("aws", context=""))


def test_a_registry_without_tls_is_refused() -> None:
    mirror = {"charts": "oci://registry.example.com/charts", "plainHttp": True}
    with pytest.raises(pulumi.RunError, match="allowed: a registry with TLS"):
        run("devex", configured("devex", mirror=mirror))


def test_flux_is_in_its_namespace(registered: list[Registered]) -> None:
    [release] = [r for r in registered if r.type.endswith(":Release")]
    assert release.inputs["namespace"] == Flux.NAMESPACE
