"""The books' arithmetic: balances follow from payments' lines, every time anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.quickbooks.amounts import in_home, to_minor, to_wire
from sandbox.quickbooks.change import currency_of, kind
from sandbox.quickbooks.faults import business
from sandbox.quickbooks.journals import credit

if TYPE_CHECKING:
    from sandbox.quickbooks.change import Change
    from sandbox.shelf import Doc

Link = tuple[str, str]
# What a payment of nothing may use up instead of money.
_CREDITS = frozenset({"CreditMemo", "JournalEntry"})


def shares(payment: Doc | None) -> dict[Link, int]:
    """Sum a payment's lines by what they pay: (type, id) to minor units."""
    found: dict[Link, int] = {}
    for line in payment["Line"] if payment else []:
        for link in line["LinkedTxn"]:
            key = (link["TxnType"], link["TxnId"])
            found[key] = found.get(key, 0) + to_minor(line["Amount"], currency_of(payment or {}))
    return found


def settle_payment(change: Change, before: Doc | None, after: Doc | None) -> None:
    """Recompute what a payment leaves unapplied and the balance of all it paid or pays now."""
    if after is not None:
        currency = currency_of(after)
        rest = to_minor(after["TotalAmt"], currency)
        for (target, _), minor in shares(after).items():
            rest += minor if target in _CREDITS else -minor
        if rest < 0:
            raise business("The lines of a payment cannot exceed its amount.", "TotalAmt")
        after["UnappliedAmt"] = to_wire(rest, currency)
    named = (after or before or {})["Id"]
    old, new = shares(before), shares(after)
    for entity, key in old | new:
        target_doc = change.find(entity, key)
        if target_doc is None:
            continue
        link = {"TxnId": named, "TxnType": "Payment"}
        kept = [one for one in target_doc["LinkedTxn"] if one != link]
        target_doc["LinkedTxn"] = [*kept, link] if (entity, key) in new else kept
        if entity == "JournalEntry":
            _settle_entry(change, target_doc)
        else:
            settle_sale(change, entity, target_doc)


def _settle_entry(change: Change, doc: Doc) -> None:
    """Refuse to apply more of an entry than it credits."""
    used = sum(
        shares(change.peek("Payment", link["TxnId"])).get(("JournalEntry", doc["Id"]), 0)
        for link in doc["LinkedTxn"]
    )
    if used > credit(change, doc)[1]:
        detail = f"You can't apply more than the credit of JournalEntry {doc['Id']}."
        raise business(detail, "Line.Amount")


def settle_sale(change: Change, entity: str, doc: Doc) -> None:
    """Recompute the open balance of an invoice or credit memo from the payments linked to it."""
    currency = currency_of(doc)
    rest = to_minor(doc["TotalAmt"], currency)
    for link in doc["LinkedTxn"]:
        if link["TxnType"] == "Payment":
            rest -= shares(change.peek("Payment", link["TxnId"])).get((entity, doc["Id"]), 0)
    if rest < 0:
        detail = f"You can't apply more than the open balance of {entity} {doc['Id']}."
        raise business(detail, "Line.Amount")
    doc["Balance"] = to_wire(rest, currency)
    if entity == "CreditMemo":
        doc["RemainingCredit"] = doc["Balance"]
    if change.company["multicurrency"]:
        home, rate = change.company["currency"], doc.get("ExchangeRate", 1)
        total = to_minor(doc["TotalAmt"], currency)
        doc["HomeTotalAmt"] = to_wire(in_home(total, currency, rate, home), home)
        if entity == "Invoice":
            doc["HomeBalance"] = to_wire(in_home(rest, currency, rate, home), home)


def unlink(change: Change, entity: str, doc: Doc) -> None:
    """Take an invoice or credit memo off every payment; the money becomes unapplied again."""
    for link in [one for one in doc["LinkedTxn"] if one["TxnType"] == "Payment"]:
        payment = change.find("Payment", link["TxnId"])
        if payment is None:
            continue
        before = {**payment, "Line": list(payment["Line"])}
        gone = {"TxnId": doc["Id"], "TxnType": entity}
        payment["Line"] = [line for line in payment["Line"] if gone not in line["LinkedTxn"]]
        settle_payment(change, before, payment)


def auto_apply(change: Change, payment: Doc) -> None:
    """Apply what is unapplied to the customer's oldest open invoices, as the preference says."""
    rest = to_minor(payment["UnappliedAmt"], currency_of(payment))
    taken = {key for _, key in shares(payment)}
    before = {**payment, "Line": list(payment["Line"])}
    payment["Line"] += _oldest_first(change, payment, rest, taken)
    settle_payment(change, before, payment)


def credit_lines(change: Change, memo: Doc) -> list[Doc]:
    """Give the lines of the payment that applies a credit memo to the oldest open invoices."""
    currency = currency_of(memo)
    lines = _oldest_first(change, memo, to_minor(memo["Balance"], currency), set())
    used = sum(to_minor(line["Amount"], currency) for line in lines)
    link = {"TxnId": memo["Id"], "TxnType": "CreditMemo"}
    credit = {"Amount": to_wire(used, currency), "LinkedTxn": [link]}
    return [*lines, credit] if lines else []


def _oldest_first(change: Change, money: Doc, rest: int, taken: set[str]) -> list[Doc]:
    """Share an amount out over a customer's open invoices, but for those `taken` already."""
    found = []
    open_ones = sorted(
        (one for one in change.shelf.all(kind(change.realm, "Invoice")) if one["Balance"] > 0),
        key=lambda one: (one["DueDate"], int(one["Id"])),
    )
    for invoice in open_ones:
        same = invoice["CustomerRef"]["value"] == money["CustomerRef"]["value"]
        if not rest or not same or invoice["Id"] in taken:
            continue
        currency = currency_of(money)
        share = min(rest, to_minor(invoice["Balance"], currency))
        rest -= share
        link = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
        found.append({"Amount": to_wire(share, currency), "LinkedTxn": [link]})
    return found
