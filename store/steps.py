"""Which dunning steps were taken or skipped, and which were held back and why."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from rules.actions import Suppressed
from rules.facts import Contacted

SENT = "sent"
SKIPPED = "skipped"


def record(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    *,
    customer_id: str,
    invoice_id: str,
    step: str,
    level: int,
    day: date,
    action_id: int | None,
    state: str,
) -> None:
    """Note that a step was sent (or may have been), or skipped; sent is never overwritten."""
    raise NotImplementedError


def forget(s: Session, organisation_id: int, action_id: int) -> None:
    """Take back the steps of an action of which it is certain that nothing was sent."""
    raise NotImplementedError


def contacted(s: Session, organisation_id: int, customer_id: str) -> tuple[Contacted, ...]:
    """List what went out to a customer, the oldest first."""
    raise NotImplementedError


def skipped(s: Session, organisation_id: int, customer_id: str) -> frozenset[tuple[str, str]]:
    """Give the (invoice id, step) pairs of a customer that catch-up closed for good."""
    raise NotImplementedError


def note_suppressed(
    s: Session, organisation_id: int, suppressed: Suppressed, day: date, now: datetime
) -> bool:
    """Note that a due step was held back; the journal hears of each reason once.

    Gives True the first time.
    """
    raise NotImplementedError


def suppressed_on(s: Session, organisation_id: int, day: date) -> list[Suppressed]:
    """List what was held back on a day."""
    raise NotImplementedError
