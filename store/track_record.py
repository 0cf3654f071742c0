"""How the matching rules did: which of their decisions people confirmed, and which they undid."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from rules.matching.policy import Counted
from store.action_rows import CANCELLED, DONE
from store.tables import action as actions

# Why a proposal is dropped when a person places the money otherwise.
CHOSEN_OTHERWISE = "a person chose"

_DECIDED = (
    select(actions.c.body, actions.c.state, actions.c.reason, actions.c.undone_at)
    .where(actions.c.organisation_id == bindparam("organisation_id"))
    .where(actions.c.kind == "apply", actions.c.state.in_((DONE, CANCELLED)))
    .where(actions.c.planned_at >= bindparam("since"))
)


def of_rules(s: Session, organisation_id: int, since: datetime) -> dict[str, Counted]:
    """Count, per rule, the applications decided since then that were right, and those wrong.

    Right is what was applied and not undone; wrong is what was undone, or was proposed and dropped
    because a person chose otherwise. What was dropped for other reasons says nothing.
    """
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for row in s.execute(_DECIDED, {"organisation_id": organisation_id, "since": since}):
        rule = row.body["why"]["rule"]
        if row.state == DONE and row.undone_at is None:
            right[rule] += 1
        elif row.state == DONE or row.reason == CHOSEN_OTHERWISE:
            wrong[rule] += 1
    return {rule: Counted(right[rule], wrong[rule]) for rule in sorted(right | wrong)}
