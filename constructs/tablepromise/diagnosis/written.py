"""Compares what Kratix wrote to the state store with the Table in the cluster.

The only proof that the agent has applied the newest manifest: neither Kratix nor Flux keeps a
generation that could be compared from one end to the other.
"""

import base64
import binascii
import gzip
import zlib
from typing import Any, cast

from tablepromise.diagnosis.live import Live
from tablepromise.request import NotYAML, ack, load

LONGEST = 1 << 20
"""Bytes of one file that are read: a rendered Table has a few thousand."""


def table(placement: Live) -> dict[str, Any] | None:
    """The Table in a WorkPlacement's files; None if there is none that can be read."""
    for workload in placement.items("spec", "workloads"):
        for document in _documents(str(workload.get("content") or "")):
            if document.get("kind") == ack.KIND and document.get("apiVersion") == ack.API_VERSION:
                return document
    return None


def missing(manifest: dict[str, Any], live: dict[str, Any]) -> list[str]:
    """Fields of the spec, and annotations of ACK, that `live` has not as the manifest has."""
    spec, metadata = manifest.get("spec"), manifest.get("metadata")
    wanted = dict(_fields(spec))
    found = _fields(live.get("spec"))
    names = [f"spec.{name}" for name, value in wanted.items() if not _covers(found, name, value)]
    annotations = _fields(_fields(metadata).get("annotations"))
    there = _fields(_fields(live.get("metadata")).get("annotations"))
    names += [name for name, value in annotations.items() if there.get(name) != value]
    return sorted(names)


def _documents(content: str) -> list[dict[str, Any]]:
    """Kratix packs a file with gzip and base64."""
    try:
        packed = base64.b64decode(content, validate=True)
        text = zlib.decompressobj(wbits=31).decompress(packed, LONGEST).decode()
        return load(text)
    except (binascii.Error, gzip.BadGzipFile, zlib.error, UnicodeError, NotYAML):
        return []


def _covers(there: dict[str, Any], name: str, wanted: object) -> bool:
    return name in there and _same(wanted, there[name])


def _same(wanted: object, there: object) -> bool:
    """Whether `there` says all that `wanted` says; lists in any order, as in DynamoDB."""
    if isinstance(wanted, dict):
        others = _fields(there)
        return all(
            _covers(others, key, value) for key, value in cast(dict[str, object], wanted).items()
        )
    if isinstance(wanted, list):
        if not isinstance(there, list):
            return False
        items, found = cast(list[object], wanted), cast(list[object], there)
        return len(items) == len(found) and all(
            any(_same(item, other) for other in found) for item in items
        )
    return wanted == there


def _fields(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
