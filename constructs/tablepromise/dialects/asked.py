"""What DynamoDB is asked for in the end, in one form, whoever asks."""

from typing import Any, cast

from tablepromise.request import ack

Asked = dict[str, Any]
"""The spec of an ACK Table with `region` and `deletionPolicy`, without order that means nothing."""

_KEYS = {
    "attributeDefinitions": "attributeName",
    "globalSecondaryIndexes": "indexName",
    "localSecondaryIndexes": "indexName",
    "tags": "key",
}


def of_table(table: dict[str, Any]) -> Asked:
    """What an ACK Table asks for."""
    annotations = table["metadata"]["annotations"]
    return asked(annotations[ack.REGION], annotations[ack.DELETION_POLICY], table["spec"])


def asked(region: str, deletion_policy: str, spec: dict[str, Any]) -> Asked:
    """The one form of a Table's spec, given with its two annotations."""
    return {
        "region": region,
        "deletionPolicy": deletion_policy,
        **{field: _ordered(field, value) for field, value in sorted(spec.items()) if value != []},
    }


def flat(value: object, path: str = "") -> dict[str, object]:
    """Every single value with its path; items of a list by number."""
    if isinstance(value, dict):
        pairs = ((f"{path}.{key}", child) for key, child in cast(dict[str, object], value).items())
    elif isinstance(value, list):
        pairs = ((f"{path}[{n}]", child) for n, child in enumerate(cast(list[object], value)))
    else:
        return {path.removeprefix("."): value}
    return {key: leaf for child in pairs for key, leaf in flat(child[1], child[0]).items()}


def _ordered(field: str, value: Any) -> Any:
    if field in _KEYS:
        value = sorted(value, key=lambda item: item[_KEYS[field]])
    if field == "nonKeyAttributes":
        return sorted(value)
    if isinstance(value, dict):
        return {k: _ordered(k, v) for k, v in sorted(cast(dict[str, Any], value).items())}
    if isinstance(value, list):
        return [_ordered("", item) for item in cast(list[object], value)]
    return value
