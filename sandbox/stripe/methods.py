"""Payment methods, and how a payment with each of Stripe's test tokens ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, post
from sandbox.stripe.catalog import new
from sandbox.stripe.errors import missing
from sandbox.stripe.writes import found, merged, named, updating

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

SUCCEEDS = "succeeds"
AVAILABLE = "available at once"
INQUIRY = "bank asks"
DISPUTED = "disputed"
DECLINED = "declined"
AUTHENTICATE = "authentication needed"
SLOW = "succeeds later"
SLOW_FAILS = "fails later"
TRANSFER = "bank transfer"

# The last word of a token such as pm_card_visa or tok_chargeCustomerFail.
_BY_TOKEN = {
    "visa": SUCCEEDS,
    "mastercard": SUCCEEDS,
    "bypassPending": AVAILABLE,
    "createDispute": DISPUTED,
    "createDisputeInquiry": INQUIRY,
    "authenticationRequired": AUTHENTICATE,
    "threeDSecure2Required": AUTHENTICATE,
    "chargeDeclined": DECLINED,
    "chargeCustomerFail": DECLINED,
}
# The test account numbers of direct debits that Stripe has refused later on.
_FAILING_IBANS = frozenset({"AT861904300235473202", "IT60X0542811101000000123456"})


def outcome(books: StripeBooks, account: str, name: str) -> str:
    """Say how a payment with this method ends; 400 for a method that is not there."""
    if name.startswith(("pm_card_", "tok_")):
        return _BY_TOKEN.get(name.rpartition("_")[2], SUCCEEDS)
    if books.find(account, "payment_method", name) is None:
        raise missing("PaymentMethod", name, "payment_method")
    return str((books.shelf.get("outcome", name) or {"what": SUCCEEDS})["what"])


def made(ask: Ask, kind: str, what: str, customer: str | None = None) -> Doc:
    """Keep a new payment method whose payments end as `what` says."""
    details: Doc = {kind: {"last4": "4242"}} if kind == "card" else {kind: {"last4": "3204"}}
    doc = {
        "id": ask.books.new_id("pm"),
        "object": "payment_method",
        "billing_details": ask.within("billing_details"),
        "created": int(ask.books.now().timestamp()),
        "customer": customer,
        "livemode": ask.books.livemode,
        "metadata": merged({}, ask.params.get("metadata", {})),
        "type": kind,
        **details,
    }
    ask.books.shelf.put("outcome", str(doc["id"]), {"id": doc["id"], "what": what})
    return ask.books.keep(ask.account, doc)


def _create(ask: Ask) -> Doc:
    kind = ask.required("type")
    token = ask.within("card").get("token", "")
    if kind == "sepa_debit":
        iban = ask.within("sepa_debit").get("iban", "")
        what = SLOW_FAILS if iban in _FAILING_IBANS else SLOW
    else:
        what = TRANSFER if kind == "customer_balance" else outcome(ask.books, ask.account, token)
    return made(ask, kind, what)


def _attach(ask: Ask) -> Doc:
    customer = named(ask, "customer", "customer")
    if ask.id.startswith("pm_card_"):
        doc = made(ask, "card", outcome(ask.books, ask.account, ask.id), customer["id"])
    else:
        doc = ask.books.keep(
            ask.account, {**found(ask, "payment_method"), "customer": customer["id"]}
        )
    ask.books.emit(ask.account, "payment_method.attached", doc, request=ask.request)
    return doc


def _detach(ask: Ask) -> Doc:
    doc = ask.books.keep(ask.account, {**found(ask, "payment_method"), "customer": None})
    ask.books.emit(ask.account, "payment_method.detached", doc, request=ask.request)
    return doc


def _source(ask: Ask) -> Doc:
    customer = found(ask, "customer")
    token = ask.required("source")
    facts = {"object": "card", "customer": customer["id"], "last4": "4242"}
    doc = new(ask, "card", facts, "customer.source.created")
    what = {"id": doc["id"], "what": outcome(ask.books, ask.account, token)}
    ask.books.shelf.put("outcome", doc["id"], what)
    return doc


def _change_source(ask: Ask) -> Doc:
    doc = found(ask, "card", ask.ids[1])
    doc = {**doc, "metadata": merged(doc["metadata"], ask.params.get("metadata", {}))}
    ask.books.keep(ask.account, doc)
    ask.books.emit(ask.account, "customer.source.updated", doc, request=ask.request)
    return doc


ROUTES = (
    post("payment_methods", _create, "type card sepa_debit billing_details metadata"),
    updating("payment_methods", "payment_method", "metadata", "payment_method.updated"),
    post("payment_methods/{}/attach", _attach, "customer"),
    post("payment_methods/{}/detach", _detach),
    post("customers/{}/sources", _source, "source metadata"),
    post("customers/{}/sources/{}", _change_source, "metadata"),
)
