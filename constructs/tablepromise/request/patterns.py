"""Describes the patterns of the schema in words, with a fix for a text that does not match."""

import re

from msgspec import structs

from tablepromise.request import limits
from tablepromise.request.findings import Finding
from tablepromise.request.locations import Location

_NAME = r"^[a-zA-Z0-9_.-]+$"


def explain_pattern(finding: Finding, where: Location) -> Finding:
    """Return a finding about a pattern, with the pattern in words and a fix for the field."""
    if where.field == "kmsKeyArn":
        allowed = "the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<key id>"
        return structs.replace(finding, allowed=allowed, fix=_key_arn_fix(str(where.value)))
    if where.schema.get("pattern") == _NAME:
        allowed = "letters a to z and A to Z, digits, and _ . -"
        return structs.replace(finding, allowed=allowed, fix=_name_fix(str(where.value)))
    if where.schema.get("pattern") == limits.REQUEST_NAME:
        allowed = "63 or fewer of a-z 0-9 - with a letter or digit at both ends"
        request = where.field == "name"
        fix = "rename the request (the table's own name is spec.name)"
        return structs.replace(finding, allowed=allowed, fix=fix if request else "correct the name")
    return finding


_REASON = "ACK compares the value with the key ARN that DynamoDB returns, and another form differs"


def _key_arn_fix(value: str) -> str:
    if value.endswith("alias/aws/dynamodb"):
        return "remove spec.encryption.kmsKeyArn (type KMS without a key ARN is this key)"
    command = f"aws kms describe-key --key-id {value} --query KeyMetadata.Arn"
    if re.fullmatch(r"[\w:/-]+", value):
        return f"write the ARN that this prints: {command} ({_REASON})"
    return f"write the ARN of the key ({_REASON})"


def _name_fix(value: str) -> str:
    wrong = dict.fromkeys(re.findall(r"[^a-zA-Z0-9_.-]", value))
    return f"choose a name without {' '.join(map(repr, wrong))}"
