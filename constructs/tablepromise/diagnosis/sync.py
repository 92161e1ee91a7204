"""Whether ACK's word counts: it says in step, and it says so of the Table as it is now.

ACK writes no generation into its conditions. It keeps them while a change waits for its look, and
a look that had begun before the change still writes them after it. So the time of its last word is
compared with the time of the change.
"""

from datetime import timedelta

from tablepromise.diagnosis import owners, steps
from tablepromise.diagnosis.case import Case
from tablepromise.diagnosis.live import Live
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.steps import Step

SETTLES = timedelta(seconds=15)
"""A look that had begun before a change has ended by then."""


def in_step(live: Live) -> bool:
    """Whether ACK says so in all its words; `Ready` is one since version 1.6.1."""
    synced, ready = live.condition("ACK.ResourceSynced"), live.condition("Ready")
    said = [condition for condition in (synced, ready) if condition is not None]
    return bool(said) and all(condition.status == "True" for condition in said)


def version(live: Live) -> str:
    """Which Table, with which spec; empty if that cannot be told."""
    uid = live.text("metadata", "uid")
    return f"{uid}/{live.generation}" if uid else ""


def behind(case: Case, live: Live, down: Problem | None) -> Step | None:
    """What there is to wait for, if what ACK says may be about the Table before its last change.

    A Table whose spec was never changed needs no such proof, nor one for which it was given before:
    what is changed in labels alone has a later time too, and ACK does not look at it.
    """
    known = case.request.text("status", "syncedTable")
    if live.generation <= 1 or (known and known == version(live)):
        return None
    asked, looked = owners.asked(live), owners.reported(live)
    next = "look at ACK's log"
    if asked is None or looked is None or looked < asked:
        if down:
            return steps.failed(down, live, asked)
        detail = "ACK has not looked at the Table since it was changed"
        return steps.waiting(Reason.SYNCING, detail, live, asked, next=next)
    if asked != live.created and case.now - asked <= SETTLES:
        detail = "ACK may have looked at the Table as it was a moment ago"
        return steps.waiting(Reason.SYNCING, detail, live, asked, next=next)
    return None
