"""Stripe's JSON into the ledger's values: pure, no call is made here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from connector import raw
from connector.stripe.fields import NO_CURRENCY, UnreadableError, amount, day_of, inside
from ledger.days import zone_of
from ledger.documents import Kind, Link, Organisation, Receipt, Ref, Source, Status
from ledger.money import Money, MoneyError, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A payment that may still arrive holds reminders back and is matched with nothing yet.
_UNDER_WAY = frozenset({"processing"})
# A PaymentIntent that stands here has brought no money, and may never.
_UNPAID = frozenset(
    {
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "requires_capture",
        "canceled",
    }
)
# Whatever else a dispute's status may be, the money is in doubt.
_DISPUTE_SETTLED = frozenset({"won", "warning_closed", "prevented"})
TEXT_CHARS_MAX = 500


def organisation(account: Mapping[str, Any]) -> Organisation:
    """Describe the merchant whose account this is."""
    dashboard = inside(inside(account, "settings"), "dashboard")
    profile = inside(account, "business_profile")
    names = (
        *(_text(dashboard, "display_name"), _text(profile, "name"), _text(profile, "url")),
        *(_text(inside(account, "company"), "name"), _text(account, "email")),
    )
    # An id says nothing to a person; its end tells two accounts without a name apart.
    name = next(filter(None, names), f"Stripe account …{_text(account, 'id')[-4:]}")
    currency = (_text(account, "default_currency") or "USD").upper()
    return Organisation(
        name=name,
        currency=currency,
        zone=zone(account),
        country=_text(account, "country") or None,
        currencies=(currency,),
    )


def zone(account: Mapping[str, Any]) -> str:
    """Give the zone of the account's Dashboard; UTC when Stripe tells none we know."""
    name = _text(inside(inside(account, "settings"), "dashboard"), "timezone")
    try:
        zone_of(name)
    except ValueError:
        return "Etc/UTC"
    return name


def may_be_money(intent: Mapping[str, Any]) -> bool:
    """Say whether a PaymentIntent has brought money, or for all we know is about to."""
    return _text(intent, "status") not in _UNPAID


def metadata_links(intent: Mapping[str, Any]) -> tuple[Link, ...]:
    """Read the invoice that the payment's own metadata names, by id, by number, or both."""
    meta = inside(intent, "metadata")
    named = (_text(meta, "ar_invoice_id"), _text(meta, "ar_invoice_number"))
    return (Link(*named, tenant_id=_text(meta, "ar_org_id")),) if any(named) else ()


def invoice_links(
    payments: Sequence[Mapping[str, Any]],
) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """Read what a payment pays through Stripe's own invoices: links, and the invoices' numbers.

    Only an invoice whose metadata names one of the ledger's is a link. Stripe's number alone is
    evidence, not proof: two numbering schemes may well share a number.
    """
    links: list[Link] = []
    numbers: list[str] = []
    for payment in payments:
        invoice = inside(payment, "invoice")
        numbers += [_text(invoice, "number")] if _text(invoice, "number") else []
        named = metadata_links(invoice)
        if named and payment.get("amount_paid") is not None:
            paid = amount(payment, "amount_paid")
            links += [replace(one, amount=paid) for one in named]
    return tuple(links), tuple(numbers)


def receipt(
    intent: Mapping[str, Any],
    *,
    zone: str,
    payments: Sequence[Mapping[str, Any]] = (),
    disputes: Sequence[Mapping[str, Any]] = (),
) -> Receipt:
    """Read a PaymentIntent, with its latest charge and customer expanded, as money that came in.

    `payments` are its InvoicePayments with the invoice expanded. What was refunded, or lost in a
    dispute, is not there to be applied; under dispute nothing is. One that cannot be read is of
    unknown status, and says why.
    """
    try:
        return _receipt(intent, zone, payments, disputes)
    except (UnreadableError, MoneyError) as problem:
        return riddle(intent, zone, str(problem))


def riddle(doc: Mapping[str, Any], zone: str, unread: str) -> Receipt:
    """Give the receipt of what may be money and cannot be read."""
    try:
        received = day_of(doc, "created", zone)
    except UnreadableError:
        received = date.min
    nothing = Money.zero(NO_CURRENCY)
    return Receipt(
        ref=Ref(Kind.RECEIPT, _text(doc, "id") or raw.stand_in_id(doc)),
        source=Source.STRIPE,
        received=received,
        amount=nothing,
        unapplied=nothing,
        status=Status.UNKNOWN,
        unread=unread,
    )


def _receipt(
    intent: Mapping[str, Any],
    zone: str,
    payments: Sequence[Mapping[str, Any]],
    disputes: Sequence[Mapping[str, Any]],
) -> Receipt:
    charge, status = inside(intent, "latest_charge"), _text(intent, "status")
    if not _text(intent, "id"):
        raise UnreadableError(raw.told(intent, "id"))
    taken = amount(intent, "amount_received" if status == "succeeded" else "amount")
    links, numbers = invoice_links(payments)
    left = taken - _back(charge, taken.currency) - _lost(disputes, taken.currency)
    if status in _UNPAID or left.minor < 0:
        left = Money.zero(taken.currency)
    in_doubt = bool(charge.get("disputed")) and not _all_settled(disputes)
    payer = _payer(intent, charge)
    known = status == "succeeded" or status in _UNDER_WAY or status in _UNPAID
    return Receipt(
        ref=Ref(Kind.RECEIPT, _text(intent, "id")),
        source=Source.STRIPE,
        received=day_of(charge if charge.get("created") else intent, "created", zone),
        amount=taken,
        unapplied=left,
        status=_status(left, known=known),
        reference=" ".join(numbers),
        text=(_text(intent, "description") or _text(charge, "statement_descriptor"))[
            :TEXT_CHARS_MAX
        ],
        payer_name=payer[0],
        payer_email=payer[1],
        payer_account=payer[2],
        links=metadata_links(intent) or links,
        processing=bool(left) and (status in _UNDER_WAY or in_doubt),
        unread="" if known else raw.told(intent, "status"),
    )


def _back(charge: Mapping[str, Any], currency: str) -> Money:
    if charge.get("amount_refunded") is None:
        return Money.zero(currency)
    return amount(charge, "amount_refunded", currency)


def _lost(disputes: Sequence[Mapping[str, Any]], currency: str) -> Money:
    lost = [one for one in disputes if _text(one, "status") == "lost"]
    return total([amount(one, "amount") for one in lost], currency)


def _all_settled(disputes: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether every dispute ended; with none readable the money stays in doubt."""
    settled = _DISPUTE_SETTLED | {"lost"}
    return bool(disputes) and all(_text(one, "status") in settled for one in disputes)


def _status(left: Money, *, known: bool) -> Status:
    # An unknown word of Stripe's is neither matched nor forgotten.
    if not known:
        return Status.UNKNOWN
    return Status.OPEN if left else Status.VOID


def _payer(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> tuple[str, str, str]:
    """Gather who paid: Stripe's customer first, then what the payer typed at the checkout."""
    customer = intent.get("customer")
    known = customer if isinstance(customer, dict) else {}
    typed = inside(charge, "billing_details")
    account = customer if isinstance(customer, str) else _text(known, "id")
    name = _text(known, "name") or _text(typed, "name")
    email = _text(known, "email") or _text(typed, "email") or _text(charge, "receipt_email")
    return name, email, account


def _text(node: Mapping[str, Any], field: str) -> str:
    return raw.text(node.get(field))
