"""Diagnosis: from live objects to where each request stands, why, and what to do next."""

from tablepromise.diagnosis.diagnose import diagnose
from tablepromise.diagnosis.report import Hop, PlatformPart, Problem, Report, RequestReport
from tablepromise.diagnosis.snapshot import Described, Snapshot, Unread
from tablepromise.reads import READS, Read

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
