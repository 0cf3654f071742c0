"""Payments at the Stripe stand-in as a client makes them: cards, debits, transfers, reversals."""

from __future__ import annotations

import pytest

from tests.sandbox.stripe_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def pay(desk: Desk, token: str = "pm_card_visa", **more):
    return desk.post(
        "payment_intents", amount=2000, currency="usd", confirm="true", payment_method=token, **more
    )


def test_a_card_brings_the_money_in_and_its_fee_a_little_later(desk):
    intent = pay(desk)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 2000)
    assert {"payment_intent.created", "charge.succeeded"} <= set(desk.told)
    desk.wait(minutes=3)
    assert desk.get("balance_transactions")["data"][0]["fee"] == 88
    assert "balance.available" not in desk.told


def test_some_money_is_available_at_once(desk):
    pay(desk, "pm_card_bypassPending")
    desk.wait(minutes=3)
    assert "balance.available" in desk.told
    assert desk.stand_in.payout(desk.shop) is not None


def test_a_declined_card_leaves_a_payment_that_wants_another(desk):
    asked = {"amount": 2000, "currency": "usd", "confirm": "true"}
    told = desk.refused("payment_intents", payment_method="pm_card_chargeDeclined", **asked)
    assert told == (402, "card_declined")
    [intent] = desk.stand_in.payment_intents(desk.shop)
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["decline_code"] == "generic_decline"
    again = desk.post(f"payment_intents/{intent['id']}/confirm", payment_method="pm_card_visa")
    assert again["status"] == "succeeded"
    told = desk.refused(f"payment_intents/{intent['id']}/confirm", payment_method="pm_card_visa")
    assert told == (400, "payment_intent_unexpected_state")


def test_a_payer_may_have_to_confirm(desk):
    intent = pay(desk, "pm_card_authenticationRequired")
    assert (intent["status"], intent["next_action"]["type"]) == (
        "requires_action",
        "use_stripe_sdk",
    )


def test_what_is_only_held_is_captured_or_cancelled(desk):
    held = pay(desk, capture_method="manual")
    assert (held["status"], held["amount_capturable"]) == ("requires_capture", 2000)
    where = f"payment_intents/{held['id']}"
    assert desk.refused(f"{where}/capture", amount_to_capture=2001)[0] == 400
    done = desk.post(f"{where}/capture", amount_to_capture=1500)
    assert (done["status"], done["amount_received"]) == ("succeeded", 1500)
    assert desk.refused(f"{where}/capture") == (400, "payment_intent_unexpected_state")
    assert desk.refused(f"{where}/cancel") == (400, "payment_intent_unexpected_state")
    other = desk.post("payment_intents", amount=1, currency="usd")
    gone = desk.post(f"payment_intents/{other['id']}/cancel", cancellation_reason="abandoned")
    assert gone["status"] == "canceled"


@pytest.mark.parametrize(
    ("iban", "ends"),
    [("AT321904300235473204", "succeeded"), ("AT861904300235473202", "payment_failed")],
)
def test_a_direct_debit_takes_its_time(desk, iban, ends):
    method = desk.post("payment_methods", type="sepa_debit", sepa_debit__iban=iban)
    intent = pay(desk, method["id"])
    assert intent["status"] == "processing"
    desk.wait(minutes=10)
    assert f"payment_intent.{ends}" in desk.told


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"amount": 0, "currency": "usd"}, "parameter_invalid_integer"),
        ({"amount": "x", "currency": "usd"}, "parameter_invalid_integer"),
        ({"amount": 5}, "parameter_missing"),
        ({"amount": 5, "currency": "usd", "customer": "cus_none"}, "resource_missing"),
        ({"amount": 5, "currency": "usd", "colour": "red"}, "parameter_unknown"),
        ({"amount": 5, "currency": "usd", "confirm": "maybe"}, "parameter_invalid"),
        (
            {"amount": 5, "currency": "usd", "confirm": "true", "payment_method": "pm_x"},
            "resource_missing",
        ),
        (
            {"amount": 5, "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"},
            "parameter_invalid",
        ),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(desk, form, code):
    assert desk.refused("payment_intents", **form) == (400, code)


def test_the_pinned_version_no_longer_takes_kinds_of_payment_methods(desk):
    asked = {"amount": 5, "currency": "usd", "payment_method_types__0": "card"}
    desk.post("payment_intents", **asked)
    desk.version = "2026-10-28.endive"
    told = desk.refused("payment_intents", **asked)
    assert told == (400, "payment_method_types_no_longer_supported")


def test_a_transfer_pays_in_parts_and_waits_where_nothing_asks_for_it(desk):
    customer = desk.customer()
    asked = {"amount": 2000, "currency": "usd", "customer": customer, "confirm": "true"}
    intent = desk.post(
        "payment_intents",
        payment_method_data__type="customer_balance",
        payment_method_types__0="customer_balance",
        **asked,
    )
    assert intent["next_action"]["type"] == "display_bank_transfer_instructions"
    fund = f"test_helpers/customers/{customer}/fund_cash_balance"
    row = desk.post(fund, amount=500, currency="usd", reference="INV-7")
    assert row["funded"]["bank_transfer"]["reference"] == "INV-7"
    assert "payment_intent.partially_funded" in desk.told
    desk.post(fund, amount=1700, currency="usd")
    assert desk.get(f"payment_intents/{intent['id']}")["status"] == "succeeded"
    balance = desk.get(f"customers/{customer}/cash_balance")
    assert balance["available"] == {"usd": 200}
    rows = desk.get(f"customers/{customer}/cash_balance_transactions", limit=1)
    assert (rows["has_more"], rows["data"][0]["net_amount"]) == (True, -1500)
    expanded = desk.get(f"customers/{customer}", expand__0="cash_balance")
    assert expanded["cash_balance"]["available"] == {"usd": 200}
    assert desk.refused(fund, amount=0, currency="usd")[0] == 400


def test_money_that_waits_is_set_against_a_payment_by_hand(desk):
    customer = desk.customer()
    intent = desk.post(
        "payment_intents",
        amount=300,
        currency="usd",
        customer=customer,
        confirm="true",
        payment_method_data__type="customer_balance",
    )
    where = f"payment_intents/{intent['id']}/apply_customer_balance"
    assert desk.post(where)["status"] == "requires_action"
    desk.stand_in.send_transfer(desk.shop, customer, 300, "usd", sender="ADA")
    assert desk.get(f"payment_intents/{intent['id']}")["status"] == "succeeded"
    assert desk.refused(where) == (400, "parameter_invalid")


def test_a_customer_gets_an_account_of_its_own_to_pay_to(desk):
    where = f"customers/{desk.customer()}/funding_instructions"
    asked = {"currency": "eur", "funding_type": "bank_transfer"}
    made = desk.post(where, bank_transfer__type="eu_bank_transfer", **asked)
    assert made["bank_transfer"]["financial_addresses"][0]["type"] == "iban"
    assert desk.refused(where, **asked)[0] == 400


def test_an_inquiry_takes_nothing_and_a_dispute_takes_all(desk):
    asked = pay(desk, "pm_card_createDisputeInquiry")
    [inquiry] = desk.get("disputes", payment_intent=asked["id"])["data"]
    assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
    assert desk.post(f"disputes/{inquiry['id']}/close")["status"] == "warning_closed"
    assert desk.refused(f"disputes/{inquiry['id']}/close")[0] == 400
    taken = pay(desk, "pm_card_createDispute")
    [dispute] = desk.get("disputes", payment_intent=taken["id"])["data"]
    assert dispute["status"] == "needs_response"
    answered = desk.post(f"disputes/{dispute['id']}", metadata__by="ann", submit="true")
    assert (answered["status"], answered["metadata"]) == ("under_review", {"by": "ann"})
    other = pay(desk, "pm_card_createDispute")
    [lost] = desk.get("disputes", payment_intent=other["id"])["data"]
    assert desk.post(f"disputes/{lost['id']}/close")["status"] == "lost"


def test_a_refunds_edit_is_told_under_both_its_names(desk):
    intent = pay(desk)
    refund = desk.post("refunds", payment_intent=intent["id"], amount=500)
    desk.post(f"refunds/{refund['id']}", metadata__why="late")
    assert {"refund.updated", "charge.refund.updated"} <= set(desk.told)
    assert desk.refused("refunds", payment_intent="pi_none") == (400, "resource_missing")
    assert desk.refused("refunds", charge=intent["latest_charge"], amount=9999)[0] == 400


def test_a_payout_by_hand_is_paid_and_never_reconciled(desk):
    made = desk.post("payouts", amount=1100, currency="usd", metadata__for="rent")
    assert (made["automatic"], made["reconciliation_status"]) == (False, "not_applicable")
    desk.post(f"payouts/{made['id']}", metadata__for="wages")
    desk.wait(days=3)
    assert desk.get(f"payouts/{made['id']}")["status"] == "paid"
    assert "payout.reconciliation_completed" not in desk.told
    told = desk.refused("balance_transactions", "GET", payout=made["id"])
    assert told == (400, "parameter_invalid")
    assert desk.refused("balance_transactions", "GET", payout="po_x") == (400, "resource_missing")
    assert desk.refused("payouts", amount=-5, currency="usd")[0] == 400


def test_cards_are_kept_taken_away_and_named_by_token(desk):
    customer = desk.customer()
    kept = desk.post("payment_methods/pm_card_visa/attach", customer=customer)
    assert kept["customer"] == customer
    assert desk.post(f"payment_methods/{kept['id']}/detach")["customer"] is None
    own = desk.post("payment_methods", type="card", card__token="tok_visa", metadata__a="1")
    assert desk.post(f"payment_methods/{own['id']}/attach", customer=customer)["id"] == own["id"]
    source = desk.post(f"customers/{customer}/sources", source="tok_visa")
    where = f"customers/{customer}/sources/{source['id']}"
    assert desk.post(where, metadata__b="2")["metadata"] == {"b": "2"}
    assert desk.refused("payment_methods/pm_card_visa/attach", customer="cus_x")[0] == 400
