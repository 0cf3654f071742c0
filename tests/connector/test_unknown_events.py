"""What every provider makes of an event that nobody knows, and of a body that is none."""

from __future__ import annotations

import pytest

from connector import PROVIDERS
from ledger.documents import Kind

UNKNOWN_EVENTS = {
    "xero": b'{"events":[{"eventCategory":"TEAPOT","eventType":"CREATE","resourceId":"1",'
    b'"tenantId":"t","eventDateUtc":"2026-03-10T09:30:00"}],"firstEventSequence":1,'
    b'"lastEventSequence":1,"entropy":"E"}',
    "quickbooks": b'[{"specversion":"1.0","id":"1","source":"s","type":"qbo.teapot.created.v1",'
    b'"time":"2026-03-10T09:30:00Z","intuitentityid":"1","intuitaccountid":"9","data":{}}]',
    "stripe": b'{"id":"evt_1","object":"event","type":"teapot.boiled","created":1773135000,'
    b'"livemode":false,"account":"acct_1","data":{"object":{"id":"tp_1","object":"teapot"}}}',
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_event_of_an_unknown_kind_is_kept_as_unknown(name: str) -> None:
    [notice] = PROVIDERS[name].notices(UNKNOWN_EVENTS[name])
    assert notice.kind is Kind.UNKNOWN
    assert notice.event_id


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_no_webhook_at_all_is_told_apart(name: str) -> None:
    for body in (b"", b"no json", b"7", b'"text"', b"\xff\xfe", b"{", b"[" * 100_000):
        with pytest.raises(ValueError, match=r"\S"):
            PROVIDERS[name].notices(body)
