"""An object of the API server, with accessors that accept any shape.

Many statuses are not validated by a schema, so a field may have any type.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from msgspec import Struct

SHORT = 400
"""Maximum length of a message that is shown."""

_AMBIGUOUS = {
    "Bucket": "buckets.source.toolkit.fluxcd.io",
    "Kustomization": "kustomizations.kustomize.toolkit.fluxcd.io",
    "Table": "tables.dynamodb.services.k8s.aws",
}


class LiveCondition(Struct, frozen=True):
    """A condition of an object's status.

    Attributes:
        since: its last transition time.
        current: whether it describes the current generation.
    """

    type: str
    status: str
    reason: str
    message: str
    since: datetime | None
    current: bool

    @property
    def summary(self) -> str:
        """Reason and message, shortened."""
        text = ": ".join(part for part in (self.reason, self.message) if part)
        return shorten(text) or f"{self.type} is {self.status}"


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
    def kubectl_name(self) -> str:
        """Arguments of kubectl for the object, with the group if the kind alone is ambiguous."""
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
    def created_at(self) -> datetime | None:
        return parse_time(self.text("metadata", "creationTimestamp"))

    @property
    def deleting_since(self) -> datetime | None:
        """Its deletion timestamp; None if it is not being deleted."""
        return parse_time(self.text("metadata", "deletionTimestamp"))

    @property
    def finalizers(self) -> list[str]:
        found = self.get("metadata", "finalizers")
        return [str(name) for name in cast(list[object], found)] if isinstance(found, list) else []

    @property
    def current(self) -> bool:
        """Whether the status observed the current generation, or has no `observedGeneration`."""
        observed, generation = self.number("status", "observedGeneration"), self.generation
        return observed is None or observed >= generation

    @property
    def generation(self) -> int:
        return self.number("metadata", "generation") or 0

    @property
    def changed_at(self) -> datetime | None:
        """Time of the last change outside the status, from `managedFields`."""
        times = [
            parse_time(str(entry.get("time")))
            for entry in self.items("metadata", "managedFields")
            if not entry.get("subresource")
        ]
        return max((time for time in times if time), default=self.created_at)

    def get(self, *path: str) -> object:
        """Return the value at `path`; None if there is none."""
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
        """Return the condition of a type; None if there is none."""
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
    """Return `text` on one line, cut to `length`."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 3].rstrip()}..."


def parse_time(text: str) -> datetime | None:
    """Parse a timestamp of Kubernetes; None if it is invalid."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def parse_duration(text: str) -> timedelta:
    """Parse a Go duration such as `1m30s`; zero if it is invalid."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text)
    return timedelta(seconds=sum(float(number) * units[unit] for number, unit in parts))


def format_time(time: datetime) -> str:
    """Format a time as a timestamp of Kubernetes."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
