"""Diagnosis: from live objects to where each request stands, why, and what to do next."""

from tablepromise.diagnosis.diagnose import diagnose
from tablepromise.diagnosis.reads import READS, Read
from tablepromise.diagnosis.report import Hop, PlatformPart, Problem, Report, RequestReport
from tablepromise.diagnosis.snapshot import Described, Snapshot, Unread

__all__ = [
    "READS",
    "Described",
    "Hop",
    "PlatformPart",
    "Problem",
    "Read",
    "Report",
    "RequestReport",
    "Snapshot",
    "Unread",
    "diagnose",
]
