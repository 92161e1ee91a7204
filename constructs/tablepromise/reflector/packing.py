"""Trims objects to the fields that a status depends on, and packs them."""

import zlib
from typing import Any, Final, cast

import msgspec

_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_METADATA: Final = (
    *("name", "namespace", "labels", "generation", "uid", "finalizers"),
    *("creationTimestamp", "deletionTimestamp"),
)
_WHOLE: Final = ("spec", "status")
_STATUS: Final = ("conditions", "observedGeneration")

_KEPT: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "DynamoDBRequest": {"spec": (), "status": ()},
    "Table": {
        "spec": (),
        "status": (
            *_STATUS,
            *("ackResourceMetadata", "tableStatus", "creationDateTime", "latestStreamARN"),
            *("itemCount", "tableSizeBytes"),
        ),
    },
    "Promise": {"spec": ("destinationSelectors",), "status": _STATUS},
    "Destination": {"spec": (), "status": _STATUS},
    "BucketStateStore": {"spec": (), "status": _STATUS},
    "GitStateStore": {"spec": (), "status": _STATUS},
    "Work": {"spec": ("workloadGroups",), "status": _STATUS},
    "WorkPlacement": {"spec": ("targetDestinationName", "generation"), "status": _STATUS},
    "Job": {"status": (*_STATUS, "active")},
    "Pod": {"status": ("conditions", "initContainerStatuses", "containerStatuses")},
    "Event": {},
    "Deployment": {"spec": ("replicas", "selector"), "status": ("availableReplicas",)},
    "Bucket": {"spec": (), "status": (*_STATUS, "artifact")},
    "GitRepository": {"spec": (), "status": (*_STATUS, "artifact")},
    "Kustomization": {"spec": (), "status": (*_STATUS, "lastAppliedRevision", "inventory")},
}
"""Fields of spec and status that are kept, by kind; `()` keeps all fields."""

_EVENT: Final = ("involvedObject", "reason", "message", "lastTimestamp", "eventTime")
_CONTAINER: Final = ("name", "state", "lastState")

_COMMON: Final = msgspec.json.encode(
    [
        "kratix.io/promise-name aws-dynamodb-kratix kratix.io/resource-name",
        {"kratix.io/workflow-action": "configure", "kratix.io/work-type": "resource"},
        {"workloadGroups": [{"destinationSelectors": [{"matchLabels": {"ack-enabled": "true"}}]}]},
        {"source": "resource-workflow", "directory": ".", "filepath": "table.yaml"},
        {"billingMode": "PAY_PER_REQUEST", "pointInTimeRecovery": {"enabled": True}},
        {"attributeDefinitions": [{"attributeName": "id", "attributeType": "S"}]},
        {"keySchema": [{"attributeName": "id", "keyType": "HASH"}], "projection": {}},
        {"checkedGeneration": 1, "syncedTable": "", "stages": {"admitted": "2026-"}},
        {"tableStatus": "ACTIVE", "itemCount": 0, "tableSizeBytes": 0, "tableArn": "arn:aws:"},
        {"ackResourceMetadata": {"arn": "arn:aws:dynamodb:", "ownerAccountID": "1", "region": ""}},
        {"reason": "PipelinesExecutedSuccessfully", "type": "ConfigureWorkflowCompleted"},
        {"reason": "WorkloadsWrittenToStateStore", "type": "WriteSucceeded"},
        {"reason": "AllWorkplacementsScheduled", "type": "ScheduleSucceeded"},
        {"message": "Resource synced successfully", "type": "ACK.ResourceSynced"},
        {"message": "nothing needs to be done", "reason": "Active", "type": "Stalled"},
        {"manager": "kustomize-controller", "operation": "Apply", "fieldsType": "FieldsV1"},
        {"fieldsV1": {"f:spec": {"f:tableName": {}, "f:tags": {}}}, "subresource": "status"},
        {"lastTransitionTime": "2026-", "message": "", "status": "True", "type": "Ready"},
        {"metadata": {"name": "", "namespace": "default", "labels": {}, "generation": 1}},
        {"creationTimestamp": "2026-", "managedFields": [], "uid": "", "finalizers": []},
    ]
)
"""Dictionary for zlib: texts that most objects contain."""


def trim(kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of an object with the fields that the diagnosis reads.

    Only a request keeps its `resourceVersion`, so that a change of other fields changes nothing.
    """
    metadata = _fields(raw.get("metadata"))
    kept: dict[str, Any] = {name: metadata[name] for name in _METADATA if name in metadata}
    if kind == "DynamoDBRequest" and "resourceVersion" in metadata:
        kept["resourceVersion"] = metadata["resourceVersion"]
    if kind in ("DynamoDBRequest", "Table") and "annotations" in metadata:
        annotations = _fields(metadata["annotations"])
        kept["annotations"] = {k: v for k, v in annotations.items() if k != _APPLIED}
    if "managedFields" in metadata:
        kept["managedFields"] = _managed(kind, metadata["managedFields"])
    result: dict[str, Any] = {"metadata": kept}
    if kind == "DynamoDBRequest":
        result |= {name: raw[name] for name in ("apiVersion", "kind") if name in raw}
    if kind == "Event":
        result |= {name: raw[name] for name in _EVENT if name in raw}
    for part, names in _KEPT.get(kind, dict.fromkeys(_WHOLE, ())).items():
        if part in raw:
            there = raw[part]
            result[part] = _narrowed(there, names) if names else there
    if kind == "Pod" and isinstance(raw.get("status"), dict):
        for field in ("initContainerStatuses", "containerStatuses"):
            found = result["status"].get(field)
            if isinstance(found, list):
                result["status"][field] = [
                    _narrowed(c, _CONTAINER) for c in cast(list[object], found)
                ]
    return result


def pack(trimmed: dict[str, Any]) -> bytes:
    """Return the compressed object; the order of fields, which messages show, is kept."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zdict=_COMMON)
    return packer.compress(msgspec.json.encode(trimmed)) + packer.flush()


def unpack(packed: bytes) -> dict[str, Any]:
    """Return the object that was packed."""
    raw: dict[str, Any] = msgspec.json.decode(
        zlib.decompressobj(-15, zdict=_COMMON).decompress(packed)
    )
    return raw


def _managed(kind: str, entries: object) -> object:
    """Trim managed fields to managers, times, and the names of fields of the spec."""
    if not isinstance(entries, list):
        return entries
    found = [cast(dict[str, Any], e) for e in cast(list[object], entries) if isinstance(e, dict)]
    if kind not in ("DynamoDBRequest", "Table"):
        # status writes of these kinds are not read
        found = [entry for entry in found if not entry.get("subresource")]
        return [_only(entry, ("time",)) for entry in found]
    return [_entry(entry) for entry in found]


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    kept = _only(entry, ("manager", "subresource", "time"))
    if "fieldsV1" in entry:
        fields = _fields(entry["fieldsV1"])
        spec = {"f:spec": dict.fromkeys(_fields(fields["f:spec"]))} if "f:spec" in fields else {}
        kept["fieldsV1"] = spec
    return kept


def _narrowed(there: object, names: tuple[str, ...]) -> object:
    return _only(cast(object, there), names) if isinstance(there, dict) else there


def _only(there: object, names: tuple[str, ...]) -> dict[str, Any]:
    fields = _fields(there)
    return {name: fields[name] for name in names if name in fields}


def _fields(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
