"""Remittance advices handed in: read in a process of their own, kept once, and matched by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connector import remittance
from flows.bank import naming
from flows.keeping import look_again
from ledger.days import local_day
from rules.actions import advice_claim
from rules.matching.evidence.advices import DAYS_MAX
from store import actions, advices, journal, organisations
from store.advices import AdviceRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from flows.tools import Tools
    from ledger.documents import Receipt
    from ledger.remittances import Remittance
    from rules.actions import Portion
    from store.actions import ActionRow

# What is only proposed, or was refused by the ledger, uses nothing up.
_PROPOSED = frozenset({actions.WAITING, actions.REFUSED})
NAME_CHARS_MAX = 200


class NotYetError(ValueError):
    """The ledger was not read yet, so that nobody knows in which currency a list is."""


def take(
    tools: Tools, organisation_id: int, name: str, body: bytes, *, who: str
) -> list[tuple[Remittance, bool]]:
    """Take a file in; gives its advices, each with whether it is new.

    Raises ValueError with what a person should do when the file cannot be read.
    """
    found = read(tools, organisation_id, name, body)
    with tools.sessions.begin() as s:
        return keep(s, organisation_id, name, found, who=who, now=tools.clock())


def read(tools: Tools, organisation_id: int, name: str, body: bytes) -> tuple[Remittance, ...]:
    """Read the advices in a file. Raises ValueError with what a person should do."""
    with tools.sessions() as s:
        ledger = organisations.get(s, organisation_id).ledger
    if ledger is None:
        msg = "the ledger was not read yet; try again in a minute"
        raise NotYetError(msg)
    given = remittance.Given(local_day(tools.clock(), ledger.zone), ledger.currency)
    return remittance.read(name, body, given)


def keep(
    s: Session,
    organisation_id: int,
    name: str,
    found: Sequence[Remittance],
    *,
    who: str,
    now: datetime,
) -> list[tuple[Remittance, bool]]:
    """Keep advices, each with whether it is new; what was known changes nothing."""
    name = naming.plain(name)[:NAME_CHARS_MAX]
    rows = [AdviceRow(one, name, who, now) for one in found]
    taken = [(row.advice, advices.keep(s, organisation_id, row)) for row in rows]
    new = sum(is_new for _, is_new in taken)
    if new:
        text = f"remittance advice {name}: {new} of {len(taken)} are new"
        journal.write(s, organisation_id, "imported", who=who, text=text, now=now)
        look_again(s, organisation_id, now)
    return taken


def said(advice: Remittance, *, is_new: bool) -> str:
    """Say what was read of an advice, and whether payments are matched by it."""
    if not is_new:
        return "this advice was handed in before."
    count = len(advice.lines)
    lines = f"{count} line{'' if count == 1 else 's'}"
    total = f", in all {advice.total}" if advice.total else ""
    if advice.problem:
        return f"{lines}{total}. Only a suggestion: {advice.problem}."
    return f"{lines}{total}. Payments are matched by it."


def about(s: Session, organisation_id: int, receipts: Sequence[Receipt]) -> tuple[Remittance, ...]:
    """Give the advices that may tell of any of these receipts, and of no payment applied by now."""
    if not receipts:
        return ()
    oldest = min(one.received for one in receipts)
    found = advices.since(s, organisation_id, oldest - timedelta(days=DAYS_MAX))
    held = _holders(s, organisation_id, found)
    used = [one for one in found if one.id in held and held[one.id].state not in _PROPOSED]
    return tuple(one for one in found if not any(_is_same(one, each) for each in used))


def listing(s: Session, organisation_id: int, receipt: Receipt, portions: Sequence[Portion]) -> str:
    """Give the id of the advice that lists just what a person chose for a receipt, or ""."""
    chosen = {_plain(one.number) for one in portions}
    for one in about(s, organisation_id, [receipt]):
        if (
            one.total != receipt.unapplied
            or {_plain(each.reference) for each in one.lines} != chosen
        ):
            continue
        holder = _holders(s, organisation_id, [one]).get(one.id)
        if holder is None or holder.subject == f"receipt:{receipt.source}:{receipt.ref.id}":
            return one.id
    return ""


def _holders(s: Session, organisation_id: int, found: Sequence[Remittance]) -> dict[str, ActionRow]:
    claims = {advice_claim(one.id): one.id for one in found}
    held = actions.holding(s, organisation_id, "apply", list(claims))
    return {claims[claim]: row for claim, row in held.items()}


def _is_same(one: Remittance, other: Remittance) -> bool:
    """Say whether two advices tell of one payment, sent twice perhaps, by mail and as a sheet."""
    days = {one.paid_on, other.paid_on} - {None}
    return len(days) <= 1 and (one.total, set(one.lines)) == (other.total, set(other.lines))


def _plain(number: str) -> str:
    return "".join(filter(str.isalnum, number)).casefold()
