"""Bank transfers that lie in a customer's cash balance, set against no payment yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from connector.protocol import Found
from connector.stripe.translate import Doc, day, money
from ledger.documents import Gone, Kind, Receipt, Ref, Source, Status
from ledger.errors import RefusedError
from ledger.money import MoneyError

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
    kept = {**customer, "dunnock": {"cash_balance_transactions": rows}}
    return Found(receipt(ref, customer, rows, zone()), json.dumps(kept, default=str))


def receipt(
    ref: Ref, customer: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], zone: str
) -> Receipt:
    """Translate a cash balance with money in it, and the transfers that brought it.

    Raises RefusedError naming the customer when an amount cannot be read.
    """
    available = _available(customer)
    # Balances in several currencies are rare: the first is shown, the others are named.
    currency = min(available)
    arrivals = [one for one in rows if one.get("type") == FUNDED and isinstance(one, dict)]
    told = [_transfer(one) for one in arrivals]
    stamp = max((int(one["created"]) for one in arrivals), default=int(customer["created"]))
    try:
        left = money(available[currency], currency)
        others = [str(money(minor, one)) for one, minor in available.items() if one != currency]
    except (MoneyError, ValueError, TypeError) as problem:
        msg = f"cash balance of {ref.id}: {problem}"
        raise RefusedError(msg) from None
    also = f"; also {', '.join(others)}" if others else ""
    return Receipt(
        ref=Ref(Kind.RECEIPT, ref.id, ref.part),
        source=Source.STRIPE,
        received=day(stamp, zone),
        amount=left,
        unapplied=left,
        status=Status.OPEN,
        reference=" ".join(_said(told, "reference")),
        text=f"Bank transfer in the customer's cash balance at Stripe{also}",
        payer_name=next(iter(_said(told, "sender_name")), str(customer.get("name") or "")),
        payer_email=str(customer.get("email") or ""),
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
    words = [str(one[field]) for one in told if one.get(field)]
    return list(dict.fromkeys(words))
