"""State of the installation: Flux's stages, charts, Deployments, the keys of the state store."""

from collections.abc import Iterator
from datetime import datetime

from tablepromise.diagnosis import flux, store_remedy
from tablepromise.diagnosis.live_object import LiveObject, parse_time
from tablepromise.diagnosis.pods import running
from tablepromise.diagnosis.report import PlatformPart
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.diagnosis.steps import PATIENCE
from tablepromise.reads import FLUX_NAMESPACE, HELM_CONTROLLER, PARTS, REPOSITORY


def installation_parts(cluster: Cluster, now: datetime) -> Iterator[PlatformPart]:
    """Yield each installed part; parts that are not installed are optional."""
    yield from _stages(cluster, now)
    helm = cluster.get("Deployment", HELM_CONTROLLER, FLUX_NAMESPACE)
    if helm:
        yield deployment_part(cluster, helm)
    if hidden := cluster.read_error("HelmRelease"):
        yield PlatformPart("HelmRelease", "*", "unknown", hidden)
    for live in cluster.list_all("HelmRelease"):
        yield condition_part(live, now, fix=_reset(live))
    for live in cluster.list_all("Deployment"):
        if live.namespace in PARTS:
            yield deployment_part(cluster, live)
    for live in cluster.list_all("CronJob"):
        yield _keys(live, now)


def _stages(cluster: Cluster, now: datetime) -> Iterator[PlatformPart]:
    """Yield the repository of the manifests, and the Kustomizations that apply it in stages."""
    source = cluster.get("GitRepository", REPOSITORY, FLUX_NAMESPACE)
    stages = [
        live
        for live in cluster.list_all("Kustomization")
        if live.namespace == FLUX_NAMESPACE and live.text("spec", "sourceRef", "name") == REPOSITORY
    ]
    for live in (*([source] if source else ()), *stages):
        yield flux_part(live, now)


def flux_part(live: LiveObject, now: datetime, *, fix: str = "") -> PlatformPart:
    """Return the state of a source or a Kustomization of Flux, which may be suspended."""
    if live.get("spec", "suspend") is True:
        return PlatformPart(live.kind, live.path, "unhealthy", "suspended", flux.resume(live))
    return condition_part(live, now, fix=fix)


def _reset(release: LiveObject) -> str:
    """Return the command that makes Flux install a chart again, also after its last retry."""
    names = ("requestedAt", "resetAt")  # both must have one value
    annotations = " ".join(f'reconcile.fluxcd.io/{name}="$now"' for name in names)
    return f"now=$(date +%s); kubectl annotate --overwrite {release.kubectl_name} {annotations}"


def _keys(live: LiveObject, now: datetime) -> PlatformPart:
    """Return the state of the CronJob that fills the Secrets of the state store."""
    done = parse_time(live.text("status", "lastSuccessfulTime"))
    if done:
        message = f"filled the Secrets at {done:%Y-%m-%d %H:%M:%S} UTC"
        return PlatformPart(live.kind, live.path, "healthy", message)
    if not live.text("status", "lastScheduleTime"):
        # the installation's own Job fills them first
        return PlatformPart(live.kind, live.path, "healthy", "not scheduled yet")
    message = "the Secrets of the state store are not filled"
    if live.created_at and now - live.created_at <= PATIENCE:
        return PlatformPart(live.kind, live.path, "starting", message)
    return PlatformPart(live.kind, live.path, "unhealthy", message, store_remedy.fill())


def deployment_part(cluster: Cluster, live: LiveObject) -> PlatformPart:
    state = running(cluster, live)
    return PlatformPart(live.kind, live.path, state.state, state.message, state.fix)


def condition_part(
    live: LiveObject, now: datetime, type: str = "Ready", *, fix: str = ""
) -> PlatformPart:
    """Return the state of a part from its condition."""
    fix = fix or f"kubectl describe {live.kubectl_name}"
    condition = live.condition(type)
    if condition and condition.current and condition.status == "True":
        return PlatformPart(live.kind, live.path, "healthy", condition.message or condition.reason)
    words = condition.summary if condition else f"it has no condition {type} yet"
    if condition and not condition.current:
        words = f"not reconciled since its last change; before: {words}"
    since = condition.since if condition and condition.current else live.changed_at
    if since is not None and now - since <= PATIENCE and _passing(live, type):
        return PlatformPart(live.kind, live.path, "starting", words)
    return PlatformPart(live.kind, live.path, "unhealthy", words, fix)


def _passing(live: LiveObject, type: str) -> bool:
    """Return whether the condition reports no failure and may become True soon."""
    condition = live.condition(type)
    return (
        condition is None
        or not condition.current
        or condition.status == "Unknown"
        or condition.reason in flux.PASSING
    )
