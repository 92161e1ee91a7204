"""Kratix, Flux and ACK: their Deployments, and the problem if one does not run."""

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.pods import Running, running
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.reads import (
    ACK_LABELS,
    FLUX_DEPLOYMENTS,
    KRATIX_DEPLOYMENT,
    KRATIX_NAMESPACE,
)


def kratix(cluster: Cluster) -> list[LiveObject]:
    found = cluster.get("Deployment", KRATIX_DEPLOYMENT, KRATIX_NAMESPACE)
    return [found] if found else []


def flux(cluster: Cluster) -> list[LiveObject]:
    return [live for live in cluster.list_all("Deployment") if live.name in FLUX_DEPLOYMENTS]


def ack(cluster: Cluster) -> list[LiveObject]:
    return [
        live for live in cluster.list_all("Deployment") if live.labels.items() >= ACK_LABELS.items()
    ]


def kratix_down(cluster: Cluster) -> Problem | None:
    """Return the problem if Kratix does not run; None if it runs or is not visible."""
    found = kratix(cluster)
    if not found and not cluster.read_error("Deployment"):
        absent = f"there is no Deployment {KRATIX_NAMESPACE}/{KRATIX_DEPLOYMENT}"
        return Problem(Reason.KRATIX_DOWN, "Kratix is not installed", absent, "install Kratix")
    return _down(cluster, Reason.KRATIX_DOWN, "Kratix", found)


def flux_down(cluster: Cluster) -> Problem | None:
    """Return the problem if Flux does not run; None if it runs or is not visible."""
    return _down(cluster, Reason.AGENT_DOWN, "Flux", flux(cluster))


def ack_down(cluster: Cluster) -> Problem | None:
    """Return the problem if ACK does not run; None if it runs or is not visible."""
    return _down(cluster, Reason.ACK_DOWN, "ACK's DynamoDB controller", ack(cluster))


def _down(
    cluster: Cluster, reason: Reason, name: str, deployments: list[LiveObject]
) -> Problem | None:
    states: list[tuple[LiveObject, Running]] = [
        (live, running(cluster, live)) for live in deployments
    ]
    for live, state in states:
        if state.state == "unhealthy":
            return Problem(reason, f"{name} does not run", f"{live}: {state.message}", state.fix)
    return None
