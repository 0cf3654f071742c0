"""Invoices that are charged without asking: silence while a retry is due, then word of the failure.

Everything here also guards against chasing somebody whose card is about to be charged.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger.documents import Charge, Failure
from rules.actions import Escalate, SendReminder
from rules.dunning import decide, recheck
from rules.parse import parse
from rules.ruleset import RuleSetError
from tests.rules.making import ACME, NOW, a_receipt, ago, an_invoice, contacted, dunning, facts
from tests.rules.making import never_closed as closed

SOON = NOW + timedelta(days=2)
NEVER_TRIED = Charge()


def failed(days_ago=1, **more):
    return Charge(**{"attempts": 4, "failed_on": ago(days_ago), "code": "card_declined", **more})


def charged(charge, number="SUB-1", overdue=9, **more):
    """Make an invoice without a term: it was due on the day it was made out."""
    made = an_invoice(number, overdue, **more)
    return replace(made, issued=made.due, charge=charge)


def decided(*invoices, rules=None, **more):
    return decide(facts(*invoices, **more), rules or dunning(), NOW, closed)


def reasons(decision):
    return [(one.number, one.step, one.reason) for one in decision.suppressed]


@pytest.mark.parametrize(
    ("charge", "failure"),
    [
        (failed(code="insufficient_funds", failure=Failure.FUNDS), "funds"),
        (failed(code="authentication_required", failure=Failure.CONFIRM), "confirm"),
        (failed(code="expired_card", failure=Failure.METHOD), "method"),
        (failed(code="something_new"), "other"),
    ],
)
def test_a_charge_that_was_given_up_is_told_with_its_reason(charge, failure):
    [action] = decided(charged(charge)).actions
    assert isinstance(action, SendReminder)
    assert (action.template, action.level) == ("payment_failed", 1)
    assert [(line.step, line.failure) for line in action.lines] == [
        ("payment_failed_at+1", failure)
    ]


@pytest.mark.parametrize("hold_when", [["disputed"], None])
def test_nothing_goes_while_a_charge_will_be_tried_again_whatever_the_rules_say(hold_when):
    rules = dunning(**({"hold_when": hold_when} if hold_when else {}))
    decision = decided(charged(failed(retry_at=SOON)), rules=rules)
    assert decision.actions == ()
    assert reasons(decision) == [("SUB-1", "payment_failed_at+1", "card_retry_scheduled")]
    assert ("next attempt", SOON.isoformat()) in decision.suppressed[0].why.facts


def test_a_retry_whose_hour_has_passed_holds_until_the_ledger_tells_what_became_of_it():
    decision = decided(charged(failed(retry_at=NOW - timedelta(days=3))))
    assert decision.actions == ()


def test_a_retry_announced_after_the_decision_stops_the_message():
    [reminder] = decided(charged(failed())).actions
    again = facts(charged(failed(retry_at=SOON)))
    held = recheck(reminder, again, dunning(), NOW, closed)
    assert isinstance(held, tuple)
    assert [one.reason for one in held] == ["card_retry_scheduled"]


def test_an_invoice_charged_without_asking_takes_no_step_from_its_due_date():
    for overdue in (-3, 0, 7, 14, 30):
        assert decided(charged(NEVER_TRIED, overdue=overdue)).actions == ()


def test_an_invoice_that_was_sent_takes_no_step_from_a_failure():
    steps = [{**WORD, "offset_days": days} for days in range(3)]
    rules = dunning([{"name": "failures", "steps": steps}])
    assert decided(an_invoice("INV-1", 9), rules=rules).actions == ()


def test_a_charge_under_way_is_shown_once_its_day_has_passed():
    assert reasons(decided(charged(NEVER_TRIED, overdue=0))) == []
    assert reasons(decided(charged(NEVER_TRIED, overdue=1))) == [("SUB-1", "", "charge_pending")]


def test_a_failure_that_no_step_answers_is_shown():
    steps = [{**LATE, "offset_days": 7}]
    decision = decided(charged(failed()), rules=dunning([{"name": "late", "steps": steps}]))
    assert decision.actions == ()
    assert reasons(decision) == [("SUB-1", "", "no_failed_step")]


WORD = {
    "level": 1,
    "anchor": "payment_failed_at",
    "action": "email",
    "template": "payment_failed",
    "offset_days": 0,
}
LATE = {"level": 1, "anchor": "due_date", "action": "email", "template": "overdue_polite"}


def test_the_last_step_after_a_failure_is_a_task():
    [action] = decided(charged(failed(days_ago=14), overdue=20)).actions
    assert isinstance(action, Escalate)
    assert action.lines[0].step == "payment_failed_at+14"


def test_grace_days_do_not_move_what_counts_from_a_failure():
    rules = dunning([{"name": "kind", "grace_days": 5, "steps_from": "standard"}])
    [action] = decided(charged(failed(days_ago=1)), rules=rules).actions
    assert action.lines[0].step == "payment_failed_at+1"


def test_a_failure_on_the_day_it_was_made_out_counts_as_late_and_as_a_demand():
    """It was due today and failed today: the minimum amount looks at it, not at nothing."""
    rules = dunning([{"name": "failures", "steps": [WORD]}])
    invoice = charged(failed(days_ago=0), overdue=0)
    assert len(decided(invoice, rules=rules).actions) == 1
    small = charged(failed(days_ago=0), overdue=0, balance="9.99")
    assert reasons(decided(small, rules=rules)) == [
        ("SUB-1", "payment_failed_at+0", "below_minimum")
    ]


def test_a_failed_charge_was_not_late_in_the_post():
    invoice = charged(failed(), overdue=2)
    assert len(decided(invoice, first_seen={"sub-1": ago(0)}).actions) == 1


def test_a_debit_on_its_way_holds_the_word_of_failure():
    money = a_receipt("P1", "100.00", processing=True, customer_id=ACME.ref.id)
    decision = decided(charged(failed()), possible_payments=(money,))
    assert reasons(decision) == [("SUB-1", "payment_failed_at+1", "payment_processing")]


def test_word_of_a_failure_goes_once():
    told = (contacted("sub-1", "payment_failed_at+1", 1, 3),)
    assert decided(charged(failed(days_ago=4), overdue=9), contacted=told).actions == ()


def test_an_earlier_open_day_never_lies_before_the_failure():
    """It failed on a Saturday; the Friday before is no day to say so."""
    monday = datetime(2026, 3, 16, 10, 0, tzinfo=UTC)
    rules = dunning([{"name": "failures", "steps": [WORD]}], on_closed_day="previous_open_day")
    invoice = charged(replace(failed(), failed_on=ago(-4)), overdue=0)
    known = facts(invoice)
    fresh = replace(known, position=replace(known.position, read_at=monday))
    [action] = decide(fresh, rules, monday, closed).actions
    assert action.lines[0].step == "payment_failed_at+0"
    early = replace(known, position=replace(known.position, read_at=NOW))
    assert decide(early, rules, NOW, closed).actions == ()


def test_conditions_can_ask_for_the_banks_word():
    only = [{"field": "payment.failure_code", "op": "in", "value": ["expired_card"]}]
    rules = dunning([{"name": "failures", "steps": [{**WORD, "only_when": only}]}])
    assert decided(charged(failed(code="expired_card")), rules=rules).actions
    assert not decided(charged(failed(code="lost_card")), rules=rules).actions
    policy = [
        {"name": "failures", "applies_when": only, "steps": [WORD]},
        {"name": "rest", "steps": [{**LATE, "offset_days": 3}]},
    ]
    [action] = decided(an_invoice("INV-1", 3), rules=dunning(policy)).actions
    assert action.why.rule == "rest/due_date+3"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"level": 0}, "level"),
        ({"offset_days": -1}, "offset_days"),
        ({"template": "overdue_polite"}, "template"),
        ({"anchor": "due_date", "offset_days": 3}, "template"),
    ],
)
def test_a_step_that_contradicts_itself_is_refused(change, field):
    with pytest.raises(RuleSetError) as told:
        parse({"dunning": {"policy": [{"name": "failures", "steps": [{**WORD, **change}]}]}})
    assert told.value.field == f"dunning.policy[0].steps[0].{field}"
