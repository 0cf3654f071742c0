"""Xero's webhooks: the signature over raw bytes, and what each event becomes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.protocol import BadSignatureError
from connector.xero import PROVIDER
from ledger.documents import Kind
from tests.connector.xero import office as offices

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY = "signing-key"
# Made with the openssl command: HMAC-SHA256 of this body under this key.
VECTOR = (
    b'{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4nd0mt3xt"}',
    "B7jXX/8nuyIFtXijGjRXM0JtpxF1HqTVVi2eyamxQ9I=",
)


def signature(body, key=KEY):
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def verify(body, given, secrets=(KEY,)):
    PROVIDER.verify({"x-xero-signature": given}, body, secrets, NOW)


def event(**other):
    return {
        "resourceUrl": "https://api.xero.com/api.xro/2.0/Invoices/inv-1",
        "resourceId": "inv-1",
        "eventDateUtc": "2026-11-22T08:59:58.123",
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": "ten-1",
        "tenantType": "ORGANISATION",
        **other,
    }


def read(*events):
    return PROVIDER.notices(json.dumps({"events": events, "entropy": "x"}).encode())


def test_known_vector():
    verify(*VECTOR)


def test_any_of_several_keys_will_do():
    body = b'{"events": []}'
    verify(body, signature(body, "old"), ("new", "old"))
    verify(body, f" {signature(body)} ")


@pytest.mark.parametrize("secrets", [(), ("",), ("another",)])
def test_no_or_other_keys_are_refused(secrets):
    body = b'{"events": []}'
    with pytest.raises(BadSignatureError):
        verify(body, signature(body), secrets)
    with pytest.raises(BadSignatureError):
        verify(body, signature(body, ""), ("",))


@pytest.mark.parametrize("given_", ["", "x", "\u00fc", "sha256=" + "0" * 64])
def test_bad_headers_are_refused(given_):
    with pytest.raises(BadSignatureError):
        verify(b"{}", given_)
    with pytest.raises(BadSignatureError):
        PROVIDER.verify({}, b"{}", (KEY,), NOW)


@settings(max_examples=100)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_flipped_bit_is_refused(body, data):
    good = signature(body)
    verify(body, good)
    at, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    bent = body[:at] + bytes([body[at] ^ (1 << bit)]) + body[at + 1 :]
    with pytest.raises(BadSignatureError):
        verify(bent, good)


def test_same_json_written_otherwise_is_refused():
    body = b'{"events":[]}'
    with pytest.raises(BadSignatureError):
        verify(json.dumps(json.loads(body)).encode(), signature(body))


@pytest.mark.parametrize(
    ("category", "kind", "part"),
    [
        ("INVOICE", Kind.INVOICE, ""),
        ("Invoice", Kind.INVOICE, ""),
        ("CONTACT", Kind.CUSTOMER, ""),
        ("CREDITNOTE", Kind.CREDIT_NOTE, ""),
        ("PAYMENT", Kind.RECEIPT, "payment"),
        ("OVERPAYMENT", Kind.RECEIPT, "overpayment"),
        ("PREPAYMENT", Kind.RECEIPT, "prepayment"),
        ("SUBSCRIPTION", Kind.UNKNOWN, ""),
        ("", Kind.UNKNOWN, ""),
    ],
)
def test_categories(category, kind, part):
    (notice,) = read(event(eventCategory=category))
    assert (notice.kind, notice.part) == (kind, part)
    assert (notice.tenant_id, notice.object_id, notice.verb) == ("ten-1", "inv-1", "updated")
    assert notice.at == datetime(2026, 11, 22, 8, 59, 58, 123000, tzinfo=UTC)
    assert json.loads(notice.raw)["resourceId"] == "inv-1"


def test_repeated_event_has_one_id_and_others_differ():
    base = event()
    others = [
        event(resourceId="inv-2"),
        event(tenantId="ten-2"),
        event(eventType="CREATE"),
        event(eventCategory="PAYMENT"),
        event(eventDateUtc="2026-11-22T08:59:59"),
    ]
    ids = [one.event_id for one in read(base, *others)]
    assert len(set(ids)) == 6
    assert read(base)[0].event_id == ids[0]


def test_door_test_without_events_gives_no_notices():
    assert read() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"{}", b'{"events": 3}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_is_no_webhook_is_an_error(body):
    with pytest.raises(ValueError, match="the body"):
        PROVIDER.notices(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["resourceId", "eventDateUtc", "eventType", "eventCategory", "tenantId", "data"]


@settings(max_examples=80)
@given(st.lists(JSON | st.dictionaries(st.sampled_from(NAMES), JSON), max_size=4))
def test_hostile_events_are_kept_never_dropped(events):
    told = read(*events)
    assert len(told) == len(events)
    assert all(one.event_id for one in told)
    assert all("\0" not in one.object_id + one.tenant_id + one.verb for one in told)


def test_stand_ins_own_deliveries_are_understood():
    office = offices.make()
    office.access()
    office.standin.raise_invoice(
        office.tenant, office.contact, "I", NOW.date(), NOW.date(), "1.00", "GBP"
    )
    office.standin.record_receipt(office.tenant, office.contact, "1.00", "GBP", NOW.date())
    told = []

    def door(post):
        headers = {name.lower(): value for name, value in post.headers.items()}
        try:
            PROVIDER.verify(headers, post.body, ("webhook-key-1",), NOW)
        except BadSignatureError:
            return PROVIDER.bad_signature_status
        told.extend(PROVIDER.notices(post.body))
        return 200

    assert office.standin.send_intent_to_receive(door)
    assert told == []
    office.standin.deliver(door)
    assert {(one.kind, one.part, one.verb) for one in told} == {
        (Kind.INVOICE, "", "created"),
        (Kind.RECEIPT, "overpayment", "created"),
    }


def numbers(*events, **batch):
    body = json.dumps({"events": events, **batch}).encode()
    return [one.number for one in PROVIDER.notices(body)]


def test_events_have_the_numbers_of_their_batch():
    batch = {"firstEventSequence": 7, "lastEventSequence": 8}
    assert numbers(event(), event(resourceId="inv-2"), **batch) == [7, 8]


@pytest.mark.parametrize(
    "batch",
    [
        {},
        {"firstEventSequence": 0, "lastEventSequence": 0},
        {"firstEventSequence": 7, "lastEventSequence": 9},
        {"firstEventSequence": "7", "lastEventSequence": "7"},
        {"firstEventSequence": 7, "lastEventSequence": None},
        {"firstEventSequence": 2**70, "lastEventSequence": 2**70},
        {"firstEventSequence": -1, "lastEventSequence": -1},
    ],
)
def test_numbers_that_do_not_fit_number_nothing(batch):
    assert numbers(event(), **batch) == [None]


@pytest.mark.parametrize("word", ["PAYMENT", "Payment", "payment", "OVERPAYMENT", "Prepayment"])
def test_categories_and_types_are_read_in_any_case(word):
    [one] = read(event(eventCategory=word, eventType="Update"))
    assert (one.kind, one.part, one.verb) == (Kind.RECEIPT, word.lower(), "updated")


def test_one_event_in_other_letters_is_the_same_event():
    told = [
        read(event(eventCategory=category, eventType=verb))[0].event_id
        for category, verb in (("INVOICE", "UPDATE"), ("Invoice", "Update"), ("invoice", "update"))
    ]
    assert len(set(told)) == 1
    assert read(event(eventType="CREATE"))[0].event_id not in told
