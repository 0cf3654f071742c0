"""Remittance advices handed in: read in a process of their own, kept once, and matched by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connector import remittance
from flows.keeping import look_again
from ledger.days import local_day
from rules.matching.evidence.advices import DAYS_MAX
from store import advices, journal, organisations
from store.advices import AdviceRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from flows.tools import Tools
    from ledger.documents import Receipt
    from ledger.remittances import Remittance

NAME_CHARS_MAX = 200


def take(
    tools: Tools, organisation_id: int, name: str, body: bytes, *, who: str
) -> list[tuple[Remittance, bool]]:
    """Take a file in; gives its advices, each with whether it is new.

    Raises ValueError with what a person should do when the file cannot be read.
    """
    now = tools.clock()
    with tools.sessions() as s:
        ledger = organisations.get(s, organisation_id).ledger
    if ledger is None:
        msg = "the ledger was not read yet; try again in a minute"
        raise ValueError(msg)
    given = remittance.Given(local_day(now, ledger.zone), ledger.currency)
    found = remittance.read(name, body, given)
    taken = []
    with tools.sessions.begin() as s:
        for one in found:
            row = AdviceRow(one, name[:NAME_CHARS_MAX], who, now)
            taken.append((one, advices.keep(s, organisation_id, row)))
        new = sum(is_new for _, is_new in taken)
        text = f"remittance advice {name[:NAME_CHARS_MAX]}: {new} of {len(taken)} are new"
        journal.write(s, organisation_id, "imported", who=who, text=text, now=now)
        look_again(s, organisation_id, now)
    return taken


def about(s: Session, organisation_id: int, receipts: Sequence[Receipt]) -> tuple[Remittance, ...]:
    """Give the advices that may tell of any of these receipts."""
    if not receipts:
        return ()
    oldest = min(one.received for one in receipts)
    return tuple(advices.since(s, organisation_id, oldest - timedelta(days=DAYS_MAX)))
