"""Objects read from a cluster, the input of a diagnosis."""

from collections import defaultdict
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct, field

from tablepromise.diagnosis.kratix_queue import KratixQueue, QueuePosition
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.request import model


class ReadError(Struct, frozen=True):
    """Why the objects of a kind are not known.

    Attributes:
        cause: `absent` if the API server does not have the kind, `forbidden` without permission.
        message: the missing permission, or the error.
    """

    cause: Literal["absent", "forbidden", "error"]
    message: str


class TableDescription(Struct, frozen=True):
    """DynamoDB's description of a table.

    Attributes:
        status: `ACTIVE`, ...; empty if the table does not exist.
        items: number of items, counted about every six hours.
        error: why the call failed; then the other attributes are not set.
    """

    status: str = ""
    items: int | None = None
    error: str = ""


class Snapshot(Struct, frozen=True):
    """The objects by kind, and the kinds that could not be read.

    Attributes:
        objects: as read from the API server.
        read_errors: by kind, why some or all of its objects are not known.
        descriptions: DynamoDB's descriptions by (region, table), if it was called.
        queue_position: of the only request in Kratix's queue; None if the snapshot has all
            requests.
    """

    objects: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict[str, list[dict[str, Any]]]
    )
    read_errors: dict[str, ReadError] = field(default_factory=dict[str, ReadError])
    descriptions: dict[tuple[str, str], TableDescription] = field(
        default_factory=dict[tuple[str, str], TableDescription]
    )
    queue_position: QueuePosition | None = None


class Cluster:
    """A snapshot, indexed by name and by label."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._objects = {
            kind: [LiveObject(kind, raw) for raw in raws] for kind, raws in snapshot.objects.items()
        }
        self._named = {
            (kind, live.namespace, live.name): live
            for kind, found in self._objects.items()
            for live in found
        }
        self._labelled: dict[tuple[str, str], dict[tuple[str, object], list[LiveObject]]] = {}

    def list_all(self, kind: str) -> list[LiveObject]:
        return self._objects.get(kind, [])

    def get(self, kind: str, name: str, namespace: str = "") -> LiveObject | None:
        return self._named.get((kind, namespace, name))

    def list_labelled(self, kind: str, namespace: str, label: str, value: str) -> list[LiveObject]:
        """Return the objects in a namespace with a label, oldest first."""
        index = self._labelled.get((kind, label))
        if index is None:
            index = defaultdict[tuple[str, object], list[LiveObject]](list)
            for live in sorted(
                self.list_all(kind), key=lambda live: live.text("metadata", "creationTimestamp")
            ):
                index[live.namespace, live.labels.get(label)].append(live)
            self._labelled[kind, label] = index
        return index.get((namespace, value), [])

    def kustomizations_with(self, entry: str) -> list[LiveObject]:
        """Return the Kustomizations with an object in their inventory.

        Args:
            entry: the object as `namespace_name_group_kind`.
        """
        return self._appliers.get(entry, [])

    @cached_property
    def _appliers(self) -> dict[str, list[LiveObject]]:
        index = defaultdict[str, list[LiveObject]](list)
        for kustomization in self.list_all("Kustomization"):
            for entry in kustomization.items("status", "inventory", "entries"):
                index[str(entry.get("id"))].append(kustomization)
        return index

    def queue_position(self, request: LiveObject) -> QueuePosition:
        """Return the position of a request in Kratix's queue."""
        return self._snapshot.queue_position or self._queue.queue_position(request)

    @cached_property
    def _queue(self) -> KratixQueue:
        queue = KratixQueue()
        for kind in (model.KIND, "Job"):
            for live in self.list_all(kind):
                queue.put(live)
        return queue

    def is_absent(self, *kinds: str) -> bool:
        """Return whether the API server has none of these kinds."""
        return all(
            kind in self._snapshot.read_errors
            and self._snapshot.read_errors[kind].cause == "absent"
            for kind in kinds
        )

    def read_error(self, kind: str) -> str:
        """Return why objects of a kind may exist that were not read; empty if all were read."""
        unread = self._snapshot.read_errors.get(kind)
        return unread.message if unread and unread.cause != "absent" else ""

    def description(self, region: str, table: str) -> TableDescription | None:
        return self._snapshot.descriptions.get((region, table))
