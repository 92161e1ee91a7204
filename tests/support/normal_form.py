"""Normalizes the table that each engine creates, so that they can be compared."""

from typing import Any, cast

from tablepromise.request import ack

NormalForm = dict[str, Any]
"""The spec of an ACK Table with `region` and `deletionPolicy`, its unordered lists sorted."""

_KEYS = {
    "attributeDefinitions": "attributeName",
    "globalSecondaryIndexes": "indexName",
    "localSecondaryIndexes": "indexName",
    "tags": "key",
}


def normalize_table(table: dict[str, Any]) -> NormalForm:
    """Return the normal form of an ACK Table."""
    annotations = table["metadata"]["annotations"]
    return normalize(annotations[ack.REGION], annotations[ack.DELETION_POLICY], table["spec"])


def normalize(region: str, deletion_policy: str, spec: dict[str, Any]) -> NormalForm:
    """Return the normal form of a Table's spec and of its two annotations."""
    return {
        "region": region,
        "deletionPolicy": deletion_policy,
        **{field: _sort(field, value) for field, value in sorted(spec.items()) if value != []},
    }


def flatten(value: object, path: str = "") -> dict[str, object]:
    """Return every scalar by its path; items of a list by number."""
    if isinstance(value, dict):
        pairs = ((f"{path}.{key}", child) for key, child in cast(dict[str, object], value).items())
    elif isinstance(value, list):
        pairs = ((f"{path}[{n}]", child) for n, child in enumerate(cast(list[object], value)))
    else:
        return {path.removeprefix("."): value}
    return {key: leaf for child in pairs for key, leaf in flatten(child[1], child[0]).items()}


def _sort(field: str, value: Any) -> Any:
    if field in _KEYS:
        value = sorted(value, key=lambda item: item[_KEYS[field]])
    if field == "nonKeyAttributes":
        return sorted(value)
    if isinstance(value, dict):
        return {k: _sort(k, v) for k, v in sorted(cast(dict[str, Any], value).items())}
    if isinstance(value, list):
        return [_sort("", item) for item in cast(list[object], value)]
    return value
