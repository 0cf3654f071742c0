"""Stripe's JSON into the ledger's values: pure, no call is made here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.days import zone_of
from ledger.documents import Kind, Link, Organisation, Receipt, Ref, Source, Status
from ledger.errors import RefusedError
from ledger.money import Money, MoneyError, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Doc = dict[str, Any]

DECIMALS_DEFAULT = 2
# Stripe's own table, which is not ISO 4217's: ISK and UGX come with two decimals that are 00.
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"), 0),
    **dict.fromkeys(("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}

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


def money(minor: int, currency: str) -> Money:
    """Read an amount in Stripe's minor units; raises MoneyError rather than round."""
    code = currency.upper()
    return Money.parse(Decimal(minor).scaleb(-_DECIMALS.get(code, DECIMALS_DEFAULT)), code)


def day(stamp: int, zone: str) -> date:
    """Say which day a moment of Stripe's was on in a zone."""
    return datetime.fromtimestamp(stamp, tz=UTC).astimezone(zone_of(zone)).date()


def organisation(account: Mapping[str, Any]) -> Organisation:
    """Describe the merchant whose account this is."""
    dashboard = _inside(_inside(account, "settings"), "dashboard")
    profile = _inside(account, "business_profile")
    name = _text(dashboard, "display_name") or _text(profile, "name") or str(account["id"])
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
    name = _text(_inside(_inside(account, "settings"), "dashboard"), "timezone")
    try:
        zone_of(name)
    except ValueError:
        return "Etc/UTC"
    return name


def is_money(intent: Mapping[str, Any]) -> bool:
    """Say whether a PaymentIntent has brought money, or is about to."""
    return intent.get("status") == "succeeded" or intent.get("status") in _UNDER_WAY


def metadata_links(intent: Mapping[str, Any]) -> tuple[Link, ...]:
    """Read the invoice that the payment's own metadata names, by id, by number, or both."""
    meta = _inside(intent, "metadata")
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
        invoice = _inside(payment, "invoice")
        numbers += [_text(invoice, "number")] if _text(invoice, "number") else []
        named = metadata_links(invoice)
        if named and payment.get("amount_paid") is not None:
            paid = money(payment["amount_paid"], payment["currency"])
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
    dispute, is not there to be applied; under dispute nothing is. Raises RefusedError naming the
    PaymentIntent when an amount cannot be read.
    """
    charge = _inside(intent, "latest_charge")
    try:
        amount = _amount(intent)
        back = money(charge.get("amount_refunded") or 0, intent["currency"])
        lost = _lost(disputes, amount.currency)
        links, numbers = invoice_links(payments)
    except MoneyError as problem:
        msg = f"PaymentIntent {intent['id']}: {problem}"
        raise RefusedError(msg) from None
    in_doubt = bool(charge.get("disputed")) and not _all_settled(disputes)
    left = amount - back - lost
    if intent["status"] in _UNPAID or left.minor < 0:
        left = Money.zero(amount.currency)
    payer = _payer(intent, charge)
    return Receipt(
        ref=Ref(Kind.RECEIPT, str(intent["id"])),
        source=Source.STRIPE,
        received=day(charge.get("created") or intent["created"], zone),
        amount=amount,
        unapplied=left,
        status=_status(intent, left),
        reference=" ".join(numbers),
        text=(_text(intent, "description") or _text(charge, "statement_descriptor"))[
            :TEXT_CHARS_MAX
        ],
        payer_name=payer[0],
        payer_email=payer[1],
        payer_account=payer[2],
        links=metadata_links(intent) or links,
        processing=bool(left) and (intent["status"] in _UNDER_WAY or in_doubt),
    )


def _amount(intent: Mapping[str, Any]) -> Money:
    taken = intent["status"] == "succeeded"
    return money(intent["amount_received"] if taken else intent["amount"], intent["currency"])


def _lost(disputes: Sequence[Mapping[str, Any]], currency: str) -> Money:
    lost = [one for one in disputes if _text(one, "status") == "lost"]
    return total([money(one["amount"], one["currency"]) for one in lost], currency)


def _all_settled(disputes: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether every dispute ended; with none readable the money stays in doubt."""
    settled = _DISPUTE_SETTLED | {"lost"}
    return bool(disputes) and all(_text(one, "status") in settled for one in disputes)


def _status(intent: Mapping[str, Any], left: Money) -> Status:
    if not left:
        return Status.VOID
    # An unknown word of Stripe's is neither matched nor forgotten.
    return Status.OPEN if is_money(intent) else Status.UNKNOWN


def _payer(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> tuple[str, str, str]:
    """Gather who paid: Stripe's customer first, then what the payer typed at the checkout."""
    customer = intent.get("customer")
    known = customer if isinstance(customer, dict) else {}
    typed = _inside(charge, "billing_details")
    account = customer if isinstance(customer, str) else _text(known, "id")
    name = _text(known, "name") or _text(typed, "name")
    email = _text(known, "email") or _text(typed, "email") or _text(charge, "receipt_email")
    return name, email, account


def _inside(node: Mapping[str, Any], field: str) -> Doc:
    found = node.get(field)
    return found if isinstance(found, dict) else {}


def _text(node: Mapping[str, Any], field: str) -> str:
    found = node.get(field)
    return found if isinstance(found, str) else ""
