"""Which labels a Destination must have, decided as Kratix's scheduler does."""

from typing import Any, cast

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.diagnosis.snapshot import Cluster
from tablepromise.request import model

_STRENGTH = ("resource-workflow", "promise-workflow", "promise")
"""Where a selector may come from; the later wins."""


def required_labels(work: LiveObject | None, cluster: Cluster) -> dict[str, str]:
    """The labels that a Work asks for; what the Promise asks for if that cannot be seen."""
    for group in work.items("spec", "workloadGroups") if work else []:
        selectors = LiveObject("Group", group).items("destinationSelectors")
        if selectors:
            selectors.sort(key=lambda selector: _strength(str(selector.get("source"))))
            return _merged(selectors)
    return promise_labels(cluster)


def promise_labels(cluster: Cluster) -> dict[str, str]:
    """The labels that the Promise and our pipeline ask for."""
    promise = cluster.get("Promise", model.PROMISE)
    selectors = promise.items("spec", "destinationSelectors") if promise else []
    # the first selector of a Promise wins
    return model.DESTINATION_LABELS | _merged(list(reversed(selectors)))


def missing_labels(destination: LiveObject, wanted: dict[str, str]) -> list[str]:
    """The labels, as `key=value`, that a Destination has not."""
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
