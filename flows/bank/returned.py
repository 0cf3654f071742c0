"""Money that the bank took back: what was applied of it, for a person to undo in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows import on_account
from flows.linked import subject
from ledger.documents import Source
from rules.matching.names import bare
from rules.matching.sent_back import takes
from store import actions, exceptions, mirror

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.documents import Receipt
    from store.actions import ActionRow

KIND = "payment_returned"
# Direct debits that nobody agreed to may be taken back for thirteen months.
WITHIN = timedelta(days=400)
SHOWN_MAX = 5
UNDONE = "what was applied of it is taken apart"
LEFT_WHY = "went back to the payer"


@dataclass(frozen=True, slots=True)
class Offer:
    """An application of money that a line seems to have taken back."""

    action: ActionRow
    money: Receipt


def tell(
    s: Session,
    organisation_id: int,
    lines: Sequence[Receipt],
    *,
    marked: Container[str],
    own_names: Iterable[str],
    now: datetime,
) -> None:
    """Have a person look at new lines that took money back.

    Those that the bank `marked` so are told in any case, others where applied money agrees with
    them, and never what goes to an account of `own_names`.
    """
    ours = {name for name in map(bare, own_names) if name}
    gone = [one for one in lines if one.amount.minor < 0]
    for line, earlier in _earlier(s, organisation_id, gone):
        applied = [one for one in earlier if one.unapplied != one.amount]
        likely = any(takes(line, one) for one in applied) and bare(line.payer_name) not in ours
        if line.ref.id in marked or likely:
            _open(s, organisation_id, line, applied, is_marked=line.ref.id in marked, now=now)


def _earlier(
    s: Session, organisation_id: int, lines: Sequence[Receipt]
) -> Iterable[tuple[Receipt, list[Receipt]]]:
    """Give with each line the money of its amount that came in before, what agrees with it first.

    Where anything agrees, nothing else is given.
    """
    if not lines:
        return
    first, last = (pick(one.received for one in lines) for pick in (min, max))
    amounts = {-one.amount for one in lines}
    found = mirror.receipts_between(
        s, organisation_id, Source.BANK, (first - WITHIN, last), amounts
    )
    for line in lines:
        since = line.received - WITHIN
        came = [
            one
            for one in found
            if one.amount == -line.amount and since <= one.received <= line.received
        ]
        yield line, [one for one in came if takes(line, one)] or came


def _open(
    s: Session,
    organisation_id: int,
    line: Receipt,
    applied: Sequence[Receipt],
    *,
    is_marked: bool,
    now: datetime,
) -> None:
    amount = abs(line.amount)
    which = "; ".join(
        f"{one.received:%d %b %Y} {one.payer_name or one.reference or one.text[:60]}"
        for one in applied[-SHOWN_MAX:]
    )
    exceptions.open_exception(
        s,
        organisation_id,
        kind=KIND,
        subject=subject(line.ref.id),
        title=(
            f"The bank took {amount} back"
            if is_marked
            else f"{amount} went out, and may be a payment that came back"
        ),
        detail=(
            f"On {line.received:%d %b %Y}: {line.text[:200] or 'without words'}. "
            + (f"Applied money of that amount: {which}." if which else "No such money was applied.")
        ),
        fix=(
            "If an invoice is owed again, undo its application here: the money is then left aside,"
            " as gone back. What somebody recorded in the ledger is taken back there. Else close"
            " this with a note."
        ),
        now=now,
    )


def offers(s: Session, organisation_id: int, about: str) -> list[Offer]:
    """List the applications that a row of the exceptions, by its subject, lets a person undo."""
    line = mirror.receipt(s, organisation_id, Source.BANK, about.removeprefix(subject("")))
    if line is None:
        return []
    return [
        Offer(row, one)
        for _, earlier in _earlier(s, organisation_id, [line])
        for one in reversed(earlier)
        for row in _applied(s, organisation_id, one.ref.id)
    ][:SHOWN_MAX]


def _applied(s: Session, organisation_id: int, receipt_id: str) -> list[ActionRow]:
    """List the applications of a receipt that stand and that nobody is undoing."""
    rows = actions.of_subject(s, organisation_id, subject(receipt_id))
    undoing = {row.body["action_id"] for row in rows if row.kind == "unapply"}
    return [
        row
        for row in rows
        if row.kind == "apply"
        and row.state == actions.DONE
        and row.undone_at is None
        and row.id not in undoing
    ]


def settle(
    s: Session, organisation_id: int, receipt_id: str, about: str, *, who: str, now: datetime
) -> None:
    """Put money aside whose application was just taken apart because it went back.

    Nothing is asked about it any more, and the row of the exceptions closes. It stays open while
    more of the money is applied, or where the ledger holds it on account of the payer.
    """
    if _applied(s, organisation_id, receipt_id):
        return
    try:
        on_account.leave(
            s, organisation_id, Source.BANK, receipt_id, who=who, now=now, said=LEFT_WHY
        )
    except ValueError:
        return
    exceptions.close_subject(
        s, organisation_id, about, kind=KIND, who="dunnock", now=now, resolution=UNDONE
    )
