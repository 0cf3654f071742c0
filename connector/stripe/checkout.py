"""A page at Stripe where exactly one invoice is paid: a Checkout Session made on demand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from connector.marks import mark
from connector.raw import text
from connector.stripe.fields import decimals_of
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from connector.bill import Bill
    from connector.stripe.calls import Calls
    from ledger.money import Money

TEXT_CHARS_MAX = 200


def create(calls: Calls, bill: Bill, key: str) -> str:
    """Open a session for a bill and give its address; one key opens one session.

    The payment carries the invoice's id and number, so that it is known what it pays. Raises
    RefusedError where Stripe takes no such payment, or the key lacks the permission.
    """
    title = f"Invoice {bill.number}"[:TEXT_CHARS_MAX]
    names = {
        "ar_invoice_id": bill.invoice_id,
        "ar_invoice_number": bill.number,
        "ar_org_id": bill.tenant_id,
    }
    price = {
        "currency": bill.amount.currency.lower(),
        "unit_amount": _minor(bill.amount),
        "product_data": {"name": title},
    }
    made = calls.post(
        "/v1/checkout/sessions",
        mark(key),
        mode="payment",
        line_items=[{"quantity": 1, "price_data": price}],
        client_reference_id=bill.invoice_id,
        metadata=names,
        payment_intent_data={"metadata": names, "description": title},
        expires_at=int(bill.until.timestamp()),
        success_url=bill.thanks_url,
    )
    return text(made.get("url"))


def _minor(amount: Money) -> int:
    """Give an amount in Stripe's minor units, which are not ISO's for every currency."""
    exact = amount.decimal.scaleb(decimals_of(amount.currency))
    whole = exact.to_integral_value()
    if exact != whole:
        msg = f"{amount} is no amount at Stripe"
        raise RefusedError(msg)
    return int(Decimal(whole))
