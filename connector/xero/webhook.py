"""Xero's webhooks: one signature over the raw body, several organisations in one batch."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from connector.protocol import BadSignatureError, Notice
from connector.xero.fields import moment, text
from connector.xero.translate import OVERPAYMENT, PAYMENT, PREPAYMENT
from ledger.documents import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIGNATURE = "x-xero-signature"
# What a column of whole numbers holds.
NUMBER_MAX = 2**62

_KINDS = {
    "CONTACT": (Kind.CUSTOMER, ""),
    "INVOICE": (Kind.INVOICE, ""),
    "CREDITNOTE": (Kind.CREDIT_NOTE, ""),
    "PAYMENT": (Kind.RECEIPT, PAYMENT),
    "OVERPAYMENT": (Kind.RECEIPT, OVERPAYMENT),
    "PREPAYMENT": (Kind.RECEIPT, PREPAYMENT),
}


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
    """Compare the HMAC-SHA256 of the raw body, in constant time, with every signing key.

    Raises BadSignatureError when none made it, also when there are no keys.
    """
    given = headers.get(SIGNATURE, "").strip().encode("utf-8", "replace")
    good = False
    for secret in secrets:
        made = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        good |= bool(secret) and hmac.compare_digest(made, given)
    if not good:
        msg = f"the {SIGNATURE} header is not the signature of this body"
        raise BadSignatureError(msg)


def notices(body: bytes) -> list[Notice]:
    """Read a batch; events not understood become Kind.UNKNOWN. Raises ValueError for no webhook.

    The batch with which Xero tests the door has no events and gives no notices.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        msg = "the body is no JSON"
        raise ValueError(msg) from None
    events = found.get("events") if isinstance(found, dict) else None
    if not isinstance(events, list):
        msg = "the body holds no list of events"
        raise ValueError(msg)  # noqa: TRY004 - the protocol's error for a body that is no webhook
    numbers = _numbers(found, len(events))
    return [_notice(event, number) for event, number in zip(events, numbers, strict=True)]


def _numbers(batch: Mapping[str, object], count: int) -> list[int] | list[None]:
    """Give each event its number; none where first and last do not fit what came."""
    first, last = batch.get("firstEventSequence"), batch.get("lastEventSequence")
    if not isinstance(first, int) or not isinstance(last, int):
        return [None] * count
    fits = 0 < first <= NUMBER_MAX and last - first + 1 == count
    return list(range(first, last + 1)) if fits else [None] * count


def _notice(event: object, number: int | None) -> Notice:
    fields = event if isinstance(event, dict) else {}
    raw = json.dumps(event)
    names = ("tenantId", "eventCategory", "resourceId", "eventType", "eventDateUtc")
    tenant, category, key, verb, at = (text(fields, name) for name in names)
    kind, place = _KINDS.get(category.upper(), (Kind.UNKNOWN, ""))
    if not key or not tenant:
        kind, place = Kind.UNKNOWN, ""
    # Neither sequence numbers nor entropy name an event; together these do.
    known = f"{tenant}:{category.upper()}:{key}:{verb.upper()}:{at}" if key and at else ""
    return Notice(
        event_id=known or hashlib.sha256(raw.encode()).hexdigest(),
        tenant_id=tenant,
        kind=kind,
        object_id=key,
        verb={"create": "created", "update": "updated"}.get(verb.lower(), verb.lower()),
        at=moment(at),
        part=place,
        number=number,
        raw=raw,
    )
