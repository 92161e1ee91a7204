"""Schema of the fields that the reflector writes into the status of a request.

Kratix writes `observedGeneration`, `kratix` and its own conditions; the pipeline writes `message`,
`tableName`, `warnings` and `deletionPolicy`. A condition has no `observedGeneration`, because the
schema that Kratix generates for the status drops it; so `checkedGeneration` is a field beside the
conditions.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field, json

from tablepromise.diagnosis.reasons import Reason

READY, STALLED = "Ready", "Stalled"

RECONCILE = "kratix.io/manual-reconciliation"
"""Label that makes Kratix run a request's pipeline again; Kratix removes it."""

TRIES = 6
"""Automatic retries of a pipeline for one generation and reason."""


class StatusCondition(Struct, frozen=True, rename="camel"):
    """A condition with the fields that Kratix keeps when it writes the status."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: Reason
    message: str
    last_transition_time: str


class Stages(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Times at which one generation of the request reached each stage; they never change."""

    generation: Annotated[int, Meta(description="the generation of all these times")]
    admitted: Annotated[str, Meta(description="the API server admitted this generation")] = ""
    rendered: Annotated[str, Meta(description="the pipeline rendered the Table")] = ""
    stored: Annotated[str, Meta(description="Kratix wrote the Table to the state store")] = ""
    applied: Annotated[str, Meta(description="the agent applied the Table")] = ""
    active: Annotated[
        str, Meta(description="ACK first reported that the table matches the request")
    ] = ""


class FirstReport(Struct, frozen=True, kw_only=True, rename="camel"):
    """Time of ACK's first status write for the table that exists now."""

    table: Annotated[str, Meta(description="uid of the Table, and when DynamoDB created its table")]
    time: Annotated[str, Meta(description="time of the first status write that was seen")]


class Healing(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Automatic retries of the request's pipeline."""

    generation: Annotated[int, Meta(description="the generation of these retries")]
    attempts: Annotated[
        dict[str, int], Meta(description="number of retries of the pipeline, by reason")
    ] = field(default_factory=dict[str, int])
    last: Annotated[str, Meta(description="time of the last retry")] = ""


class Status(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The status that a request should have; None for what is not known."""

    table_status: Annotated[
        str | None, Meta(description="DynamoDB's status of the table, such as `ACTIVE`")
    ] = None
    table_arn: Annotated[
        str | None, Meta(description="the table's ARN; the pipeline writes it too, if it can")
    ] = None
    stream_arn: Annotated[
        str | None, Meta(description="the ARN of the table's stream, if the request has one")
    ] = None
    item_count: Annotated[
        int | None, Meta(description="items, counted by DynamoDB every six hours or so")
    ] = None
    table_size_bytes: Annotated[
        int | None, Meta(description="bytes, counted by DynamoDB every six hours or so")
    ] = None
    region: Annotated[
        str | None, Meta(description="the table's region; the pipeline writes it too")
    ] = None
    destination: Annotated[
        str | None, Meta(description="the Destination on which Kratix scheduled the Table")
    ] = None
    checked_generation: Annotated[
        int, Meta(description="the generation that `Ready` and `Stalled` describe")
    ]
    synced_table: Annotated[
        str | None,
        Meta(description="uid and generation of the Table at ACK's last confirmed sync"),
    ] = None
    first_report: Annotated[
        FirstReport | None,
        Meta(description="ACK's first report on this table; only later reports have compared it"),
    ] = None
    stages: Annotated[Stages, Meta(description="times at which this generation reached each stage")]
    healing: Annotated[
        Healing | None,
        Meta(description="automatic retries so far, which limit the next ones"),
    ] = None
    conditions: Annotated[
        tuple[StatusCondition, StatusCondition],
        Meta(description="`Ready` and `Stalled`, beside the conditions of Kratix"),
    ]


# msgspec builds a type's decoder at its first use, and crashes if two threads do that at once
json.Decoder(Status)

RETRACTED = ("tableStatus", "streamArn", "itemCount", "tableSizeBytes", "destination", "healing")
"""Fields that are removed when they are no longer true; the others are kept."""
