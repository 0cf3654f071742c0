"""The closing table: what the journal says beside what the stand-ins' own books say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sqlalchemy import func, select

from channels.email import message_id
from sandbox.quickbooks.amounts import to_minor
from store import (
    actions,
    bank_accounts,
    bank_files,
    bank_lines,
    connections,
    exceptions,
    mirror,
    organisations,
)
from store.tables import action, exception, suppressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sandbox.bank.standin import BankStandIn
    from sandbox.shelf import Request
    from sandbox.story.companies import Company
    from store.actions import ActionRow
    from worlds.town import Town

Amounts = Counter[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one company: what we remember beside what their books hold."""

    company: str
    measure: str
    ours: str
    theirs: str
    ties: bool


def _counted(company: Company, measure: str, ours: Counter[str], theirs: Counter[str]) -> Line:
    """Compare piece by piece; the table shows the counts."""
    return Line(company.name, measure, str(ours.total()), str(theirs.total()), ours == theirs)


def _summed(company: Company, measure: str, ours: Amounts, theirs: Amounts) -> Line:
    def said(amounts: Amounts) -> str:
        return ", ".join(f"{cur} {minor / 100:,.2f}" for cur, minor in sorted(amounts.items()))

    ours, theirs = +ours, +theirs
    return Line(company.name, measure, said(ours) or "0", said(theirs) or "0", ours == theirs)


def lines(town: Town, company: Company, tenant: str) -> list[Line]:
    """Compare reminders, applied money, notes and open receivables of one company."""
    with town.house.sessions() as s:
        found = connections.by_tenant(s, company.provider, tenant)
        if found is None:
            return [Line(company.name, "connected", "no", "yes", ties=False)]
        done = actions.in_state(s, found.organisation_id, "done")
        held = mirror.open_totals(s, found.organisation_id, found.id)
        public_id = organisations.get(s, found.organisation_id).public_id
    sender = town.house.config.mail.sender
    reminders = Counter(
        message_id(f"{public_id}:{row.key}", sender) for row in done if row.kind == "remind"
    )
    letters = Counter(
        letter.message_id
        for letter in town.mailbox.messages()
        if company.name in letter.header("From")
    )
    notes = [row for row in done if row.kind == "note"]
    books = [row for row in notes if row.connection_id == found.id]
    read = {"xero": _of_xero, "quickbooks": _of_quickbooks}[company.provider](town, tenant)
    compared = [
        _counted(company, "reminders sent", reminders, letters),
        _summed(company, "money applied", _applied(done), read.applied),
        _counted(company, "notes in the ledger", _noted(books), read.notes),
        _summed(
            company,
            "open receivables",
            Counter({currency: both.invoices.minor for currency, both in held.items()}),
            Counter(read.receivables),
        ),
    ]
    if company.takes_cards:
        on_cards = Counter(row.body["id"] for row in notes if row.connection_id != found.id)
        compared.append(_counted(company, "notes at Stripe", on_cards, _of_stripe(town)))
        # The company that takes cards keeps its books in Xero.
        moved, kept = _booked(done, "bank_transfer"), _booked(done, "bank_transaction")
        compared += [
            _summed(company, "payouts to the bank", moved, _transferred(town, tenant)),
            _summed(company, "fees of payouts", kept, _spent(town, tenant)),
        ]
    return compared


def bank_lines_of(town: Town, bank: BankStandIn, company: Company, tenant: str) -> list[Line]:
    """Compare the statements of one company with its bank, and with the ledger's bank account."""
    with town.house.sessions() as s:
        found = connections.by_tenant(s, company.provider, tenant)
        if found is None:
            return []
        account = bank_accounts.numbered(
            s, found.organisation_id, bank.account(company.key)["number"], company.currencies[0]
        )
        told = bank_files.of_account(s, found.organisation_id, account.id) if account else []
        kept = [
            line
            for one in told
            for line in bank_lines.of_statement(s, found.organisation_id, one.id)
        ]
    currency = company.currencies[0]
    printed = bank.statements(company.key)
    closing = told[0].closing if told else None
    placed = sum(line.amount.minor - line.left.minor for line in kept)
    into = account.ledger_account if account else ""
    return [
        _counted(
            company,
            "lines on statements",
            Counter(f"{line.booked} {line.amount.minor} {line.payer_name}" for line in kept),
            Counter(f"{line.day} {line.minor} {line.payer}" for line in bank.lines(company.key)),
        ),
        _summed(
            company,
            "closing balance",
            Counter({currency: closing.minor if closing else 0}),
            Counter({currency: printed[-1].closing_minor if printed else 0}),
        ),
        _summed(
            company,
            "bank money in the ledger",
            Counter({currency: placed}),
            Counter({currency: _moved(town, tenant, into, bank, company)}),
        ),
    ]


def _moved(town: Town, tenant: str, into: str, bank: BankStandIn, company: Company) -> int:
    """Add up what the ledger's bank account has for the days that are on printed statements."""
    printed = bank.statements(company.key)
    if not printed:
        return 0
    span = bank.account(company.key)["opened"], printed[-1].closed.isoformat()
    books = town.xero if company.provider == "xero" else town.quickbooks
    return books.balance(tenant, into, span)


def tally(town: Town) -> Counter[str]:
    """Count what was done so far and what waits for a person, over all organisations."""
    found: Counter[str] = Counter()
    with town.house.sessions() as s:
        done = select(action.c.kind, func.count()).where(action.c.state == "done")
        for kind, number in s.execute(done.group_by(action.c.kind)):
            found[kind] = number
        found["waiting"] = (
            s.scalar(select(func.count()).where(exception.c.state == exceptions.OPEN)) or 0
        )
        found["held back"] = s.scalar(select(func.count()).select_from(suppressed)) or 0
    return found


def _applied(done: Iterable[ActionRow]) -> Amounts:
    found: Amounts = Counter()
    for row in done:
        if row.kind == "apply" and row.undone_at is None:
            for portion in row.body["portions"]:
                minor, currency = portion["amount"]
                found[currency] += minor
    return found


def _noted(rows: Iterable[ActionRow]) -> Counter[str]:
    return Counter(_as_noted(row.body["id"], row.body["text"]) for row in rows)


def _as_noted(target: str, text: str) -> str:
    """Name a note, without the mark that was put behind it in the ledger."""
    return f"{target} {text.partition(MARK)[0][:NOTE_CHARS]}"


# As much of a note as tells two notes on one document apart.
NOTE_CHARS = 90
# So does what is put behind a note, to find it again, begin.
MARK = " [DNK-"


def _booked(done: Iterable[ActionRow], part: str) -> Amounts:
    """Sum what payouts were booked as, by the ledger's word for it."""
    found: Amounts = Counter()
    for row in done:
        if row.kind == "payout" and row.undone_at is None:
            for one in row.outcome["parts"]:
                minor, currency = one["amount"]
                found[currency] += minor if one["part"] == part else 0
    return found


def _transferred(town: Town, tenant: str) -> Amounts:
    found: Amounts = Counter()
    for one in town.xero.transfers(tenant):
        if one["by"] == "app" and one["status"] == "AUTHORISED":
            found[one["currency"]] += one["amount"]
    return found


def _spent(town: Town, tenant: str) -> Amounts:
    found: Amounts = Counter()
    for one in town.xero.bank_entries(tenant):
        if (one["by"], one["type"], one["status"]) == ("app", "SPEND", "AUTHORISED"):
            found[one["currency"]] += one["total"]
    return found


@dataclass(frozen=True, slots=True)
class Books:
    """What a stand-in's own books hold of what Dunnock wrote, and what is open in them."""

    applied: Amounts
    notes: Counter[str]
    receivables: Mapping[str, int]


def _of_xero(town: Town, tenant: str) -> Books:
    applied: Amounts = Counter()
    for doc in (*town.xero.payments(tenant), *town.xero.allocations(tenant)):
        if doc["by"] == "app" and not doc["deleted"]:
            applied[doc["currency"]] += doc["amount"]
    notes = Counter(_as_noted(target, text) for _kind, target, text, _ in town.xero.notes(tenant))
    return Books(applied, notes, town.xero.receivables(tenant))


def _of_quickbooks(town: Town, realm: str) -> Books:
    applied: Amounts = Counter()
    for doc in town.quickbooks.payments(realm):
        links = [(line, link) for line in doc.get("Line", []) for link in line["LinkedTxn"]]
        by_hand = doc.get("PaymentRefNum") == "by hand"
        if by_hand or any(link["TxnType"] == "CreditMemo" for _line, link in links):
            continue
        currency = doc["CurrencyRef"]["value"]
        # Where a difference was booked, its entry stands beside the invoice that it clears.
        for line, link in links:
            if link["TxnType"] == "Invoice":
                applied[currency] += to_minor(line["Amount"], currency)
    notes = Counter(
        _as_noted(target, text) for _kind, target, text, _ in town.quickbooks.notes(realm)
    )
    return Books(applied, notes, town.quickbooks.receivables(realm))


def _of_stripe(town: Town) -> Counter[str]:
    found: Counter[str] = Counter()
    for doc in town.stripe.shelf.all("story-account"):
        for intent in town.stripe.payment_intents(doc["id"]):
            if any(key.startswith("ar_note_") for key in intent["metadata"]):
                found[intent["id"]] += 1
    return found


def misuses(town: Town) -> list[str]:
    """Read the stand-ins' own request logs for what must never be in them.

    A write without idempotency key, one refresh token used twice within half a minute, and one
    access token used for two tenants.
    """
    found = []
    for name, log, is_write in (
        ("Xero", town.xero.requests(), _writes_xero),
        ("QuickBooks", town.quickbooks.requests(), _writes_quickbooks),
        ("Stripe", town.stripe.requests(), _writes_stripe),
    ):
        found += [f"{name}: {said}" for said in _unkeyed(log, is_write)]
        found += [f"{name}: {said}" for said in _refreshed_twice(log)]
        found += [f"{name}: {said}" for said in _borrowed(log)]
    return found


WRITES = frozenset({"POST", "PUT", "PATCH"})
AT_ONCE = timedelta(seconds=30)


def _writes_xero(one: Request) -> bool:
    return "/api.xro/" in one.path


def _writes_quickbooks(one: Request) -> bool:
    if one.path.endswith("/batch"):
        return b'"operation"' in one.body
    return "/v3/company/" in one.path and not one.path.endswith("/query")


def _writes_stripe(one: Request) -> bool:
    return "/oauth/" not in one.path


def _unkeyed(log: Iterable[Request], is_write: Callable[[Request], bool]) -> list[str]:
    return [
        f"{one.method} {one.path} without idempotency key"
        for one in log
        if one.method in WRITES and is_write(one) and not one.key
    ]


def _refreshed_twice(log: Iterable[Request]) -> list[str]:
    """Find refreshes that ran at once; a repeat after a lost answer comes a minute later."""
    last: dict[str, datetime] = {}
    found = []
    for one in log:
        sent = dict(parse_qsl(one.body.decode("utf-8", "replace"))) if "token" in one.path else {}
        token = sent.get("refresh_token", "")
        if not token or sent.get("grant_type") != "refresh_token":
            continue
        if token in last and one.at - last[token] < AT_ONCE:
            found.append(f"two refreshes with one token at {one.at}")
        last[token] = one.at
    return found


def _borrowed(log: Iterable[Request]) -> list[str]:
    """Find access tokens used for more than one tenant."""
    tenants: dict[str, set[str]] = {}
    for one in log:
        if one.token and one.tenant and "token" not in one.path:
            tenants.setdefault(one.token, set()).add(one.tenant)
    return [f"one token used for {sorted(seen)}" for seen in tenants.values() if len(seen) > 1]
