"""What comparable products did to their users, each as a case that must not happen here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.differences import Difference
from ledger.documents import Link, Source, Status
from rules.actions import Apply, AskHuman, Escalate, SendReminder
from rules.dunning import decide, recheck
from rules.facts import Payer
from rules.matching import decide as match
from tests.rules.making import (
    ACME,
    BIRCH,
    NOW,
    TODAY,
    a_credit,
    a_receipt,
    ago,
    alone,
    an_invoice,
    answers,
    contacted,
    dunning,
    facts,
    gbp,
    hold,
    match_facts,
    matching,
    never_closed,
)


def sent(found, rules=None, now=NOW, closed=never_closed):
    """Give what goes and the codes of what does not."""
    decision = decide(found, rules or dunning(), now, closed)
    reasons = {(one.number, one.reason) for one in decision.suppressed if not one.final}
    return decision.actions, reasons


def numbers(action):
    return [line.number for line in action.lines]


def test_harm_1_no_reminder_while_a_receipt_may_be_the_payment():
    money = a_receipt("r1", "100.00", days_ago=3, payer_name="ACME")
    actions, reasons = sent(facts(an_invoice("INV-1", 7), possible_payments=(money,)))
    assert actions == ()
    assert reasons == {("INV-1", "possible_payment_seen")}


def test_harm_1_no_reminder_while_a_payment_is_on_its_way():
    money = a_receipt("r1", "100.00", days_ago=13, processing=True)
    actions, reasons = sent(facts(an_invoice("INV-1", 7), possible_payments=(money,)))
    assert (actions, reasons) == ((), {("INV-1", "payment_processing")})


def test_harm_1_an_old_riddle_does_not_hold_for_ever():
    money = a_receipt("r1", "100.00", days_ago=11)
    actions, _ = sent(facts(an_invoice("INV-1", 7), possible_payments=(money,)))
    assert len(actions) == 1


def test_harm_2_asking_again_sends_nothing_again():
    invoice = an_invoice("INV-1", 7)
    (reminder,), _ = sent(facts(invoice))
    done = tuple(contacted(line.invoice_id, line.step, line.level, 0) for line in reminder.lines)
    for _ in range(100):
        assert sent(facts(invoice, contacted=done))[0] == ()


def test_harm_2_a_step_sent_long_ago_is_never_sent_again():
    done = (contacted("inv-1", "due_date+7", 1, 6),)
    actions, reasons = sent(facts(an_invoice("INV-1", 13), contacted=done))
    assert (actions, reasons) == ((), set())


def test_harm_2_one_set_of_steps_has_one_key():
    first = sent(facts(an_invoice("INV-1", 7), an_invoice("INV-2", 7)))[0][0]
    again = sent(facts(an_invoice("INV-2", 7), an_invoice("INV-1", 7)))[0][0]
    assert first.key == again.key


def test_harm_3_after_an_outage_only_the_latest_step_goes():
    decision = decide(facts(an_invoice("INV-1", 16)), dunning(), NOW, never_closed)
    (reminder,) = decision.actions
    assert [line.step for line in reminder.lines] == ["due_date+14"]
    closed = {(one.step, one.reason) for one in decision.suppressed if one.final}
    assert closed == {
        ("issue_date+0", "superseded"),
        ("due_date-3", "superseded"),
        ("due_date+0", "superseded"),
        ("due_date+7", "superseded"),
    }


def test_harm_3_a_step_held_on_its_day_is_not_burned():
    invoice = an_invoice("INV-1", 9)
    held = facts(invoice, holds=(hold(until=ago(1)),))
    actions, _ = sent(held)
    assert [line.step for line in actions[0].lines] == ["due_date+7"]


def test_harm_4_never_past_due_right_after_a_late_delivery():
    invoice = an_invoice("INV-1", 7)
    actions, reasons = sent(facts(invoice, first_seen={"inv-1": ago(2)}))
    assert (actions, reasons) == ((), {("INV-1", "recently_delivered")})
    actions, reasons = sent(facts(replace(invoice, sent_at=NOW - timedelta(days=1))))
    assert (actions, reasons) == ((), {("INV-1", "recently_delivered")})


def test_harm_5_each_invoice_keeps_its_level_when_the_oldest_is_paid():
    old, new = an_invoice("INV-1", 14), an_invoice("INV-2", 7)
    done = (contacted("inv-1", "due_date+7", 1, 7),)
    both = sent(facts(old, new, contacted=done))[0][0]
    assert [(line.number, line.level) for line in both.lines] == [("INV-1", 2), ("INV-2", 1)]
    alone = sent(facts(replace(old, status=Status.PAID), new, contacted=done))[0][0]
    assert [(line.number, line.level) for line in alone.lines] == [("INV-2", 1)]
    assert alone.template == "overdue_polite"


def test_harm_6_credits_that_cover_the_invoice_stop_the_reminder():
    actions, reasons = sent(
        facts(an_invoice("INV-1", 7), credit_notes=[a_credit("CN-1", "100.00")])
    )
    assert (actions, reasons) == ((), {("INV-1", "credit_covers")})


def test_harm_6_money_on_account_covers_the_oldest_and_is_told():
    money = a_receipt("r1", "130.00", customer_id="C1")
    (reminder,), reasons = sent(
        facts(an_invoice("INV-1", 14), an_invoice("INV-2", 7), receipts=[money])
    )
    assert numbers(reminder) == ["INV-2"]
    assert reasons == {("INV-1", "credit_covers")}
    assert reminder.credits == (gbp("30.00"),)


def test_harm_6_credit_in_another_currency_covers_nothing():
    credit = a_credit("CN-1", "500.00", currency="EUR")
    actions, _ = sent(facts(an_invoice("INV-1", 7), credit_notes=[credit]))
    assert len(actions) == 1


def test_harm_7_one_customer_is_paused_until_a_day():
    invoice = an_invoice("INV-1", 7)
    assert sent(facts(invoice, holds=(hold(until=TODAY),)))[1] == {("INV-1", "dunning_block")}
    assert len(sent(facts(invoice, holds=(hold(until=ago(1)),)))[0]) == 1
    assert sent(facts(invoice, holds=(hold(),)))[1] == {("INV-1", "dunning_block")}


def test_harm_7_one_invoice_is_paused_and_the_rest_is_not():
    found = facts(an_invoice("INV-1", 7), an_invoice("INV-2", 7), holds=(hold(invoice_id="inv-1"),))
    (reminder,), reasons = sent(found)
    assert numbers(reminder) == ["INV-2"]
    assert reasons == {("INV-1", "dunning_block")}


def test_harm_8_one_message_tells_of_all_invoices_in_the_tone_of_the_worst():
    (reminder,), _ = sent(
        facts(an_invoice("INV-1", -3), an_invoice("INV-2", 7), an_invoice("INV-3", 14))
    )
    assert numbers(reminder) == ["INV-3", "INV-2", "INV-1"]
    assert (reminder.template, reminder.level) == ("overdue_firm", 2)


def test_harm_9_one_deposit_for_several_customers_is_asked():
    invoices = [an_invoice("INV-1001"), an_invoice("INV-2001", customer="C2")]
    money = a_receipt("r1", "200.00", text="INV-1001 INV-2001")
    (found,) = match(match_facts([money], invoices), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.reason == "several_customers"


def test_harm_10_a_part_is_never_booked_as_the_whole():
    invoice = an_invoice("INV-1001", balance="100.00")
    linked = a_receipt("r1", "40.00", links=(Link("inv-1001"),), source=Source.STRIPE)
    named = a_receipt("r2", "30.00", text="INV-1001")
    applied, asked = match(match_facts([linked, named], [invoice]), matching(), TODAY)
    assert isinstance(applied, Apply)
    assert [one.amount for one in applied.portions] == [gbp("40.00")]
    assert isinstance(asked, AskHuman)
    assert asked.reason == "less_than_named"
    assert [one.amount for one in asked.candidates[0].portions] == [gbp("30.00")]


def test_harm_11_what_a_person_took_apart_is_not_put_together_again():
    invoices = [an_invoice("INV-1001"), an_invoice("INV-1002", balance="70.00")]
    money = [a_receipt("r1", "100.00", text="INV-1001"), a_receipt("r2", "70.00", text="INV-1002")]
    undone = frozenset({("r1", "inv-1001")})
    one, two = match(match_facts(money, invoices, undone=undone), matching(), TODAY)
    assert isinstance(one, AskHuman)
    assert one.reason == "undone"
    assert isinstance(two, Apply)


def test_harm_12_an_open_invoice_named_by_the_payment_always_comes_up():
    money = a_receipt("r1", "90.00", text="INV-1001 thanks")
    (found,) = match(match_facts([money], [an_invoice("INV-1001")]), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.candidates[0].portions[0].number == "INV-1001"


def test_harm_13_a_shared_account_identifies_nobody():
    payers = (Payer("account:gb01", "C1", 9), Payer("account:gb01", "C2", 1))
    money = a_receipt("r1", "100.00", payer_account="GB 01")
    assert alone([money], [an_invoice("INV-1001")], payers=payers) == [False]
    assert alone([money], [an_invoice("INV-1001")], payers=payers[:1]) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "INV-1001",
        "inv1001",
        "Inv. 1001",
        "INV/1001 rest",
        "invoice 1001",
        "PAYMENT1001",
        "(INV 1001)",
    ],
)
def test_harm_14_the_number_is_found_as_payers_write_it(text):
    (found,) = match(
        match_facts([a_receipt("r1", "100.00", text=text)], [an_invoice("INV-1001")]),
        matching(),
        TODAY,
    )
    assert isinstance(found, Apply)
    assert found.why.rule == "reference_and_amount"


@pytest.mark.parametrize("text", ["INV-10012", "21001", "10 01", "tel 0201001", "XINV1001"])
def test_harm_14_a_part_of_a_longer_number_is_no_reference(text):
    money = a_receipt("r1", "100.00", text=text)
    assert alone([money], [an_invoice("INV-1001")]) == [False]


def test_harm_15_equal_amounts_are_asked():
    months = [an_invoice("INV-1001", 31), an_invoice("INV-1002", 1)]
    money = a_receipt("r1", "100.00", payer_name="Acme Limited")
    (found,) = match(match_facts([money], months), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.reason == "tie"
    assert len(found.candidates) == 2


def test_harm_15_two_equal_receipts_do_not_race_for_one_invoice():
    """Both are the customer's: the first pays, and nobody guesses what the second is for."""
    money = [a_receipt(name, "100.00", payer_name="Acme Ltd") for name in ("r1", "r2")]
    one, two = match(match_facts(money, [an_invoice("INV-1001", 1)]), matching(), TODAY)
    assert isinstance(one, Apply)
    assert isinstance(two, AskHuman)
    assert two.candidates == ()


def test_harm_16_nothing_goes_on_weekends_and_holidays():
    saturday = NOW - timedelta(days=3)
    assert sent(facts(an_invoice("INV-1", 4)), now=saturday)[0] == ()
    holiday = sent(facts(an_invoice("INV-1", 7)), closed=lambda day, _: day == TODAY)
    assert holiday == ((), set())


def test_harm_16_a_step_of_a_sunday_goes_on_monday():
    monday = NOW - timedelta(days=1)
    found = facts(an_invoice("INV-1", 8))
    found = replace(found, position=replace(found.position, read_at=monday))
    (reminder,), _ = sent(found, now=monday)
    assert [line.step for line in reminder.lines] == ["due_date+7"]


def test_harm_19_a_promise_pauses_until_it_is_broken():
    invoice = an_invoice("INV-1", 7)
    for promised, goes in ((TODAY + timedelta(days=5), 0), (ago(2), 0), (ago(3), 1)):
        assert len(sent(facts(replace(invoice, promised=promised)))[0]) == goes
    kept = hold("promise_open", until=ago(2))
    assert sent(facts(invoice, holds=(kept,)))[1] == {("INV-1", "promise_open")}


def test_harm_20_a_credit_between_decision_and_sending_clears_the_reminder():
    invoice = an_invoice("INV-1", 7)
    (reminder,), _ = sent(facts(invoice))
    fresh = facts(invoice, credit_notes=[a_credit("CN-1", "100.00")])
    found = recheck(reminder, fresh, dunning(), NOW, never_closed)
    assert isinstance(found, tuple)
    assert [one.reason for one in found] == ["credit_covers"]


def test_harm_22_a_decision_shows_what_it_rests_on():
    money = a_receipt("r1", "100.00", text="INV-1001")
    (found,) = match(match_facts([money], [an_invoice("INV-1001")]), matching(), TODAY)
    assert dict(found.why.facts)["documents"] == "INV-1001 (100.00 open)"
    assert found.why.version == 7


@pytest.mark.parametrize(
    ("change", "amount", "reason"),
    [
        ({"status": Status.PAID, "balance": gbp("0.00")}, "100.00", "already_paid"),
        ({"status": Status.VOID}, "100.00", "not_open"),
        ({"status": Status.DRAFT}, "100.00", "not_open"),
        ({}, "100.01", "exceeds_balance"),
    ],
)
def test_harm_23_a_link_to_an_invoice_that_cannot_take_it_says_so(change, amount, reason):
    invoice = replace(an_invoice("INV-1001"), **change)
    money = a_receipt("r1", amount, links=(Link("inv-1001"),), source=Source.STRIPE)
    (found,) = match(match_facts([money], [invoice]), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.reason == reason


def test_harm_24_a_shortfall_is_never_explained_away():
    """A cent is booked to the account that somebody chose for cents, or it stays open."""
    money = a_receipt("r1", "99.99", text="INV-1001", payer_name="Acme Ltd")
    (found,) = match(match_facts([money], [an_invoice("INV-1001")]), matching(), TODAY)
    assert isinstance(found, Apply)
    assert ([one.amount for one in found.portions], found.adjustments) == ([gbp("99.99")], ())
    chosen = match_facts([money], [an_invoice("INV-1001")], bookable={Difference.ROUNDING})
    (found,) = match(chosen, matching(), TODAY)
    assert isinstance(found, Apply)
    assert [one.amount for one in found.portions] == [gbp("100.00")]
    assert [(one.kind, one.amount) for one in found.adjustments] == [
        (Difference.ROUNDING, gbp("0.01"))
    ]
    short = a_receipt("r1", "90.00", text="INV-1001", payer_name="Acme Ltd")
    (found,) = match(replace(chosen, receipts=(short,)), matching(), TODAY)
    said = found if isinstance(found, Apply) else found.candidates[0]
    assert [one.amount for one in said.portions] == [gbp("90.00")]


def test_harm_25_another_currency_is_asked():
    money = a_receipt("r1", "100.00", currency="EUR", text="INV-1001")
    (found,) = match(match_facts([money], [an_invoice("INV-1001")]), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert (found.reason, found.candidates) == ("other_currency", ())


def test_harm_26_dropping_one_invoice_does_not_silence_the_rest():
    one, two = an_invoice("INV-1", 14), an_invoice("INV-2", 7, "60.00")
    (reminder,), _ = sent(facts(one, two))
    fresh = facts(replace(one, disputed=True), replace(two, balance=gbp("50.00")))
    found = recheck(reminder, fresh, dunning(), NOW, never_closed)
    assert isinstance(found, SendReminder)
    assert [(line.number, line.balance) for line in found.lines] == [("INV-2", gbp("50.00"))]
    assert found.template == "overdue_polite"


def test_a_disputed_invoice_is_not_reminded():
    disputed = replace(an_invoice("INV-1", 7), disputed=True)
    actions, reasons = sent(facts(disputed, an_invoice("INV-2", 7)))
    assert [numbers(one) for one in actions] == [["INV-2"]]
    assert reasons == {("INV-1", "disputed")}


def test_an_invoice_the_ledger_will_collect_by_itself_is_not_reminded():
    scheduled = replace(an_invoice("INV-1", 7), payment_scheduled=True)
    actions, reasons = sent(facts(scheduled, an_invoice("INV-2", 7)))
    assert [numbers(one) for one in actions] == [["INV-2"]]
    assert reasons == {("INV-1", "payment_processing")}


def test_the_switch_on_sends_nothing_in_bulk():
    pile = [an_invoice(f"INV-{days}", days) for days in (8, 20, 45, 200)]
    decision = decide(facts(*pile, live_days=0), dunning(), NOW, never_closed)
    assert decision.actions == ()
    assert {one.reason for one in decision.suppressed} == {"before_live"}
    assert all(one.final for one in decision.suppressed)


def test_a_ledger_customer_never_pays_another_customers_invoice():
    money = a_receipt("r1", "100.00", text="INV-2001", customer_id="C1")
    invoices = [an_invoice("INV-2001", customer="C2")]
    (found,) = match(match_facts([money], invoices), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.reason == "other_customer"


def test_a_payer_who_looks_like_another_customer_is_asked():
    money = a_receipt("r1", "100.00", text="INV-2001", payer_email="AP@acme.example")
    invoices = [an_invoice("INV-2001", customer="C2")]
    (found,) = match(match_facts([money], invoices), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.reason == "other_customer"


def test_the_last_step_is_a_task_and_no_letter():
    (task,), _ = sent(facts(an_invoice("INV-1", 30)))
    assert isinstance(task, Escalate)
    assert (task.assign_to, task.task_due) == ("account_owner", TODAY + timedelta(days=2))


def test_two_companies_of_one_name_are_two_companies():
    twin = replace(BIRCH, name="Acme GmbH")
    money = a_receipt("r1", "100.00", payer_name="Acme GmbH")
    assert answers(money, [an_invoice("INV-1001")], customers=(ACME, twin)) == "no_match"
