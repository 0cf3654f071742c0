"""QuickBooks' webhooks: signatures over raw bytes, both forms, nothing dropped."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.protocol import BadSignatureError
from connector.quickbooks import PROVIDER
from ledger.documents import Kind
from sandbox.quickbooks.hooks import sign
from tests.sandbox.quickbooks_desk import DAY, WEBHOOK_KEY, Desk

NOW = datetime(2026, 3, 10, tzinfo=UTC)
# HMAC-SHA256 over the bytes, worked out with openssl.
VECTOR = (
    b'{"eventNotifications":[]}',
    "verifier",
    "bMlzRCQm2LZWdYu47/x0QKWgW3o3rEKU8Shp+xkpYaE=",
)


def check(body: bytes, signature: str, *secrets: str) -> None:
    PROVIDER.verify({"intuit-signature": signature}, body, secrets, NOW)


def test_a_known_vector():
    body, secret, signature = VECTOR
    check(body, signature, secret)
    check(body, signature, "new", secret)


@pytest.mark.parametrize(
    ("body", "signature", "secrets"),
    [
        (b"{}", sign("a", b"{}"), ()),
        (b"{}", sign("a", b"{}"), ("b",)),
        (b"{} ", sign("a", b"{}"), ("a",)),
        (b"{}", "", ("a",)),
        (b"{}", sign("", b"{}"), ("",)),
        (b"{}", sign("a", b"{}")[:-2], ("a",)),
        (b"{}", "\u00fc\ud800", ("a",)),
        (b"{}", "not base64 !", ("a",)),
    ],
)
def test_whatever_else_is_refused(body, signature, secrets):
    with pytest.raises(BadSignatureError):
        check(body, signature, *secrets)


def test_a_missing_header_is_refused():
    with pytest.raises(BadSignatureError):
        PROVIDER.verify({}, b"{}", ["a"], NOW)


@given(st.binary(max_size=60), st.integers(0, 59), st.integers(1, 255))
def test_one_changed_byte_is_noticed(body, place, flip):
    if not body:
        return
    place %= len(body)
    changed = body[:place] + bytes([body[place] ^ flip]) + body[place + 1 :]
    with pytest.raises(BadSignatureError):
        check(changed, sign("key", body), "key")


@pytest.mark.parametrize("style", ["cloudevents", "legacy"])
def test_what_the_stand_in_sends_is_understood(style):
    desk = Desk()
    key = desk.invoice()
    paid = desk.books.record_payment(desk.realm, key, 100, DAY, "R")
    desk.books.void(desk.realm, key)
    posts = []

    def carry(post):
        posts.append(post)
        return 200

    desk.books.deliver(carry, format=style)
    [post] = posts
    check(post.body, post.headers["intuit-signature"], WEBHOOK_KEY)
    found = PROVIDER.notices(post.body)
    assert {one.tenant_id for one in found} == {desk.realm}
    assert {(one.kind, one.object_id, one.verb) for one in found} == {
        (Kind.INVOICE, key, "created"),
        (Kind.RECEIPT, paid, "created"),
        (Kind.INVOICE, key, "updated"),
        (Kind.RECEIPT, paid, "updated"),
        (Kind.INVOICE, key, "voided"),
    }
    assert len({one.event_id for one in found}) == len(found)
    assert all(one.at and one.at.year == 2026 for one in found)


def test_cloud_events_as_intuit_writes_them():
    event = {
        "specversion": "1.0",
        "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": "QBO.CreditMemo.Voided.v1",
        "datacontenttype": "application/json",
        "time": "2026-03-10T12:34:56.123456789Z",
        "intuitentityid": "34",
        "intuitaccountid": "310687",
        "data": {"whatever": 1},
    }
    for body in ([event], event):
        [one] = PROVIDER.notices(json.dumps(body).encode())
        assert (one.kind, one.object_id, one.verb) == (Kind.CREDIT_NOTE, "34", "voided")
        assert (one.tenant_id, one.event_id) == ("310687", event["id"])
        assert one.at == datetime(2026, 3, 10, 12, 34, 56, 123456, tzinfo=UTC)
    [strange] = PROVIDER.notices(json.dumps([event | {"type": "qbo.spaceship.landed.v9"}]).encode())
    assert (strange.kind, strange.verb) == (Kind.UNKNOWN, "landed")
    [prefs] = PROVIDER.notices(
        json.dumps([event | {"type": "qbo.preferences.updated.v1"}]).encode()
    )
    assert prefs.kind is Kind.ORGANISATION


def test_a_merge_names_both_customers():
    entity = {
        "name": "Customer",
        "id": "7",
        "operation": "Merge",
        "deletedId": "6",
        "lastUpdated": "2026-03-10T12:00:00.000Z",
    }
    part = {"realmId": "310687", "dataChangeEvent": {"entities": [entity]}}
    found = PROVIDER.notices(json.dumps({"eventNotifications": [part]}).encode())
    assert [(one.object_id, one.verb) for one in found] == [("7", "merged"), ("6", "merged")]
    assert found[0].event_id != found[1].event_id


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"7", b'{"a": 1}', b"[" * 100_000])
def test_what_is_no_webhook_says_so(body):
    with pytest.raises(ValueError, match="body"):
        PROVIDER.notices(body)


def test_an_empty_list_is_a_webhook_about_nothing():
    assert PROVIDER.notices(b"[]") == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "type", "time", "intuitentityid", "intuitaccountid", "realmId"),
                    *("dataChangeEvent", "entities", "name", "operation", "lastUpdated"),
                    "deletedId",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=4), st.booleans())
def test_strange_events_become_unknown_and_none_is_dropped(events, old):
    body = {"eventNotifications": events} if old else events
    found = PROVIDER.notices(json.dumps(body).encode())
    if not old:
        assert len(found) == len(events)
    for one in found:
        assert one.event_id
        assert one.kind is Kind.UNKNOWN or (one.object_id and one.tenant_id)
