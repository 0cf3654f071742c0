"""Holds: dunning blocks that people set on a customer or an invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from rules.facts import Hold


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as kept: who set it and when."""

    id: int
    hold: Hold
    placed_by: str
    placed_at: datetime


def place(s: Session, organisation_id: int, hold: Hold, who: str, now: datetime) -> int:
    """Set a hold, with a journal entry."""
    raise NotImplementedError


def release(s: Session, organisation_id: int, hold_id: int, who: str, now: datetime) -> bool:
    """End a hold, with a journal entry; False when it is over already."""
    raise NotImplementedError


def of_customer(s: Session, organisation_id: int, customer_id: str, day: date) -> tuple[Hold, ...]:
    """Give the holds in force for a customer and its invoices on a day (`until` included)."""
    raise NotImplementedError


def all_open(s: Session, organisation_id: int, day: date) -> list[HoldRow]:
    """List the holds in force on a day, the oldest first."""
    raise NotImplementedError
