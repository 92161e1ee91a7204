"""Options of a table that have fields of their own: expiry, stream, encryption, tags."""

from typing import Annotated, Literal

from msgspec import Meta

from tablepromise.request import service_model
from tablepromise.request.parts import Part, described
from tablepromise.request.rules import Rule, validations


class TimeToLive(Part, frozen=True):
    """Items expire at the second that one of their attributes holds."""

    attribute_name: Annotated[
        service_model.TimeToLiveAttributeName,
        described("A number attribute: the second since 1970 at which the item expires."),
    ]
    enabled: Annotated[
        bool, described("Set to false for one change before timeToLive is removed.")
    ] = True

    rules = (
        Rule(
            "!self.enabled || !oldSelf.enabled || self.attributeName == oldSelf.attributeName",
            "the attribute cannot change while time to live is enabled",
            "set enabled to false first, and wait an hour (DynamoDB takes one change per hour)",
            ".attributeName",
        ),
    )


class Stream(Part, frozen=True):
    """A stream of the changes to items. It stays as it is once the table has it."""

    view_type: Annotated[
        service_model.StreamViewType, described("What a stream record holds of the item.")
    ] = "NEW_AND_OLD_IMAGES"


class Encryption(Part, frozen=True):
    """Encryption at rest."""

    type: Annotated[
        Literal["AWS_OWNED", "KMS"],
        described("AWS_OWNED: a key of DynamoDB's own. KMS: a key in your account's KMS."),
    ] = "AWS_OWNED"
    kms_key_arn: (
        Annotated[
            str,
            Meta(
                max_length=2048,
                pattern="^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$",
                description="ARN of a customer managed key; left out, KMS's aws/dynamodb key. An "
                "ARN because ACK compares it with the ARN that DynamoDB returns.",
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


class Tag(Part, frozen=True):
    """A tag of the table in AWS."""

    key: Annotated[
        service_model.TagKeyString,
        described(
            "Name of the tag.",
            **validations(
                Rule(
                    "!self.startsWith('aws:')",
                    "a tag key does not start with aws:",
                    "choose another prefix (AWS keeps this one for itself)",
                )
            ),
        ),
    ]
    value: Annotated[service_model.TagValueString, described("Value of the tag.")] = ""
