"""Compares the Table that a request asks for with the one written, and the one in the cluster.

The only proof that the newest change has arrived: neither Kratix nor Flux keeps a generation that
could be compared from one end to the other.
"""

import base64
import binascii
import gzip
import zlib
from typing import Any, cast

from tablepromise.diagnosis import managed_fields
from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.request import InvalidManifest, ack, load

LONGEST = 1 << 20
"""Bytes of one file that are read: a rendered Table has a few thousand."""


def written_table(live: LiveObject) -> dict[str, Any] | None:
    """The Table in the files of a Work or a WorkPlacement; None if there is none to be read."""
    groups = [LiveObject("Group", group) for group in live.items("spec", "workloadGroups")]
    workloads = live.items("spec", "workloads")
    for workload in [*workloads, *(w for group in groups for w in group.items("workloads"))]:
        for document in _documents(str(workload.get("content") or "")):
            if document.get("kind") == ack.KIND and document.get("apiVersion") == ack.API_VERSION:
                return document
    return None


def differing_fields(wanted: dict[str, Any], live: LiveObject) -> list[str]:
    """Fields in which `live` is not the wanted Table: of the spec, and wanted labels, annotations.

    What ACK fills in itself may be more than is wanted; everything else must be the same.
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
    """Kratix packs a file with gzip and base64."""
    try:
        packed = base64.b64decode(content, validate=True)
        text = zlib.decompressobj(wbits=31).decompress(packed, LONGEST).decode()
        return load(text)
    except (binascii.Error, gzip.BadGzipFile, zlib.error, UnicodeError, InvalidManifest):
        return []


def _agrees(wanted: object, there: object, *, more: bool) -> bool:
    """Whether `there` is what is wanted, or with `more` at least that; lists in any order."""
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
