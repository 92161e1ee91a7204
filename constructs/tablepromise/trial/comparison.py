"""Compares an existing table with the table that an ACK Table describes.

Both are converted to one form: a value per field, with DynamoDB's names. An unset field is falsy
(None, False, an empty dict), so that a DynamoDB that omits a field equals one that reports the
default.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from tablepromise.request.partitions import DNS_SUFFIXES

Form = dict[str, Any]
"""A table, as a value per field."""

Read = Callable[[str, dict[str, Any]], dict[str, Any] | None]
"""Calls a reading operation; returns None if this DynamoDB does not implement it."""

_NOT_REPORTED = {
    *("OnDemandThroughput", "ResourcePolicy", "TableClass"),
    *("SSESpecification", "KMSMasterKeyId"),
}
"""Last part of the names of fields that some emulators do not report; AWS reports all fields."""

_AWS_HOSTS = (
    *(f".{suffix}" for suffix in DNS_SUFFIXES.values()),
    *(".api.aws", ".amazonwebservices.com.cn"),
)

_OWNED_TAGS = ("aws:", "services.k8s.aws/")
"""Prefixes of the tags of AWS and of ACK's controller, which ACK does not compare."""


_KEY = "SSESpecification.KMSMasterKeyId"


class Actual(Struct, frozen=True):
    """An existing table.

    Attributes:
        form: its fields.
        unread: fields whose operation this DynamoDB does not implement.
        complete: whether this DynamoDB reports all fields of a table.
    """

    form: Form
    unread: frozenset[str] = frozenset()
    complete: bool = True


class Comparison(Struct, frozen=True):
    """Result of a comparison.

    Attributes:
        different: fields with different values.
        unknown: fields that this DynamoDB does not report.
    """

    different: list[str]
    unknown: list[str]


def reports_all(endpoint: str | None) -> bool:
    """Return whether a URL is an endpoint of AWS, which reports all fields of a table."""
    return (urlsplit(endpoint or "").hostname or "").endswith(_AWS_HOSTS)


def compare(desired: Form, actual: Actual) -> Comparison:
    """Compare all fields of two forms.

    Contributor insights are not compared if the Table does not set them. A table without a key of
    its own is encrypted with the key `aws/dynamodb`, whose ARN no Table contains.
    """
    different: list[str] = []
    unknown: list[str] = []
    for field in sorted(desired.keys() | actual.form.keys()):
        wanted, found = desired.get(field), actual.form.get(field)
        if wanted == found or not (wanted or found):
            continue
        if wanted is None and field == "ContributorInsights":
            continue
        if wanted is None and field == _KEY:
            unknown += [field] if desired["SSESpecification"] else []
            continue
        omitted = not actual.complete and field.rpartition(".")[2] in _NOT_REPORTED
        silent = not found and (omitted or field in actual.unread)
        (unknown if silent else different).append(field)
    return Comparison(different, unknown)


def desired_form(spec: dict[str, Any], create: dict[str, Any]) -> Form:
    """Return the form of an ACK Table's spec, of which `create` is its CreateTable call."""
    expiry: dict[str, Any] = spec.get("timeToLive") or {}
    encryption = create["SSESpecification"]
    return _form(create) | {
        "SSESpecification": encryption.get("SSEType"),
        _KEY: encryption.get("KMSMasterKeyId"),
        "TableClass": _class(create.get("TableClass")),
        "PointInTimeRecovery": spec["continuousBackups"]["pointInTimeRecoveryEnabled"],
        "TimeToLive": expiry["attributeName"] if expiry.get("enabled") else None,
        "ContributorInsights": spec.get("contributorInsights") and _on(spec["contributorInsights"]),
        "Tags": _tags(create),
        "ResourcePolicy": _json(create.get("ResourcePolicy")),
    }


def read_actual(description: dict[str, Any], read: Read, *, complete: bool) -> Actual:
    """Return a table, from its description and the operations that report the rest."""
    name = {"TableName": description["TableName"]}
    arn = {"ResourceArn": description["TableArn"]}
    expiry = read("DescribeTimeToLive", name)
    backups = read("DescribeContinuousBackups", name)
    insights = read("DescribeContributorInsights", name)
    tags = _all_tags(arn, read)
    policy = read("GetResourcePolicy", arn)
    answers = {
        "TimeToLive": expiry,
        "PointInTimeRecovery": backups,
        "ContributorInsights": insights,
        "Tags": tags,
        "ResourcePolicy": policy,
    }
    encryption: dict[str, Any] = description.get("SSEDescription", {})
    encryption = encryption if _on(encryption.get("Status")) else {}
    billing = description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    form = _form({**description, "BillingMode": billing}) | {
        "SSESpecification": encryption.get("SSEType"),
        _KEY: encryption.get("KMSMasterKeyArn"),
        "TableClass": _class(description.get("TableClassSummary", {}).get("TableClass")),
        "PointInTimeRecovery": backups and _recovery(backups),
        "TimeToLive": expiry and _expiry(expiry["TimeToLiveDescription"]),
        "ContributorInsights": insights and _on(insights["ContributorInsightsStatus"]),
        "Tags": tags and _tags(tags),
        "ResourcePolicy": policy and _json(policy.get("Policy")),
    }
    unread = frozenset(field for field, answer in answers.items() if answer is None)
    return Actual(form, unread, complete)


def _form(table: dict[str, Any]) -> Form:
    """Return the fields that have the same names in CreateTable and DescribeTable."""
    stream = table.get("StreamSpecification", {})
    form: Form = {
        "AttributeDefinitions": {
            each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]
        },
        "KeySchema": _key(table),
        "BillingMode": table["BillingMode"],
        "ProvisionedThroughput": _provisioned(table, table),
        "OnDemandThroughput": _maximums(table),
        "StreamSpecification": stream.get("StreamEnabled") and stream.get("StreamViewType"),
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
    }
    for field in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        indexes: list[dict[str, Any]] = table.get(field) or []
        form[field] = {
            index["IndexName"]: (_key(index), _projection(index), _provisioned(index, table))
            for index in indexes
        }
        form |= {
            f"{field}[{index['IndexName']}].OnDemandThroughput": _maximums(index)
            for index in indexes
        }
    return form


def _key(table: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["AttributeName"], each["KeyType"]) for each in table["KeySchema"]]


def _projection(index: dict[str, Any]) -> tuple[str, list[str]]:
    projection = index["Projection"]
    return projection["ProjectionType"], sorted(projection.get("NonKeyAttributes") or ())


def _provisioned(owner: dict[str, Any], table: dict[str, Any]) -> tuple[int, int] | None:
    """Return the capacity of a table or index; with billing per request it means nothing."""
    throughput = owner.get("ProvisionedThroughput")
    if table["BillingMode"] != "PROVISIONED" or not throughput:
        return None
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def _maximums(owner: dict[str, Any]) -> dict[str, int]:
    """Return the maximums of a table or index; -1 is DynamoDB's word for none."""
    throughput: dict[str, int] = owner.get("OnDemandThroughput") or {}
    return {name: units for name, units in throughput.items() if units != -1}


def _class(table_class: str | None) -> str | None:
    return None if table_class == "STANDARD" else table_class


def _tags(table: dict[str, Any]) -> dict[str, str]:
    return {
        tag["Key"]: tag["Value"]
        for tag in table.get("Tags") or ()
        if not tag["Key"].startswith(_OWNED_TAGS)
    }


def _all_tags(arn: dict[str, str], read: Read) -> dict[str, Any] | None:
    answer = read("ListTagsOfResource", arn)
    if answer is None:
        return None
    tags = list(answer["Tags"])
    while token := answer and answer.get("NextToken"):
        answer = read("ListTagsOfResource", {**arn, "NextToken": token})
        tags += answer["Tags"] if answer else []
    return {"Tags": tags}


def _recovery(answer: dict[str, Any]) -> bool:
    recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return _on(recovery.get("PointInTimeRecoveryStatus"))


def _expiry(description: dict[str, Any]) -> str | None:
    return description["AttributeName"] if _on(description["TimeToLiveStatus"]) else None


def _on(status: str | None) -> bool:
    return status in ("ENABLED", "ENABLING", "UPDATING")


def _json(policy: str | None) -> Any:
    return json.loads(policy) if policy else None
