"""What the conditions of a request must say."""

from typing import NamedTuple

READY = ("True", "False")
ON_ITS_WAY = ("False", "False")
STALLED = ("False", "True")
READY_AND_STALLED = ("True", "True")
UNKNOWN = ("Unknown", "Unknown")
"""The statuses of `Ready` and `Stalled`."""


class Verdict(NamedTuple):
    """`Ready` and `Stalled`, and what both say."""

    conditions: tuple[str, str]
    reason: str
    message: str
    next: str = ""
