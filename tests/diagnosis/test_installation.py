"""What is installed beside the way of a request is listed, with a next step where it fails."""

import pytest
from world import NOW, Object, World, ago, put

from tablepromise.diagnosis import PlatformPart, diagnose
from tablepromise.platform.cert_manager import CertManager
from tablepromise.platform.crossplane import Crossplane
from tablepromise.platform.kro import Kro
from tablepromise.platform.kubevela import KubeVela
from tablepromise.platform.versitygw import VersityGw
from tablepromise.reads import FOLLOWED, PARTS, READS, STORE_KEYS, STORE_NAMESPACE

HELM, KUSTOMIZE = "helm.toolkit.fluxcd.io/v2", "kustomize.toolkit.fluxcd.io/v1"
SERVERS = {"cert-manager": "cert-manager-webhook", STORE_NAMESPACE: "versitygw", "moto": "moto"}


def installed() -> World:
    """All that a target with an emulator installs, and well."""
    world = World()
    source = world.add(
        "GitRepository",
        "source.toolkit.fluxcd.io/v1",
        "tablepromise",
        "flux-system",
        spec={"url": "https://git.example/manifests", "interval": "1m"},
    )
    put(source, "Ready", "True", "Succeeded")
    for name in ("controllers", "configs", "promises"):
        stage = world.add(
            "Kustomization",
            KUSTOMIZE,
            name,
            "flux-system",
            spec={"sourceRef": {"kind": "GitRepository", "name": "tablepromise"}, "path": "x"},
        )
        put(stage, "Ready", "True", "ReconciliationSucceeded")
    for name in ("cert-manager", "kratix", "ack-dynamodb"):
        put(
            world.add("HelmRelease", HELM, name, "flux-system"), "Ready", "True", "InstallSucceeded"
        )
    for namespace, name in {**SERVERS, "flux-system": "helm-controller"}.items():
        world.deployment(namespace, name, {"app": name})
    world.add(
        "CronJob",
        "batch/v1",
        STORE_KEYS,
        STORE_NAMESPACE,
        status={"lastScheduleTime": ago(70), "lastSuccessfulTime": ago(60)},
    )
    return world


def part(world: World, kind: str, path: str) -> PlatformPart:
    [found] = [
        part
        for part in diagnose(world.snapshot(), NOW).platform
        if (part.kind, part.name) == (kind, path)
    ]
    return found


EXPECTED = [
    ("GitRepository", "flux-system/tablepromise"),
    *(("Kustomization", f"flux-system/{n}") for n in ("controllers", "configs", "promises")),
    *(("HelmRelease", f"flux-system/{n}") for n in ("cert-manager", "kratix", "ack-dynamodb")),
    *(("Deployment", f"{namespace}/{name}") for namespace, name in SERVERS.items()),
    ("Deployment", "flux-system/helm-controller"),
    ("CronJob", f"{STORE_NAMESPACE}/{STORE_KEYS}"),
]


@pytest.mark.parametrize(("kind", "path"), EXPECTED)
def test_what_is_installed_is_listed_once(kind: str, path: str) -> None:
    assert part(installed(), kind, path).state == "healthy"


def fail(live: Object) -> None:
    put(live, "Ready", "False", "Failed", "it does not work")


@pytest.mark.parametrize(
    ("kind", "path", "fix"),
    [
        ("GitRepository", "flux-system/tablepromise", "kubectl describe gitrepository"),
        ("Kustomization", "flux-system/configs", "kubectl describe kustomizations"),
        (
            "HelmRelease",
            "flux-system/kratix",
            "now=$(date +%s); kubectl annotate --overwrite helmrelease kratix -n flux-system "
            'reconcile.fluxcd.io/requestedAt="$now" reconcile.fluxcd.io/resetAt="$now"',
        ),
    ],
)
def test_what_fails_is_said_with_a_next_step(kind: str, path: str, fix: str) -> None:
    world = installed()
    fail(world.one(kind, path.partition("/")[2]))
    found = part(world, kind, path)
    assert (found.state, found.message) == ("unhealthy", "Failed: it does not work")
    assert found.fix.startswith(fix)


def test_a_cronjob_that_was_not_due_yet_is_no_failure() -> None:
    world = installed()
    path = f"{STORE_NAMESPACE}/{STORE_KEYS}"
    status = world.one("CronJob", STORE_KEYS)["status"]
    del status["lastSuccessfulTime"]
    assert part(world, "CronJob", path).state == "unhealthy"
    del status["lastScheduleTime"]
    assert part(world, "CronJob", path).state == "healthy"


@pytest.mark.parametrize(
    ("namespace", "source"), [("team", "tablepromise"), ("flux-system", "apps")]
)
def test_a_kustomization_of_another_repository_or_namespace_is_no_stage(
    namespace: str, source: str
) -> None:
    world = installed()
    other = world.add(
        "Kustomization",
        KUSTOMIZE,
        "other",
        namespace,
        spec={"sourceRef": {"kind": "GitRepository", "name": source}, "path": "x"},
    )
    put(other, "Ready", "False", "BuildFailed", "it is broken")
    report = diagnose(world.snapshot(), NOW)
    assert [each.name for each in report.platform if each.name.endswith("/other")] == []
    assert not report.broken


def test_a_suspended_stage_is_resumed() -> None:
    world = installed()
    world.one("Kustomization", "configs")["spec"]["suspend"] = True
    found = part(world, "Kustomization", "flux-system/configs")
    assert (found.state, found.message) == ("unhealthy", "suspended")
    assert '"suspend":false' in found.fix


@pytest.mark.parametrize(("age", "state"), [(60, "starting"), (600, "unhealthy")])
def test_secrets_that_are_not_filled(age: float, state: str) -> None:
    world = installed()
    keys = world.one("CronJob")
    keys["metadata"]["creationTimestamp"] = ago(age)
    keys["status"] = {"lastScheduleTime": ago(30)}
    found = part(world, "CronJob", f"{STORE_NAMESPACE}/{STORE_KEYS}")
    assert found.state == state
    create = f"kubectl create job -n {STORE_NAMESPACE} --from=cronjob/{STORE_KEYS}"
    assert found.fix.startswith(create if state == "unhealthy" else "")


def test_a_server_that_is_down_is_said() -> None:
    world = installed()
    moto = world.one("Deployment", "moto")
    moto["spec"]["replicas"], moto["status"] = 0, {}
    assert part(world, "Deployment", "moto/moto").message == "scaled to zero"


def test_what_may_not_be_read_is_said() -> None:
    world = installed()
    world.forbidden("HelmRelease")
    assert part(world, "HelmRelease", "*").state == "unknown"


def test_no_status_of_a_request_depends_on_it() -> None:
    beside = {(read.kind, read.namespace) for read in READS if not read.of_status}
    assert {("Deployment", namespace) for namespace in PARTS} <= beside
    assert not beside & {(read.kind, read.namespace) for read in FOLLOWED}


def test_the_namespaces_are_those_of_the_constructs() -> None:
    constructs = (CertManager, VersityGw, Kro, Crossplane, KubeVela)
    assert PARTS.keys() == {*(one.NAMESPACE for one in constructs), "moto", "localstack"}
