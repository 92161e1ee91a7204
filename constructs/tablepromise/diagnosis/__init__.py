"""Diagnosis: from live objects to where each request stands, why, and what to do next."""

from tablepromise.diagnosis.contract import Condition, Stages, Status
from tablepromise.diagnosis.diagnose import diagnose
from tablepromise.diagnosis.patch import merged, patch
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Hop, PlatformPart, Problem, Report, RequestReport
from tablepromise.diagnosis.snapshot import Described, Snapshot, Unread
from tablepromise.diagnosis.status import status, statuses
from tablepromise.reads import READS, Read

__all__ = [
    "READS",
    "Condition",
    "Described",
    "Hop",
    "PlatformPart",
    "Problem",
    "Read",
    "Reason",
    "Report",
    "RequestReport",
    "Snapshot",
    "Stages",
    "Status",
    "Unread",
    "diagnose",
    "merged",
    "patch",
    "status",
    "statuses",
]
