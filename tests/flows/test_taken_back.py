"""Money that went back after it was applied never stays silent."""

from __future__ import annotations

import pytest

from tests.flows.scene import Scene

AUTO = {"mode": "auto"}


@pytest.fixture
def paid(scene: Scene) -> tuple[str, str]:
    """Give an invoice and the card payment that was applied to it."""
    scene.connect(stripe=True)
    scene.rules(matching=AUTO)
    invoice = scene.invoice("AA-1001", 10_000)
    scene.live(hours=7)
    intent = scene.card(10_000, "AA-1001")
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    return invoice, intent


def test_a_refund_of_applied_money_is_told_with_what_to_do(
    scene: Scene, paid: tuple[str, str]
) -> None:
    invoice, intent = paid
    scene.town.stripe.refund(intent, 4_000)
    scene.live(hours=1)
    [shown] = scene.exceptions("money_went_back")
    assert shown.title == "40.00 GBP that was applied went back to the payer"
    assert "invoice AA-1001" in shown.detail
    assert "only 60.00 GBP" in shown.detail
    assert "undo the application on the matches page" in shown.fix
    # The ledger is left as it is: whether the invoice is owed again is a person's to say.
    assert scene.payments(invoice) == [10_000]
    scene.undo()
    scene.live(hours=1)
    assert scene.exceptions("money_went_back") == []
    assert scene.balance(invoice) == 10_000


def test_a_dispute_is_told_while_it_lasts_and_ends_with_it(
    scene: Scene, paid: tuple[str, str]
) -> None:
    invoice, intent = paid
    dispute = scene.town.stripe.dispute(intent)
    scene.live(hours=1)
    [shown] = scene.exceptions("money_in_doubt")
    assert "invoice AA-1001" in shown.detail
    assert scene.exceptions("money_went_back") == []
    scene.town.stripe.close_dispute(dispute, won=True)
    scene.live(hours=1)
    assert scene.exceptions("money_in_doubt") == []
    assert scene.exceptions("money_went_back") == []
    assert scene.payments(invoice) == [10_000]


def test_a_lost_dispute_is_money_that_went_back(scene: Scene, paid: tuple[str, str]) -> None:
    _, intent = paid
    dispute = scene.town.stripe.dispute(intent)
    scene.live(hours=1)
    scene.town.stripe.close_dispute(dispute, won=False)
    scene.live(hours=1)
    [shown] = scene.exceptions("money_went_back")
    assert "only 0.00 GBP" in shown.detail
    assert scene.exceptions("money_in_doubt") == []


def test_a_refund_of_money_nobody_applied_says_nothing(scene: Scene) -> None:
    scene.connect(stripe=True)
    intent = scene.card(10_000)
    scene.live(hours=1)
    scene.town.stripe.refund(intent)
    scene.live(hours=1)
    assert scene.exceptions("money_went_back") == []
    assert scene.exceptions("money_in_doubt") == []


def test_a_bank_transfer_that_waits_at_stripe_holds_reminders_back(scene: Scene) -> None:
    scene.connect(stripe=True)
    scene.rules(matching=AUTO, dunning={"mode": "auto"})
    invoice = scene.invoice("AA-1001", 10_000)
    customer = scene.town.stripe.add_customer(scene.account, "Acme", "pay@acme.example")
    scene.town.stripe.send_transfer(
        scene.account, customer, 10_000, "gbp", reference="AA-1001", sender="ACME LTD"
    )
    scene.live(days=3)
    assert scene.payments(invoice) == []
    assert scene.mail == []
    [shown] = scene.exceptions("money_waits")
    assert shown.title == "100.00 GBP waits at Stripe for somebody to say what it pays"


def test_a_transfer_that_found_its_payment_waits_no_more(scene: Scene) -> None:
    scene.connect(stripe=True)
    stripe = scene.town.stripe
    customer = stripe.add_customer(scene.account, "Acme", "pay@acme.example")
    stripe.send_transfer(scene.account, customer, 10_000, "gbp", reference="AA-1001")
    scene.live(hours=1)
    assert len(scene.exceptions("money_waits")) == 1
    key = stripe.add_restricted_key(scene.account)
    made = stripe.app.test_client().post(
        "/v1/payment_intents",
        data={
            "amount": 10_000,
            "currency": "gbp",
            "customer": customer,
            "confirm": "true",
            "payment_method_data[type]": "customer_balance",
        },
        headers={"Authorization": f"Bearer {key}"},
    )
    assert made.get_json()["status"] == "succeeded"
    scene.live(hours=1)
    assert scene.exceptions("money_waits") == []
