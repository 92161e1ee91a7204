"""Options of a table with fields of their own: expiry, stream, encryption, tags."""

from typing import Annotated, Literal

from msgspec import Meta, json

from tablepromise.request import limits, service_model
from tablepromise.request.indexes import NAME_BYTES
from tablepromise.request.model_base import SpecObject, description
from tablepromise.request.rules import Rule, validations


class TimeToLive(SpecObject, frozen=True):
    """Items expire at the time in one of their attributes."""

    attribute_name: Annotated[
        service_model.TimeToLiveAttributeName,
        description(
            "A number attribute: the time of expiry, in seconds since 1970.",
            **validations(NAME_BYTES),
        ),
    ]
    enabled: Annotated[
        bool,
        description(
            "false switches time to live off; remove timeToLive once the table has it off. "
            "DynamoDB allows one change of time to live per hour."
        ),
    ] = True

    rules = (
        Rule(
            "self.enabled",
            "enabled is true when timeToLive is added",
            "leave timeToLive out (time to live is off without it)",
            ".enabled",
            added_only=True,
        ),
        Rule(
            "self.attributeName == oldSelf.attributeName || self.enabled && !oldSelf.enabled",
            "the attribute of timeToLive changes only when time to live is switched on again",
            "first keep the old attributeName and set enabled to false, and at least an hour later "
            "set the new attributeName and enabled to true",
            ".attributeName",
        ),
    )


class Stream(SpecObject, frozen=True):
    """A stream of the changes to items; immutable."""

    view_type: Annotated[
        service_model.StreamViewType, description("Parts of the item in a stream record.")
    ] = "NEW_AND_OLD_IMAGES"


class Encryption(SpecObject, frozen=True):
    """Encryption at rest."""

    type: Annotated[
        Literal["AWS_OWNED", "KMS"],
        description("AWS_OWNED: a key of DynamoDB's own. KMS: a key in your account's KMS."),
    ] = "AWS_OWNED"
    kms_key_arn: (
        Annotated[
            str,
            Meta(
                max_length=2048,
                pattern="^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$",
                description="ARN of a customer managed key; default: KMS's aws/dynamodb key. Only "
                "an ARN: ACK compares it with the ARN that DynamoDB returns.",
            ),
        ]
        | None
    ) = None

    rules = (
        Rule(
            "self.type == 'KMS' || !has(self.kmsKeyArn)",
            "kmsKeyArn goes with type KMS only",
            "set type to KMS or remove kmsKeyArn",
            ".kmsKeyArn",
        ),
    )


class Tag(SpecObject, frozen=True):
    """A tag of the table in AWS."""

    key: Annotated[
        service_model.TagKeyString,
        description(
            "Name of the tag.",
            **validations(
                Rule(
                    "!self.startsWith('aws:')",
                    "a tag key does not start with aws:",
                    "choose another prefix (AWS reserves this one)",
                ),
                Rule(
                    f"!(self in {json.encode(limits.ACK_TAGS).decode()})",
                    "a tag key is not one that ACK sets on every table",
                    f"choose another key than {', '.join(limits.ACK_TAGS)}",
                ),
            ),
        ),
    ]
    value: Annotated[service_model.TagValueString, description("Value of the tag.")] = ""
