"""What the dunning rules look at: everything known around the open documents of customers."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.days import days_between
from ledger.documents import Kind, Source
from rules.facts import DunningFacts
from rules.matching import payer_forms
from rules.matching.hinting import hinted, hints
from rules.matching.names import bare, words
from rules.ruleset import GRACE_DAYS_MAX
from store import bank_lines, holds, mirror, parents, payers, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from ledger.documents import Customer, Position, Receipt
    from rules.facts import Hold
    from store.mirror import Unread
    from store.organisations import OrganisationRow

# A receipt nobody could apply keeps its payer's reminders back for so long, counted from the day
# it came in (rules.md: `possible_payment_seen`).
POSSIBLE_PAYMENT_DAYS = 10
# A line of the bank counts from the day on which a file told of it: statements may come monthly.
# Older money in a file is history.
TOLD_LATE_DAYS = 45
# A document of this year or before has a day that could not be read.
UNDATED_YEAR = 1970
_NOUNS = {Kind.INVOICE: "invoice", Kind.CREDIT_NOTE: "credit note", Kind.RECEIPT: "payment"}


def unplaced(s: Session, organisation_id: int, today: date) -> list[Receipt]:
    """List the money that is set against nothing yet, of whatever payer.

    What waits on the bank for a person's word is among it: matched with nothing, it may be a
    payment all the same.
    """
    since = today - timedelta(days=TOLD_LATE_DAYS + POSSIBLE_PAYMENT_DAYS)
    waiting = bank_lines.waiting(s, organisation_id, since)
    return [*mirror.receipts_to_match(s, organisation_id), *waiting]


def gather(
    s: Session,
    organisation: OrganisationRow,
    positions: Sequence[Position],
    today: date,
    receipts: Sequence[Receipt],
) -> list[DunningFacts]:
    """Gather everything known about each customer around its open documents.

    `receipts` are all of the organisation's with money set against nothing yet, as `unplaced` gives
    them. However many customers they are, it takes a handful of statements.
    """
    if organisation.ledger is None:
        msg = "the organisation's ledger was not read yet"
        raise ValueError(msg)
    ours = organisation.id
    ids = [one.customer.ref.id for one in positions]
    invoice_ids = [invoice.ref.id for one in positions for invoice in one.invoices]
    # A promise holds for the days of grace after its own: the rules know how many.
    since = today - timedelta(days=GRACE_DAYS_MAX)
    held = holds.of_customers(s, ours, ids, since)
    # An invoice that the ledger moved to another customer keeps what holds it.
    moved = holds.on_invoices(s, ours, invoice_ids, since)
    contacts = steps.contacts(s, ours, ids)
    skips = steps.skips(s, ours, ids)
    riddles = mirror.unread(s, ours)
    seen = mirror.first_seen(s, ours, invoice_ids)
    told = _told_late(s, ours, receipts, today)
    recent = [one for one in receipts if _is_recent(one, told, today)]
    taught = _taught(s, ours) if recent else {}
    above = parents.above(s, ours, [one.customer for one in positions]) if recent else {}
    return [
        DunningFacts(
            organisation=organisation.ledger,
            position=one,
            holds=_holds(one, held, moved),
            contacted=contacts.get(one.customer.ref.id, ()),
            possible_payments=tuple(_possible(recent, one, above, taught, today)),
            told=told,
            first_seen={
                invoice.ref.id: seen[invoice.ref.id]
                for invoice in one.invoices
                if invoice.ref.id in seen
            },
            skipped=skips.get(one.customer.ref.id, frozenset()),
            live_since=organisation.live_since,
            unread=tuple(_words(riddle) for riddle in riddles if _bears_on(riddle, one, today)),
        )
        for one in positions
    ]


def _told_late(
    s: Session, organisation_id: int, receipts: Sequence[Receipt], today: date
) -> Mapping[str, date]:
    """Say of money that came in before what counts as of late, but was told since, on which day."""
    late = {
        one.ref.id: one.received
        for one in receipts
        if one.source is Source.BANK and not _is_recent(one, {}, today)
    }
    days = bank_lines.told_on(s, organisation_id, sorted(late))
    return {
        receipt_id: day
        for receipt_id, day in days.items()
        if days_between(late[receipt_id], day) <= TOLD_LATE_DAYS
        and days_between(day, today) <= POSSIBLE_PAYMENT_DAYS
    }


def _is_recent(receipt: Receipt, told: Mapping[str, date], today: date) -> bool:
    since = days_between(receipt.received, today)
    return since <= POSSIBLE_PAYMENT_DAYS or receipt.ref.id in told


def _words(riddle: Unread) -> str:
    return f"{_NOUNS[riddle.ref.kind]} {riddle.number or riddle.ref.id}: {riddle.said}"


def _bears_on(riddle: Unread, position: Position, today: date) -> bool:
    """Whether a document that could not be read may change what this customer owes.

    Money or credit of nobody in particular may be anybody's, for as long as other money that
    nobody could place. One without a readable day is always of late.
    """
    customer = position.customer
    if riddle.customer_id:
        return riddle.customer_id in (customer.ref.id, customer.parent_id)
    if riddle.ref.kind is Kind.INVOICE:
        return False
    is_dated = riddle.day.year > UNDATED_YEAR
    return not is_dated or days_between(riddle.day, today) <= POSSIBLE_PAYMENT_DAYS


def _holds(
    position: Position, held: Mapping[str, Sequence[Hold]], moved: Mapping[str, Sequence[Hold]]
) -> tuple[Hold, ...]:
    own = held.get(position.customer.ref.id, ())
    others = (hold for one in position.invoices for hold in moved.get(one.ref.id, ()))
    return (*own, *(hold for hold in others if hold.customer_id != position.customer.ref.id))


def _taught(s: Session, organisation_id: int) -> dict[str, set[str]]:
    """Give whose the forms of name and account are that people confirmed, however often."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in payers.known(s, organisation_id):
        found[one.form].add(one.customer_id)
    return found


def _possible(
    receipts: Sequence[Receipt],
    position: Position,
    above: Mapping[str, Sequence[Customer]],
    taught: Mapping[str, set[str]],
    today: date,
) -> Iterator[Receipt]:
    """Give the unapplied receipts that may be a customer's: when in doubt, they may.

    Whoever is billed in its stead may have paid for it.
    """
    if not receipts:
        return
    whose = (position.customer, *above[position.customer.ref.id])
    known = hints(position, today)
    for one in receipts:
        if one.customer_id is not None:
            may_be = one.customer_id in {customer.ref.id for customer in whose}
        elif one.links:
            may_be = _is_linked(one, position)
        else:
            may_be = hinted(one, known) or any(_is_from(one, each, taught) for each in whose)
        if may_be:
            yield one


def _is_linked(receipt: Receipt, position: Position) -> bool:
    ids = {invoice.ref.id for invoice in position.invoices}
    numbers = {invoice.number for invoice in position.invoices}
    return any(link.invoice_id in ids or link.invoice_number in numbers for link in receipt.links)


def _is_from(receipt: Receipt, customer: Customer, taught: Mapping[str, set[str]]) -> bool:
    """Whether anything on the money points at the customer as its payer."""
    if receipt.payer_email and receipt.payer_email.lower() == (customer.email or "").lower():
        return True
    if any(customer.ref.id in taught.get(form, ()) for form in payer_forms(receipt)):
        return True
    return _names(receipt, customer)


def _names(receipt: Receipt, customer: Customer) -> bool:
    """Whether the customer's name stands on the money, in whatever order and legal form."""
    telling = set(bare(customer.name))
    return bool(telling) and telling <= set(
        words(f"{receipt.payer_name} {receipt.text} {receipt.reference}")
    )
