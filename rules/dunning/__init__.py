"""Who is reminded of what today, decided for one customer from facts alone."""

from __future__ import annotations

from rules.dunning.decide import OUTSIDE_WINDOW, DunningDecision, decide, outlook, recheck
from rules.dunning.window import Closed, country_for, in_window, is_open, next_window, zone_for

__all__ = [
    "OUTSIDE_WINDOW",
    "Closed",
    "DunningDecision",
    "country_for",
    "decide",
    "in_window",
    "is_open",
    "next_window",
    "outlook",
    "recheck",
    "zone_for",
]
