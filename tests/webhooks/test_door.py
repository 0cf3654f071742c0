"""The door: what is forged stays outside, what is signed is kept once, and nothing else happens."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from sqlalchemy import update

from store import connections, tables
from store.connections import Consented
from tests.conftest import NOW
from tests.webhooks.post import EVERY, REFUSED, SECRETS, TENANTS, House, event, sign

FLIPS = 200


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same flips in every run


def flipped(raw: bytes, chance: random.Random) -> bytes:
    """Change one bit."""
    place = chance.randrange(len(raw))
    return raw[:place] + bytes([raw[place] ^ (1 << chance.randrange(8))]) + raw[place + 1 :]


@pytest.mark.parametrize("name", EVERY)
def test_a_signed_webhook_is_kept_and_wakes_its_connection(house, name):
    answer = house.post(name, event(name))
    assert (answer.status_code, answer.data) == (200, b"")
    (row,) = house.kept()
    assert (row.state, row.connection_id) == ("new", house.ids[name])
    assert row.tenant_id == TENANTS[name]
    assert house.rung == [{house.ids[name]}]


# T1: forgery.


@pytest.mark.parametrize("name", EVERY)
def test_one_flipped_bit_of_the_body_is_one_too_many(house, name):
    chance, body = dice(1), event(name)
    signature = sign(name, body, SECRETS[name][0])
    for _ in range(FLIPS):
        answer = house.post(name, flipped(body, chance), signature)
        assert (answer.status_code, answer.data) == (REFUSED[name], b"")
    assert house.kept() == []
    assert house.rung == []


@pytest.mark.parametrize("name", EVERY)
def test_one_changed_sign_of_the_signature_is_one_too_many(house, name):
    chance, body = dice(2), event(name)
    signature = sign(name, body, SECRETS[name][0])
    # Base64 of 32 bytes has bits to spare in its last sign; those may change without meaning.
    last = len(signature) - (2 if name != "stripe" else 0)
    for _ in range(FLIPS):
        place = chance.randrange(last)
        other = chance.choice("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/=,")
        forged = signature[:place] + other + signature[place + 1 :]
        if forged == signature:
            continue
        assert house.post(name, body, forged).status_code == REFUSED[name]
    assert house.kept() == []


@pytest.mark.parametrize("name", EVERY)
def test_a_secret_that_differs_in_one_bit_signs_nothing(house, name):
    chance, body = dice(3), event(name)
    for _ in range(FLIPS):
        secret = flipped(SECRETS[name][0].encode(), chance).decode("latin-1")
        assert house.post(name, body, secret=secret).status_code == REFUSED[name]
    assert house.kept() == []


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("signature", ["", " ", "=", "t=,v1=", "t=1,v1=x", "ü", "a" * 5000, "v1="])
def test_what_is_no_signature_at_all_is_refused(house, name, signature):
    answer = house.post(name, event(name), signature)
    assert (answer.status_code, answer.data) == (REFUSED[name], b"")


@pytest.mark.parametrize("name", EVERY)
def test_the_same_meaning_in_other_bytes_is_refused(house, name):
    body = event(name)
    signature = sign(name, body, SECRETS[name][0])
    again = json.dumps(json.loads(body)).encode()
    assert again != body
    assert house.post(name, again, signature).status_code == REFUSED[name]


@pytest.mark.parametrize("name", EVERY)
def test_another_vendors_signature_does_not_count(house, name):
    body = event(name)
    for other in EVERY:
        if other != name:
            signature = sign(other, body, SECRETS[other][0])
            assert house.post(name, body, signature).status_code == REFUSED[name]


@pytest.mark.parametrize("name", EVERY)
def test_the_old_and_the_new_secret_both_count_while_one_is_changed(house, name):
    house.secrets[name] = ["the-new-one", SECRETS[name][0]]
    assert house.post(name, event(name, number=1)).status_code == 200
    assert house.post(name, event(name, number=2), secret="the-new-one").status_code == 200
    house.secrets[name] = ["the-new-one"]
    assert house.post(name, event(name, number=3)).status_code == REFUSED[name]
    assert len(house.kept()) == 2


@pytest.mark.parametrize("minutes", [-6, 6, -600, 600])
def test_stripe_signatures_have_their_time_both_ways(house, minutes):
    body = event("stripe")
    signature = sign("stripe", body, SECRETS["stripe"][0], NOW + timedelta(minutes=minutes))
    assert house.post("stripe", body, signature).status_code == 400


# T2: replay.


@pytest.mark.parametrize("name", EVERY)
def test_a_hundred_replays_are_one_row_and_one_ring(house, name):
    for _ in range(100):
        assert house.post(name, event(name)).status_code == 200
    assert len(house.kept()) == 1
    assert len(house.rung) == 1


def test_two_events_of_one_body_are_kept_in_order(house):
    one, two = (json.loads(event("quickbooks", number=number))[0] for number in (1, 2))
    house.post("quickbooks", json.dumps([two, one, two]).encode())
    assert [row.object_id for row in house.kept()] == ["2", "1"]


def test_the_older_form_of_quickbooks_is_understood(house):
    body = {
        "eventNotifications": [
            {
                "realmId": TENANTS["quickbooks"],
                "dataChangeEvent": {
                    "entities": [
                        {
                            "name": "Payment",
                            "id": "12",
                            "operation": "Create",
                            "lastUpdated": "2026-03-10T09:29:00.000Z",
                        }
                    ]
                },
            }
        ]
    }
    assert house.post("quickbooks", json.dumps(body).encode()).status_code == 200
    (row,) = house.kept()
    assert (row.kind.value, row.object_id) == ("receipt", "12")


# Signed, but not what anybody expected.


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"7", b'"text"', b"{", b"\xff\xfe", b"[[]]", b'{"events": 7}', b"[" * 100_000],
    ids=lambda body: repr(body[:12]),
)
def test_a_signed_riddle_is_kept_as_one_unknown_row(house, name, body):
    for _ in range(2):
        assert house.post(name, body).status_code == 200
    kept = house.kept()
    assert len(kept) <= 1
    assert all(row.kind.value == "unknown" for row in kept)
    assert kept or body == b""
    assert house.open_kinds() == (["no_tenant"] if kept else [])


@pytest.mark.parametrize("name", EVERY)
def test_text_no_database_keeps_is_kept_all_the_same(house, name):
    body = event(name).replace(b"in-1", b"\\ud800\\u0000" + b"x" * 400)
    body = body.replace(b"pi_1", b"\\ud800\\u0000" + b"x" * 400)
    body = body.replace(b'"intuitentityid":"1"', b'"intuitentityid":"\\ud800\\u0000"')
    assert house.post(name, body).status_code == 200
    assert len(house.kept()) == 1


def test_unknown_kinds_are_kept_and_not_refused(house):
    body = event("stripe", type="a.new.thing", data={"object": {"object": "thing", "id": "th_1"}})
    assert house.post("stripe", body).status_code == 200
    (row,) = house.kept()
    assert (row.kind.value, row.verb) == ("unknown", "a.new.thing")


@pytest.mark.parametrize("name", EVERY)
def test_a_tenant_nobody_connected_is_kept_as_ignored(house, name):
    assert house.post(name, event(name, tenant="stranger")).status_code == 200
    (row,) = house.kept()
    assert (row.state, row.connection_id) == ("ignored", None)
    assert house.rung == []


def test_one_body_about_two_tenants_wakes_the_known_one(house):
    known = json.loads(event("quickbooks"))[0]
    other = json.loads(event("quickbooks", tenant="stranger", number=2))[0]
    house.post("quickbooks", json.dumps([other, known]).encode())
    assert [row.state for row in house.kept()] == ["ignored", "new"]
    assert house.rung == [{house.ids["quickbooks"]}]


def test_a_disconnected_tenant_wakes_nobody(house):
    with house.sessions.begin() as s:
        connections.set_state(s, house.ids["xero"], connections.DISCONNECTED, "by a person")
    assert house.post("xero", event("xero")).status_code == 200
    assert [row.state for row in house.kept()] == ["ignored"]
    assert house.rung == []


def test_test_data_on_a_live_connection_is_kept_ignored_and_told(house):
    """T4."""
    assert house.post("stripe", event("stripe", livemode=False)).status_code == 200
    (row,) = house.kept()
    assert (row.state, row.live) == ("ignored", False)
    assert house.open_kinds() == ["live_and_test_mixed"]


def test_live_data_on_a_test_connection_is_kept_ignored_and_told(house):
    connection = tables.connection
    with house.sessions.begin() as s:
        s.execute(
            update(connection).where(connection.c.id == house.ids["stripe"]).values(live=False)
        )
    assert house.post("stripe", event("stripe")).status_code == 200
    assert [row.state for row in house.kept()] == ["ignored"]
    assert house.open_kinds() == ["live_and_test_mixed"]


def test_the_end_of_a_consent_is_told_to_the_worker(house):
    body = event(
        "stripe",
        type="account.application.deauthorized",
        data={"object": {"id": "ca_1", "object": "application"}},
    )
    assert house.post("stripe", body).status_code == 200
    (row,) = house.kept()
    assert (row.ends_connection, row.state) == (True, "new")
    assert house.rung == [{house.ids["stripe"]}]


def pasted(house: House, tenant: str) -> None:
    with house.sessions.begin() as s:
        consented = Consented("stripe", "payments", tenant, tenant, strategy="restricted_key")
        connections.connect(s, 1, consented, NOW)


def test_a_webhook_of_ones_own_account_names_no_account(house):
    body = event("stripe", account=None)
    assert house.post("stripe", body).status_code == 200
    assert [row.state for row in house.kept()] == ["ignored"]
    pasted(house, "acct_own")
    assert house.post("stripe", event("stripe", account=None, id="evt_2")).status_code == 200
    assert [row.tenant_id for row in house.kept()] == ["", "acct_own"]
    pasted(house, "acct_second")
    assert house.post("stripe", event("stripe", account=None, id="evt_3")).status_code == 200
    assert [row.state for row in house.kept()] == ["ignored", "new", "ignored"]


# Xero's test of the door.


def test_intent_to_receive_is_answered_as_xero_wants(house):
    body = b'{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"KJHGF"}'
    assert house.post("xero", body).status_code == 200
    wrong = house.post("xero", body, sign("xero", body + b" ", SECRETS["xero"][0]))
    assert (wrong.status_code, wrong.data) == (401, b"")
    assert "Set-Cookie" not in wrong.headers
    assert house.kept() == []


def test_events_that_never_came_have_every_connection_of_the_vendor_ask_soon(house, caplog):
    later = NOW + timedelta(hours=12)
    with house.sessions.begin() as s:
        for one in house.ids.values():
            connections.set_next(s, one, sync_at=later)
    for number in (1, 5):
        house.post("xero", event("xero", number=number))
    house.moment = NOW + timedelta(minutes=11)
    # Late is not lost.
    house.post("xero", event("xero", number=3))
    assert "2 to 2 of xero never came" in caplog.text
    assert "4 to 4 of xero never came" in caplog.text
    with house.sessions() as s:
        due = {name: connections.get(s, one).next_sync_at for name, one in house.ids.items()}
    assert due["xero"] is not None
    assert house.moment <= due["xero"] < house.moment + timedelta(hours=1)
    assert (due["quickbooks"], due["stripe"]) == (later, later)
    assert len(house.kept()) == 3


def test_the_test_of_the_door_has_no_number(house, caplog):
    house.post("xero", event("xero", number=100))
    house.moment = NOW + timedelta(hours=1)
    house.post("xero", event("xero", events=[], firstEventSequence=0, lastEventSequence=0))
    house.post("xero", event("xero", number=101))
    assert "never came" not in caplog.text
