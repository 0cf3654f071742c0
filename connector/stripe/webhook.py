"""Stripe's webhooks: their signature, and what they say has changed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connector.protocol import BadSignatureError, Notice
from ledger.documents import Kind

TOLERANCE_SECONDS = 300
HEADER = "stripe-signature"

# What tells of a payment, and the field that names its PaymentIntent; "" is the object itself.
_PAYMENT_FIELDS = {
    "payment_intent": "",
    "charge": "payment_intent",
    "refund": "payment_intent",
    "dispute": "payment_intent",
    "invoice_payment": "payment.payment_intent",
}

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
)


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
    kind = event.get("object") if isinstance(event, dict) else None
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
    about = {"object": _text(related, "type"), "id": _text(related, "id")}
    common = {
        "event_id": _text(event, "id"),
        # An organisation's context is a path that ends in the account.
        "tenant_id": _text(event, "context").rpartition("/")[2],
        "at": _moment(event.get("created")),
        "live": event.get("livemode") is True,
        "raw": raw,
    }
    return _notice(common, _text(event, "type").removeprefix("v1."), about)


def _notice(common: Mapping[str, Any], verb: str, about: object) -> Notice:
    if verb.startswith("account.application."):
        return Notice(
            kind=Kind.ORGANISATION,
            object_id=common["tenant_id"],
            verb=verb,
            ends_connection=verb == "account.application.deauthorized",
            **common,
        )
    payment, part = payment_of(about)
    kind = Kind.RECEIPT if payment else Kind.UNKNOWN
    return Notice(
        kind=kind, object_id=payment or _text(about, "id"), verb=verb, part=part, **common
    )


def payment_of(about: object) -> tuple[str, str]:
    """Give the PaymentIntent an object belongs to, or the object's own id and its kind as `part`.

    A thin event names a charge or refund without its PaymentIntent: that is looked up on reading.
    ("", "") for what has nothing to do with a payment.
    """
    kind = _text(about, "object")
    field = _PAYMENT_FIELDS.get(kind)
    if field is None:
        return "", ""
    if not field:
        return _text(about, "id"), ""
    found = _text(about, field) or _text(about, f"{field}.id")
    if found:
        return found, ""
    whole = isinstance(about, Mapping) and field.partition(".")[0] in about
    # A whole object without a PaymentIntent is a payment of the old kind, which is not read.
    return ("", "") if whole else (_text(about, "id"), kind)


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
