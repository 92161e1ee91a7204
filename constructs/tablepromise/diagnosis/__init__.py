"""Diagnosis of live objects: the state of each request, its problem, and the next step.

Raises no exceptions of its own: objects of any shape are accepted.
"""

from tablepromise.diagnosis.diagnose import diagnose
from tablepromise.diagnosis.live_object import format_time
from tablepromise.diagnosis.patch import build_patch, merge_conditions
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Hop, PlatformPart, Problem, Report, RequestReport
from tablepromise.diagnosis.snapshot import ReadError, Snapshot, TableDescription
from tablepromise.diagnosis.status import build_status, build_statuses, reports_and_statuses
from tablepromise.diagnosis.status_schema import (
    READY,
    RECONCILE,
    STALLED,
    TRIES,
    FirstReport,
    Healing,
    Stages,
    Status,
    StatusCondition,
)
from tablepromise.reads import READS, Read

__all__ = [
    "READS",
    "READY",
    "RECONCILE",
    "STALLED",
    "TRIES",
    "FirstReport",
    "Healing",
    "Hop",
    "PlatformPart",
    "Problem",
    "Read",
    "ReadError",
    "Reason",
    "Report",
    "RequestReport",
    "Snapshot",
    "Stages",
    "Status",
    "StatusCondition",
    "TableDescription",
    "build_patch",
    "build_status",
    "build_statuses",
    "diagnose",
    "format_time",
    "merge_conditions",
    "reports_and_statuses",
]
