"""Why a pod does not do its work, and whether a Deployment runs."""

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
    """What keeps a pod from working, in Kubernetes' words; empty if nothing does."""
    for field in ("initContainerStatuses", "containerStatuses"):
        for container in pod.items("status", field):
            status = LiveObject("ContainerStatus", container)
            name = status.text("name")
            waits = status.text("state", "waiting", "reason")
            ended = _ended(status, "state") or (waits and _ended(status, "lastState"))
            if waits and waits not in _STARTING:
                # how long it waits for the next attempt says less than why the last one ended
                told = (waits, ended or status.text("state", "waiting", "message"))
                return shorten(f"container {name}: " + ": ".join(part for part in told if part))
            if ended:
                return f"container {name}: {ended}"
    scheduled = pod.condition("PodScheduled")
    if scheduled and scheduled.status == "False":
        return scheduled.words
    return ""


def pod_reason(why: str) -> Reason:
    """The reason for a request whose pipeline's pod has that trouble."""
    return Reason.IMAGE_NOT_PULLABLE if any(m in why for m in _NO_IMAGE) else Reason.POD_FAILING


def _ended(status: LiveObject, field: str) -> str:
    code = status.number(field, "terminated", "exitCode")
    if not code:
        return ""
    told = (status.text(field, "terminated", "reason"), f"exit code {code}")
    message = _last_words(status.text(field, "terminated", "message"))
    return shorten(", ".join(part for part in (*told, message) if part))


def _last_words(message: str) -> str:
    """Of a log, the last line, which says why it ended; of an entry in JSON, what matters."""
    *_, line = message.strip().rpartition("\n")
    try:
        entry = LiveObject("Entry", msgspec.json.decode(line, type=dict[str, Any]))
    except msgspec.DecodeError:
        return line
    return ": ".join(words for name in ("msg", "error") if (words := entry.text(name)))


class Running(Struct, frozen=True):
    """Whether a Deployment does its work."""

    state: PartState
    message: str
    fix: str = ""


def running(cluster: Cluster, deployment: LiveObject) -> Running:
    """Whether a Deployment has the pods it should have, and why not."""
    wanted = deployment.number("spec", "replicas")
    wanted = 1 if wanted is None else wanted
    if wanted == 0:
        return Running(
            "unhealthy", "scaled to zero", f"kubectl scale {deployment.target} --replicas=1"
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
    return Running("unhealthy", message, f"kubectl describe {deployment.target}")


def pods_of(cluster: Cluster, deployment: LiveObject) -> list[LiveObject]:
    """Its pods, as far as they were read."""
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
