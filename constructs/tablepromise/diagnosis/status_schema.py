"""The status contract: the fields of a request's status that say what became of the table.

Beside them Kratix writes `observedGeneration`, `kratix` and conditions of its own, and the pipeline
`message`, `tableName`, `warnings` and `deletionPolicy`. A condition has no `observedGeneration`:
Kratix gives the request's status a schema of its own, by which the API server drops it.
`checkedGeneration` is therefore a field beside the conditions.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field, json

from tablepromise.diagnosis.reasons import Reason

READY, STALLED = "Ready", "Stalled"

RECONCILE = "kratix.io/manual-reconciliation"
"""Label by which Kratix is asked to run a request's pipeline again; Kratix takes it off."""

TRIES = 6
"""How often a pipeline is run again for one generation and reason."""


class StatusCondition(Struct, frozen=True, rename="camel"):
    """A condition in the shape that Kratix reads and writes again: no field more."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: Reason
    message: str
    last_transition_time: str


class Stages(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """When a generation of the request got how far; once written, a time is kept."""

    generation: Annotated[int, Meta(description="the generation that all these times are about")]
    admitted: Annotated[str, Meta(description="the API server took this generation")] = ""
    rendered: Annotated[str, Meta(description="the pipeline has written its Table")] = ""
    stored: Annotated[str, Meta(description="Kratix has written it to the state store")] = ""
    applied: Annotated[str, Meta(description="the agent has applied it")] = ""
    active: Annotated[str, Meta(description="ACK first said that the table is as asked")] = ""


class FirstReport(Struct, frozen=True, kw_only=True, rename="camel"):
    """When ACK first wrote the status of a Table whose table it has now."""

    table: Annotated[str, Meta(description="uid of the Table, and when DynamoDB created its table")]
    time: Annotated[str, Meta(description="time of the first status write that was seen")]


class Healing(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What was done about a request that would not go on by itself."""

    generation: Annotated[int, Meta(description="the generation that all of this is about")]
    attempts: Annotated[
        dict[str, int], Meta(description="by reason, how often its pipeline was run again")
    ] = field(default_factory=dict[str, int])
    last: Annotated[str, Meta(description="when it was, last")] = ""


class Status(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What the status of a request should say of the table; None where nothing is known."""

    table_status: Annotated[
        str | None, Meta(description="DynamoDB's status of the table, such as `ACTIVE`")
    ] = None
    table_arn: Annotated[
        str | None, Meta(description="the table's ARN; the pipeline writes it too, if it can")
    ] = None
    stream_arn: Annotated[
        str | None, Meta(description="the ARN of the table's stream, if one was asked for")
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
        str | None, Meta(description="the Destination that Kratix has placed the Table on")
    ] = None
    checked_generation: Annotated[
        int, Meta(description="the generation that `Ready` and `Stalled` are about")
    ]
    synced_table: Annotated[
        str | None,
        Meta(description="uid and generation of the Table that ACK was last in step with"),
    ] = None
    first_report: Annotated[
        FirstReport | None,
        Meta(description="when ACK first reported on this table; a later report has compared it"),
    ] = None
    stages: Annotated[
        Stages, Meta(description="when this generation got how far; times of the objects")
    ]
    healing: Annotated[
        Healing | None,
        Meta(description="what was tried of itself, so that it is not tried without end"),
    ] = None
    conditions: Annotated[
        tuple[StatusCondition, StatusCondition],
        Meta(description="`Ready` and `Stalled`, beside Kratix' own"),
    ]


# msgspec works a type out when it is first needed, and crashes if two threads do so at once
json.Decoder(Status)

RETRACTED = ("tableStatus", "streamArn", "itemCount", "tableSizeBytes", "destination", "healing")
"""Fields that go when they are no longer true; the others outlive what they were read from."""
