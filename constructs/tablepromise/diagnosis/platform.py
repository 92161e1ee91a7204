"""State of the platform: Promise, Kratix, state store, Destination, Flux, ACK, installation."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from tablepromise.diagnosis import flux, installation, operators, store_remedy
from tablepromise.diagnosis.installation import condition_part, deployment_part, flux_part
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.orphans import orphan_parts
from tablepromise.diagnosis.pods import pods_of
from tablepromise.diagnosis.report import PlatformPart
from tablepromise.diagnosis.request_context import root, state_store
from tablepromise.diagnosis.selectors import missing_labels, promise_labels
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.reads import (
    FLUX_DEPLOYMENTS,
    KRATIX_DEPLOYMENT,
    REFLECTOR_DEPLOYMENT,
    REFLECTOR_NAMESPACE,
    REQUEST_CRD,
    TABLE_CRD,
)
from tablepromise.request import model

LEASE = timedelta(seconds=20)
"""Kratix reconciles nothing for this time after a start: it keeps its leader lease on a stop."""


def platform(cluster: Cluster, now: datetime) -> Iterator[PlatformPart]:
    """Yield each part, in the order in which a request needs it."""
    yield _promise(cluster, now)
    yield _crd(cluster, REQUEST_CRD, f"Kratix creates it: kubectl describe promise {model.PROMISE}")
    yield from _kratix(cluster, now)
    destinations = list(_destinations(cluster))
    if destinations:
        yield from _stores(cluster, destinations, now)
        yield from (condition_part(live, now) for live in destinations)
    else:
        yield _no_destination(cluster)
    here = list(_read_from(cluster, destinations or cluster.list_all("Destination")))
    yield from _agent(cluster, here, now)
    yield from _ack(cluster, bool(here))
    yield from _reflector(cluster)
    yield from installation.installation_parts(cluster, now)
    yield from orphan_parts(cluster, now)


def _promise(cluster: Cluster, now: datetime) -> PlatformPart:
    if cluster.is_absent("Promise"):
        return PlatformPart(
            "Promise", model.PROMISE, "unhealthy", "Kratix is not installed", "install Kratix"
        )
    found = cluster.get("Promise", model.PROMISE)
    if found is None:
        if hidden := cluster.read_error("Promise"):
            return PlatformPart("Promise", model.PROMISE, "unknown", hidden)
        fix = "make synth, then: kubectl apply --server-side -f manifests/TARGET/promises/"
        return PlatformPart("Promise", model.PROMISE, "unhealthy", "not installed", fix)
    return condition_part(found, now, "Available")


def _crd(cluster: Cluster, name: str, fix: str) -> PlatformPart:
    kind = "CustomResourceDefinition"
    found = cluster.get(kind, name)
    established = found.condition("Established") if found else None
    if established and established.status == "True":
        return PlatformPart(kind, name, "healthy", "established")
    if established:
        return PlatformPart(
            kind, name, "unhealthy", established.summary, f"kubectl describe crd {name}"
        )
    if not found and (hidden := cluster.read_error(kind)):
        return PlatformPart(kind, name, "unknown", hidden)
    return PlatformPart(kind, name, "unhealthy", "the API server does not have this API", fix)


def _kratix(cluster: Cluster, now: datetime) -> Iterator[PlatformPart]:
    found = operators.kratix(cluster)
    if not found:
        if cluster.is_absent("Promise"):
            return  # the part Promise has this message
        hidden = cluster.read_error("Deployment")
        yield PlatformPart(
            "Deployment",
            KRATIX_DEPLOYMENT,
            "unknown" if hidden else "unhealthy",
            hidden or "the Deployment does not exist",
            "" if hidden else "install Kratix",
        )
    for live in found:
        part = deployment_part(cluster, live)
        started = max(
            (pod.created_at for pod in pods_of(cluster, live) if pod.created_at), default=None
        )
        if part.state == "healthy" and started and now - started < LEASE:
            message = f"started at {started:%H:%M:%S} UTC, waits for its leader lease"
            yield PlatformPart(part.kind, part.name, "starting", message)
        else:
            yield part


def _destinations(cluster: Cluster) -> Iterator[LiveObject]:
    """Yield the Destinations on which Kratix schedules Tables."""
    wanted = promise_labels(cluster)
    for live in cluster.list_all("Destination"):
        if not missing_labels(live, wanted):
            yield live


def _no_destination(cluster: Cluster) -> PlatformPart:
    if hidden := cluster.read_error("Destination"):
        return PlatformPart("Destination", "*", "unknown", hidden)
    wanted = promise_labels(cluster)
    pairs = " ".join(f"{key}={value}" for key, value in wanted.items())
    lacks = [
        f"{d.name} lacks {', '.join(missing_labels(d, wanted))}"
        for d in cluster.list_all("Destination")
    ]
    message = "; ".join((f"no Destination has the labels {pairs}", *lacks))
    fix = f"kubectl label destination NAME {pairs}" if lacks else "register one with these labels"
    return PlatformPart("Destination", "*", "unhealthy", message, fix)


def _stores(
    cluster: Cluster, destinations: list[LiveObject], now: datetime
) -> Iterator[PlatformPart]:
    seen: set[str] = set()
    for destination in destinations:
        reference = LiveObject("Reference", destination.fields("spec", "stateStoreRef"))
        kind, name = reference.text("kind"), reference.text("name")
        store = state_store(cluster, destination)
        if f"{kind} {name}" in seen:
            continue
        seen.add(f"{kind} {name}")
        if store:
            yield condition_part(store, now, fix=store_remedy.remedy(store))
        elif hidden := cluster.read_error(kind):
            yield PlatformPart(kind, name, "unknown", hidden)
        else:
            fix = f"create it, or correct spec.stateStoreRef of Destination {destination.name}"
            yield PlatformPart(kind, name, "unhealthy", "the state store does not exist", fix)


def _read_from(cluster: Cluster, destinations: list[LiveObject]) -> Iterator[LiveObject]:
    """Yield the Kustomizations that apply the files of these Destinations."""
    seen: set[str] = set()
    for destination in destinations:
        store = state_store(cluster, destination)
        begin = root(destination, store)
        for live, folder in flux.reading(cluster, store):
            if live.path not in seen and (folder.startswith(begin) or begin.startswith(folder)):
                seen.add(live.path)
                yield live


def _agent(cluster: Cluster, here: list[LiveObject], now: datetime) -> Iterator[PlatformPart]:
    if hidden := cluster.read_error("Kustomization"):
        yield PlatformPart("Kustomization", "*", "unknown", hidden)
    elif cluster.is_absent("Kustomization"):
        message = "this cluster has no Flux: the agent is not visible from here"
        yield PlatformPart("Kustomization", "*", "unknown", message)
    elif not here:
        message = "no Kustomization reads a Destination: the agent is not visible from here"
        yield PlatformPart("Kustomization", "*", "unknown", message)
    if not here:
        return
    found = {live.name: live for live in operators.flux(cluster)}
    for name in FLUX_DEPLOYMENTS:
        if name in found:
            yield deployment_part(cluster, found[name])
        elif hidden := cluster.read_error("Deployment"):
            yield PlatformPart("Deployment", name, "unknown", hidden)
        else:
            yield PlatformPart(
                "Deployment", name, "unhealthy", "the Deployment does not exist", "install Flux"
            )
    sources = {str(o): o for live in here if (o := flux.source(cluster, live))}
    yield from (flux_part(o, now, fix=store_remedy.remedy(o)) for o in sources.values())
    yield from (flux_part(live, now) for live in here)


def _ack(cluster: Cluster, agent_here: bool) -> Iterator[PlatformPart]:
    if cluster.is_absent("Table") and not agent_here:
        message = "this cluster has no API for Tables: ACK is not visible from here"
        yield PlatformPart("Deployment", "ACK", "unknown", message)
        return
    found = operators.ack(cluster)
    for live in found:
        yield deployment_part(cluster, live)
    if not found:
        if hidden := cluster.read_error("Deployment"):
            yield PlatformPart("Deployment", "ACK", "unknown", hidden)
        elif any(table.items("status", "conditions") for table in cluster.list_all("Table")):
            message = "Tables are reconciled, but no Deployment has the labels of ACK's chart"
            yield PlatformPart("Deployment", "ACK", "unknown", message)
        else:
            fix = "install ACK's DynamoDB controller"
            yield PlatformPart("Deployment", "ACK", "unhealthy", "not installed", fix)
    yield _crd(cluster, TABLE_CRD, "install ACK's DynamoDB controller")


def _reflector(cluster: Cluster) -> Iterator[PlatformPart]:
    """Yield the state of the reflector, which updates the statuses that `kubectl get` shows."""
    stale = "the statuses of requests are not updated"
    found = cluster.get("Deployment", REFLECTOR_DEPLOYMENT, REFLECTOR_NAMESPACE)
    if found:
        part = deployment_part(cluster, found)
        message = part.message if part.state == "healthy" else f"{part.message}; {stale}"
        yield replace(part, message=message)
    elif not cluster.is_absent("Promise"):  # without Kratix there are no requests
        hidden = cluster.read_error("Deployment")
        message = hidden or f"not in this cluster; unless it runs in another one, {stale}"
        path = f"{REFLECTOR_NAMESPACE}/{REFLECTOR_DEPLOYMENT}"
        yield PlatformPart("Deployment", path, "unknown", message)
