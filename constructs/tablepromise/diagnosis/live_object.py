"""An object as the API server gave it, and the few questions that are asked of one.

Nothing here trusts the shape of an object: half of the statuses are not held to a schema.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from msgspec import Struct

SHORT = 400
"""Characters of a message that are shown."""

_AMBIGUOUS = {
    "Bucket": "buckets.source.toolkit.fluxcd.io",
    "Kustomization": "kustomizations.kustomize.toolkit.fluxcd.io",
    "Table": "tables.dynamodb.services.k8s.aws",
}


class LiveCondition(Struct, frozen=True):
    """A condition of a status.

    Attributes:
        current: it is about the object as it is now, and not about an earlier generation.
    """

    type: str
    status: str
    reason: str
    message: str
    since: datetime | None
    current: bool

    @property
    def words(self) -> str:
        """Its reason and message, shortened."""
        told = ": ".join(part for part in (self.reason, self.message) if part)
        return shorten(told) or f"{self.type} is {self.status}"


class LiveObject(Struct, frozen=True):
    """An object of a cluster."""

    kind: str
    raw: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"

    @property
    def path(self) -> str:
        """`namespace/name`, or `name`."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def target(self) -> str:
        """As an argument of kubectl, with the group where the kind alone may mean another."""
        resource = _AMBIGUOUS.get(self.kind, self.kind.lower())
        return f"{resource} {self.name}" + (f" -n {self.namespace}" if self.namespace else "")

    @property
    def name(self) -> str:
        return self.text("metadata", "name")

    @property
    def namespace(self) -> str:
        return self.text("metadata", "namespace")

    @property
    def labels(self) -> dict[str, Any]:
        return self.fields("metadata", "labels")

    @property
    def created(self) -> datetime | None:
        return parse_time(self.text("metadata", "creationTimestamp"))

    @property
    def deleting(self) -> datetime | None:
        """When its deletion was asked for; None if it was not."""
        return parse_time(self.text("metadata", "deletionTimestamp"))

    @property
    def finalizers(self) -> list[str]:
        found = self.get("metadata", "finalizers")
        return [str(name) for name in cast(list[object], found)] if isinstance(found, list) else []

    @property
    def current(self) -> bool:
        """Whether its status is about its newest generation, where the status says of which."""
        observed, generation = self.number("status", "observedGeneration"), self.generation
        return observed is None or observed >= generation

    @property
    def generation(self) -> int:
        return self.number("metadata", "generation") or 0

    @property
    def changed(self) -> datetime | None:
        """When its content, not its status, was last changed, by what the field managers left."""
        times = [
            parse_time(str(entry.get("time")))
            for entry in self.items("metadata", "managedFields")
            if not entry.get("subresource")
        ]
        return max((time for time in times if time), default=self.created)

    def get(self, *path: str) -> object:
        """What is at `path`; None where nothing is."""
        node: object = self.raw
        for step in path:
            if not isinstance(node, dict):
                return None
            node = cast(dict[str, object], node).get(step)
        return node

    def text(self, *path: str) -> str:
        value = self.get(*path)
        return value if isinstance(value, str) else ""

    def number(self, *path: str) -> int | None:
        value = self.get(*path)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def fields(self, *path: str) -> dict[str, Any]:
        value = self.get(*path)
        return cast(dict[str, Any], value) if isinstance(value, dict) else {}

    def items(self, *path: str) -> list[dict[str, Any]]:
        value = self.get(*path)
        if not isinstance(value, list):
            return []
        entries = cast(list[object], value)
        return [cast(dict[str, Any], entry) for entry in entries if isinstance(entry, dict)]

    def condition(self, type: str) -> LiveCondition | None:
        """The condition of that type, None if there is none yet."""
        for entry in self.items("status", "conditions"):
            if entry.get("type") == type:
                observed = entry.get("observedGeneration")
                return LiveCondition(
                    type=type,
                    status=str(entry.get("status") or "Unknown"),
                    reason=str(entry.get("reason") or ""),
                    message=str(entry.get("message") or ""),
                    since=parse_time(str(entry.get("lastTransitionTime") or "")),
                    current=self.current
                    and not (isinstance(observed, int) and observed < self.generation),
                )
        return None


def shorten(text: str, length: int = SHORT) -> str:
    """`text` on one line and not longer than `length`."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 3].rstrip()}..."


def parse_time(text: str) -> datetime | None:
    """A time as Kubernetes writes it; None if it is not one."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def parse_duration(text: str) -> timedelta:
    """A Go duration such as `1m30s`; nothing if it is not one."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text)
    return timedelta(seconds=sum(float(number) * units[unit] for number, unit in parts))


def format_time(time: datetime) -> str:
    """A time as Kubernetes writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
