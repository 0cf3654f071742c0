"""Dunning in its single moves: conditions, windows, zones, holds, gaps and rechecks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.documents import Status
from rules.actions import Escalate, SendReminder
from rules.dunning import (
    decide,
    outlook,
    recheck,
)
from tests.rules.making import (
    ACME,
    NOW,
    TODAY,
    a_credit,
    a_receipt,
    ago,
    an_invoice,
    contacted,
    dunning,
    facts,
    hold,
    never_closed,
)

NOTICE = {
    "level": 1,
    "anchor": "due_date",
    "offset_days": 7,
    "action": "email",
    "template": "overdue_polite",
}
BEFORE = {**NOTICE, "level": 0, "offset_days": -3, "template": "friendly_upcoming"}


def one_step(**more):
    return [{"name": "one", "steps": [{**NOTICE, **more}]}]


def outcome(found, rules, now=NOW, closed=never_closed):
    """Give the lines that go and the reasons of what is held, without what is over for good."""
    decision = decide(found, rules, now, closed)
    lines = [f"{one.number} {one.step}" for action in decision.actions for one in action.lines]
    return lines, [one.reason for one in decision.suppressed if not one.final]


def when(field, op, value=None):
    condition = {"field": field, "op": op}
    return [condition if value is None else {**condition, "value": value}]


CONDITIONS = [
    (when("customer.country", "is", "GB"), True),
    (when("customer.country", "is_not", "GB"), False),
    (when("customer.country", "in", ["FR", "GB"]), True),
    (when("customer.country", "not_in", ["FR", "GB"]), False),
    (when("customer.country", "starts_with", "G"), True),
    (when("customer.language", "is_set"), False),
    (when("customer.language", "is_empty"), True),
    (when("customer.tags", "contains", "key"), True),
    (when("customer.tags", "not_contains", "key"), False),
    (when("customer.balance", "at_least", {"GBP": "100.00"}), True),
    (when("customer.balance", "at_least", {"EUR": "1.00"}), False),
    (when("customer.overdue", "at_most", {"GBP": "99.99"}), False),
    (when("customer.overdue", "at_most", {"EUR": "99.99"}), False),
    (when("invoice.total", "at_most", {"GBP": "100.00"}), True),
    (when("invoice.balance", "at_least", {"GBP": "100.01"}), False),
    (when("invoice.currency", "is", "GBP"), True),
    (when("invoice.days_overdue", "between", [7, 9]), True),
    (when("invoice.days_overdue", "at_least", 8), False),
    (when("invoice.days_overdue", "at_most", 7), True),
    (when("invoice.days_overdue", "is", 7), True),
    (when("invoice.has_po", "is", True), False),
]


@pytest.mark.parametrize(("conditions", "holds"), CONDITIONS, ids=str)
def test_a_condition_chooses_the_policy(conditions, holds):
    tagged = replace(ACME, tags=("key",))
    policy = {**one_step()[0], "applies_when": conditions}
    lines, reasons = outcome(facts(an_invoice("INV-1", 7), customer=tagged), dunning([policy]))
    assert lines == (["INV-1 due_date+7"] if holds else [])
    assert reasons == ([] if holds else ["no_policy"])


def test_one_of_any_is_enough():
    either = [*when("customer.country", "is", "FR"), *when("customer.country", "is", "GB")]
    policy = {**one_step()[0], "any": either}
    assert outcome(facts(an_invoice("INV-1", 7)), dunning([policy]))[0]
    policy["any"] = either[:1]
    assert not outcome(facts(an_invoice("INV-1", 7)), dunning([policy]))[0]


def test_a_policy_without_steps_never_reminds_and_says_so():
    never = {"name": "friends", "applies_when": when("customer.country", "is", "GB"), "steps": []}
    rules = dunning([never, {"name": "rest", "steps_from": "standard"}])
    assert outcome(facts(an_invoice("INV-1", 7)), rules) == ([], ["policy_has_no_steps"])
    assert outcome(facts(an_invoice("INV-1", -3)), rules) == ([], [])


def test_a_step_may_have_its_own_conditions_and_minimum():
    small = dunning(one_step(minimum_amount={"GBP": "100.01"}))
    assert outcome(facts(an_invoice("INV-1", 7)), small) == ([], [])
    foreign = dunning(one_step(only_when=when("customer.country", "is", "FR")))
    assert outcome(facts(an_invoice("INV-1", 7)), foreign) == ([], [])


def test_grace_days_move_overdue_steps_only():
    rules = dunning([{"name": "one", "grace_days": 2, "steps": [BEFORE, NOTICE]}])
    assert outcome(facts(an_invoice("INV-1", 8)), rules)[0] == ["INV-1 due_date-3"]
    assert outcome(facts(an_invoice("INV-1", 9)), rules)[0] == ["INV-1 due_date+7"]
    assert outcome(facts(an_invoice("INV-1", -3)), rules)[0] == ["INV-1 due_date-3"]


def test_a_step_repeats_until_it_may_not():
    rules = dunning(one_step(repeat_every_days=7, stop_after=3), min_days_since_delivery=0)
    done = tuple(contacted("inv-1", name, 1, 30) for name in ("due_date+7", "due_date+7*2"))
    found = facts(an_invoice("INV-1", 21), contacted=done)
    assert outcome(found, rules)[0] == ["INV-1 due_date+7*3"]
    last = (*done, contacted("inv-1", "due_date+7*3", 1, 30))
    assert outcome(facts(an_invoice("INV-1", 60), contacted=last), rules) == ([], [])


def test_delivery_is_an_anchor_of_its_own():
    step = {**BEFORE, "anchor": "delivered_at", "offset_days": 2, "template": "invoice_copy"}
    rules = dunning([{"name": "one", "steps": [step]}])
    found = facts(an_invoice("INV-1", -20), first_seen={"inv-1": ago(2)})
    assert outcome(found, rules)[0] == ["INV-1 delivered_at+2"]


MISSED = {
    "latest_step_only": ["INV-1 due_date+14"],
    "all_due": ["INV-1 due_date+0"],
    "skip": [],
}


@pytest.mark.parametrize("catch_up", MISSED)
def test_after_an_outage(catch_up):
    found = facts(an_invoice("INV-1", 16))
    lines, reasons = outcome(found, dunning(catch_up=catch_up))
    assert lines == MISSED[catch_up]
    assert reasons == (["waits_for_earlier_step"] * 2 if catch_up == "all_due" else [])


def test_skip_still_sends_the_step_of_the_day():
    assert outcome(facts(an_invoice("INV-1", 7)), dunning(catch_up="skip"))[0] == [
        "INV-1 due_date+7"
    ]


def test_a_milder_or_earlier_step_of_another_ladder_closes_nothing():
    done = (contacted("inv-1", "due_date+10", 0, 2), contacted("inv-1", "due_date-1", 2, 17))
    lines, _ = outcome(facts(an_invoice("INV-1", 16), contacted=done), dunning())
    assert lines == outcome(facts(an_invoice("INV-1", 16)), dunning())[0] != []


def test_a_step_of_another_ladder_counts_by_its_level():
    done = (contacted("inv-1", "due_date+10", 2, 2),)
    decision = decide(facts(an_invoice("INV-1", 16), contacted=done), dunning(), NOW, never_closed)
    assert decision.actions == ()
    assert {one.reason for one in decision.suppressed} == {"superseded"}


def test_another_invoices_history_is_not_this_ones():
    done = (contacted("inv-2", "due_date+14", 2, 20),)
    assert outcome(facts(an_invoice("INV-1", 7), contacted=done), dunning())[0] == [
        "INV-1 due_date+7"
    ]


# Sunday the 8th: seven days after a Sunday the 1st.
SUNDAY_DUE = an_invoice("INV-1", 9)


@pytest.mark.parametrize(
    ("choice", "friday", "monday"),
    [
        ("next_open_day", [], True),
        ("previous_open_day", ["INV-1 due_date+7"], True),
        ("skip", [], False),
    ],
)
def test_a_step_on_a_closed_day(choice, friday, monday):
    rules = dunning(one_step(), on_closed_day=choice)
    for days, wanted in ((4, friday), (1, ["INV-1 due_date+7"] if monday else [])):
        now = NOW - timedelta(days=days)
        found = facts(SUNDAY_DUE)
        found = replace(found, position=replace(found.position, read_at=now))
        assert outcome(found, rules, now)[0] == wanted
    if choice == "skip":
        decision = decide(facts(SUNDAY_DUE), rules, NOW, never_closed)
        assert [(one.reason, one.final) for one in decision.suppressed] == [("closed_day", True)]


def test_an_overdue_notice_does_not_slip_back_before_the_due_date():
    # Due on a Friday; the step of the Saturday goes on Monday, not on the day it falls due.
    friday = an_invoice("INV-1", 4)
    rules = dunning(one_step(offset_days=1), on_closed_day="previous_open_day")
    found = facts(friday)
    early = NOW - timedelta(days=4)
    seen = replace(found, position=replace(found.position, read_at=early))
    assert outcome(seen, rules, early) == ([], [])
    assert outcome(found, rules)[0] == ["INV-1 due_date+1"]


def test_where_every_day_is_closed_nothing_goes():
    assert outcome(facts(an_invoice("INV-1", 7)), dunning(), closed=lambda *_: True) == ([], [])


def test_old_facts_send_nothing_but_do_not_stop_the_preview():
    found = facts(an_invoice("INV-1", 7))
    old = replace(found, position=replace(found.position, read_at=NOW - timedelta(minutes=16)))
    assert outcome(old, dunning()) == ([], ["stale_data"])
    assert len(outlook(old, dunning(), NOW, never_closed).actions) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"email": None}, "no_address"),
        ({"email": "  "}, "no_address"),
        ({"archived": True}, "customer_archived"),
        ({"merged_into": "C9"}, "customer_merged"),
    ],
)
def test_a_customer_who_cannot_be_written_to(change, reason):
    found = facts(an_invoice("INV-1", 7), customer=replace(ACME, **change))
    assert outcome(found, dunning()) == ([], [reason])


def test_a_task_needs_no_address():
    found = facts(an_invoice("INV-1", 30), customer=replace(ACME, email=None))
    assert outcome(found, dunning())[0] == ["INV-1 due_date+30"]


@pytest.mark.parametrize(
    ("word", "more"),
    [
        ("disputed", {"invoice": {"disputed": True}}),
        ("promise_open", {"invoice": {"promised": TODAY}}),
        ("credit_note_draft", {"credit_notes": [a_credit("CN", "5.00", status=Status.DRAFT)]}),
        ("possible_payment_seen", {"possible_payments": (a_receipt("r", "5.00"),)}),
        ("payment_processing", {"possible_payments": (a_receipt("r", "5.00", processing=True),)}),
        ("payment_processing", {"invoice": {"payment_scheduled": True}}),
    ],
)
def test_each_word_of_hold_when_can_be_left_out(word, more):
    invoice = replace(an_invoice("INV-1", 7), **more.get("invoice", {}))
    rest = {key: value for key, value in more.items() if key != "invoice"}
    assert outcome(facts(invoice, **rest), dunning()) == ([], [word])
    assert outcome(facts(invoice, **rest), dunning(hold_when=[])) == (["INV-1 due_date+7"], [])


def test_a_draft_credit_of_another_currency_holds_nothing():
    drafts = [a_credit("CN", "5.00", currency="EUR", status=Status.DRAFT)]
    assert outcome(facts(an_invoice("INV-1", 7), credit_notes=drafts), dunning())[1] == []


def test_a_block_that_a_person_set_always_holds():
    found = facts(an_invoice("INV-1", 7), holds=(hold("anything"),))
    assert outcome(found, dunning(hold_when=[])) == ([], ["anything"])


def test_small_debts_are_left_alone_but_an_invoice_is_handed_over():
    rules = dunning(minimum_amount={"GBP": "150.00"})
    assert outcome(facts(an_invoice("INV-1", 7)), rules) == ([], ["below_minimum"])
    assert outcome(facts(an_invoice("INV-1", 7), an_invoice("INV-2", -30)), rules)[1] == [
        "below_minimum"
    ]
    assert outcome(facts(an_invoice("INV-2", -30)), rules)[0] == ["INV-2 issue_date+0"]
    assert outcome(facts(an_invoice("INV-1", 7)), dunning(minimum_amount={}))[0]


def test_gaps_between_messages():
    soon = facts(an_invoice("INV-1", 7), contacted=(contacted("inv-9", "due_date-3", 0, 1),))
    assert outcome(soon, dunning()) == ([], ["min_gap"])
    notice = (contacted("inv-9", "due_date+7", 1, 4),)
    both = facts(an_invoice("INV-1", 7), an_invoice("INV-2", -3), contacted=notice)
    assert outcome(both, dunning()) == (["INV-2 due_date-3"], ["dunning_interval"])
    many = tuple(contacted("inv-9", f"due_date+{days}", 0, days) for days in (10, 15, 20))
    often = facts(an_invoice("INV-1", 7), contacted=many)
    assert outcome(often, dunning(max_messages_per_30_days=3)) == ([], ["too_many_messages"])
    assert outcome(often, dunning(max_messages_per_30_days=4))[1] == []


def test_another_customers_messages_do_not_count():
    other = replace(contacted("inv-9", "due_date+7", 1, 0), customer_id="C2")
    assert outcome(facts(an_invoice("INV-1", 7), contacted=(other,)), dunning())[1] == []


def test_one_message_per_invoice_when_asked_for():
    rules = dunning(group_by="invoice", min_gap_days=0, dunning_interval_days=0)
    found = facts(an_invoice("INV-1", 7), an_invoice("INV-2", 7))
    decision = decide(found, rules, NOW, never_closed)
    first, second = decision.actions
    assert isinstance(first, SendReminder)
    assert isinstance(second, SendReminder)
    # The first is out; the second, of the same round, is not held up by it.
    after = replace(found, contacted=(contacted("inv-1", "due_date+7", 1, 0),))
    assert recheck(second, after, rules, NOW, never_closed) == second
    assert isinstance(recheck(first, after, rules, NOW, never_closed), tuple)


def test_tasks_of_two_people_are_two_tasks():
    last = {
        "level": 3,
        "anchor": "due_date",
        "offset_days": 30,
        "action": "escalate",
        "assign_to": "zoe",
        "only_when": when("invoice.has_po", "is", True),
    }
    rest = {**last, "assign_to": "ann", "offset_days": 31, "only_when": []}
    rules = dunning([{"name": "one", "steps": [last, rest]}], catch_up="all_due")
    with_order = an_invoice("INV-1", 31, po_number="PO-1")
    found = facts(with_order, an_invoice("INV-2", 31), an_invoice("INV-3", 31))
    tasks = decide(found, rules, NOW, never_closed).actions
    assert [(one.assign_to, len(one.lines)) for one in tasks if isinstance(one, Escalate)] == [
        ("ann", 2),
        ("zoe", 1),
    ]
    assert tasks[0].key.startswith("escalate:C1:")
    assert len(tasks[0].claims) == 2


@pytest.mark.parametrize(
    ("policies", "mode", "needs"),
    [
        (one_step(), "auto", False),
        (one_step(), "approve", True),
        (one_step(), "preview", True),
        (one_step(requires_approval=True), "auto", True),
        ([{**one_step()[0], "requires_approval": True}], "auto", True),
    ],
    ids=["auto", "approve", "preview", "step", "policy"],
)
def test_who_approves(policies, mode, needs):
    rules = dunning(policies, mode=mode)
    (action,) = decide(facts(an_invoice("INV-1", 7)), rules, NOW, never_closed).actions
    assert isinstance(action, SendReminder)
    assert action.needs_approval is needs
