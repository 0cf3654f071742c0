"""Rules that have earned to apply money by themselves, and rules that have lost it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from rules.matching.earning import COUNTED_DAYS, Earned, Standing, earned
from rules.parse import parse
from store import connections, exceptions, rulesets, track_record

WITHDRAWN = "rule_withdrawn"


def standings(
    s: Session, organisation_id: int, mapping: Mapping[str, Any], now: datetime
) -> dict[str, Earned]:
    """Say how each matching rule stands under the rules of a mapping, by rule id."""
    matching = parse(mapping).matching
    counts = track_record.of_rules(s, organisation_id, now - timedelta(days=COUNTED_DAYS))
    ours = {one.id for one in matching.rules}
    automatic = {one.id for one in matching.rules if one.outcome == "apply"}
    told = {rule: known for rule, known in counts.items() if rule in ours}
    found = earned(told, automatic if matching.mode == "auto" else ())
    return {one.rule: one for one in found}


def fall_back(s: Session, organisation_id: int, rule: str, now: datetime) -> bool:
    """Let a rule only suggest from now on if too many of its applications were undone.

    That is a new version of the rules, which a person may change again. Says whether it was so.
    """
    current = rulesets.current(s, organisation_id)
    found = standings(s, organisation_id, current.mapping, now).get(rule)
    if found is None or found.standing is not Standing.WITHDRAWN:
        return False
    rulesets.save(s, organisation_id, _suggesting(current.mapping, rule), "dunnock", now)
    books = connections.books_of(s, organisation_id)
    if books is not None:
        connections.set_next(s, books.id, match_at=now)
    exceptions.open_exception(
        s,
        organisation_id,
        kind=WITHDRAWN,
        subject=f"rule:{rule}",
        title=f"The rule {rule.replace('_', ' ')} only suggests from now on",
        detail=(
            f"Of {found.decisions} of its decisions in the last {COUNTED_DAYS} days {found.wrong}"
            " were undone or chosen otherwise."
        ),
        fix=(
            "Look at what was undone. When the reason is gone, choose apply for the rule in the"
            " settings again, then close this."
        ),
        now=now,
    )
    return True


def _suggesting(mapping: Mapping[str, Any], rule: str) -> dict[str, Any]:
    matching = mapping.get("matching", {})
    others = [one for one in matching.get("rule", []) if one["id"] != rule]
    changed = {**matching, "rule": [*others, {"id": rule, "outcome": "suggest"}]}
    return {**mapping, "matching": changed}
