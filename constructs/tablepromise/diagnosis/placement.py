"""Hops `work`, `scheduled` and `written`: Kratix picks a Destination and writes to its store."""

from datetime import datetime

from tablepromise.diagnosis import steps, store_remedy
from tablepromise.diagnosis.live_object import LiveObject, shorten
from tablepromise.diagnosis.operators import kratix_down
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.diagnosis.request_context import path as store_path
from tablepromise.diagnosis.selectors import missing_labels, required_labels
from tablepromise.diagnosis.steps import Step, unknown
from tablepromise.request import model


def work(context: RequestContext) -> Step:
    """Return whether Kratix has created a Work with the Table that this version renders."""
    if context.work is None:
        if hidden := context.cluster.read_error("Work"):
            return unknown(hidden)
        completed = context.request.condition("ConfigureWorkflowCompleted")
        since = completed.since if completed else None
        next = f"run the pipeline again: {context.rerun_command}"
        return steps.waiting(
            Reason.SCHEDULING, "Kratix creates the Work", context.request, since, next=next
        )
    if context.written_differences:
        fields = ", ".join(context.written_differences)
        return steps.waiting(
            Reason.PIPELINE,
            f"the pipeline's Table differs from the Table that this version renders in {fields}",
            context.work,
            _rendered_since(context, context.work),
            next="use one version of tablepromise and of the Promise, then run the pipeline again: "
            f"{context.rerun_command}",
        )
    return steps.done("created", context.work, context.work.changed_at)


def _rendered_since(context: RequestContext, work: LiveObject) -> datetime | None:
    """Return the last change of the Work, the Promise (which reruns all pipelines) or the Job."""
    promise = context.cluster.get("Promise", model.PROMISE)
    times = (
        work.changed_at,
        promise and promise.changed_at,
        context.job and context.job.created_at,
    )
    return max((time for time in times if time), default=None)


def scheduled(context: RequestContext) -> Step:
    """Return whether the Work is scheduled on a Destination whose labels still match."""
    placement = context.placement
    if placement is None:
        if context.work is None or context.cluster.read_error("WorkPlacement"):
            return unknown(_hidden(context))
        return _unplaced(context, context.work)
    target = placement.text("spec", "targetDestinationName")
    if context.destination is None and not context.cluster.read_error("Destination"):
        problem = Problem(
            Reason.DESTINATION_GONE,
            f"Destination {target} does not exist any more",
            "",
            "create it again: Kratix never moves a request to another Destination",
        )
        return steps.failed(problem, placement)
    condition = placement.condition("ScheduleSucceeded")
    wanted = required_labels(context.work, context.cluster)
    lacks = missing_labels(context.destination, wanted) if context.destination else []
    # Kratix keeps this label after the Destination has its labels again
    misplaced = placement.labels.get("kratix.io/misplaced") == "true" and lacks
    if misplaced or (condition and condition.status == "False"):
        problem = Problem(
            Reason.DESTINATION_MISMATCH,
            f"Destination {target} no longer has the labels that the request requires",
            (condition.summary if condition else "")
            + (f"; it lacks {', '.join(lacks)}" if lacks else ""),
            f"kubectl label --overwrite destination {target} {' '.join(lacks)}".rstrip(),
        )
        return steps.failed(problem, placement, condition.since if condition else None)
    return steps.done(f"Destination {target}", placement, placement.created_at)


def _unplaced(context: RequestContext, work: LiveObject) -> Step:
    if down := kratix_down(context.cluster):
        return steps.failed(down, work, work.created_at)
    wanted = required_labels(work, context.cluster)
    if context.cluster.read_error("Destination"):
        why = context.cluster.read_error("Destination")
        scheduled = work.condition("ScheduleSucceeded")
        return steps.waiting(
            Reason.SCHEDULING,
            f"Kratix picks a Destination with the labels {_pairs(wanted)}",
            work,
            work.created_at,
            why=why if not scheduled else f"{scheduled.summary}; {why}",
            next="kubectl get destinations --show-labels",
        )
    destinations = context.cluster.list_all("Destination")
    if any(not missing_labels(destination, wanted) for destination in destinations):
        return steps.waiting(
            Reason.SCHEDULING,
            "Kratix picks a Destination",
            work,
            work.created_at,
            next=f"kubectl describe work {work.name} -n {context.namespace}",
        )
    if not destinations:
        problem = Problem(
            Reason.NO_DESTINATION,
            f"there is no Destination; the request requires one with the labels {_pairs(wanted)}",
            "",
            "register a Destination with these labels and a state store",
        )
    else:
        lacks = [
            f"{live.name} lacks {', '.join(missing_labels(live, wanted))}" for live in destinations
        ]
        nearest = min(destinations, key=lambda live: len(missing_labels(live, wanted)))
        problem = Problem(
            Reason.NO_DESTINATION,
            f"no Destination has the labels {_pairs(wanted)}",
            shorten("; ".join(lacks)),
            f"kubectl label --overwrite destination {nearest.name} "
            f"{' '.join(missing_labels(nearest, wanted))} (only if ACK runs there)",
        )
    return steps.failed(problem, work, work.created_at)


def written(context: RequestContext) -> Step:
    """Return whether Kratix has written the manifest to the state store."""
    placement, target = context.placement, context.destination
    if placement is None:
        return unknown(_hidden(context))
    wrote = placement.condition("WriteSucceeded")
    if wrote and wrote.status == "False":
        problem = Problem(
            Reason.STORE_FAILING,
            f"Kratix cannot write to {_store_name(context)}",
            wrote.summary,
            _store_command(context),
        )
        return steps.failed(problem, placement, wrote.since)
    generation = context.work.generation if context.work else 0
    behind = (placement.number("spec", "generation") or generation) < generation
    if wrote and wrote.status == "True" and not behind:
        folder = store_path(target, context.store, context.namespace) if target else ""
        return steps.done(
            f"{_store_name(context)} {folder}".rstrip(), placement, context.written_at
        )
    for part in (context.store, target):
        ready = part.condition("Ready") if part else None
        if part and ready and ready.status == "False":
            what, next = f"{part} is not ready", _store_command(context)
            problem = Problem(Reason.STORE_FAILING, what, ready.summary, next)
            return steps.failed(problem, part, ready.since)
    # the WorkPlacement is older than the changed Work
    changes = (placement.changed_at, context.work and context.work.changed_at)
    since = max((time for time in changes if time), default=None)
    if down := kratix_down(context.cluster):
        return steps.failed(down, placement, since)
    writing = steps.waiting(
        Reason.WRITING,
        f"Kratix writes to {_store_name(context)}",
        placement,
        since,
        next=f"kubectl describe workplacement {placement.name} -n {context.namespace}",
    )
    if (
        behind
        and context.table
        and not context.table_differences
        and not writing.overdue(context.now)
    ):
        # a run that changed nothing writes the same content again
        return steps.done(f"{writing.detail} again", placement, context.written_at)
    return writing


def _hidden(context: RequestContext) -> str:
    return context.cluster.read_error("WorkPlacement") or context.cluster.read_error("Work")


def _store_name(context: RequestContext) -> str:
    if context.store is not None:
        return str(context.store)
    named = context.destination.fields("spec", "stateStoreRef") if context.destination else {}
    return f"{named['kind']} {named['name']}" if {"kind", "name"} <= named.keys() else "the store"


def _store_command(context: RequestContext) -> str:
    store: LiveObject | None = context.store
    if store is None:
        return "kubectl get bucketstatestores,gitstatestores"
    return store_remedy.remedy(store)


def _pairs(labels: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items())
