"""Payouts: what Stripe paid to the merchant's bank, and the movements that make it up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from connector.protocol import FORBIDDEN, Found
from connector.raw import documents, kept, stand_in_id, text, told
from connector.stripe.fields import (
    NO_CURRENCY,
    Doc,
    UnreadableError,
    amount,
    day_of,
    key_of,
    last_key,
    money,
)
from ledger.documents import Kind, Ref
from ledger.errors import RefusedError
from ledger.money import Money, MoneyError, total
from ledger.payouts import Movement, Payout, PayoutEntry, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connector.stripe.calls import Calls

PAGE_MAX = 100
# Asked too early, Stripe has not put a payout together yet.
NOT_READY = "payout_reconciliation_not_ready"

# Stripe's reporting categories; `type` lumps disputes, failed refunds and fees together. What is
# not here is nothing we know how to book.
_MOVEMENTS = {
    "charge": Movement.PAYMENT,
    "charge_failure": Movement.REFUND,
    "partial_capture_reversal": Movement.REFUND,
    "refund": Movement.REFUND,
    "refund_failure": Movement.REFUND,
    "dispute": Movement.DISPUTE,
    "dispute_reversal": Movement.DISPUTE,
    "fee": Movement.FEE,
    "network_cost": Movement.FEE,
    "tax": Movement.FEE,
    # Held back and given free later: it changes when money is paid out, not whose it is.
    "payout_minimum_balance_hold": Movement.ADJUSTMENT,
    "payout_minimum_balance_release": Movement.ADJUSTMENT,
    "risk_reserved_funds": Movement.ADJUSTMENT,
}
_PAYOUT_ITSELF = "payout"
_STAGES = {
    "pending": Stage.UNDER_WAY,
    "in_transit": Stage.UNDER_WAY,
    "paid": Stage.PAID,
    "failed": Stage.FAILED,
    "canceled": Stage.FAILED,
}
_TAXES = frozenset({"tax", "withheld_tax"})


def read(calls: Calls, key: str) -> Found:
    """Read one payout, taken apart as soon as Stripe can tell what it is made of."""
    return _whole(calls, calls.get(f"/v1/payouts/{key}"))


def recent(calls: Calls, since: int, at_most: int) -> list[Found]:
    """Read what was made since a moment (Unix seconds), the newest `at_most` of it.

    Gives nothing where the key may not read payouts.
    """
    try:
        listed = calls.get("/v1/payouts", created={"gte": since}, limit=at_most)["data"]
    except RefusedError as problem:
        if problem.code != FORBIDDEN:
            raise
        return []
    return [_whole(calls, one) for one in listed]


def _whole(calls: Calls, doc: Doc) -> Found:
    rows, hidden = None, ""
    try:
        rows = _rows(calls, doc) if _can_be_traced(doc) else None
    except RefusedError as problem:
        # A missing permission, or a payout Stripe will not take apart: told, and no page is lost.
        hidden = f"what it is made of cannot be read: {problem.reason}"
    made = payout(doc, rows)
    if hidden:
        made = replace(made, stage=Stage.UNKNOWN, unread=hidden)
    return Found(made, kept({**doc, "dunnock": {"balance_transactions": rows}}))


def _can_be_traced(doc: Mapping[str, Any]) -> bool:
    is_whole = doc.get("status") == "paid" and doc.get("reconciliation_status") == "completed"
    return is_whole and doc.get("automatic") is not False


def _rows(calls: Calls, doc: Doc) -> list[Doc] | None:
    """List every movement of a payout; None while Stripe cannot tell."""
    rows: list[Doc] = []
    place: Doc = {}
    while True:
        try:
            page = calls.get(
                "/v1/balance_transactions",
                payout=key_of(doc),
                limit=PAGE_MAX,
                expand=["data.source"],
                **place,
            )
        except RefusedError as problem:
            if problem.code != NOT_READY:
                raise
            return None
        rows += page["data"]
        if not page["has_more"] or not page["data"]:
            return rows
        place = {"starting_after": last_key(page["data"])}


def payout(doc: Mapping[str, Any], rows: Iterable[Mapping[str, Any]] | None) -> Payout:
    """Translate a payout; without `rows` nobody knows yet what it is made of.

    One that cannot be read is at an unknown stage, and says why.
    """
    try:
        return _payout(doc, rows)
    except (UnreadableError, MoneyError) as problem:
        ref = Ref(Kind.PAYOUT, text(doc.get("id")) or stand_in_id(doc))
        nothing = Money.zero(NO_CURRENCY)
        return Payout(ref, date.min, nothing, (), Stage.UNKNOWN, unread=str(problem))


def _payout(doc: Mapping[str, Any], rows: Iterable[Mapping[str, Any]] | None) -> Payout:
    key = text(doc.get("id"))
    if not key:
        raise UnreadableError(told(doc, "id"))
    net = amount(doc, "amount")
    entries = tuple(_entry(one, net.currency) for one in rows or () if not _is_itself(one, key))
    by_hand = doc.get("automatic") is False or doc.get("reconciliation_status") == "not_applicable"
    return Payout(
        ref=Ref(Kind.PAYOUT, key),
        # Stripe writes the day of arrival as its midnight in UTC.
        arrives=day_of(doc, "arrival_date" if doc.get("arrival_date") else "created", "Etc/UTC"),
        net=net,
        entries=entries,
        stage=_stage(doc, known=rows is not None or by_hand),
        traced=not by_hand,
        reference=_reference(doc),
    )


def _stage(doc: Mapping[str, Any], *, known: bool) -> Stage:
    stage = _STAGES.get(str(doc.get("status")), Stage.UNKNOWN)
    return Stage.UNDER_WAY if stage is Stage.PAID and not known else stage


def _is_itself(row: Mapping[str, Any], key: str) -> bool:
    """Say whether a row is the payout's own, which takes the sum of the others out."""
    source = row.get("source")
    source = source.get("id") if isinstance(source, dict) else source
    return row.get("reporting_category") == _PAYOUT_ITSELF and source == key


def _entry(row: Mapping[str, Any], currency: str) -> PayoutEntry:
    if text(row.get("currency")).upper() != currency:
        msg = f"{_movement(row)}, {told(row, 'currency')}, the payout's is {currency}"
        raise UnreadableError(msg)
    category = str(row.get("reporting_category"))
    movement = _MOVEMENTS.get(category, Movement.UNKNOWN)
    gross, fee = amount(row, "amount", currency), amount(row, "fee", currency)
    tax = _tax(row, currency)
    if movement is Movement.FEE and gross.minor <= 0:
        # A fee that comes alone is a fee all the same, and its tax may be all of it.
        gross, fee = Money.zero(currency), fee - gross
        tax = fee if category == "tax" else tax
    elif movement is Movement.FEE or fee.minor < 0:
        # A fee given back is booked by a person.
        movement, gross, fee, tax = Movement.UNKNOWN, gross - fee, *_nothing(currency)
    return PayoutEntry(
        id=text(row.get("id")),
        movement=movement,
        gross=gross,
        fee=fee,
        tax=tax,
        receipt_id=_receipt_id(row.get("source")),
        said=_said(row, category),
    )


def _nothing(currency: str) -> tuple[Money, Money]:
    return Money.zero(currency), Money.zero(currency)


def _tax(row: Mapping[str, Any], currency: str) -> Money:
    details = (one for one in documents(row.get("fee_details")) if one.get("type") in _TAXES)
    taxes = total((amount(one, "amount", currency) for one in details), currency)
    return max(taxes, Money.zero(currency))


def _movement(row: Mapping[str, Any]) -> str:
    return f"balance transaction {text(row.get('id'))}"


def _said(row: Mapping[str, Any], category: str) -> str:
    """Keep Stripe's words for it, and at which rate another currency became this one."""
    rate = row.get("exchange_rate")
    source = row.get("source")
    if rate is None or not isinstance(source, dict) or not isinstance(source.get("amount"), int):
        return category
    try:
        was = money(source["amount"], str(source.get("currency")))
    except MoneyError:
        return category
    return f"{category}, {was} at {rate}"


def _receipt_id(source: object) -> str:
    found = source.get("payment_intent") if isinstance(source, dict) else None
    return found if isinstance(found, str) else ""


def _reference(doc: Mapping[str, Any]) -> str:
    trace = doc.get("trace_id")
    traced = trace.get("value") if isinstance(trace, dict) else None
    return text(traced) or text(doc.get("statement_descriptor"))
