"""What must hold of every decision, whatever the facts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.documents import Link, Source, Status
from ledger.money import total
from rules.actions import Apply, AskHuman, SendReminder
from rules.dunning import decide, outlook, recheck
from rules.facts import Payer
from rules.matching import decide as match
from rules.presets import PRESETS
from rules.reasons import DUNNING_REASONS, MATCHING_REASONS
from tests.rules.making import (
    NOW,
    TODAY,
    a_credit,
    a_receipt,
    ago,
    an_invoice,
    contacted,
    dunning,
    facts,
    gbp,
    hold,
    match_facts,
    matching,
    never_closed,
)

FEW = settings(max_examples=80, deadline=None)

AMOUNTS = st.sampled_from(["1.00", "40.00", "60.00", "100.00", "100.01"])
STEP_NAMES = [
    *(step.name for ladder in PRESETS.values() for step in ladder),
    *("due_date+7*2", "due_date+12"),
]


@st.composite
def invoices(draw):
    count = draw(st.integers(1, 5))
    return [
        an_invoice(
            f"INV-{1001 + at}",
            draw(st.integers(-40, 100)),
            draw(AMOUNTS),
            customer=draw(st.sampled_from(["C1", "C1", "C2"])),
            currency=draw(st.sampled_from(["GBP", "GBP", "EUR"])),
            status=draw(st.sampled_from([*[Status.OPEN] * 5, *Status])),
            disputed=draw(st.booleans()) and draw(st.booleans()),
            promised=draw(st.none() | st.integers(-9, 9).map(ago)),
            po_number=draw(st.sampled_from([None, None, "PO-4500", "1002"])),
        )
        for at in range(count)
    ]


@st.composite
def dunning_facts(draw):
    owed = draw(invoices())
    ids = st.sampled_from([one.ref.id for one in owed])
    contacts = st.builds(
        contacted, ids, st.sampled_from(STEP_NAMES), st.integers(0, 3), st.integers(0, 60)
    )
    blocks = st.builds(
        hold,
        st.sampled_from(["dunning_block", "promise_open"]),
        invoice_id=st.none() | ids,
        until=st.none() | st.integers(-5, 5).map(ago),
    )
    receipts = st.builds(a_receipt, st.just("r1"), AMOUNTS, processing=st.booleans())
    return facts(
        *owed,
        holds=draw(st.lists(blocks, max_size=1)),
        contacted=tuple(draw(st.lists(contacts, max_size=3))),
        possible_payments=draw(st.just(()) | st.tuples(receipts)),
        credit_notes=[a_credit("CN-1", one) for one in draw(st.lists(AMOUNTS, max_size=1))],
        first_seen=draw(st.dictionaries(ids, st.integers(0, 40).map(ago), max_size=2)),
        skipped=frozenset(draw(st.lists(st.tuples(ids, st.sampled_from(STEP_NAMES)), max_size=3))),
        live_days=draw(st.sampled_from([None, 0, 20, 365])),
    )


RULES = st.builds(
    lambda preset, fields: dunning(
        [{"name": "one", "steps_from": preset, "requires_approval": fields.pop("careful")}],
        **fields,
    ),
    st.sampled_from(sorted(PRESETS)),
    st.fixed_dictionaries(
        {
            "careful": st.booleans(),
            "mode": st.sampled_from(["auto", "approve", "preview"]),
            "group_by": st.sampled_from(["customer", "invoice"]),
            "catch_up": st.sampled_from(["latest_step_only", "all_due", "skip"]),
            "on_closed_day": st.sampled_from(["next_open_day", "previous_open_day", "skip"]),
            "min_gap_days": st.integers(0, 3),
            "dunning_interval_days": st.integers(0, 6),
            "net_credits_and_unapplied": st.booleans(),
        }
    ),
)


def lines(decision):
    return [(one.invoice_id, one.step) for action in decision.actions for one in action.lines]


@FEW
@given(dunning_facts(), RULES)
def test_one_step_an_invoice_and_one_message_a_customer(found, rules):
    decision = decide(found, rules, NOW, never_closed)
    assert max(Counter(invoice for invoice, _ in lines(decision)).values(), default=0) <= 1
    messages = [one for one in decision.actions if isinstance(one, SendReminder)]
    if rules.dunning.group_by == "customer":
        assert len(messages) <= 1
    for one in messages:
        assert one.level == max(line.level for line in one.lines)
        assert one.needs_approval or rules.dunning.mode == "auto"
    # What is sent is not told as withheld, and every reason is one a page can spell out.
    assert not {(one.invoice_id, one.step) for one in decision.suppressed} & set(lines(decision))
    assert {one.reason for one in decision.suppressed} <= DUNNING_REASONS.keys()


@FEW
@given(dunning_facts(), RULES)
def test_nothing_goes_that_must_not_go(found, rules):
    decision = decide(found, rules, NOW, never_closed)
    owed = {one.ref.id: one for one in found.position.invoices}
    over = {(one.invoice_id, one.step) for one in found.contacted} | found.skipped
    assert not set(lines(decision)) & over
    for action in decision.actions:
        for line in action.lines:
            invoice = owed[line.invoice_id]
            assert invoice.is_open
            assert line.balance == invoice.balance
            assert not invoice.disputed
            assert not invoice.promised or invoice.promised + timedelta(days=2) < TODAY
            assert line.level == 0 or invoice.due < TODAY
    if any(one.day == TODAY for one in found.contacted) and rules.dunning.group_by == "customer":
        assert not [one for one in decision.actions if isinstance(one, SendReminder)]
    if found.live_since:
        assert all(one.reason in DUNNING_REASONS for one in decision.suppressed)
    else:
        assert not any(one.reason == "before_live" and one.final for one in decision.suppressed)


@FEW
@given(dunning_facts(), RULES, st.randoms(use_true_random=False))
def test_the_order_of_the_facts_changes_nothing(found, rules, chance):
    mixed = list(found.position.invoices)
    chance.shuffle(mixed)
    other = replace(found, position=replace(found.position, invoices=tuple(mixed)))
    assert decide(found, rules, NOW, never_closed) == decide(other, rules, NOW, never_closed)


@FEW
@given(dunning_facts(), RULES)
def test_what_went_never_goes_again(found, rules):
    decision = decide(found, rules, NOW, never_closed)
    went = tuple(
        contacted(line.invoice_id, line.step, line.level, 0)
        for action in decision.actions
        for line in action.lines
    )
    closed = frozenset((one.invoice_id, one.step) for one in decision.suppressed if one.final)
    after = replace(found, contacted=(*found.contacted, *went), skipped=found.skipped | closed)
    again = decide(after, rules, NOW + timedelta(minutes=5), never_closed)
    assert not set(lines(again)) & {(one.invoice_id, one.step) for one in went}
    assert not {one.invoice_id for one in went} & {
        line.invoice_id
        for action in again.actions
        if isinstance(action, SendReminder)
        for line in action.lines
    }


@FEW
@given(dunning_facts(), RULES, dunning_facts())
def test_a_recheck_never_adds_a_line(found, rules, fresh):
    for action in decide(found, rules, NOW, never_closed).actions:
        if not isinstance(action, SendReminder):
            continue
        again = recheck(action, fresh, rules, NOW, never_closed)
        if isinstance(again, SendReminder):
            assert set(again.claims) <= set(action.claims)
            allowed = set(lines(decide(fresh, rules, NOW, never_closed)))
            assert {(one.invoice_id, one.step) for one in again.lines} <= allowed
        else:
            assert len(again) == len(action.lines)
            assert {one.reason for one in again} <= DUNNING_REASONS.keys()


@FEW
@given(dunning_facts(), RULES)
def test_a_recheck_of_the_same_facts_changes_nothing(found, rules):
    for action in decide(found, rules, NOW, never_closed).actions:
        if isinstance(action, SendReminder) and rules.dunning.mode != "preview":
            assert recheck(action, found, rules, NOW, never_closed) == action


@FEW
@given(dunning_facts(), RULES)
def test_the_preview_is_the_decision_of_the_open_window(found, rules):
    early = NOW - timedelta(hours=5)
    opens = NOW - timedelta(hours=1)
    read = replace(found, position=replace(found.position, read_at=opens))
    assert outlook(found, rules, early, never_closed) == decide(read, rules, opens, never_closed)


@st.composite
def money_in(draw, owed):
    texts = [
        "",
        "thanks",
        *(one.number for one in owed),
        *(one.number.replace("-", " ") for one in owed),
        " ".join(one.number for one in owed),
        "PO-4500",
        "INV-9999",
    ]
    named = st.sampled_from(owed).map(lambda one: Link(one.ref.id))
    part = st.builds(
        lambda one, amount: Link(one.ref.id, one.number, gbp(amount)),
        st.sampled_from(owed),
        AMOUNTS,
    )
    strange = st.just(Link("", "INV-9999"))
    return [
        a_receipt(
            f"r{at}",
            draw(AMOUNTS | st.just("200.00")),
            currency=draw(st.sampled_from(["GBP", "GBP", "EUR"])),
            days_ago=draw(st.integers(-2, 120)),
            text=draw(st.sampled_from(texts)),
            payer_name=draw(st.sampled_from(["", "Acme Ltd", "birch gmbh", "Nobody"])),
            payer_account=draw(st.sampled_from(["", "GB01"])),
            customer_id=draw(st.sampled_from([None, None, "C1"])),
            links=tuple(draw(st.lists(named | part | strange, max_size=2))),
            processing=draw(st.integers(0, 9)) == 0,
            source=Source.STRIPE,
        )
        for at in range(draw(st.integers(1, 5)))
    ]


@st.composite
def match_input(draw):
    owed = draw(invoices())
    receipts = draw(money_in(owed))
    undone = st.tuples(
        st.sampled_from([one.ref.id for one in receipts]),
        st.sampled_from([one.ref.id for one in owed]),
    )
    payers = draw(st.sampled_from([(), (Payer("account:gb01", "C1", 2),)]))
    return match_facts(
        receipts, owed, undone=frozenset(draw(st.lists(undone, max_size=2))), payers=payers
    )


MATCHING = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["auto", "suggest"]),
        "max_combined_invoices": st.integers(2, 6),
        "rule": st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.sampled_from(["stripe_link", "references_sum"]),
                    "outcome": st.sampled_from(["apply", "suggest", "ignore"]),
                }
            ),
            max_size=1,
        ),
    }
).map(lambda fields: matching(**fields))


@FEW
@given(match_input(), MATCHING)
def test_every_receipt_is_decided_once_within_its_money(found, rules):
    decided = match(found, rules, TODAY)
    assert [one.receipt_id for one in decided] == [one.ref.id for one in found.receipts]
    money = {one.ref.id: one.unapplied for one in found.receipts}
    for one in decided:
        for answer in (one,) if isinstance(one, Apply) else one.candidates:
            paid = [portion.amount for portion in answer.portions]
            assert paid
            assert min(paid).minor > 0
            whole = money[one.receipt_id]
            assert total(paid, whole.currency) <= whole
            if isinstance(answer, Apply):
                assert total([*paid, answer.left], whole.currency) == whole
        if isinstance(one, AskHuman):
            assert one.reason in MATCHING_REASONS
            assert len(one.candidates) <= 3


@FEW
@given(match_input(), MATCHING)
def test_no_invoice_is_paid_beyond_its_balance(found, rules):
    owed = {one.ref.id: one for one in found.invoices}
    paid: Counter[str] = Counter()
    applied = (one for one in match(found, rules, TODAY) if isinstance(one, Apply))
    for one in applied:
        for portion in one.portions:
            paid[portion.invoice_id] += portion.amount.minor
            assert portion.amount.currency == owed[portion.invoice_id].balance.currency
            assert owed[portion.invoice_id].is_open
            assert (one.receipt_id, portion.invoice_id) not in found.undone
            assert owed[portion.invoice_id].customer_id == one.customer_id
    assert all(minor <= owed[one].balance.minor for one, minor in paid.items())


@FEW
@given(match_input(), MATCHING, st.randoms(use_true_random=False))
def test_the_order_of_receipts_and_invoices_changes_nothing(found, rules, chance):
    receipts, owed = list(found.receipts), list(found.invoices)
    chance.shuffle(receipts)
    chance.shuffle(owed)
    mixed = replace(found, receipts=tuple(receipts), invoices=tuple(owed))
    first = {one.receipt_id: one for one in match(found, rules, TODAY)}
    assert first == {one.receipt_id: one for one in match(mixed, rules, TODAY)}


@FEW
@given(match_input())
def test_suggest_never_acts_by_itself(found):
    for one in match(found, matching(mode="suggest"), TODAY):
        assert isinstance(one, AskHuman) or not one.automatic


@FEW
@given(match_input(), MATCHING)
def test_a_ledger_customers_money_stays_with_it(found, rules):
    owner = {one.ref.id: one.customer_id for one in found.receipts}
    for one in match(found, rules, TODAY):
        if isinstance(one, Apply) and owner[one.receipt_id]:
            assert one.customer_id == owner[one.receipt_id]
