"""Invoices as a client makes them: items, drafts, and each way an invoice moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe import intents, invoices, methods, payments
from sandbox.stripe.ask import Ask, delete, post, wrong_state
from sandbox.stripe.catalog import deleting, gone, new
from sandbox.stripe.errors import StripeRefusal, invalid, missing
from sandbox.stripe.writes import change, found, merged, named

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

_EDITS = ("metadata", "description", "auto_advance")


def _item(ask: Ask) -> Doc:
    customer = named(ask, "customer", "customer")
    amount = ask.whole("amount")
    price = ask.within("pricing").get("price")
    if price:
        amount = found(ask, "price", price)["unit_amount"] * (ask.whole("quantity") or 1)
    if amount is None:
        raise invalid("Missing required param: amount.", "amount", "parameter_missing")
    facts = {"amount": amount, "currency": (ask.text("currency") or "usd").lower()}
    item = new(
        ask,
        "ii",
        {
            "object": "invoiceitem",
            "customer": customer["id"],
            "description": ask.text("description"),
            "invoice": ask.text("invoice"),
            **facts,
        },
    )
    if item["invoice"]:
        _add(ask, found(ask, "invoice", item["invoice"]), amount)
    return item


def _add(ask: Ask, doc: Doc, amount: int) -> None:
    _only(doc, "draft")
    due = doc["amount_due"] + amount
    names = ("amount_due", "amount_remaining", "subtotal", "total")
    change(ask, doc, dict.fromkeys(names, due), "invoice.updated")


def _create(ask: Ask) -> Doc:
    customer = named(ask, "customer", "customer")
    pending = [
        one
        for one in ask.books.all(ask.account, "invoiceitem")
        if one["customer"] == customer["id"] and one["invoice"] is None
    ]
    if ask.text("pending_invoice_items_behavior") != "include":
        pending = []
    currency = ask.text("currency") or (pending[0]["currency"] if pending else "usd")
    doc = invoices.draft(
        ask.books,
        ask.account,
        {
            "amount": sum(one["amount"] for one in pending),
            "auto_advance": ask.flag("auto_advance"),
            "collection_method": ask.text("collection_method"),
            "currency": currency.lower(),
            "customer": customer["id"],
            "days_until_due": ask.whole("days_until_due"),
            "description": ask.text("description"),
            "due_date": ask.whole("due_date"),
            "metadata": merged({}, ask.params.get("metadata", {})),
        },
    )
    for one in pending:
        ask.books.keep(ask.account, {**one, "invoice": doc["id"]})
    ask.books.emit(ask.account, "invoice.created", doc, request=ask.request)
    return doc


def _update(ask: Ask) -> Doc:
    changed: Doc = {name: ask.params[name] for name in _EDITS if name in ask.params}
    if "auto_advance" in changed:
        changed["auto_advance"] = ask.flag("auto_advance")
    return change(ask, found(ask, "invoice"), changed, "invoice.updated")


def _delete(ask: Ask) -> Doc:
    _only(found(ask, "invoice"), "draft")
    return gone(ask, "invoice")


def _finalize(ask: Ask) -> Doc:
    doc = found(ask, "invoice")
    _only(doc, "draft")
    return invoices.finalize(ask.books, ask.account, doc, ask.request)


def _send(ask: Ask) -> Doc:
    doc = found(ask, "invoice")
    if doc["collection_method"] != "send_invoice":
        raise wrong_state("Only invoices with collection_method send_invoice can be sent.")
    _only(doc, "draft", "open")
    if doc["status"] == "draft":
        doc = invoices.finalize(ask.books, ask.account, doc, ask.request)
    ask.books.emit(ask.account, "invoice.sent", doc, request=ask.request)
    return doc


def _void(ask: Ask) -> Doc:
    return _ended(ask, "void", "voided", ("open", "uncollectible"))


def _uncollectible(ask: Ask) -> Doc:
    return _ended(ask, "uncollectible", "marked_uncollectible", ("open",))


def _ended(ask: Ask, status: str, word: str, before: tuple[str, ...]) -> Doc:
    doc = found(ask, "invoice")
    _only(doc, *before)
    moments = {**doc["status_transitions"], f"{word}_at": int(ask.books.now().timestamp())}
    changed = {"status": status, "status_transitions": moments, "next_payment_attempt": None}
    return change(ask, doc, changed, f"invoice.{word}")


def _pay(ask: Ask) -> Doc:
    doc = found(ask, "invoice")
    _only(doc, "draft", "open", "uncollectible")
    if doc["status"] == "draft":
        doc = invoices.finalize(ask.books, ask.account, doc, ask.request)
    if ask.flag("paid_out_of_band"):
        doc["amount_paid_off_stripe"] = doc["amount_remaining"]
        return invoices.pay_part(ask.books, ask.account, doc, doc["amount_remaining"], ask.request)
    if doc["status"] == "paid":
        return doc
    return collect(ask.books, ask.account, doc, ask.text("payment_method"), ask.request)


def collect(
    books: StripeBooks, account: str, doc: Doc, method: str | None, request: Doc | None
) -> Doc:
    """Charge what is open to `method`, or to the customer's default.

    Raises StripeRefusal (402) when the bank declines or the payer must confirm.
    """
    customer = books.find(account, "customer", doc["customer"]) or {}
    method = method or customer["invoice_settings"]["default_payment_method"]
    if method is None:
        text = "This customer has no attached payment source or default payment method."
        raise StripeRefusal(400, text, code="resource_missing")
    what = methods.outcome(books, account, method)
    facts = {"amount": doc["amount_remaining"], "currency": doc["currency"]}
    intent = payments.begin(books, account, {**facts, "customer": doc["customer"]})
    try:
        intent = intents.attempt(books, account, intent, what, request)
    except StripeRefusal:
        _attempted(books, account, doc, "invoice.payment_failed", request)
        raise
    if intent["status"] == "requires_action":
        _attempted(books, account, doc, "invoice.payment_action_required", request)
        code = "invoice_payment_intent_requires_action"
        text = "Payment for this invoice requires additional user action."
        raise StripeRefusal(402, text, kind="card_error", code=code)
    doc = _attempted(books, account, doc, "", request)
    if intent["status"] == "succeeded":
        invoices.attach(books, doc["id"], intent["id"], None)
    return books.get("invoice", doc["id"])


def _attempted(books: StripeBooks, account: str, doc: Doc, event: str, request: Doc | None) -> Doc:
    doc = {**doc, "attempt_count": doc["attempt_count"] + 1, "attempted": True}
    books.keep(account, doc)
    if event:
        books.emit(account, event, doc, request=request)
    return doc


def _attach(ask: Ask) -> Doc:
    doc = found(ask, "invoice")
    _only(doc, "open")
    intent = named(ask, "payment_intent", "payment_intent")
    if intent["status"] != "succeeded":
        raise missing("succeeded payment", intent["id"], "payment_intent")
    try:
        invoices.attach(ask.books, doc["id"], intent["id"], None)
    except ValueError as problem:
        raise invalid(str(problem), "payment_intent") from None
    return found(ask, "invoice")


def _only(doc: Doc, *statuses: str) -> None:
    if doc["status"] not in statuses:
        message = f"This invoice is {doc['status']}; it must be {' or '.join(statuses)}."
        raise wrong_state(message, "invoice_not_editable")


ROUTES = (
    post(
        "invoiceitems",
        _item,
        "amount currency customer description invoice metadata pricing quantity",
    ),
    deleting("invoiceitems", "invoiceitem"),
    post(
        "invoices",
        _create,
        "customer description pending_invoice_items_behavior collection_method days_until_due"
        " due_date auto_advance currency metadata",
    ),
    post("invoices/{}", _update, " ".join(_EDITS)),
    delete("invoices/{}", _delete),
    post("invoices/{}/finalize", _finalize, "auto_advance"),
    post("invoices/{}/send", _send),
    post("invoices/{}/void", _void),
    post("invoices/{}/mark_uncollectible", _uncollectible),
    post("invoices/{}/pay", _pay, "payment_method paid_out_of_band forgive off_session"),
    post("invoices/{}/attach_payment", _attach, "payment_intent"),
)
