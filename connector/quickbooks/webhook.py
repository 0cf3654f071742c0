"""QuickBooks' webhooks: CloudEvents arrays and the older object form, told apart by their shape."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connector.protocol import BadSignatureError, Notice
from connector.quickbooks.text import read
from ledger.documents import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SIGNATURE = "intuit-signature"

_KINDS = {
    "customer": Kind.CUSTOMER,
    "invoice": Kind.INVOICE,
    "creditmemo": Kind.CREDIT_NOTE,
    "payment": Kind.RECEIPT,
    "companyinfo": Kind.ORGANISATION,
    "preferences": Kind.ORGANISATION,
    "companycurrency": Kind.ORGANISATION,
}
# One word for each of Intuit's, which differ between the two forms and between its own pages.
_VERBS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "merge": "merged",
    "void": "voided",
    "voided": "voided",
    "emailed": "emailed",
}
# Fractions of a second come with up to nine digits; Python reads six.
_FRACTION = re.compile(r"(\.\d{6})\d+")


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
    """Compare the HMAC-SHA256 of the raw body, in constant time, with every verifier token.

    Raises BadSignatureError when none made it, also when there are no secrets.
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
    """Read a body; what is not understood becomes Kind.UNKNOWN. Raises ValueError for no webhook.

    `data` is ignored: the object is read again, so order and duplicates stop mattering.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        msg = "the body is no JSON"
        raise ValueError(msg) from None
    if isinstance(found, dict) and isinstance(found.get("eventNotifications"), list):
        return [one for part in found["eventNotifications"] for one in _legacy(part)]
    if isinstance(found, dict) and "specversion" in found:
        found = [found]
    if not isinstance(found, list):
        msg = "the body is neither CloudEvents nor eventNotifications"
        raise ValueError(msg)  # noqa: TRY004 - the protocol's error for a body that is no webhook
    return [_cloud_event(event) for event in found]


def _cloud_event(event: object) -> Notice:
    fields = event if isinstance(event, dict) else {}
    raw = json.dumps(event)
    words = _text(fields, "type").lower().split(".")
    entity, verb = (words[1], words[2]) if len(words) > 2 else ("", "")  # noqa: PLR2004 - qbo.x.y
    object_id, tenant_id = _text(fields, "intuitentityid"), _text(fields, "intuitaccountid")
    kind = _KINDS.get(entity, Kind.UNKNOWN) if object_id and tenant_id else Kind.UNKNOWN
    return Notice(
        event_id=_text(fields, "id") or _digest(raw),
        tenant_id=tenant_id,
        kind=kind,
        object_id=object_id,
        verb=_VERBS.get(verb, verb),
        at=_moment(_text(fields, "time")),
        raw=raw,
    )


def _legacy(part: object) -> Iterator[Notice]:
    company = part if isinstance(part, dict) else {}
    realm = _text(company, "realmId")
    change = company.get("dataChangeEvent")
    entities = change.get("entities") if isinstance(change, dict) else None
    if not isinstance(entities, list):
        raw = json.dumps(part)
        yield Notice(_digest(raw), realm, Kind.UNKNOWN, "", "", raw=raw)
        return
    for entity in entities:
        yield from _legacy_entity(realm, entity)


def _legacy_entity(realm: str, entity: object) -> Iterator[Notice]:
    fields = entity if isinstance(entity, dict) else {}
    raw = json.dumps(entity)
    names = ("name", "id", "operation", "lastUpdated")
    name, object_id, operation, updated = (_text(fields, field) for field in names)
    verb = _VERBS.get(operation.lower(), operation.lower())
    known = _KINDS.get(name.lower(), Kind.UNKNOWN)
    kind = known if object_id and realm else Kind.UNKNOWN
    event_id = f"{realm}:{name}:{object_id}:{operation}:{updated}" if object_id else _digest(raw)
    at = _moment(updated)
    yield Notice(event_id, realm, kind, object_id, verb, at=at, raw=raw)
    # A merge names who is left and who is not; both are read again.
    if gone := _text(fields, "deletedId"):
        yield Notice(f"{event_id}:{gone}", realm, kind, gone, verb, at=at, raw=raw)


def _text(fields: Mapping[str, Any], name: str) -> str:
    return read(fields.get(name))


def _digest(raw: str) -> str:
    return "sha256:" + hashlib.sha256(raw.encode()).hexdigest()


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
