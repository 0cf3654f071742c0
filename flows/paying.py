"""Paying online: links into reminders, and where each leads at the moment it is opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from connector import PROVIDERS
from connector.bill import Bill
from connector.protocol import Ability, Role
from flows.able import can
from flows.online import FIT
from ledger.documents import Invoice, Kind, Ref, Status
from ledger.errors import OutsideError, RefusedError, StaleError
from store import connections, mirror, organisations
from store.session import reading

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from connector.protocol import Books
    from flows.perform import Desk
    from flows.tools import Tools
    from ledger.documents import Link, Receipt
    from ledger.money import Money
    from rules.actions import SendReminder
    from store.connections import ConnectionRow

log = structlog.get_logger()

# Whoever opens a link twice within so long is led to the same page.
SPAN = timedelta(hours=1)
# A page to pay at lives half an hour at least; it ends so long after its span.
OVERTIME = timedelta(minutes=31)

# Why a link leads nowhere, each with what the payer reads.
PAID = "paid"
ARRIVING = "arriving"
NOTHING = "nothing"
ELSEWHERE = "elsewhere"
LATER = "later"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a link leads: to a page to pay at, or to a word of ours on why not.

    `creditor` and `number` say whose invoice it is, as far as that is known; `balance` what was
    open on it when it was last read.
    """

    url: str = ""
    word: str = ""
    creditor: str = ""
    number: str = ""
    balance: Money | None = None


def linked(desk: Desk, reminder: SendReminder) -> SendReminder:
    """Put a link to pay into each line, where a Stripe account is connected to pay at."""
    links = desk.tools.pay_links
    with desk.tools.sessions.begin() as s:
        found = connections.of_organisation(s, desk.organisation.id)
    if links is None or not any(_takes_payments(one) for one in found):
        return reminder
    ours = desk.organisation.public_id
    lines = (
        replace(one, pay_url=links.make(ours, one.invoice_id, desk.now)) for one in reminder.lines
    )
    return replace(reminder, lines=tuple(lines))


def _takes_payments(connection: ConnectionRow) -> bool:
    is_open = connection.state == connections.CONNECTED
    return is_open and Role.PAYMENTS in PROVIDERS[connection.provider].roles


def greet(tools: Tools, organisation: str, invoice_id: str) -> Way:
    """Say what is known here of the invoice; asks no vendor, for programs open links as well.

    `organisation` is a public id.
    """
    with reading(tools.sessions) as s:
        ours = organisations.by_public_id(s, organisation)
        invoice = mirror.invoice(s, ours.id, invoice_id) if ours else None
        arriving = _arriving(s, ours.id, invoice_id) if ours else []
    if ours is None:
        return Way(word=LATER)
    way = Way(creditor=ours.ledger.name if ours.ledger else ours.name)
    if invoice is None:
        return way
    return replace(
        way,
        number=invoice.number,
        word=_settled(invoice, arriving),
        balance=invoice.balance,
    )


def lead(tools: Tools, thanks: str, organisation: str, invoice_id: str) -> Way:
    """Read the invoice at the ledger, now, and say where it can be paid, if anything is left.

    `organisation` is a public id. Nothing is written here.
    """
    with reading(tools.sessions) as s:
        ours = organisations.by_public_id(s, organisation)
        found = connections.of_organisation(s, ours.id) if ours else []
        arriving = _arriving(s, ours.id, invoice_id) if ours else []
    books = next((one for one in found if one.role == Role.BOOKS), None)
    if ours is None or books is None or books.state != connections.CONNECTED:
        return Way(word=LATER)
    way = Way(creditor=ours.ledger.name if ours.ledger else ours.name)
    try:
        ledger = tools.open_books(books)
        invoice = _read(ledger, invoice_id)
        if invoice is None:
            return replace(way, word=NOTHING)
        way = replace(way, number=invoice.number)
        word = _settled(invoice, arriving)
        if word:
            return replace(way, word=word)
        bill = _bill(books, invoice, thanks, tools.clock())
        url = fit(_checkout(tools, found, bill)) or fit(_online(ledger, invoice, books))
    except OutsideError as error:
        log.warning("nobody could be led to pay", invoice=invoice_id, reason=str(error))
        return replace(way, word=LATER)
    return replace(way, url=url, word="" if url else ELSEWHERE)


def _arriving(s: Session, organisation_id: int, invoice_id: str) -> list[Receipt]:
    """List the money that names the invoice and is set against nothing yet."""
    known = mirror.invoice(s, organisation_id, invoice_id)
    return [
        one
        for one in mirror.receipts_to_match(s, organisation_id)
        if any(_names(link, invoice_id, known) for link in one.links)
    ]


def _names(link: Link, invoice_id: str, known: Invoice | None) -> bool:
    if link.invoice_id:
        return link.invoice_id == invoice_id
    return known is not None and link.invoice_number == known.number


def _read(ledger: Books, invoice_id: str) -> Invoice | None:
    found = ledger.read([Ref(Kind.INVOICE, invoice_id)])
    return next((one.document for one in found if isinstance(one.document, Invoice)), None)


def _settled(invoice: Invoice, arriving: list[Receipt]) -> str:
    if invoice.status is Status.PAID or (invoice.status is Status.OPEN and not invoice.balance):
        return PAID
    if not invoice.is_open:
        return NOTHING
    return ARRIVING if arriving else ""


def _bill(books: ConnectionRow, invoice: Invoice, thanks: str, now: datetime) -> Bill:
    # The same all through the span, so that two clicks make one page.
    begun = int(now.timestamp()) // int(SPAN.total_seconds()) * int(SPAN.total_seconds())
    until = datetime.fromtimestamp(begun, tz=UTC) + SPAN + OVERTIME
    return Bill(invoice.ref.id, invoice.number, books.tenant_id, invoice.balance, until, thanks)


def _checkout(tools: Tools, found: list[ConnectionRow], bill: Bill) -> str:
    """Open a page at the first account that takes the payment; "" when none does."""
    amount = f"{bill.amount.minor}{bill.amount.currency}"
    for one in found:
        if one.state != connections.CONNECTED or not can(one, Ability.CHECKOUT):
            continue
        key = f"pay:{bill.tenant_id}:{bill.invoice_id}:{amount}:{bill.until.isoformat()}"
        try:
            return tools.open_books(one).checkout(bill, f"{key}:{one.id}")
        except RefusedError as error:
            # Such as a key without the permission: the ledger's own page will do.
            log.warning("no page to pay at", connection=one.id, reason=str(error))
    return ""


def _online(ledger: Books, invoice: Invoice, books: ConnectionRow) -> str:
    if not can(books, Ability.ONLINE):
        return ""
    try:
        return ledger.online(invoice.ref)
    except (RefusedError, StaleError):
        return ""


def fit(url: str) -> str:
    """Give an address that a browser may be sent to, else ""."""
    return url if FIT.fullmatch(url) else ""
