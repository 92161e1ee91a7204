"""Everything that is known to happen on the way of a request, and what a diagnosis says then."""

import situations_change
import situations_delivery
import situations_lab
import situations_table
import situations_workflow
from situation import NAME, SITUATIONS, Situation

PARTS = (
    situations_workflow,
    situations_delivery,
    situations_table,
    situations_change,
    situations_lab,
)
"""Importing them fills `SITUATIONS`."""

__all__ = ["NAME", "PARTS", "SITUATIONS", "Situation"]
