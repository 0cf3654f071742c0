"""Stripe's webhooks: their signature, and what they say has changed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connector.protocol import BadSignatureError, Notice
from ledger.documents import HELD, Kind, Ref

TOLERANCE_SECONDS = 300
HEADER = "stripe-signature"

# What tells of a payment, and the field that names its PaymentIntent; "" is the object itself.
_PAYMENT_FIELDS = {
    "payment_intent": "",
    "charge": "payment_intent",
    "refund": "payment_intent",
    "dispute": "payment_intent",
    "invoice_payment": "payment.payment_intent",
    "checkout.session": "payment_intent",
}
# What Stripe's own books consist of, where it keeps them.
_DOCUMENTS = {
    "invoice": Kind.INVOICE,
    "customer": Kind.CUSTOMER,
    "credit_note": Kind.CREDIT_NOTE,
}

# Everything Dunnock listens to, and nothing else: docs/connecting.md lists the same. A listener to
# `invoice.created` that fails holds up the merchant's own invoices, so it is not here.
SUBSCRIBED = (
    "account.application.authorized",
    "account.application.deauthorized",
    "apps.install.created",
    "apps.install.deleted",
    "apps.install.updated",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.refunded",
    "charge.updated",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
    "customer.created",
    "customer.deleted",
    "customer.subscription.deleted",
    "customer.subscription.updated",
    "customer.updated",
    "customer_cash_balance_transaction.created",
    "invoice.deleted",
    "invoice.finalization_failed",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.overdue",
    "invoice.overpaid",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_attempt_required",
    "invoice.payment_failed",
    "invoice.payment_succeeded",
    "invoice.sent",
    "invoice.updated",
    "invoice.voided",
    "invoice.will_be_due",
    "invoice_payment.paid",
    "payment_intent.partially_funded",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payout.canceled",
    "payout.created",
    "payout.failed",
    "payout.paid",
    "payout.reconciliation_completed",
    "payout.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
)

# Asked for when catching up; Stripe takes at most twenty kinds.
CAUGHT_UP = (
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "invoice_payment.paid",
    "customer_cash_balance_transaction.created",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "payout.reconciliation_completed",
)
# And, where Stripe keeps the books, these.
LEDGER_EVENTS = (
    "invoice.finalized",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.marked_uncollectible",
    "invoice.voided",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
)


_ENDS = frozenset({"account.application.deauthorized", "apps.install.deleted"})


def verify(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Check a delivery against any of the secrets, and its age both ways.

    Raises BadSignatureError. The SDK's own check takes one secret and lets the future pass.
    """
    stamps, marks = _parts(header)
    if len(stamps) != 1 or not stamps[0].isascii() or not stamps[0].isdigit():
        msg = "the signature header has no time"
        raise BadSignatureError(msg)
    signed = stamps[0].encode() + b"." + body
    wanted = [
        hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
        for secret in secrets
        if secret.strip()
    ]
    # Every pair is compared, so that the time taken tells nothing about which secret fits.
    fits = [hmac.compare_digest(one, mark.encode()) for one in wanted for mark in marks]
    if not any(fits):
        msg = "no signature fits any of the secrets"
        raise BadSignatureError(msg)
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE_SECONDS:
        msg = f"signed more than {TOLERANCE_SECONDS} seconds away from now"
        raise BadSignatureError(msg)


def installed(came_back: Mapping[str, str], secrets: Sequence[str], now: datetime) -> str:
    """Give the account that installed the app, from what its browser brings back, signed by Stripe.

    Without the signature anybody could name another merchant's account: our own key opens them all.
    The form is from memory; one that differs is refused. Raises BadSignatureError.
    """
    names = ("state", "user_id", "account_id")
    signed = json.dumps({name: came_back.get(name, "") for name in names}, separators=(",", ":"))
    verify(came_back.get("install_signature", ""), signed.encode(), secrets, now)
    return came_back.get("account_id", "")


def _parts(header: str) -> tuple[list[str], list[str]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    # Only v1 counts; test deliveries carry a made-up v0 beside it.
    return stamps, [value for name, _, value in pairs if name == "v1"]


def notices(body: bytes) -> list[Notice]:
    """Read a verified delivery, snapshot or thin; raises ValueError when it is neither."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as problem:
        msg = f"the body is no JSON: {problem}"
        raise ValueError(msg) from None
    kind = _text(event, "object")
    if kind not in {"event", "v2.core.event"} or not _text(event, "id"):
        msg = "the body is no Stripe event: `object` must be event or v2.core.event, with an `id`"
        raise ValueError(msg)
    raw = body.decode()
    return [_snapshot(event, raw) if kind == "event" else _thin(event, raw)]


def _snapshot(event: Mapping[str, Any], raw: str) -> Notice:
    tenant = _text(event, "account")
    common = {
        "event_id": _text(event, "id"),
        "tenant_id": tenant,
        "at": _moment(event.get("created")),
        "live": event.get("livemode") is True,
        "echo_of": _text(event, "request.idempotency_key"),
        "raw": raw,
    }
    return _notice(common, _text(event, "type"), _at(event, "data.object"))


def _thin(event: Mapping[str, Any], raw: str) -> Notice:
    related = _at(event, "related_object")
    names = {"object": "type", "id": "id", "url": "url"}
    thing = {ours: _text(related, theirs) for ours, theirs in names.items()}
    common = {
        "event_id": _text(event, "id"),
        # An organisation's context is a path that ends in the account.
        "tenant_id": _text(event, "context").rpartition("/")[2],
        "at": _moment(event.get("created")),
        "live": event.get("livemode") is True,
        "raw": raw,
    }
    return _notice(common, _text(event, "type").removeprefix("v1."), thing)


def _notice(common: Mapping[str, Any], verb: str, thing: object) -> Notice:
    if verb.startswith(("account.application.", "apps.install.")):
        return Notice(
            kind=Kind.ORGANISATION,
            object_id=common["tenant_id"],
            verb=verb,
            # Only a reason to look: the account itself says whether we may still come in.
            ends_connection=verb in _ENDS,
            **common,
        )
    found = about(thing)
    kind = found.kind if found else Kind.UNKNOWN
    object_id = found.id if found else _text(thing, "id")
    part = found.part if found else ""
    return Notice(kind=kind, object_id=object_id, verb=verb, part=part, **common)


def about(thing: object) -> Ref | None:
    """Say which document of ours an object of Stripe's tells of; None for what we do not keep.

    A thin event names a charge or refund without its PaymentIntent: that is looked up on reading,
    and `part` says what the id is of.
    """
    kind = _text(thing, "object")
    if kind in _PAYMENT_FIELDS:
        return _payment(thing, kind)
    if kind == "payout":
        return Ref(Kind.PAYOUT, _text(thing, "id"))
    if kind == "customer_cash_balance_transaction":
        customer = _text(thing, "customer") or _text(thing, "customer.id") or _owner(thing)
        return Ref(Kind.RECEIPT, customer, HELD) if customer else None
    document = _DOCUMENTS.get(kind)
    return Ref(document, _text(thing, "id")) if document else None


def _payment(thing: object, kind: str) -> Ref | None:
    field = _PAYMENT_FIELDS[kind]
    found = _text(thing, f"{field}.id".lstrip(".")) or _text(thing, field or "id")
    if found:
        return Ref(Kind.RECEIPT, found)
    whole = isinstance(thing, Mapping) and field.partition(".")[0] in thing
    # A whole object without a PaymentIntent is a payment of the old kind, which is not read.
    return None if whole else Ref(Kind.RECEIPT, _text(thing, "id"), kind)


def _owner(thing: object) -> str:
    """Give the customer that the address of an object begins with, in a thin event."""
    steps = _text(thing, "url").split("/")
    return steps[3] if steps[1:3] == ["v1", "customers"] else ""


def _at(node: object, path: str) -> object:
    for step in path.split("."):
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _text(node: object, path: str) -> str:
    found = _at(node, path)
    return found if isinstance(found, str) else ""


def _moment(created: object) -> datetime | None:
    try:
        if isinstance(created, int):
            return datetime.fromtimestamp(created, tz=UTC)
        if isinstance(created, str):
            return datetime.fromisoformat(created).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
