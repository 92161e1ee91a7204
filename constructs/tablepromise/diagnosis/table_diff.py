"""Compares the rendered Table with the Table in the Work, and with the Table in the cluster.

Only this comparison proves that a change has arrived: neither Kratix nor Flux passes on the
generation of the request.
"""

import base64
import binascii
import gzip
import zlib
from typing import Any, cast

from tablepromise.diagnosis import managed_fields
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.request import InvalidManifest, ack, load

MAX_FILE_BYTES = 1 << 20
"""Maximum size of a file that is read; a rendered Table has a few kilobytes."""


def written_table(live: LiveObject) -> dict[str, Any] | None:
    """Return the Table in the files of a Work or a WorkPlacement; None if none can be read."""
    groups = [LiveObject("Group", group) for group in live.items("spec", "workloadGroups")]
    workloads = live.items("spec", "workloads")
    for workload in [*workloads, *(w for group in groups for w in group.items("workloads"))]:
        for document in _documents(str(workload.get("content") or "")):
            if document.get("kind") == ack.KIND and document.get("apiVersion") == ack.API_VERSION:
                return document
    return None


def differing_fields(wanted: dict[str, Any], live: LiveObject) -> list[str]:
    """Return the fields in which `live` differs from the wanted Table.

    Compared are the spec, and the labels and annotations of the wanted Table. Fields that ACK has
    set may have more than the wanted value.
    """
    spec, there = _fields(wanted.get("spec")), live.fields("spec")
    free = managed_fields.defaulted_fields(live)
    names = [
        f"spec.{name}"
        for name in spec.keys() | there.keys()
        if not _agrees(spec.get(name), there.get(name), more=name in free)
    ]
    for part in ("annotations", "labels"):
        found = live.fields("metadata", part)
        pairs = _fields(_fields(wanted.get("metadata")).get(part))
        names += [name for name, value in pairs.items() if found.get(name) != value]
    return sorted(names)


def _documents(content: str) -> list[dict[str, Any]]:
    """Return the documents of a file, which Kratix packs with gzip and base64."""
    try:
        packed = base64.b64decode(content, validate=True)
        text = zlib.decompressobj(wbits=31).decompress(packed, MAX_FILE_BYTES).decode()
        return load(text)
    except (binascii.Error, gzip.BadGzipFile, zlib.error, UnicodeError, InvalidManifest):
        return []


def _agrees(wanted: object, there: object, *, more: bool) -> bool:
    """Return whether two values are equal in any order; with `more`, `there` may have more."""
    if _empty(wanted):
        return more or _empty(there)
    if isinstance(wanted, dict) and isinstance(there, dict):
        fields, others = cast(dict[str, object], wanted), cast(dict[str, object], there)
        return all(
            _agrees(fields.get(key), others.get(key), more=more)
            for key in fields.keys() | others.keys()
        )
    if isinstance(wanted, list) and isinstance(there, list):
        items, found = cast(list[object], wanted), [*cast(list[object], there)]
        for item in items:
            place = next((n for n, o in enumerate(found) if _agrees(item, o, more=more)), None)
            if place is None:
                return False
            del found[place]
        return not found
    # in Python True is 1, in JSON it is not
    return isinstance(wanted, bool) == isinstance(there, bool) and wanted == there


def _empty(value: object) -> bool:
    return value is None or value in ([], {})


def _fields(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
