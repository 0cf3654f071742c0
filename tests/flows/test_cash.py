"""Cash application: suggested, approved, applied by itself, chosen by a person, taken apart."""

from __future__ import annotations

from typing import Any

import pytest

from flows import cash, remembering
from flows.applying import OTHER_RULES
from flows.work import rules_of
from ledger.documents import Source
from ledger.money import Money
from rules.actions import AskHuman, Portion
from rules.matching.remembered import Mark
from store import actions, organisations, payers
from tests.conftest import NOW
from tests.flows.scene import Scene

AUTO = {"mode": "auto"}


def portion(scene: Scene, invoice: str, minor: int, currency: str = "GBP") -> Portion:
    return Portion(invoice, scene.number(invoice), Money(minor, currency))


def choose(
    scene: Scene, receipt: str, *portions: Portion, source: Source = Source.LEDGER
) -> actions.ActionRow:
    """Apply as a person does on the matches page."""
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        return cash.apply_choice(s, ours, source, receipt, portions, who="ann", now=scene.now)


def test_a_suggestion_waits_and_is_applied_when_a_person_approves(either: Scene) -> None:
    either.connect()
    invoice = either.invoice("AA-1001")
    either.receipt(10_000, "AA-1001")
    either.live(hours=7)
    assert either.action("apply").state == "waiting"
    assert either.payments(invoice) == []
    either.approve()
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    told = either.told(either.action("apply").id)
    assert told == ["decided", "approved", "attempted", "done"]


def test_an_approval_comes_too_late_when_the_facts_have_changed(scene: Scene) -> None:
    """Somebody paid the invoice by hand: the suggestion is gone, and nothing is approved twice."""
    scene.connect()
    invoice = scene.invoice("AA-1001")
    scene.receipt(10_000, "AA-1001")
    scene.pulse()
    row = scene.action("apply")
    scene.keeper.pay(invoice, 10_000, scene.today)
    scene.live(hours=1)
    with scene.tools.sessions.begin() as s, pytest.raises(ValueError, match="reload the page"):
        cash.approve(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    assert scene.payments(invoice) == [10_000]


def test_money_that_fits_two_invoices_is_never_placed_by_a_rule(either: Scene) -> None:
    """Same customer, same amount, and no word about which."""
    either.connect()
    either.rules(matching=AUTO)
    invoices = [either.invoice("AA-1001"), either.invoice("AA-1002")]
    receipt = either.receipt(10_000)
    either.live(hours=8)
    [shown] = either.exceptions("unmatched_receipt")
    assert shown.subject == f"receipt:ledger:{receipt}"
    assert [either.payments(one) for one in invoices] == [[], []]
    choose(either, receipt, portion(either, invoices[1], 10_000))
    either.live(hours=1)
    assert [either.payments(one) for one in invoices] == [[], [10_000]]
    assert either.exceptions() == []


def test_an_undo_puts_the_books_back_and_is_never_applied_again(either: Scene) -> None:
    either.connect()
    either.rules(matching=AUTO)
    invoice = either.invoice("AA-1001")
    either.receipt(10_000, "AA-1001")
    either.live(hours=7)
    assert either.payments(invoice) == [10_000]
    either.undo()
    either.live(hours=1)
    assert either.payments(invoice) == []
    assert either.balance(invoice) == 10_000
    either.look()
    either.live(days=2)
    assert either.payments(invoice) == []
    assert [row.state for row in either.actions("apply")] == ["done"]
    [undone] = either.actions("apply")
    assert undone.undone_at is not None
    assert either.exceptions("unmatched_receipt")


def test_an_application_is_taken_apart_once(scene: Scene) -> None:
    scene.connect()
    scene.rules(matching=AUTO)
    scene.invoice("AA-1001")
    scene.receipt(10_000, "AA-1001")
    scene.pulse()
    scene.undo()
    with pytest.raises(ValueError, match="undone already"):
        scene.undo()
    with scene.tools.sessions.begin() as s, pytest.raises(ValueError, match="never made"):
        cash.undo(s, scene.organisation_id, 999, who="ann", now=scene.now)


def test_an_undone_pair_may_be_applied_by_a_person(scene: Scene) -> None:
    scene.connect()
    scene.rules(matching=AUTO)
    invoice = scene.invoice("AA-1001")
    receipt = scene.receipt(10_000, "AA-1001")
    scene.pulse()
    scene.undo()
    scene.live(hours=1)
    choose(scene, receipt, portion(scene, invoice, 10_000))
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]


@pytest.mark.parametrize("text", ["AA-1001", "for AA-1001, thanks", "(AA-1001)"])
def test_money_for_what_is_paid_is_told_as_such(scene: Scene, text: str) -> None:
    """Nothing else that is open is offered for it."""
    scene.connect()
    scene.rules(matching=AUTO)
    paid, other = scene.invoice("AA-1001"), scene.invoice("AA-1002", 25_000)
    scene.keeper.pay(paid, 10_000, scene.today)
    scene.receipt(10_000, text)
    scene.live(hours=8)
    [shown] = scene.exceptions("unmatched_receipt")
    assert "already paid" in shown.title
    assert "AA-1001 (0.00 open)" in shown.detail
    assert "AA-1002" not in shown.detail
    assert [scene.payments(one) for one in (paid, other)] == [[10_000], []]


def test_an_invoice_somebody_paid_meanwhile_is_dropped_and_decided_anew(either: Scene) -> None:
    """Between the decision and its execution the bookkeeper books the payment by hand."""
    either.connect()
    invoice = either.invoice("AA-1001")
    receipt = either.receipt(10_000, "AA-1001")
    either.live(hours=7)
    either.keeper.pay(invoice, 10_000, either.today)
    either.approve()
    either.drain()
    assert either.payments(invoice) == [10_000]
    row = either.action("apply")
    assert (row.state, row.reason) == (
        "cancelled",
        "invoice AA-1001 is no longer open for 100.00 GBP",
    )
    [shown] = either.exceptions("unmatched_receipt")
    assert shown.subject == f"receipt:ledger:{receipt}"


def test_planned_money_is_not_handed_out_twice(scene: Scene) -> None:
    """Two receipts name one invoice; the second is not set against what the first will pay."""
    scene.connect()
    scene.rules(matching=AUTO)
    invoice = scene.invoice("AA-1001")
    scene.sky.stay("429", "xero", "PUT", "/Allocations")
    scene.receipt(10_000, "AA-1001")
    scene.pulse()
    assert scene.action("apply").state == "planned"
    second = scene.receipt(10_000, "AA-1001")
    scene.sky.clear()
    scene.live(hours=8)
    assert scene.payments(invoice) == [10_000]
    assert [row.state for row in scene.actions("apply")] == ["done"]
    assert [one.subject for one in scene.exceptions("unmatched_receipt")] == [
        f"receipt:ledger:{second}"
    ]


def test_the_same_money_is_not_chosen_twice(scene: Scene) -> None:
    scene.connect()
    first, second = scene.invoice("AA-1001"), scene.invoice("AA-1002")
    receipt = scene.receipt(10_000)
    scene.pulse()
    choose(scene, receipt, portion(scene, first, 10_000))
    with pytest.raises(ValueError, match="being applied already"):
        choose(scene, receipt, portion(scene, second, 10_000))


def test_a_choice_that_does_not_add_up_is_refused_with_the_field(scene: Scene) -> None:
    scene.connect()
    one, other = scene.invoice("AA-1001", 8_000), scene.invoice("AA-1002", 8_000)
    receipt = scene.receipt(10_000)
    scene.pulse()
    wrong: list[tuple[tuple[Portion, ...], str]] = [
        ((), "choose invoices for at most"),
        ((portion(scene, one, 6_000), portion(scene, other, 6_000)), "choose invoices for at most"),
        ((portion(scene, one, 9_000),), "AA-1001 has only"),
        ((portion(scene, one, 0),), "AA-1001 is in GBP"),
        ((portion(scene, one, 100, "EUR"),), "AA-1001 is in GBP"),
        ((Portion("none", "AA-9", Money(100, "GBP")),), "AA-9 is not open any more"),
    ]
    for portions, said in wrong:
        with pytest.raises(ValueError, match=said):
            choose(scene, receipt, *portions)
    with pytest.raises(ValueError, match="not open any more"):
        choose(scene, "no receipt", portion(scene, one, 100))
    assert scene.actions("apply", "planned") == []


def test_a_person_teaches_who_pays_and_the_undo_takes_it_back(scene: Scene) -> None:
    scene.connect(stripe=True)
    invoice = scene.invoice("AA-1001")
    payer = scene.town.stripe.add_customer(scene.account, "Acme Holdings", "cfo@acme.example")
    intent = scene.card(10_000, customer=payer)
    scene.live(hours=1)
    choose(scene, intent, portion(scene, invoice, 10_000), source=Source.STRIPE)
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    with scene.tools.sessions() as s:
        learned = payers.known(s, scene.organisation_id)
    assert {one.customer_id for one in learned} == {scene.customer()}
    scene.undo()
    scene.live(hours=1)
    with scene.tools.sessions() as s:
        assert [one for one in payers.known(s, scene.organisation_id) if one.confirmations] == []
    assert scene.balance(invoice) == 10_000


def test_a_card_payment_is_booked_in_the_ledger_and_told_at_stripe(either: Scene) -> None:
    either.connect(stripe=True)
    either.rules(matching=AUTO)
    invoice = either.invoice("AA-1001")
    intent = either.card(10_000, "AA-1001")
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    told = either.town.stripe.metadata(intent)
    assert any("AA-1001" in value for key, value in told.items() if key != "ar_invoice_number")
    either.undo()
    either.live(hours=1)
    assert either.payments(invoice) == []
    assert either.balance(invoice) == 10_000
    either.look()
    either.live(days=1)
    assert either.payments(invoice) == []


def test_a_payment_that_names_another_organisation_is_never_placed(scene: Scene) -> None:
    """One Stripe account may serve several organisations with equal numbers."""
    scene.connect(stripe=True)
    scene.rules(matching=AUTO)
    invoice = scene.invoice("AA-1001")
    scene.town.stripe.take_payment(
        scene.account,
        10_000,
        "gbp",
        metadata={"ar_invoice_number": "AA-1001", "ar_org_id": "somebody-else"},
    )
    scene.live(hours=7)
    assert scene.payments(invoice) == []
    assert len(scene.exceptions("unmatched_receipt")) == 1


def test_money_in_a_currency_the_organisation_lacks_goes_to_a_person(either: Scene) -> None:
    either.connect(stripe=True)
    either.rules(matching=AUTO)
    invoice = either.invoice("AA-1001")
    either.town.stripe.set_rate("chf", "gbp", "0.9")
    intent = either.card(10_000, "AA-1001", currency="chf")
    either.live(hours=7)
    assert either.payments(invoice) == []
    [shown] = either.exceptions("unmatched_receipt")
    assert shown.subject == f"receipt:stripe:{intent}"
    with pytest.raises(ValueError, match="is in GBP"):
        choose(either, intent, portion(either, invoice, 10_000, "CHF"), source=Source.STRIPE)


def test_money_of_a_locked_period_is_booked_today(either: Scene) -> None:
    """It came in before the books were closed, and was placed afterwards."""
    either.connect(stripe=True)
    invoice = either.invoice("AA-1001")
    intent = either.card(10_000)
    either.live(days=2)
    if either.company.provider == "xero":
        either.town.xero.set_lock_date(either.keeper.tenant, NOW.date())
    else:
        either.town.quickbooks.set_book_close_date(either.keeper.tenant, NOW.date())
    either.live(hours=7)
    choose(either, intent, portion(either, invoice, 10_000), source=Source.STRIPE)
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    assert either.exceptions("refused") == []


def test_the_page_shows_what_the_rules_would_answer(scene: Scene) -> None:
    scene.connect()
    invoice = scene.invoice("AA-1001")
    receipt = scene.receipt(10_000, "AA-1001")
    scene.invoice("AA-1002", 3_000)
    scene.invoice("AA-1003", 3_000)
    asked = scene.receipt(3_000)
    scene.drain()
    scene.live(hours=7)
    with scene.tools.sessions() as s:
        ours = organisations.get(s, scene.organisation_id)
        found = cash.choices(s, ours, rules_of(s, ours.id), scene.now)
    waiting = scene.action("apply")
    assert waiting.body["receipt_id"] == receipt
    assert [one["invoice_id"] for one in waiting.body["portions"]] == [invoice]
    assert asked in {one.receipt_id for one in found if isinstance(one, AskHuman)}


def test_a_receipt_that_was_spent_meanwhile_is_applied_to_nothing(scene: Scene) -> None:
    scene.connect()
    invoice = scene.invoice("AA-1001")
    receipt = scene.receipt(10_000, "AA-1001")
    scene.live(hours=7)
    other = scene.invoice("AA-1002")
    tenant = scene.keeper.tenant
    scene.town.xero.allocate(tenant, "Overpayments", receipt, other, 10_000, scene.today)
    scene.approve()
    scene.drain()
    assert scene.payments(invoice) == []
    assert scene.action("apply").state == "cancelled"
    assert scene.exceptions() == []


def test_money_taken_back_in_the_ledger_may_be_placed_by_a_person(scene: Scene) -> None:
    """A user removes an application in Xero itself: what was done must not keep the money."""
    scene.connect()
    scene.rules(matching=AUTO)
    invoice = scene.invoice("AA-1001")
    receipt = scene.receipt(10_000, "AA-1001")
    scene.live(hours=7)
    assert scene.payments(invoice) == [10_000]
    tenant = scene.keeper.tenant
    [made] = scene.town.xero.allocations(tenant)
    scene.town.xero.remove_allocation(tenant, made["id"])
    scene.live(hours=7)
    assert scene.payments(invoice) == []
    choose(scene, receipt, portion(scene, invoice, 10_000))
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]


def blocked(scene: Scene) -> tuple[str, int]:
    """Have an application planned that the ledger does not take for a while."""
    scene.connect()
    scene.rules(matching=AUTO)
    invoice = scene.invoice("AA-1001")
    scene.receipt(10_000, "AA-1001")
    scene.sky.stay("429", "xero", "PUT", "/Allocations")
    scene.pulse()
    assert scene.action("apply").state == "planned"
    scene.sky.clear()
    return invoice, scene.action("apply").id


@pytest.mark.parametrize(
    "turned",
    [{"mode": "suggest"}, {"rule": [{"id": "reference_and_amount", "outcome": "suggest"}]}],
    ids=["mode", "rule"],
)
def test_what_a_rule_decided_does_not_go_once_it_is_turned_back(
    scene: Scene, turned: dict[str, Any]
) -> None:
    invoice, first = blocked(scene)
    scene.rules(matching=turned)
    scene.live(hours=3)
    assert scene.payments(invoice) == []
    dropped, waiting = scene.actions("apply")
    assert (dropped.id, dropped.state, dropped.reason) == (first, "cancelled", OTHER_RULES)
    assert waiting.state == "waiting"


def test_what_a_wrong_lesson_placed_is_decided_again(scene: Scene) -> None:
    """A payer turns out to pay for others, before the ledger took what was decided by it."""
    invoice, first = blocked(scene)
    with scene.tools.sessions.begin() as s:
        shared = Mark("name:acme", scene.customer(), 2, ("name:acme",))
        remembering.share(s, scene.organisation_id, shared, "ann", scene.now)
    [dropped] = scene.actions("apply")
    assert (dropped.id, dropped.state) == (first, "cancelled")
    assert "name acme" in dropped.reason
    # The money names its invoice all the same.
    scene.live(hours=3)
    assert scene.payments(invoice) == [10_000]
