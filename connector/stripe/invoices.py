"""Stripe's own invoices, customers and credit notes into the ledger's values: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from connector import raw
from connector.stripe import translate
from connector.stripe.fields import NO_CURRENCY, UnreadableError, amount, day_of, inside, key_of
from ledger.documents import (
    Allocation,
    Charge,
    CreditNote,
    Customer,
    Failure,
    Invoice,
    Kind,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money, MoneyError, total

# Whether a promise was made is ours to keep: Stripe has no field for it.
PROMISED = "ar_promised"
# Names the credit that a customer has with the merchant among the credit notes.
BALANCE = "balance"
CODE_CHARS_MAX = 80
COUNTRY_CHARS_MAX = 2
LANGUAGE_CHARS_MAX = 20

# Written off at Stripe: money may still come, but nobody is to be asked for it.
_STATUSES = {
    "draft": Status.DRAFT,
    "open": Status.OPEN,
    "paid": Status.PAID,
    "void": Status.VOID,
    "uncollectible": Status.VOID,
}
_ORDER_NAMES = frozenset({"po", "po number", "po no", "purchase order", "purchase order number"})

_CONFIRM = frozenset({"authentication_required", "authentication_not_handled"})
_FUNDS = frozenset(
    {"insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded"}
)
# What paying again with the same card or account cannot mend.
_METHOD = frozenset(
    {
        *("card_not_supported", "currency_not_supported", "expired_card", "incorrect_address"),
        *("incorrect_cvc", "incorrect_number", "incorrect_zip", "invalid_account"),
        *("invalid_cvc", "invalid_expiry_month", "invalid_expiry_year", "invalid_number"),
        *("lost_card", "stolen_card", "pickup_card", "restricted_card", "stop_payment_order"),
        *("revocation_of_authorization", "transaction_not_allowed", "account_closed"),
        *("bank_account_unusable", "debit_not_authorized", "no_account"),
    }
)


def invoice(doc: Mapping[str, Any], zone: str, intent: Mapping[str, Any] | None = None) -> Invoice:
    """Read an invoice; one that cannot be read is of unknown status, and says why.

    `intent` is the PaymentIntent of Stripe's own latest attempt at it, if that is known.
    """
    try:
        return _invoice(doc, zone, intent)
    except UnreadableError as problem:
        nothing = Money.zero(NO_CURRENCY)
        return Invoice(
            ref=Ref(Kind.INVOICE, key_of(doc)),
            number=_text(doc, "number") or key_of(doc),
            customer_id=customer_of(doc),
            issued=date.min,
            due=date.min,
            total=nothing,
            balance=nothing,
            status=Status.UNKNOWN,
            unread=str(problem),
        )


def _invoice(doc: Mapping[str, Any], zone: str, intent: Mapping[str, Any] | None) -> Invoice:
    if not _text(doc, "id"):
        raise UnreadableError(raw.told(doc, "id"))
    word = _text(doc, "status")
    status = _STATUSES.get(word, Status.UNKNOWN)
    total_ = amount(doc, "total")
    issued = _issued(doc, zone)
    is_claim = status in {Status.DRAFT, Status.OPEN}
    return Invoice(
        ref=Ref(Kind.INVOICE, _text(doc, "id")),
        number=_text(doc, "number") or _text(doc, "id"),
        customer_id=customer_of(doc),
        issued=issued,
        # What is charged without asking has no term: it is due when it is made out.
        due=day_of(doc, "due_date", zone) if doc.get("due_date") else issued,
        total=total_,
        balance=amount(doc, "amount_remaining") if is_claim else Money.zero(total_.currency),
        status=status,
        po_number=_order(doc),
        promised=_promised(doc),
        charge=charge(doc, zone, intent),
        unread="" if word in _STATUSES else raw.told(doc, "status"),
    )


def _issued(doc: Mapping[str, Any], zone: str) -> date:
    moments = inside(doc, "status_transitions")
    if doc.get("effective_at"):
        return day_of(doc, "effective_at", zone)
    if moments.get("finalized_at"):
        return day_of(moments, "finalized_at", zone)
    return day_of(doc, "created", zone)


def _order(doc: Mapping[str, Any]) -> str | None:
    for one in raw.documents(doc.get("custom_fields")):
        if _text(one, "name").casefold() in _ORDER_NAMES:
            return _text(one, "value") or None
    return None


def _promised(doc: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(_text(inside(doc, "metadata"), PROMISED))
    except ValueError:
        return None


def customer_of(doc: Mapping[str, Any]) -> str:
    """Name the customer of an object, expanded or not; "" without one."""
    return _text(doc, "customer") or _text(inside(doc, "customer"), "id")


def is_charged(doc: Mapping[str, Any]) -> bool:
    """Say whether Stripe takes the money of an invoice without asking."""
    return _text(doc, "collection_method") == "charge_automatically"


def was_tried(doc: Mapping[str, Any]) -> bool:
    """Say whether Stripe tried in vain so far, so that the payment tells why."""
    return is_charged(doc) and doc.get("status") == "open" and doc.get("attempted") is True


def charge(doc: Mapping[str, Any], zone: str, intent: Mapping[str, Any] | None) -> Charge | None:
    """Read how Stripe's own attempts at an invoice went; None where it makes none.

    `intent` is the PaymentIntent of the latest attempt with its charge expanded, if it is known.
    """
    if not is_charged(doc):
        return None
    count = doc.get("attempt_count")
    told = Charge(
        attempts=count if isinstance(count, int) else 0,
        retry_at=_moment(doc, "next_payment_attempt"),
    )
    if not was_tried(doc) or intent is None:
        return told
    error = inside(intent, "last_payment_error")
    code = _text(error, "decline_code") or _text(error, "code")
    if _text(intent, "status") == "requires_action":
        code = "authentication_required"
    elif _text(intent, "status") != "requires_payment_method" or not error:
        # On its way, or never tried: nothing has failed.
        return told
    tried = inside(intent, "latest_charge") or intent
    return replace(
        told,
        failed_on=day_of(tried, "created", zone),
        code=code[:CODE_CHARS_MAX],
        failure=_failure(code),
    )


def _moment(doc: Mapping[str, Any], name: str) -> datetime | None:
    if doc.get(name) is None:
        return None
    # What is no moment reads as no day either, and says so.
    day_of(doc, name, "UTC")
    return datetime.fromtimestamp(doc[name], tz=UTC)


def _failure(code: str) -> Failure:
    for failure, codes in (
        (Failure.CONFIRM, _CONFIRM),
        (Failure.FUNDS, _FUNDS),
        (Failure.METHOD, _METHOD),
    ):
        if code in codes:
            return failure
    return Failure.OTHER


def customer(doc: Mapping[str, Any]) -> Customer:
    """Read a customer; one without a name goes by its address, or else by its id."""
    key = key_of(doc)
    languages = doc.get("preferred_locales")
    language = languages[0] if isinstance(languages, list) and languages else None
    return Customer(
        ref=Ref(Kind.CUSTOMER, key),
        name=_text(doc, "name") or _text(doc, "email") or key,
        email=_text(doc, "email") or None,
        country=_code(inside(doc, "address").get("country"), COUNTRY_CHARS_MAX),
        language=_code(language, LANGUAGE_CHARS_MAX),
    )


def _code(value: object, at_most: int) -> str | None:
    """Read a code; what is longer than any code is none."""
    word = raw.text(value)
    return word if 0 < len(word) <= at_most else None


def credit_balance(doc: Mapping[str, Any], today: date, currency: str) -> CreditNote:
    """Read the credit a customer has with the merchant, which Stripe counts as negative.

    `currency` is the account's, for a customer that has none of its own yet.
    """
    key = key_of(doc)
    owed = doc.get("balance")
    minor = -owed if isinstance(owed, int) and owed < 0 else 0
    left = amount({"balance": minor}, "balance", _text(doc, "currency") or currency)
    return CreditNote(
        ref=Ref(Kind.CREDIT_NOTE, key, BALANCE),
        number="Credit balance",
        customer_id=key,
        issued=today,
        total=left,
        balance=left,
        status=Status.OPEN if minor else Status.PAID,
    )


def credit_note(doc: Mapping[str, Any], zone: str) -> CreditNote:
    """Read a credit note: it is used up where it is given, on its invoice or as balance."""
    try:
        return _credit_note(doc, zone)
    except UnreadableError as problem:
        nothing = Money.zero(NO_CURRENCY)
        return CreditNote(
            ref=Ref(Kind.CREDIT_NOTE, key_of(doc)),
            number=_text(doc, "number") or key_of(doc),
            customer_id=customer_of(doc),
            issued=date.min,
            total=nothing,
            balance=nothing,
            status=Status.UNKNOWN,
            unread=str(problem),
        )


def _credit_note(doc: Mapping[str, Any], zone: str) -> CreditNote:
    issued = day_of(doc, "created", zone)
    void = _text(doc, "status") == "void"
    whole = amount(doc, "total")
    cut = Money.zero(whole.currency)
    if not void and doc.get("pre_payment_amount") is not None:
        cut = amount(doc, "pre_payment_amount")
    return CreditNote(
        ref=Ref(Kind.CREDIT_NOTE, key_of(doc)),
        number=_text(doc, "number") or key_of(doc),
        customer_id=customer_of(doc),
        issued=issued,
        total=whole,
        balance=Money.zero(whole.currency),
        status=Status.VOID if void else Status.PAID,
        allocations=(Allocation(_invoice_of(doc), cut, issued),) if cut else (),
    )


def _invoice_of(doc: Mapping[str, Any]) -> str:
    return _text(doc, "invoice") or _text(inside(doc, "invoice"), "id")


def receipt(
    intent: Mapping[str, Any],
    zone: str,
    payments: Sequence[Mapping[str, Any]],
    disputes: Sequence[Mapping[str, Any]],
) -> Receipt:
    """Read a payment as the books see it: whose it is, what it pays, and what is left of it.

    `payments` are its InvoicePayments.
    """
    told = translate.receipt(intent, zone=zone, disputes=disputes)
    if told.unread:
        return replace(told, source=Source.LEDGER)
    try:
        used = tuple(
            Allocation(_invoice_of(one), amount(one, "amount_paid"), told.received, key_of(one))
            for one in payments
            if one.get("status") == "paid"
        )
        spent = total([one.amount for one in used], told.amount.currency)
    except (UnreadableError, MoneyError) as problem:
        return replace(translate.riddle(intent, zone, str(problem)), source=Source.LEDGER)
    left = told.unapplied - spent if spent < told.unapplied else Money.zero(told.amount.currency)
    is_spent = told.status is Status.OPEN and not left
    return replace(
        told,
        source=Source.LEDGER,
        customer_id=customer_of(intent) or None,
        unapplied=left,
        allocations=used,
        status=Status.PAID if is_spent else told.status,
        processing=told.processing and bool(left),
    )


def _text(node: Mapping[str, Any], field: str) -> str:
    return raw.text(node.get(field))
