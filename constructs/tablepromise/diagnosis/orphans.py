"""Tables whose request no longer exists: which controller deletes them, and what blocks it."""

from collections.abc import Iterator
from datetime import datetime

from tablepromise.diagnosis import flux
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.operators import ack_down, flux_down
from tablepromise.diagnosis.report import PlatformPart
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.diagnosis.steps import PATIENCE
from tablepromise.request import ack, model
from tablepromise.request.table import REQUEST_LABEL

KIND = ack.KIND


def orphan_parts(cluster: Cluster, now: datetime) -> Iterator[PlatformPart]:
    """Yield each Table without a request, as a part of the platform."""
    if cluster.read_error(model.KIND):
        return
    for live in cluster.list_all(KIND):
        if cluster.get(model.KIND, live.name, live.namespace) is not None:
            continue
        if live.deleting_since is not None:
            yield _being_deleted(cluster, live, now - live.deleting_since > PATIENCE)
        elif REQUEST_LABEL in live.labels and not cluster.is_absent(model.KIND):
            yield _not_deleted(cluster, live)


def _being_deleted(cluster: Cluster, live: LiveObject, late: bool) -> PlatformPart:
    """Return the state of a Table that is being deleted, which ACK must finalize."""
    message = f"its request no longer exists, and the Table is being deleted ({_data(live)})"
    terminal = live.condition("ACK.Terminal")
    failing = terminal if terminal and terminal.status == "True" else None
    if down := ack_down(cluster):
        return _unhealthy(live, f"{message}; ACK must finalize it: {down.why}", down.next)
    if failing is None and not late:
        return PlatformPart(KIND, live.path, "starting", message)
    failing = failing or live.condition("ACK.Recoverable")
    why = failing.summary if failing else f"it waits for {', '.join(live.finalizers) or 'nothing'}"
    return _unhealthy(live, f"{message}; {why}", f"kubectl describe {live.kubectl_name}")


def _not_deleted(cluster: Cluster, live: LiveObject) -> PlatformPart:
    """Return the state of a Table that Flux must prune."""
    message = f"its request no longer exists, but the Table is not deleted yet ({_data(live)})"
    if cluster.read_error("Kustomization") or cluster.is_absent("Kustomization"):
        return PlatformPart(
            KIND, live.path, "unknown", f"{message}; its agent is not visible from here"
        )
    [applier, *_] = [*flux.covering(cluster, None, live.namespace, live.name), None]
    if applier is None:
        fix = f"kubectl delete {live.kubectl_name}"
        return _unhealthy(live, f"{message}; no Kustomization has it in its inventory", fix)
    if down := flux_down(cluster):
        return _unhealthy(live, f"{message}; Flux must prune it: {down.why}", down.next)
    for part in (applier, flux.source(cluster, applier)):
        if part is not None and part.get("spec", "suspend") is True:
            return _unhealthy(live, f"{message}; {part} is suspended", flux.resume(part))
    return PlatformPart(KIND, live.path, "starting", f"{message}; {applier} must prune it")


def _data(live: LiveObject) -> str:
    policy = live.fields("metadata", "annotations").get(ack.DELETION_POLICY)
    table = f"table {live.text('spec', 'tableName')}"
    return f"{table} is kept in AWS" if policy == "retain" else f"{table} is deleted in AWS"


def _unhealthy(live: LiveObject, message: str, fix: str) -> PlatformPart:
    return PlatformPart(KIND, live.path, "unhealthy", message, fix)
