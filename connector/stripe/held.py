"""Bank transfers that lie in a customer's cash balance, set against no payment yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector.protocol import Found
from connector.raw import documents, kept, text
from connector.stripe.fields import Doc, UnreadableError, amount, day_of
from connector.stripe.translate import riddle
from ledger.documents import Gone, Kind, Receipt, Ref, Source, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connector.stripe.calls import Calls

ROWS_MAX = 20
FUNDED = "funded"


def read(calls: Calls, ref: Ref, zone: Callable[[], str]) -> Found:
    """Read what lies in a customer's cash balance; Gone when that is nothing.

    It is money that came in, and yet nothing may be matched with it: Stripe, or a person there,
    sets it against a payment, which then comes in as one of its own. Until then it holds back the
    reminders of whoever seems to have sent it.
    """
    customer = calls.get(f"/v1/customers/{ref.id}", expand=["cash_balance"])
    available = _available(customer)
    if not available:
        return Found(Gone(ref), "")
    rows = calls.get(f"/v1/customers/{ref.id}/cash_balance_transactions", limit=ROWS_MAX)["data"]
    whole = {**customer, "dunnock": {"cash_balance_transactions": rows}}
    return Found(receipt(ref, customer, rows, zone()), kept(whole))


def receipt(
    ref: Ref, customer: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], zone: str
) -> Receipt:
    """Translate a cash balance with money in it, and the transfers that brought it.

    One that cannot be read is of unknown status, and says why.
    """
    try:
        return _receipt(ref, customer, rows, zone)
    except UnreadableError as problem:
        return replace(riddle(customer, zone, f"cash_balance.available: {problem}"), ref=ref)


def _receipt(
    ref: Ref, customer: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], zone: str
) -> Receipt:
    available = _available(customer)
    # Balances in several currencies are rare: the first is shown, the others are named.
    currency = min(available)
    arrivals = [one for one in documents(rows) if one.get("type") == FUNDED]
    told = [_transfer(one) for one in arrivals]
    days = [day_of(one, "created", zone) for one in arrivals]
    left = amount(available, currency, currency)
    others = [str(amount(available, one, one)) for one in available if one != currency]
    also = f"; also {', '.join(others)}" if others else ""
    return Receipt(
        ref=Ref(Kind.RECEIPT, ref.id, ref.part),
        source=Source.STRIPE,
        received=max(days) if days else day_of(customer, "created", zone),
        amount=left,
        unapplied=left,
        status=Status.OPEN,
        reference=" ".join(_said(told, "reference")),
        text=f"Bank transfer in the customer's cash balance at Stripe{also}",
        payer_name=next(iter(_said(told, "sender_name")), text(customer.get("name"))),
        payer_email=text(customer.get("email")),
        payer_account=ref.id,
        processing=True,
    )


def _available(customer: Mapping[str, Any]) -> dict[str, int]:
    balance = customer.get("cash_balance")
    found = balance.get("available") if isinstance(balance, dict) else None
    held = found if isinstance(found, dict) else {}
    return {one: minor for one, minor in held.items() if isinstance(minor, int) and minor > 0}


def _transfer(row: Mapping[str, Any]) -> Doc:
    """Gather what the bank said of a transfer, wherever its kind of transfer keeps it."""
    funded = row.get(FUNDED)
    transfer = funded.get("bank_transfer") if isinstance(funded, dict) else None
    if not isinstance(transfer, dict):
        return {}
    inside = transfer.get(str(transfer.get("type")))
    return {**transfer, **inside} if isinstance(inside, dict) else transfer


def _said(told: Sequence[Doc], field: str) -> list[str]:
    words = (text(one.get(field)) for one in told)
    return list(dict.fromkeys(word for word in words if word))
