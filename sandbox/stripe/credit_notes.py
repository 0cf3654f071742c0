"""Credit notes, and the credit that customers have with a merchant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, post, wrong_state
from sandbox.stripe.catalog import new
from sandbox.stripe.errors import invalid
from sandbox.stripe.writes import change, found, named, updating

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks


def _create(ask: Ask) -> Doc:
    invoice = named(ask, "invoice", "invoice")
    lines = sum(
        int(one.get("unit_amount", 0)) * int(one.get("quantity", 1)) for one in ask.several("lines")
    )
    amount = lines or ask.whole("amount") or 0
    if not 0 < amount <= invoice["total"]:
        raise invalid("The credit note does not fit its invoice.", "amount")
    before = min(amount, invoice["amount_remaining"])
    after = amount - before
    given = {name: ask.whole(f"{name}_amount") or 0 for name in ("credit", "out_of_band", "refund")}
    if after != sum(given.values()):
        raise invalid("The sum of credit, refund and out of band must match.", "credit_amount")
    doc = new(
        ask,
        "cn",
        {
            "object": "credit_note",
            "amount": amount,
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "customer_balance_transaction": None,
            "invoice": invoice["id"],
            "memo": ask.text("memo"),
            "number": f"{invoice['number']}-CN-{ask.books.shelf.count('cn number'):02d}",
            "out_of_band_amount": given["out_of_band"] or None,
            "post_payment_amount": after,
            "pre_payment_amount": before,
            "reason": ask.text("reason"),
            "refunds": [],
            "status": "issued",
            "total": amount,
            "type": "pre_payment" if not after else "mixed" if before else "post_payment",
            "voided_at": None,
        },
    )
    if given["credit"]:
        row = balance(ask.books, ask.account, doc["customer"], -given["credit"], "credit_note")
        doc = ask.books.keep(ask.account, {**doc, "customer_balance_transaction": row["id"]})
    _on_invoice(ask, invoice, before, after)
    return doc


def _on_invoice(ask: Ask, invoice: Doc, before: int, after: int) -> None:
    left = invoice["amount_remaining"] - before
    changed: Doc = {
        "amount_remaining": left,
        "post_payment_credit_notes_amount": invoice["post_payment_credit_notes_amount"] + after,
        "pre_payment_credit_notes_amount": invoice["pre_payment_credit_notes_amount"] + before,
    }
    if before and left == 0:
        changed["status"] = "paid"
    change(ask, invoice, changed, "invoice.updated")
    if changed.get("status"):
        doc = found(ask, "invoice", invoice["id"])
        ask.books.emit(ask.account, "invoice.paid", doc, request=ask.request)


def _void(ask: Ask) -> Doc:
    doc = found(ask, "credit_note")
    invoice = found(ask, "invoice", doc["invoice"])
    if doc["status"] != "issued" or doc["post_payment_amount"] or invoice["status"] != "open":
        raise wrong_state("Only a credit note of an open invoice can be voided.")
    changed = {"status": "void", "voided_at": int(ask.books.now().timestamp())}
    doc = change(ask, doc, changed, "credit_note.voided")
    _on_invoice(ask, invoice, -doc["pre_payment_amount"], 0)
    return doc


def balance(books: StripeBooks, account: str, customer: str, amount: int, kind: str) -> Doc:
    """Move a customer's balance by `amount`, in minor units; negative is credit given."""
    owner = books.get("customer", customer)
    doc: Doc = {
        "id": books.new_id("cbtxn"),
        "object": "customer_balance_transaction",
        "amount": amount,
        "created": int(books.now().timestamp()),
        "currency": owner["currency"] or books.get("account", account)["default_currency"],
        "customer": customer,
        "ending_balance": owner["balance"] + amount,
        "livemode": books.livemode,
        "metadata": {},
        "type": kind,
    }
    before = {"balance": owner["balance"]}
    owner = books.keep(account, {**owner, "balance": owner["balance"] + amount})
    books.emit(account, "customer.updated", owner, previous=before)
    return books.keep(account, doc)


def _adjust(ask: Ask) -> Doc:
    customer = found(ask, "customer")
    amount = ask.whole("amount")
    if amount is None:
        raise invalid("Missing required param: amount.", "amount", "parameter_missing")
    return balance(ask.books, ask.account, customer["id"], amount, "adjustment")


ROUTES = (
    post(
        "credit_notes",
        _create,
        "invoice lines amount credit_amount refund_amount out_of_band_amount reason memo metadata",
    ),
    updating("credit_notes", "credit_note", "metadata memo", "credit_note.updated"),
    post("credit_notes/{}/void", _void),
    post("customers/{}/balance_transactions", _adjust, "amount currency description metadata"),
)
