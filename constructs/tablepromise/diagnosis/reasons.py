"""Reasons of the conditions `Ready` and `Stalled`, which `check` prints too."""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """A reason in CamelCase, and its meaning.

    Attributes:
        meaning: a sentence for docs/status.md.
    """

    meaning: str

    def __new__(cls, text: str, meaning: str) -> Self:
        made = str.__new__(cls, text)
        made._value_ = text
        made.meaning = meaning
        return made

    # the table exists
    ACTIVE = "Active", "the table is ACTIVE and matches the request"

    # in progress; a request that takes too long keeps its reason and is stalled
    PIPELINE = "Pipeline", "Kratix reconciles the request and runs its pipeline"
    SCHEDULING = "Scheduling", "Kratix creates the Work and schedules it on a Destination"
    WRITING = "Writing", "Kratix writes the manifest to the state store"
    APPLYING = "Applying", "the agent fetches the manifest and applies it"
    SYNCING = "Syncing", "ACK reconciles the current generation of the Table"
    PROVISIONING = "Provisioning", "DynamoDB creates or updates the table"
    RETRYING = "Retrying", "AWS returned an error, and ACK retries"
    THROTTLED = "Throttled", "AWS throttles ACK's calls or limits concurrent changes; ACK retries"
    DELETING = "Deleting", "the request is being deleted"
    NOT_VISIBLE = "NotVisible", "the next hops are not visible from this cluster"

    # Kratix and its pipeline
    PAUSED = "Paused", "reconciliation of the request or of the Promise is paused in Kratix"
    PROMISE_UNAVAILABLE = "PromiseUnavailable", "the Promise does not accept requests"
    KRATIX_DOWN = "KratixDown", "Kratix does not run, or is not installed"
    REJECTED = "Rejected", "the pipeline rejects the request until its spec is changed"
    REJECTED_FOR_NOW = (
        "RejectedForNow",
        "the pipeline rejects the request and retries; usually another request owns the table name",
    )
    POD_SECURITY = "PodSecurity", "the namespace's Pod Security level rejects the pipeline's pod"
    QUOTA_EXCEEDED = "QuotaExceeded", "the namespace's ResourceQuota rejects the pipeline's pod"
    POD_REJECTED = "PodRejected", "the API server rejects the pipeline's pod for another reason"
    IMAGE_NOT_PULLABLE = "ImageNotPullable", "the pipeline's image cannot be pulled"
    POD_FAILING = "PodFailing", "the pipeline's pod does not run"
    PIPELINE_FAILED = "PipelineFailed", "the pipeline ended with an error"
    DELETE_PIPELINE_FAILED = "DeletePipelineFailed", "the delete pipeline failed"

    NAMESPACE_TERMINATING = (
        "NamespaceTerminating",
        "the request's namespace is being deleted, so Kratix cannot create the delete pipeline's "
        "Job",
    )

    # Destination and state store
    NO_DESTINATION = "NoDestination", "no Destination has the labels that the request requires"
    DESTINATION_GONE = "DestinationGone", "the Destination of the request was deleted"
    DESTINATION_MISMATCH = "DestinationMismatch", "the Destination lost a label"
    STORE_FAILING = "StoreFailing", "the state store is not ready, or Kratix cannot write to it"
    STORE_EMPTIED = "StoreEmptied", "the manifest was written and is missing in the state store now"

    # the agent
    AGENT_DOWN = "AgentDown", "Flux does not run"
    AGENT_SUSPENDED = "AgentSuspended", "Flux is suspended for the Destination"
    SOURCE_FAILING = "SourceFailing", "Flux cannot fetch from the state store"
    AGENT_FAILING = "AgentFailing", "Flux cannot apply the files of the Destination"
    BLOCKED = "Blocked", "another invalid object of the Destination blocks Flux"
    TABLE_REJECTED = "TableRejected", "the API server rejects the Table"

    # ACK and DynamoDB
    ACK_ABSENT = "ACKAbsent", "ACK's DynamoDB controller is not installed"
    ACK_DOWN = "ACKDown", "ACK's DynamoDB controller does not run"
    ACCESS_DENIED = "AccessDenied", "AWS denied a call of ACK's controller"
    TERMINAL = "Terminal", "DynamoDB rejects the table, and ACK does not retry"
    NAME_TAKEN = "NameTaken", "a table of that name exists in DynamoDB, and ACK does not manage it"
    PROTECTED = "Protected", "DynamoDB protects the table from deletion"
    REGION_CHANGED = "RegionChanged", "the region was changed after the table was created"
    TABLE_DELETED = "TableDeleted", "the Table is being deleted although its request still exists"
    TABLE_GONE = "TableGone", "the table was deleted outside ACK; ACK creates it again, empty"
    KEY_GONE = "KeyGone", "DynamoDB cannot use the table's KMS key"


WAITING = (
    Reason.PIPELINE,
    Reason.SCHEDULING,
    Reason.WRITING,
    Reason.APPLYING,
    Reason.SYNCING,
    Reason.PROVISIONING,
    Reason.RETRYING,
    Reason.THROTTLED,
    Reason.DELETING,
)
"""Reasons of a request in progress: it is stalled only when the hop takes too long."""
