"""Why a request stands where it does: the closed set of reasons, in `check` and on the request."""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """A reason as Kubernetes writes it, and what it means.

    Attributes:
        meaning: for developers; docs/status.md is made of it.
    """

    meaning: str

    def __new__(cls, text: str, meaning: str) -> Self:
        made = str.__new__(cls, text)
        made._value_ = text
        made.meaning = meaning
        return made

    # the table is there
    ACTIVE = "Active", "the table is ACTIVE, and all that the request says is applied"

    # on the way; what takes too long keeps its reason and is stalled
    PIPELINE = "Pipeline", "Kratix takes up the request and runs its pipeline"
    SCHEDULING = "Scheduling", "Kratix makes a Work of what the pipeline wrote, and places it"
    WRITING = "Writing", "Kratix writes the manifest to the state store"
    APPLYING = "Applying", "the agent fetches the manifest and applies it"
    SYNCING = "Syncing", "ACK takes up the Table as it is now"
    PROVISIONING = "Provisioning", "DynamoDB makes or changes the table"
    RETRYING = "Retrying", "an error of AWS that ACK answers by trying again"
    THROTTLED = "Throttled", "AWS limits how many calls or tables at a time; ACK tries again"
    DELETING = "Deleting", "the request is being deleted"
    NOT_VISIBLE = "NotVisible", "the rest of the way cannot be seen from here"

    # Kratix and its pipeline
    PAUSED = "Paused", "Kratix is told to leave the request alone"
    PROMISE_UNAVAILABLE = "PromiseUnavailable", "the Promise takes no requests"
    KRATIX_DOWN = "KratixDown", "Kratix does not run, or is not installed"
    REJECTED = "Rejected", "the pipeline says no, until the request is changed"
    REJECTED_FOR_NOW = (
        "RejectedForNow",
        "the pipeline says no, and tries again by itself; mostly another request has the table",
    )
    POD_SECURITY = "PodSecurity", "the namespace's PodSecurity lets the pipeline have no pod"
    QUOTA_EXCEEDED = "QuotaExceeded", "the namespace's quota lets the pipeline have no pod"
    POD_REJECTED = "PodRejected", "something else lets the pipeline have no pod"
    IMAGE_NOT_PULLABLE = "ImageNotPullable", "the pipeline's image cannot be pulled"
    POD_FAILING = "PodFailing", "the pipeline's pod does not run"
    PIPELINE_FAILED = "PipelineFailed", "the pipeline ended with an error"
    DELETE_PIPELINE_FAILED = "DeletePipelineFailed", "the delete pipeline did not succeed"

    NAMESPACE_TERMINATING = (
        "NamespaceTerminating",
        "the request's namespace is being deleted, so the delete pipeline gets no Job",
    )

    # Destination and state store
    NO_DESTINATION = "NoDestination", "no Destination has the labels that the request wants"
    DESTINATION_GONE = "DestinationGone", "the Destination of the request was removed"
    DESTINATION_MISMATCH = "DestinationMismatch", "the Destination has lost a label"
    STORE_FAILING = "StoreFailing", "the state store is not ready, or cannot be written"
    STORE_EMPTIED = "StoreEmptied", "the manifest was written, and is not in the store any more"

    # the agent
    AGENT_DOWN = "AgentDown", "Flux does not run"
    AGENT_SUSPENDED = "AgentSuspended", "Flux is told to leave the Destination alone"
    SOURCE_FAILING = "SourceFailing", "Flux cannot fetch from the state store"
    AGENT_FAILING = "AgentFailing", "Flux applies nothing of the Destination"
    BLOCKED = "Blocked", "another object of the Destination makes Flux apply nothing"
    TABLE_REJECTED = "TableRejected", "the API server does not take the Table"

    # ACK and DynamoDB
    ACK_ABSENT = "ACKAbsent", "ACK's DynamoDB controller is not installed"
    ACK_DOWN = "ACKDown", "ACK's DynamoDB controller does not run"
    ACCESS_DENIED = "AccessDenied", "AWS does not let ACK do it"
    TERMINAL = "Terminal", "DynamoDB refuses for good, and ACK has given up"
    NAME_TAKEN = "NameTaken", "a table of that name exists in DynamoDB, and ACK does not manage it"
    PROTECTED = "Protected", "DynamoDB protects the table from deletion"
    REGION_CHANGED = "RegionChanged", "the region was changed after the table was made"
    TABLE_DELETED = "TableDeleted", "somebody deletes the Table, but not the request"
    TABLE_GONE = "TableGone", "the table was deleted behind ACK, or is made again, empty"
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
"""Those of a request that goes on by itself: it is stalled only when that takes too long."""
