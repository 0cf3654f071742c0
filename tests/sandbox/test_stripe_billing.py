"""Stripe's own invoices at the stand-in: drafted, issued, paid, credited, subscribed to."""

from __future__ import annotations

import pytest

from tests.sandbox.stripe_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_invoice_goes_from_draft_to_paid(desk):
    customer = desk.customer("pm_card_visa")
    invoice = desk.draft(customer, metadata__ar_invoice_id="7")
    assert desk.get(f"invoices/{invoice}")["status"] == "draft"
    desk.post(f"invoices/{invoice}", metadata__note="x", auto_advance="false")
    opened = desk.post(f"invoices/{invoice}/finalize")
    assert (opened["status"], opened["amount_remaining"]) == ("open", 2000)
    assert opened["hosted_invoice_url"]
    assert desk.refused(f"invoices/{invoice}/finalize") == (400, "invoice_not_editable")
    method = desk.post("payment_methods/pm_card_visa/attach", customer=customer)["id"]
    paid = desk.post(f"invoices/{invoice}/pay", payment_method=method)
    assert (paid["status"], paid["amount_paid"], paid["attempt_count"]) == ("paid", 2000, 1)
    [part] = desk.get("invoice_payments", invoice=invoice)["data"]
    assert part["amount_paid"] == 2000
    assert {"invoice.created", "invoice.paid", "invoice_payment.paid"} <= set(desk.told)


def test_one_payment_may_pay_several_invoices_each_by_its_part(desk):
    customer = desk.customer()
    bills = [desk.draft(customer, amount) for amount in (500, 700)]
    for one in bills:
        desk.post(f"invoices/{one}/finalize")
    intent = desk.stand_in.take_payment(desk.shop, 1000, "usd", customer=customer)
    for one in bills:
        desk.post(f"invoices/{one}/attach_payment", payment_intent=intent)
        break
    desk.stand_in.attach_payment(bills[1], intent, 500)
    of_intent = {"payment__type": "payment_intent", "payment__payment_intent": intent}
    rows = desk.get("invoice_payments", **of_intent)["data"]
    assert sorted((one["invoice"], one["amount_paid"]) for one in rows) == sorted(
        zip(bills, (500, 500), strict=True)
    )
    waiting = desk.post("payment_intents", amount=200, currency="usd")["id"]
    where = f"invoices/{bills[1]}/attach_payment"
    assert desk.refused(where, payment_intent=waiting) == (400, "resource_missing")
    desk.stand_in.set_rate("eur", "usd", "1.1")
    foreign = desk.stand_in.take_payment(desk.shop, 200, "eur")
    assert desk.refused(where, payment_intent=foreign)[0] == 400


def test_money_from_elsewhere_pays_an_invoice(desk):
    invoice = desk.draft(desk.customer())
    paid = desk.post(f"invoices/{invoice}/pay", paid_out_of_band="true")
    assert (paid["status"], paid["amount_paid"], paid["amount_paid_off_stripe"]) == (
        "paid",
        2000,
        2000,
    )


@pytest.mark.parametrize(
    ("token", "code", "event"),
    [
        ("pm_card_chargeCustomerFail", "card_declined", "invoice.payment_failed"),
        (
            "pm_card_threeDSecure2Required",
            "invoice_payment_intent_requires_action",
            "invoice.payment_action_required",
        ),
    ],
)
def test_a_charge_that_fails_leaves_the_invoice_open(desk, token, code, event):
    customer = desk.customer()
    invoice = desk.draft(customer)
    method = desk.post(f"payment_methods/{token}/attach", customer=customer)["id"]
    assert desk.refused(f"invoices/{invoice}/pay", payment_method=method) == (402, code)
    assert event in desk.told
    kept = desk.get(f"invoices/{invoice}")
    assert (kept["status"], kept["attempt_count"], kept["attempted"]) == ("open", 1, True)


def test_nobody_is_charged_without_a_method(desk):
    invoice = desk.draft(desk.customer())
    assert desk.refused(f"invoices/{invoice}/pay") == (400, "resource_missing")


def test_an_invoice_is_sent_voided_written_off_or_deleted(desk):
    customer = desk.customer()
    sent = desk.draft(customer, collection_method="send_invoice", days_until_due=7)
    assert desk.post(f"invoices/{sent}/send")["due_date"]
    assert "invoice.sent" in desk.told
    assert desk.post(f"invoices/{sent}/mark_uncollectible")["status"] == "uncollectible"
    assert desk.post(f"invoices/{sent}/void")["status"] == "void"
    other = desk.draft(customer)
    assert desk.refused(f"invoices/{other}/send")[0] == 400
    status, gone = desk.ask("DELETE", f"invoices/{other}")
    assert (status, gone["deleted"]) == (200, True)
    assert desk.refused(f"invoices/{other}", "GET") == (404, "resource_missing")
    assert desk.refused(f"invoices/{sent}", "DELETE") == (400, "invoice_not_editable")


def test_an_item_goes_onto_a_draft_or_waits_for_one(desk):
    customer = desk.customer()
    invoice = desk.draft(customer)
    price = desk.price(250)
    asked = {"customer": customer, "invoice": invoice, "pricing__price": price, "quantity": 2}
    item = desk.post("invoiceitems", **asked)
    assert desk.get(f"invoices/{invoice}")["total"] == 2500
    assert desk.ask("DELETE", f"invoiceitems/{item['id']}")[1]["deleted"]
    assert desk.refused("invoiceitems", customer=customer) == (400, "parameter_missing")
    empty = desk.post("invoices", customer=customer)
    assert desk.post(f"invoices/{empty['id']}/finalize")["status"] == "paid"


def test_a_credit_note_cuts_what_is_open_and_may_be_voided(desk):
    invoice = desk.draft(desk.customer())
    desk.post(f"invoices/{invoice}/finalize")
    note = desk.post(
        "credit_notes",
        invoice=invoice,
        lines__0__type="custom_line_item",
        lines__0__unit_amount=500,
        lines__0__quantity=1,
        lines__0__description="broken",
    )
    assert (note["type"], note["pre_payment_amount"]) == ("pre_payment", 500)
    assert desk.get(f"invoices/{invoice}")["amount_remaining"] == 1500
    desk.post(f"credit_notes/{note['id']}", memo="sorry")
    assert desk.post(f"credit_notes/{note['id']}/void")["status"] == "void"
    assert desk.get(f"invoices/{invoice}")["amount_remaining"] == 2000
    assert desk.refused(f"credit_notes/{note['id']}/void")[0] == 400
    desk.post("credit_notes", invoice=invoice, amount=2000)
    assert desk.get(f"invoices/{invoice}")["status"] == "paid"
    assert desk.refused("credit_notes", invoice=invoice, amount=0)[0] == 400


def test_credit_after_payment_goes_somewhere(desk):
    customer = desk.customer(
        "pm_card_visa", invoice_settings__default_payment_method="pm_card_visa"
    )
    invoice = desk.draft(customer)
    desk.post(f"invoices/{invoice}/pay")
    assert desk.refused("credit_notes", invoice=invoice, amount=300)[0] == 400
    note = desk.post("credit_notes", invoice=invoice, amount=300, credit_amount=300)
    assert note["customer_balance_transaction"]
    assert desk.get(f"customers/{customer}")["balance"] == -300
    row = desk.post(f"customers/{customer}/balance_transactions", amount=100, currency="usd")
    assert row["ending_balance"] == -200
    where = f"customers/{customer}/balance_transactions"
    assert desk.refused(where, currency="usd") == (400, "parameter_missing")


def test_a_subscription_bills_and_charges_its_first_period(desk):
    customer = desk.customer(
        "pm_card_visa", invoice_settings__default_payment_method="pm_card_visa"
    )
    price = desk.price(recurring__interval="month")
    made = desk.post("subscriptions", customer=customer, items__0__price=price)
    assert made["status"] == "active"
    invoice = desk.get(f"invoices/{made['latest_invoice']}")
    assert (invoice["status"], invoice["total"]) == ("paid", 1500)
    assert invoice["parent"]["subscription_details"]["subscription"] == made["id"]
    desk.post(f"subscriptions/{made['id']}", cancel_at_period_end="true", metadata__a="1")
    status, ended = desk.ask("DELETE", f"subscriptions/{made['id']}")
    assert (status, ended["status"]) == (200, "canceled")
    assert "customer.subscription.deleted" in desk.told


def test_a_subscription_whose_card_fails_waits(desk):
    token = "tok_chargeCustomerFail"
    method = desk.post("payment_methods", type="card", card__token=token)["id"]
    customer = desk.customer()
    desk.post(f"payment_methods/{method}/attach", customer=customer)
    desk.post(f"customers/{customer}", invoice_settings__default_payment_method=method)
    price = desk.price(recurring__interval="month")
    made = desk.post("subscriptions", customer=customer, items__0__price=price)
    assert made["status"] == "incomplete"
    assert "invoice.payment_failed" in desk.told
    bare = {"customer": desk.customer(), "items__0__price": price}
    assert desk.refused("subscriptions", **bare) == (400, "resource_missing")
    assert desk.refused("subscriptions", customer=customer) == (400, "parameter_missing")


def test_a_trial_ends_in_a_charge_or_a_pause(desk):
    customer, price = desk.customer(), desk.price(recurring__interval="month")
    pausing = {"trial_settings__end_behavior__missing_payment_method": "pause"}
    asked = {"customer": customer, "items__0__price": price, "trial_period_days": 2}
    made = desk.post("subscriptions", **asked, **pausing)
    assert made["status"] == "trialing"
    assert "customer.subscription.trial_will_end" in desk.told
    over = desk.post(f"subscriptions/{made['id']}", trial_end="now")
    assert over["status"] == "paused"
    assert "customer.subscription.paused" in desk.told


def session(desk, **more):
    return desk.post(
        "checkout/sessions",
        mode="payment",
        success_url="https://x.test",
        line_items__0__price=desk.price(),
        line_items__0__quantity=2,
        payment_intent_data__metadata__ar_invoice_id="7",
        **more,
    )


def test_a_checkout_is_paid_on_its_page_and_says_for_what(desk):
    made = session(desk)
    assert (made["status"], made["amount_total"]) == ("open", 3000)
    assert desk.get(f"payment_pages/{made['id']}")["id"] == made["id"]
    method = desk.post("payment_methods", type="card", card__token="tok_visa")["id"]
    where = f"payment_pages/{made['id']}/confirm"
    assert desk.refused(where, payment_method=method, expected_amount=1)[0] == 400
    done = desk.post(where, payment_method=method, expected_amount=3000)
    assert (done["status"], done["payment_status"]) == ("complete", "paid")
    intent = desk.get(f"payment_intents/{done['payment_intent']}")
    assert intent["metadata"] == {"ar_invoice_id": "7"}
    assert desk.refused(where, payment_method=method, expected_amount=3000)[0] == 400
    assert desk.refused(f"checkout/sessions/{made['id']}/expire")[0] == 400


@pytest.mark.parametrize(
    ("iban", "ends"),
    [("AT611904300234573201", "succeeded"), ("IT60X0542811101000000123456", "failed")],
)
def test_a_checkout_by_debit_is_paid_later_or_never(desk, iban, ends):
    made = session(desk)
    method = desk.post("payment_methods", type="sepa_debit", sepa_debit__iban=iban)["id"]
    where = f"payment_pages/{made['id']}/confirm"
    done = desk.post(where, payment_method=method, expected_amount=3000)
    assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
    desk.wait(minutes=10)
    assert f"checkout.session.async_payment_{ends}" in desk.told


def test_a_checkout_nobody_pays_ends_by_itself_or_by_hand(desk):
    first, second = session(desk), session(desk)
    assert desk.post(f"checkout/sessions/{first['id']}/expire")["status"] == "expired"
    desk.wait(hours=25)
    assert desk.get(f"checkout/sessions/{second['id']}")["status"] == "expired"
    assert desk.told.count("checkout.session.expired") == 2


def test_a_checkout_that_makes_no_sense_is_refused(desk):
    assert desk.refused("checkout/sessions", mode="payment") == (400, "parameter_missing")
    soon = int(desk.clock.now.timestamp()) + 60
    line = {"line_items__0__price": desk.price(), "line_items__0__quantity": 1}
    asked = {"mode": "payment", **line}
    assert desk.refused("checkout/sessions", expires_at=soon, **asked)[0] == 400
    desk.version = "2026-10-28.endive"
    told = desk.refused("checkout/sessions", payment_method_types__0="card", **asked)
    assert told == (400, "payment_method_types_no_longer_supported")


def test_a_payment_link_is_made_and_taken_away(desk):
    made = desk.post("payment_links", line_items__0__price=desk.price(), line_items__0__quantity=1)
    assert made["url"]
    gone = desk.post(f"payment_links/{made['id']}", active="false", metadata__a="1")
    assert (gone["active"], gone["metadata"]) == (False, {"a": "1"})


def test_a_discount_comes_changes_and_goes(desk):
    coupons = [desk.post("coupons", percent_off=one)["id"] for one in (20, 30)]
    customer = desk.customer(coupon=coupons[0])
    desk.post(f"customers/{customer}", coupon=coupons[1])
    desk.post(f"customers/{customer}", coupon="")
    told = [one for one in desk.told if one.startswith("customer.discount")]
    assert told == [f"customer.discount.{word}" for word in ("created", "updated", "deleted")]
    assert desk.ask("DELETE", f"coupons/{coupons[0]}")[1]["deleted"]
    assert desk.ask("DELETE", f"customers/{customer}")[1]["deleted"]


def test_a_plan_names_its_product_or_makes_it(desk):
    asked = {"currency": "usd", "interval": "month", "amount": 5}
    plan = desk.post("plans", product__name="Ink", **asked)
    assert desk.get(f"products/{plan['product']}")["name"] == "Ink"
    desk.post(f"plans/{plan['id']}", metadata__a="1")
    assert "plan.updated" in desk.told
    assert desk.get("prices")["data"] == []


def test_a_platform_opens_and_closes_accounts(desk):
    app = desk.stand_in.app.test_client()
    head = {"Authorization": "Bearer sk_test_app"}
    made = app.post("/v1/accounts", data={"type": "standard"}, headers=head).get_json()
    app.post(f"/v1/accounts/{made['id']}", data={"metadata[a]": "1"}, headers=head)
    assert app.delete(f"/v1/accounts/{made['id']}", headers=head).get_json()["deleted"]
    assert {"account.updated", "account.application.deauthorized"} <= set(desk.told)
    assert app.delete(f"/v1/accounts/{made['id']}", headers=head).status_code == 404
    assert desk.refused(f"accounts/{desk.shop}", "DELETE")[0] == 404
