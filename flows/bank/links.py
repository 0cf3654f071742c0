"""Bank lines whose money is seen elsewhere: linked to it once, and applied no second time.

A link is an action that is done as soon as it is decided. It accounts for all of the line, so that
nothing else sees it as money to be placed, and it can be taken back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flows import linked, on_account, written
from flows.keeping import look_again
from flows.linked import KIND, subject
from ledger.days import local_day
from ledger.documents import Source, Status
from ledger.payouts import Stage
from rules.matching import seen_twice
from rules.matching.in_memory import MemoryBook
from rules.matching.mirrored import invoice_item, living, merges
from rules.matching.seen_twice import Recorded, Seen, Twin, Verdict, claim
from store import actions, bank_lines, connections, exceptions, mirror, payouts, recorded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from ledger.documents import Customer, Invoice, Receipt
    from ledger.money import Money
    from ledger.payouts import Payout
    from rules.matching.book import Book
    from store.actions import ActionRow
    from store.bank_lines import LineRow
    from store.organisations import OrganisationRow

ASKED = "bank_line_seen"
# A line nobody placed for so long is not compared any more.
LOOK_BACK_DAYS = 90
# What disposes of a line's money.
PLACING = ("apply", "keep")
# Stands in everything that Dunnock itself writes into a ledger.
OUR_MARK = "DNK-"


def verdicts(
    s: Session, organisation: OrganisationRow, now: datetime, besides: str = ""
) -> dict[str, Verdict]:
    """Say, by receipt, which bank lines with money left are or may be money seen elsewhere.

    Lines whose money is on its way are left out, but for the one of the subject `besides`.
    """
    zone = organisation.ledger.zone if organisation.ledger else "UTC"
    since = local_day(now, zone) - timedelta(days=LOOK_BACK_DAYS)
    ids = bank_lines.untouched(s, organisation.id, since)
    under_way = (
        row
        for kind in PLACING
        for row in (actions.under_way(s, organisation.id, kind) if ids else ())
    )
    taken = {row.subject for row in under_way} - {besides}
    waiting = [
        one
        for one in mirror.receipts_named(s, organisation.id, Source.BANK, ids)
        if subject(one.ref.id) not in taken
    ]
    left = on_account.left(s, organisation.id, waiting)
    lines = [one for one in waiting if on_account.claim(one) not in left]
    if not lines:
        return {}
    payouts_ = _payouts(s, organisation.id, lines)
    twins, book = _recorded(s, organisation.id, lines)
    found = seen_twice.look(lines, payouts_, twins, book)
    return {one.receipt_id: one for one in found}


def require_own(desk: Desk, row: ActionRow, source: Source) -> None:
    """Raise ValueError for money of the bank that may have come into the books meanwhile."""
    if source is not Source.BANK:
        return
    with desk.tools.sessions.begin() as s:
        found = verdicts(s, desk.organisation, desk.now, row.subject)
    if row.subject in map(subject, found):
        msg = "the money may be in the books already; the page Bank asks about it"
        raise ValueError(msg)


def _payouts(s: Session, organisation_id: int, lines: Sequence[Receipt]) -> list[Payout]:
    """Give the payouts that may be on these lines, and that no other line is."""
    first = min(one.received for one in lines) - timedelta(days=seen_twice.PAYOUT_LATE_DAYS)
    known = [
        row.payout
        for row in payouts.since(s, organisation_id, first)
        if row.payout.stage is not Stage.FAILED
    ]
    free = _free(s, organisation_id, Seen.PAYOUT, (one.ref.id for one in known))
    return [one for one in known if one.ref.id in free]


def _recorded(
    s: Session, organisation_id: int, lines: Sequence[Receipt]
) -> tuple[list[Recorded], Book]:
    """Give the payments in the ledger that somebody else recorded, and that no other line is.

    With them come their invoices, and all open ones: what a line may name.
    """
    books = connections.books_of(s, organisation_id)
    if books is None or books.provider == "stripe":
        # What Stripe's own books hold came in at Stripe, and reaches the bank as a payout.
        return [], MemoryBook(())
    around = timedelta(days=seen_twice.NAMED_DOUBTED_DAYS)
    since = min(one.received for one in lines) - around
    until = max(one.received for one in lines) + around
    amounts = {amount for one in lines for amount in seen_twice.amounts_of(one)}
    found = mirror.receipts_between(s, organisation_id, Source.LEDGER, (since, until), amounts)
    ours = written.among(s, organisation_id, (one.ref.id for one in found))
    known = [
        one
        for one in found
        if one.status in {Status.OPEN, Status.PAID} and not _is_ours(s, organisation_id, one, ours)
    ]
    free = _free(s, organisation_id, Seen.LEDGER, (one.ref.id for one in known))
    alone = [one for one in known if one.ref.id in free]
    return _laid_out(s, organisation_id, alone, _deposits(s, organisation_id, lines, amounts))


def _deposits(
    s: Session, organisation_id: int, lines: Sequence[Receipt], amounts: Collection[Money]
) -> list[list[Receipt]]:
    """Give the payments that somebody recorded one by one, and that came as one deposit."""
    around = timedelta(days=seen_twice.NAMED_DAYS)
    days = [one.received for one in lines]
    span = min(days) - around, max(days) + around
    groups = recorded.together(s, organisation_id, span, amounts)
    ids = sorted({one for group in groups for one in group})
    ours = written.among(s, organisation_id, ids)
    free = _free(s, organisation_id, Seen.LEDGER, ids)
    loose = {
        one.ref.id: one
        for one in mirror.receipts_named(s, organisation_id, Source.LEDGER, ids)
        if one.ref.id in free and not _is_ours(s, organisation_id, one, ours)
    }
    return [[loose[one] for one in group] for group in groups if loose.keys() >= set(group)]


def _laid_out(
    s: Session,
    organisation_id: int,
    alone: Sequence[Receipt],
    deposits: Sequence[Sequence[Receipt]],
) -> tuple[list[Recorded], Book]:
    receipts = [*alone, *(one for group in deposits for one in group)]
    if not receipts:
        # Open invoices are asked about only beside what is recorded, and there may be many.
        return [], MemoryBook(())
    ids = [part.invoice_id for one in receipts for part in one.allocations]
    paid = mirror.invoices(s, organisation_id, ids)
    customers = mirror.customers(s, organisation_id)
    known = paid | {one.ref.id: one for one in mirror.open_invoices(s, organisation_id)}
    merged = merges(customers.values())
    owners = {one.ref.id: living(merged, one.customer_id) for one in known.values()}
    book = MemoryBook(invoice_item(one, owners[one.ref.id]) for one in known.values())

    def told(one: Receipt) -> Recorded:
        placed = replace(one, customer_id=living(merged, one.customer_id or ""))
        return _as_recorded(placed, paid, customers)

    whole = [seen_twice.together([told(one) for one in group]) for group in deposits]
    return [*map(told, alone), *whole], book


def _as_recorded(
    one: Receipt, paid: Mapping[str, Invoice], customers: Mapping[str, Customer]
) -> Recorded:
    customer_id = one.customer_id or ""
    invoices = [paid[part.invoice_id] for part in one.allocations if part.invoice_id in paid]
    return Recorded(
        id=one.ref.id,
        day=one.received,
        amount=one.amount,
        customer_id=customer_id,
        customer_name=(customers[customer_id].name if customer_id in customers else one.payer_name),
        reference=one.reference,
        numbers=tuple(invoice.number for invoice in invoices),
        documents=tuple(invoice.ref.id for invoice in invoices),
    )


def _is_ours(s: Session, organisation_id: int, receipt: Receipt, known: Collection[str]) -> bool:
    """Say whether we wrote a payment; one that a person recorded and we applied bears our mark."""
    if receipt.ref.id in known or OUR_MARK in receipt.reference:
        return True
    if OUR_MARK not in receipt.text:
        return False
    rows = actions.of_subject(s, organisation_id, f"receipt:{Source.LEDGER}:{receipt.ref.id}")
    return not any(row.kind == "apply" for row in rows)


def _free(s: Session, organisation_id: int, seen: Seen, ids: Iterable[str]) -> set[str]:
    wanted = set(ids)
    claims = {claim(seen, one): one for one in wanted}
    held = actions.holding(s, organisation_id, KIND, sorted(claims))
    return wanted - {claims[one] for one in held}


def plan(s: Session, organisation: OrganisationRow, now: datetime) -> dict[str, Verdict]:
    """Link what is clear, ask about what is not; gives the lines that wait for a person."""
    waiting: dict[str, Verdict] = {}
    found = verdicts(s, organisation, now)
    rows = bank_lines.of_receipts(s, organisation.id, list(found))
    for one in found.values():
        line = rows[one.receipt_id]
        if one.same is None:
            waiting[one.receipt_id] = one
            _ask(s, organisation.id, line, one, now)
        elif _link(s, organisation.id, line, one.same, who="dunnock", now=now) is None:
            # Part of it was just taken for another line: it is looked at again.
            waiting[one.receipt_id] = one
    _close_settled(s, organisation.id, waiting, now)
    return waiting


def _ask(s: Session, organisation_id: int, line: LineRow, verdict: Verdict, now: datetime) -> None:
    maybe = "; ".join(
        ", ".join(f"{name} {value}" for name, value in twin.facts) for twin in verdict.maybe
    )
    exceptions.open_exception(
        s,
        organisation_id,
        kind=ASKED,
        subject=subject(line.receipt_id),
        title=f"{line.amount} on the bank may be in the books already",
        detail=f"{seen_twice.REASONS[verdict.reason]} {maybe}".strip(),
        fix="Say on the bank page what it is. Until then it is matched with no invoice.",
        now=now,
    )


def _close_settled(
    s: Session, organisation_id: int, waiting: Mapping[str, Verdict], now: datetime
) -> None:
    """Close what nobody has to be asked about any more."""
    asked = {subject(one) for one in waiting}
    for row in exceptions.list_open(s, organisation_id, ASKED):
        if row.subject not in asked:
            exceptions.close_subject(
                s,
                organisation_id,
                row.subject,
                kind=ASKED,
                who="dunnock",
                now=now,
                resolution="it is clear by now",
            )


def _link(
    s: Session,
    organisation_id: int,
    line: LineRow,
    twin: Twin,
    *,
    who: str,
    now: datetime,
) -> ActionRow | None:
    words = ", ".join(f"{name} {value}" for name, value in twin.facts)
    row = actions.plan(
        s,
        organisation_id,
        key=f"{KIND}:{line.receipt_id}:{twin.seen}:{twin.id}:at:{now.isoformat()}",
        kind=KIND,
        subject=subject(line.receipt_id),
        body=_body(line, twin),
        claims=(
            *(claim(twin.seen, one) for one in seen_twice.members(twin.id)),
            f"{KIND}:{line.receipt_id}",
        ),
        state=actions.DONE,
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=f"bank line of {line.amount} is the same money: {words}",
    )
    if row is not None:
        mirror.record_applied(s, organisation_id, Source.BANK, line.receipt_id, line.left)
        exceptions.close_subject(
            s,
            organisation_id,
            subject(line.receipt_id),
            who=who,
            now=now,
            resolution="it is money seen elsewhere",
        )
    return row


def _body(line: LineRow, twin: Twin) -> dict[str, Any]:
    return {
        "seen": twin.seen.value,
        "id": twin.id,
        "amount": [line.left.minor, line.left.currency],
        "there": [twin.amount.minor, twin.amount.currency],
        "facts": [list(one) for one in twin.facts],
    }


def choose(
    s: Session,
    organisation: OrganisationRow,
    line_id: int,
    twin_id: str,
    *,
    who: str,
    now: datetime,
) -> LineRow:
    """Take a person's word on a line: it is the twin of this id, or with "" money of its own.

    Raises ValueError when the line or the twin is not what it was.
    """
    line = bank_lines.get(s, organisation.id, line_id)
    found = verdicts(s, organisation, now).get(line.receipt_id) if line else None
    if line is None or found is None:
        msg = "nobody is asked about this line any more; reload the page"
        raise ValueError(msg)
    if not twin_id:
        bank_lines.set_apart(s, organisation.id, line_id, apart=True)
        exceptions.close_subject(
            s,
            organisation.id,
            subject(line.receipt_id),
            kind=ASKED,
            who=who,
            now=now,
            resolution="it is money of its own",
        )
    else:
        twin = next((one for one in found.maybe if one.id == twin_id), None)
        if twin is None or not _link(s, organisation.id, line, twin, who=who, now=now):
            msg = "that payment is another line's by now; reload the page"
            raise ValueError(msg)
    look_again(s, organisation.id, now)
    return line


def undo(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> None:
    """Take a link back: the line is money of its own. Raises ValueError when it is no link."""
    row = actions.get(s, organisation_id, action_id)
    text = "the bank line is money of its own"
    is_link = row is not None and row.kind == KIND
    if row is None or not is_link or not linked.take_back(s, row, who=who, now=now, text=text):
        msg = "this line is linked with nothing any more; reload the page"
        raise ValueError(msg)
    for line in bank_lines.of_receipts(s, organisation_id, [linked.receipt_of(row)]).values():
        bank_lines.set_apart(s, organisation_id, line.id, apart=True)
    look_again(s, organisation_id, now)


def links(s: Session, organisation_id: int, receipt_ids: Sequence[str]) -> dict[str, ActionRow]:
    """Give, by receipt, the link that accounts for a line."""
    claims = {f"{KIND}:{one}": one for one in receipt_ids}
    held = actions.holding(s, organisation_id, KIND, sorted(claims))
    return {claims[one]: row for one, row in held.items()}


def arrived(s: Session, organisation_id: int, payout_ids: Sequence[str]) -> dict[str, LineRow]:
    """Give, by payout, the bank line that it is."""
    claims = {claim(Seen.PAYOUT, one): one for one in payout_ids}
    held = actions.holding(s, organisation_id, KIND, sorted(claims))
    receipts = {claims[one]: linked.receipt_of(row) for one, row in held.items()}
    rows = bank_lines.of_receipts(s, organisation_id, list(receipts.values()))
    return {one: rows[receipt_id] for one, receipt_id in receipts.items()}
