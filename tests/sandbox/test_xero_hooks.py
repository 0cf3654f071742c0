"""Webhooks of the Xero stand-in: shape, signature, retries, and the intent to receive."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import KEY, TODAY, Caller


class Door:
    """A webhook door that answers as told and keeps what came."""

    def __init__(self, status=200):
        self.status = status
        self.got = []

    def __call__(self, post):
        if self.status is None:
            raise ConnectionRefusedError
        self.got.append(post)
        return self.status

    @property
    def events(self):
        return [event for post in self.got for event in json.loads(post.body)["events"]]


def signed(body):
    return base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()


def checking(post):
    right = post.headers["x-xero-signature"] == signed(post.body)
    return 200 if right else 401


@pytest.fixture
def desk():
    standin, clock = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    return standin, clock, tenant, contact, Caller(standin, tenant)


def test_nothing_is_sent_before_the_organisation_is_connected():
    standin, _ = xero_desk.make()
    xero_desk.harbour(standin)
    door = Door()
    assert standin.deliver(door) == 0
    assert door.got == []


def test_change_is_one_signed_batch(desk):
    standin, _, tenant, contact, _ = desk
    key = standin.raise_invoice(tenant, contact, "INV-1", TODAY, TODAY, "10.00", "GBP")
    paid = standin.record_payment(tenant, key, "10.00", TODAY)
    door = Door()
    assert standin.deliver(door) == 2
    first, second = (json.loads(post.body) for post in door.got)
    assert door.got[0].headers["x-xero-signature"] == signed(door.got[0].body)
    assert first["events"] == [
        {
            "resourceUrl": f"http://127.0.0.1/api.xro/2.0/Invoices/{key}",
            "resourceId": key,
            "eventDateUtc": "2026-11-22T09:00:00.000",
            "eventType": "CREATE",
            "eventCategory": "INVOICE",
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
        }
    ]
    assert (first["firstEventSequence"], first["lastEventSequence"]) == (1, 1)
    assert {(e["eventCategory"], e["eventType"], e["resourceId"]) for e in second["events"]} == {
        ("PAYMENT", "CREATE", paid),
        ("INVOICE", "UPDATE", key),
    }
    assert (second["firstEventSequence"], second["lastEventSequence"]) == (2, 3)
    assert first["entropy"] != second["entropy"]
    assert standin.deliver(door) == 0


def test_credits_and_contacts_tell_too_and_own_writes_come_back(desk):
    standin, _, tenant, contact, call = desk
    credit = standin.record_receipt(tenant, contact, "10.00", "GBP", TODAY)
    standin.change_contact(tenant, contact, email="new@ridge.example")
    key = standin.raise_invoice(tenant, contact, "INV-1", TODAY, TODAY, "10.00", "GBP")
    standin.deliver(Door())
    body = {"Allocations": [{"Invoice": {"InvoiceID": key}, "Amount": 10}]}
    call("PUT", f"Overpayments/{credit}/Allocations", body)
    standin.raise_credit_note(tenant, contact, "1.00", "GBP", TODAY)
    door = Door()
    standin.deliver(door)
    told = {event["eventCategory"]: event for event in door.events}
    assert set(told) == {"INVOICE", "OVERPAYMENT", "CREDITNOTE"}
    assert told["OVERPAYMENT"]["data"]["Type"] == "RECEIVE-OVERPAYMENT"
    assert told["OVERPAYMENT"]["data"]["Status"] == "PAID"
    assert told["CREDITNOTE"]["data"] == {"Type": "ACCRECCREDIT", "Status": "AUTHORISED"}


def test_a_note_is_no_event(desk):
    standin, _, _, contact, call = desk
    call("PUT", f"Contacts/{contact}/History", {"HistoryRecords": [{"Details": "x"}]})
    assert standin.shelf.post() == []


@pytest.mark.parametrize("status", [500, 302, 201, None])
def test_refused_deliveries_are_tried_again_then_the_webhook_is_switched_off(desk, status):
    standin, clock, tenant, contact, _ = desk
    standin.change_contact(tenant, contact, phone="1")
    door = Door(status)
    for _ in range(60):
        assert standin.deliver(door) == 0
        clock.move(minutes=30)
    assert not standin.hooks.enabled
    standin.change_contact(tenant, contact, phone="2")
    healed = Door()
    assert standin.deliver(healed) == 0
    assert standin.send_intent_to_receive(checking)
    assert standin.deliver(healed) == 2
    assert [json.loads(post.body)["firstEventSequence"] for post in healed.got] == [1, 2]


def test_delivery_recovers_within_the_table(desk):
    standin, clock, tenant, contact, _ = desk
    standin.change_contact(tenant, contact, phone="1")
    assert standin.deliver(Door(503)) == 0
    assert standin.deliver(Door()) == 0
    clock.move(seconds=10)
    assert standin.deliver(Door()) == 1


def test_intent_to_receive_wants_right_and_wrong_told_apart(desk):
    standin = desk[0]
    seen = []

    def watching(post):
        seen.append(json.loads(post.body))
        return checking(post)

    assert standin.send_intent_to_receive(watching)
    assert all(body["events"] == [] and body["lastEventSequence"] == 0 for body in seen)
    assert not standin.send_intent_to_receive(Door(200))
    assert not standin.send_intent_to_receive(Door(401))
    assert not standin.send_intent_to_receive(Door(None))


def test_a_disconnected_organisation_sends_nothing(desk):
    standin, _, tenant, contact, _ = desk
    standin.disconnect(tenant)
    standin.change_contact(tenant, contact, phone="1")
    assert standin.shelf.post() == []
