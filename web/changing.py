"""Changing the rules: every way of it ends in one parse and one new version."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from rules.parse import defaults, parse
from rules.render import mapping
from store import connections, rulesets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from rules.ruleset import RuleSet
    from store.rulesets import StoredRules


def full(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Give a stored mapping with every default filled in."""
    return mapping(parse(stored))


def sparse(rules: RuleSet) -> dict[str, Any]:
    """Give a rule set without what says no more than the default, so better defaults arrive."""
    shipped = defaults()
    return {
        title: {key: value for key, value in table.items() if value != _of(shipped, title, key)}
        for title, table in mapping(rules).items()
    }


def _of(shipped: Mapping[str, Any], title: str, key: str) -> object:
    return shipped[title].get(key)


def save(
    s: Session, organisation_id: int, wanted: Mapping[str, Any], who: str, now: datetime
) -> int:
    """Keep rules as a new version and give its number; raises RuleSetError, naming the field.

    What they change is looked at anew at once.
    """
    number = rulesets.save(s, organisation_id, sparse(parse(wanted)), who, now)
    books = connections.books_of(s, organisation_id)
    if books is not None:
        connections.set_next(s, books.id, tick_at=now, match_at=now)
    return number


def with_mode_of(current: StoredRules, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Give wanted rules with the dunning mode in force: a file or an old version starts no mail."""
    changed = deepcopy(dict(wanted))
    table = changed.get("dunning", {})
    if isinstance(table, dict):
        changed["dunning"] = {**table, "mode": parse(current.mapping).dunning.mode}
    return changed


def change_mode(s: Session, organisation_id: int, mode: str, who: str, now: datetime) -> int:
    """Keep the rules in force with another dunning mode, as a new version."""
    wanted = deepcopy(dict(rulesets.current(s, organisation_id).mapping))
    wanted["dunning"] = {**wanted.get("dunning", {}), "mode": mode}
    return save(s, organisation_id, wanted, who, now)
