"""Labels that a Destination must have, computed as in Kratix's scheduler."""

from typing import Any, cast

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.request import model

_STRENGTH = ("resource-workflow", "promise-workflow", "promise")
"""Sources of a selector; a later one overrides an earlier one."""


def required_labels(work: LiveObject | None, cluster: Cluster) -> dict[str, str]:
    """Return the labels that a Work requires; those of the Promise if the Work is not visible."""
    for group in work.items("spec", "workloadGroups") if work else []:
        selectors = LiveObject("Group", group).items("destinationSelectors")
        if selectors:
            selectors.sort(key=lambda selector: _strength(str(selector.get("source"))))
            return _merged(selectors)
    return promise_labels(cluster)


def promise_labels(cluster: Cluster) -> dict[str, str]:
    """Return the labels that the Promise and the pipeline require."""
    promise = cluster.get("Promise", model.PROMISE)
    selectors = promise.items("spec", "destinationSelectors") if promise else []
    # the first selector of a Promise overrides the others
    return model.DESTINATION_LABELS | _merged(list(reversed(selectors)))


def missing_labels(destination: LiveObject, wanted: dict[str, str]) -> list[str]:
    """Return the required labels that a Destination lacks, as `key=value`."""
    return [
        f"{key}={value}" for key, value in wanted.items() if destination.labels.get(key) != value
    ]


def _strength(source: str) -> int:
    return _STRENGTH.index(source) if source in _STRENGTH else 0


def _merged(selectors: list[dict[str, Any]]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for selector in selectors:
        found: object = selector.get("matchLabels")
        if isinstance(found, dict):
            pairs = cast(dict[object, object], found)
            labels |= {str(key): str(value) for key, value in pairs.items()}
    return labels
