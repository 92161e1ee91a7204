"""Failures of pods, and whether a Deployment runs."""

from typing import Any

import msgspec
from msgspec import Struct

from tablepromise.diagnosis.live_object import LiveObject, shorten
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import PartState
from tablepromise.diagnosis.snapshot import Cluster

_NO_IMAGE = ("ImagePull", "ErrImage", "InvalidImageName")
_STARTING = ("ContainerCreating", "PodInitializing")


def trouble(pod: LiveObject) -> str:
    """Return why a pod does not run, from its status; empty if it runs."""
    for field in ("initContainerStatuses", "containerStatuses"):
        for container in pod.items("status", field):
            status = LiveObject("ContainerStatus", container)
            name = status.text("name")
            waiting = status.text("state", "waiting", "reason")
            ended = _ended(status, "state") or (waiting and _ended(status, "lastState"))
            if waiting and waiting not in _STARTING:
                # the end of the last run explains more than the back-off of the next
                texts = (waiting, ended or status.text("state", "waiting", "message"))
                return shorten(f"container {name}: " + ": ".join(text for text in texts if text))
            if ended:
                return f"container {name}: {ended}"
    scheduled = pod.condition("PodScheduled")
    if scheduled and scheduled.status == "False":
        return scheduled.summary
    return ""


def pod_reason(why: str) -> Reason:
    """Return the reason of a request whose pipeline's pod has this failure."""
    return Reason.IMAGE_NOT_PULLABLE if any(m in why for m in _NO_IMAGE) else Reason.POD_FAILING


def _ended(status: LiveObject, field: str) -> str:
    code = status.number(field, "terminated", "exitCode")
    if not code:
        return ""
    reason = status.text(field, "terminated", "reason")
    message = _last_line(status.text(field, "terminated", "message"))
    return shorten(", ".join(text for text in (reason, f"exit code {code}", message) if text))


def _last_line(message: str) -> str:
    """Return the last line of a log; of a JSON entry, its `msg` and `error`."""
    *_, line = message.strip().rpartition("\n")
    try:
        entry = LiveObject("Entry", msgspec.json.decode(line, type=dict[str, Any]))
    except msgspec.DecodeError:
        return line
    return ": ".join(words for name in ("msg", "error") if (words := entry.text(name)))


class Running(Struct, frozen=True):
    """State of a Deployment."""

    state: PartState
    message: str
    fix: str = ""


def running(cluster: Cluster, deployment: LiveObject) -> Running:
    """Return the state of a Deployment, from its available replicas and its pods."""
    wanted = deployment.number("spec", "replicas")
    wanted = 1 if wanted is None else wanted
    if wanted == 0:
        return Running(
            "unhealthy", "scaled to zero", f"kubectl scale {deployment.kubectl_name} --replicas=1"
        )
    available = deployment.number("status", "availableReplicas") or 0
    if available:
        return Running("healthy", f"{available} of {wanted} pods available")
    reasons = [reason for pod in pods_of(cluster, deployment) if (reason := trouble(pod))]
    message = f"0 of {wanted} pods available"
    if reasons:
        return Running(
            "unhealthy", f"{message}: {reasons[-1]}", f"kubectl logs {_logs(deployment)}"
        )
    return Running("unhealthy", message, f"kubectl describe {deployment.kubectl_name}")


def pods_of(cluster: Cluster, deployment: LiveObject) -> list[LiveObject]:
    """Return the pods of a Deployment that were read."""
    selector = deployment.fields("spec", "selector", "matchLabels")
    return [
        pod
        for pod in cluster.list_all("Pod")
        if pod.namespace == deployment.namespace
        and selector
        and selector.items() <= pod.labels.items()
    ]


def _logs(deployment: LiveObject) -> str:
    return f"deployment/{deployment.name} -n {deployment.namespace} --all-containers"
