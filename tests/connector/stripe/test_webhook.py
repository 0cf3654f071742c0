"""Stripe's webhooks: signatures in every wrong form, and each event in both shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from connector.protocol import BadSignatureError
from connector.stripe.provider import PROVIDER
from connector.stripe.webhook import CAUGHT_UP, SUBSCRIBED
from ledger.documents import Kind
from sandbox.stripe.books import is_enabled
from tests.sandbox.stripe_world import SECRET, new_world, opened_door

HOME = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
BODY = b'{"id": "evt_1", "object": "event"}'


def signed(body: bytes = BODY, secret: str = "whsec_a", moment: datetime = NOW) -> dict[str, str]:
    sign = stripe.WebhookSignature.generate_signature_header
    header = sign(body.decode(), secret, int(moment.timestamp()))
    return {"stripe-signature": header}


@pytest.mark.parametrize("secrets", [["whsec_a"], ["whsec_b", "whsec_a"]])
def test_a_delivery_signed_by_the_sdk_passes_with_any_of_the_secrets(secrets):
    PROVIDER.verify(signed(), BODY, secrets, NOW)


def test_one_of_several_signatures_is_enough():
    header = signed()["stripe-signature"]
    stamp, _, mark = header.partition(",")
    both = {"stripe-signature": f"{stamp},v1={'0' * 64}, {mark},v0=abc"}
    PROVIDER.verify(both, BODY, ["whsec_a"], NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_age_counts_both_ways(seconds):
    with pytest.raises(BadSignatureError, match="300 seconds"):
        PROVIDER.verify(signed(moment=NOW + timedelta(seconds=seconds)), BODY, ["whsec_a"], NOW)
    edge = NOW + timedelta(seconds=seconds // 301 * 300)
    PROVIDER.verify(signed(moment=edge), BODY, ["whsec_a"], NOW)


@pytest.mark.parametrize(
    ("headers", "body", "secrets"),
    [
        ({}, BODY, ["whsec_a"]),
        ({"stripe-signature": ""}, BODY, ["whsec_a"]),
        ({"stripe-signature": "t=1"}, BODY, ["whsec_a"]),
        ({"stripe-signature": "t=soon,v1=ab"}, BODY, ["whsec_a"]),
        ({"stripe-signature": "t=١٢,v1=ab"}, BODY, ["whsec_a"]),
        (signed(), BODY + b" ", ["whsec_a"]),
        (signed(), BODY, ["whsec_b"]),
        (signed(), BODY, []),
        (signed(secret=" "), BODY, [" "]),
    ],
)
def test_what_stripe_would_not_have_signed_is_refused(headers, body, secrets):
    with pytest.raises(BadSignatureError):
        PROVIDER.verify(headers, body, secrets, NOW)


def test_two_times_in_one_header_are_refused():
    header = signed()["stripe-signature"]
    with pytest.raises(BadSignatureError, match="time"):
        PROVIDER.verify({"stripe-signature": f"t=1,{header}"}, BODY, ["whsec_a"], NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"object": "event"}', b"null"])
def test_what_is_no_event_is_no_event(body):
    with pytest.raises(ValueError, match="the body is no"):
        PROVIDER.notices(body)


def snapshot(kind: str, about: dict[str, Any], **more: Any) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "account": "acct_1",
        "created": int(NOW.timestamp()),
        "livemode": True,
        "type": kind,
        "request": {"id": None, "idempotency_key": "DNK-1"},
        "data": {"object": about},
    }
    return json.dumps({**event, **more}).encode()


@pytest.mark.parametrize(
    "about",
    [
        {"object": "payment_intent", "id": "pi_1"},
        {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"},
        {"object": "refund", "id": "re_1", "payment_intent": {"id": "pi_1"}},
        {"object": "dispute", "id": "dp_1", "payment_intent": "pi_1"},
        {"object": "invoice_payment", "id": "i_1", "payment": {"payment_intent": "pi_1"}},
    ],
)
def test_everything_about_a_payment_points_at_its_payment_intent(about):
    (notice,) = PROVIDER.notices(snapshot("x.y", about))
    assert (notice.kind, notice.object_id, notice.part) == (Kind.RECEIPT, "pi_1", "")
    assert (notice.tenant_id, notice.live, notice.at) == ("acct_1", True, NOW)
    assert notice.echo_of == "DNK-1"
    assert json.loads(notice.raw)["id"] == "evt_1"


@pytest.mark.parametrize(
    "about",
    [
        {"object": "charge", "id": "ch_1", "payment_intent": None},
        {"object": "invoice_payment", "id": "i_1", "payment": {"charge": "ch_1"}},
        {"object": "plan", "id": "plan_1"},
        {},
    ],
)
def test_what_is_nobodys_payment_is_unknown_not_dropped(about):
    (notice,) = PROVIDER.notices(snapshot("x.y", about, account=None, created="soon", request=1))
    assert notice.kind is Kind.UNKNOWN
    assert (notice.tenant_id, notice.at, notice.echo_of) == ("", None, "")


def test_a_created_out_of_the_calendar_is_no_moment():
    (notice,) = PROVIDER.notices(snapshot("x.y", {}, created=10**30))
    assert notice.at is None
    (notice,) = PROVIDER.notices(snapshot("x.y", {}, created=None))
    assert notice.at is None


def test_the_end_of_the_connection_is_said():
    about = {"object": "application", "id": "ca_1"}
    (ended,) = PROVIDER.notices(snapshot("account.application.deauthorized", about))
    assert (ended.kind, ended.ends_connection) == (Kind.ORGANISATION, True)
    assert ended.object_id == ended.tenant_id == "acct_1"
    (begun,) = PROVIDER.notices(snapshot("account.application.authorized", about))
    assert not begun.ends_connection
    install = {"object": "apps.install", "id": "appinst_1", "status": "uninstalling"}
    told = {
        verb: PROVIDER.notices(snapshot(f"apps.install.{verb}", install))[0]
        for verb in ("created", "updated", "deleted")
    }
    assert [verb for verb, one in told.items() if one.ends_connection] == ["deleted"]
    assert {one.kind for one in told.values()} == {Kind.ORGANISATION}


@pytest.mark.parametrize(
    ("kind", "key", "part"),
    [("payment_intent", "pi_1", ""), ("charge", "ch_1", "charge"), ("dispute", "dp_1", "dispute")],
)
def test_a_thin_event_names_what_to_look_up(kind, key, part):
    event = {
        "id": "evt_2",
        "object": "v2.core.event",
        "type": f"v1.{kind}.updated",
        "created": "2026-09-01T09:00:00.000Z",
        "livemode": False,
        "context": "org_1/acct_1",
        "related_object": {"id": key, "type": kind, "url": "/v1/x"},
    }
    (notice,) = PROVIDER.notices(json.dumps(event).encode())
    assert (notice.kind, notice.object_id, notice.part) == (Kind.RECEIPT, key, part)
    assert (notice.tenant_id, notice.live, notice.at) == ("acct_1", False, NOW)
    assert notice.verb == f"{kind}.updated"


@pytest.mark.parametrize("thin", [False, True])
def test_deliveries_of_the_stand_in_verify_and_read(thin):
    with opened_door() as door:
        world = new_world(door)
    world.install()
    world.events()
    world.stand_in.send_thin(thin=thin)
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    world.events()
    head, body = world.posts[-1]
    lower = {name.lower(): value for name, value in head.items()}
    PROVIDER.verify(lower, body, [SECRET], world.clock())
    (notice,) = PROVIDER.notices(body)
    assert (notice.kind, notice.object_id, notice.tenant_id) == (Kind.RECEIPT, intent, world.shop)


def test_catching_up_asks_for_no_more_kinds_than_stripe_takes():
    assert len(set(CAUGHT_UP)) == len(CAUGHT_UP) <= 20


def test_what_is_listened_to_is_written_down_once_and_told_as_it_is():
    told = (HOME / "docs" / "connecting.md").read_text()
    listed = told.partition("these and no other:\n")[2].partition("`invoice.created`")[0].split()
    assert listed == sorted(SUBSCRIBED)
    assert all(is_enabled(one) for one in SUBSCRIBED)
    assert {"invoice.created", "invoice.upcoming"}.isdisjoint(SUBSCRIBED)
    # An event that is not pushed may be asked for all the same: `processing` holds reminders back.
    beyond = {"payment_intent.processing", "payment_intent.canceled"}
    assert set(CAUGHT_UP) - set(SUBSCRIBED) == beyond
    assert len(CAUGHT_UP) <= 20
