"""Why a step that is due must not go: each reason is a code, with the facts that show it.

The order is the order of weight: what stops everything first, what only postpones last. The first
reason found is the one that is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.days import days_between
from ledger.documents import Status
from rules.ruleset import limit_in
from rules.steps import FAILED

if TYPE_CHECKING:
    from datetime import date

    from ledger.documents import Invoice
    from rules.dunning.ladder import Rung
    from rules.dunning.situation import Situation

# Longer ago than this an unmatched receipt is a matter of its own, not a payment on its way.
POSSIBLE_PAYMENT_DAYS = 10
MESSAGES_SPAN_DAYS = 30

Facts = tuple[tuple[str, str], ...]
Reason = tuple[str, Facts] | None


def reason_against(seen: Situation, invoice: Invoice, rung: Rung) -> Reason:
    """Give the first reason not to take the rung today, or None."""
    reasons = (check(seen, invoice, rung) for check in _CHECKS)
    return next((reason for reason in reasons if reason), None)


def _stale(seen: Situation, *_: object) -> Reason:
    read_at = seen.facts.position.read_at
    if seen.now - read_at <= timedelta(minutes=seen.rules.dunning.max_data_age_minutes):
        return None
    return "stale_data", (("read at", read_at.isoformat()),)


def _customer(seen: Situation, _: Invoice, rung: Rung) -> Reason:
    customer = seen.facts.position.customer
    if customer.merged_into:
        return "customer_merged", (("merged into", customer.merged_into),)
    if customer.archived:
        return "customer_archived", (("customer", customer.name),)
    if rung.step.action == "email" and not (customer.email or "").strip():
        return "no_address", (("customer", customer.name),)
    return None


def _unread(seen: Situation, *_: object) -> Reason:
    if seen.facts.unread:
        return "unreadable", tuple(("unread", one) for one in seen.facts.unread)
    return None


def _blocked(seen: Situation, invoice: Invoice, _: Rung) -> Reason:
    for hold in seen.facts.holds:
        grace = seen.rules.dunning.promise_grace_days if hold.kind == "promise_open" else 0
        ended = hold.until is not None and seen.today > hold.until + timedelta(days=grace)
        if hold.invoice_id in (None, invoice.ref.id) and not ended:
            until = hold.until.isoformat() if hold.until else "released"
            return hold.kind, (("because", hold.reason), ("until", until))
    return None


def _disputed(seen: Situation, invoice: Invoice, _: Rung) -> Reason:
    if invoice.disputed and "disputed" in seen.rules.dunning.hold_when:
        return "disputed", (("disputed", "in the ledger"),)
    return None


def _promised(seen: Situation, invoice: Invoice, _: Rung) -> Reason:
    if not invoice.promised or "promise_open" not in seen.rules.dunning.hold_when:
        return None
    grace = seen.rules.dunning.promise_grace_days
    if seen.today > invoice.promised + timedelta(days=grace):
        return None
    return "promise_open", (("promised for", invoice.promised.isoformat()),)


def _tried_again(_: Situation, invoice: Invoice, __: Rung) -> Reason:
    # No rule can wish this away: the card would be charged, and the payer pay besides.
    if invoice.charge is None or invoice.charge.retry_at is None:
        return None
    return "card_retry_scheduled", (("next attempt", invoice.charge.retry_at.isoformat()),)


def _money_on_its_way(seen: Situation, invoice: Invoice, _: Rung) -> Reason:
    words = seen.rules.dunning.hold_when
    if invoice.payment_scheduled and "payment_processing" in words:
        return "payment_processing", (("scheduled", "in the ledger"),)
    for receipt in seen.facts.possible_payments:
        known = max(receipt.received, seen.facts.told.get(receipt.ref.id, receipt.received))
        age = days_between(known, seen.today)
        if receipt.processing:
            word, counts = "payment_processing", True
        else:
            word, counts = "possible_payment_seen", age <= POSSIBLE_PAYMENT_DAYS
        if counts and word in words:
            told = f"{receipt.amount} of {receipt.received.isoformat()}"
            return word, (("receipt", told), ("from", receipt.payer_name or "unknown"))
    return None


def _credit_drafted(seen: Situation, invoice: Invoice, _: Rung) -> Reason:
    if "credit_note_draft" not in seen.rules.dunning.hold_when:
        return None
    for note in seen.facts.position.credit_notes:
        if note.status is Status.DRAFT and note.total.currency == invoice.balance.currency:
            return "credit_note_draft", (("draft", note.number), ("credit", str(note.total)))
    return None


def _covered(seen: Situation, invoice: Invoice, _: Rung) -> Reason:
    if invoice.ref.id in seen.covered:
        return "credit_covers", (("credit", "covers the balance"),)
    return None


def _too_small(seen: Situation, invoice: Invoice, rung: Rung) -> Reason:
    least = limit_in(seen.rules.dunning.minimum_amount, invoice.balance.currency)
    # Handing over the invoice itself is no demand, however small it is.
    if least is None or rung.step.anchor not in {"due_date", FAILED}:
        return None
    owed = seen.owed(invoice.balance.currency, overdue=rung.level > 0)
    if owed >= least:
        return None
    return "below_minimum", (("owed", str(owed)), ("minimum", str(least)))


def _just_delivered(seen: Situation, invoice: Invoice, rung: Rung) -> Reason:
    # What was charged without asking was not late in the post.
    if not rung.level or rung.step.anchor == FAILED:
        return None
    delivered = seen.delivered(invoice)
    if _gone_by(seen, delivered, seen.rules.dunning.min_days_since_delivery):
        return None
    return "recently_delivered", (("delivered", delivered.isoformat()),)


def _gone_by(seen: Situation, day: date, days: int) -> bool:
    return days_between(day, seen.today) >= days


def _contacts(seen: Situation, invoice: Invoice) -> list[tuple[date, int]]:
    """Give day and level of the messages that count towards gaps."""
    mine = seen.facts.position.customer.ref.id
    contacts = (one for one in seen.facts.contacted if one.customer_id == mine)
    if seen.rules.dunning.group_by == "invoice":
        # The messages of one day are one round; those about other invoices do not block this one.
        contacts = (
            one for one in contacts if one.day != seen.today or one.invoice_id == invoice.ref.id
        )
    return [(one.day, one.level) for one in contacts]


def _too_soon(seen: Situation, invoice: Invoice, rung: Rung) -> Reason:
    if rung.step.action != "email":
        return None
    dunning = seen.rules.dunning
    contacts = _contacts(seen, invoice)
    # One message a day, even where the rules set no gap.
    gap = max(dunning.min_gap_days, 1)
    last = max((day for day, _ in contacts), default=None)
    if last and not _gone_by(seen, last, gap):
        return "min_gap", (("last message", last.isoformat()),)
    notice = max((day for day, level in contacts if level), default=None)
    if rung.level and notice and not _gone_by(seen, notice, dunning.dunning_interval_days):
        return "dunning_interval", (("last overdue notice", notice.isoformat()),)
    days = {day for day, _ in contacts if not _gone_by(seen, day, MESSAGES_SPAN_DAYS)}
    if len(days) >= dunning.max_messages_per_30_days:
        return "too_many_messages", (("messages in 30 days", str(len(days))),)
    return None


_CHECKS: tuple[Callable[[Situation, Invoice, Rung], Reason], ...] = (
    _customer,
    _unread,
    _blocked,
    _disputed,
    _promised,
    _tried_again,
    _money_on_its_way,
    _credit_drafted,
    _covered,
    _stale,
    _too_small,
    _just_delivered,
    _too_soon,
)
