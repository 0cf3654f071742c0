"""Whatever a ledger and a batch hold: sums are exact, and nothing is used twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.matching.values import Kind, Party
from tests.rules.matching.items import DAY, an_item
from tests.rules.matching.ledgers import BALANCED, a_past, a_payment, decide
from tests.rules.matching.stories import Trusted

TRUSTING = replace(BALANCED, confirmations=Trusted())
PARTIES = [
    Party("C1", "Acme Ltd", withholding_percents=(1000,)),
    Party("C2", "Bolt Motors Ltd"),
    Party("C3", "Bolt Motors North Ltd", parent_id="C2"),
]
NAMES = ["", "ACME", "Acme Ltd", "BOLT MOTORS", "BOLT MOTORS NORTH", "Quill & Sons"]
# Few amounts, so that payments and documents agree often, and by accident.
AMOUNTS = st.sampled_from([10_00, 20_00, 30_00, 49_00, 50_00, 99_00, 100_00, 149_00])


@st.composite
def documents(draw):
    made = []
    for at in range(draw(st.integers(0, 9))):
        total = draw(AMOUNTS)
        left = draw(st.sampled_from([total, total, total // 2, 0]))
        more = {
            "customer_id": draw(st.sampled_from(["C1", "C1", "C2", "C3"])),
            "credit": draw(st.integers(0, 5)) == 0,
            "po_number": draw(st.sampled_from(["", "", "PO-7788"])),
            "overdue": draw(st.integers(-30, 60)),
        }
        made.append(an_item(f"{1001 + at}", total, left=left, **more))
    return made


@st.composite
def payments(draw):
    made = []
    for at in range(draw(st.integers(1, 7))):
        numbers = draw(st.lists(st.integers(1000, 1010), max_size=3))
        text = draw(st.sampled_from([" ", ", INV-", "/"])).join(f"INV-{one}" for one in numbers)
        words = draw(st.sampled_from(["", "", "PO-7788", "deposit", "RETURNED", "1/3"]))
        amount = draw(AMOUNTS) * draw(st.sampled_from([1, 1, 1, 2, -1])) + draw(st.integers(0, 3))
        made.append(
            a_payment(
                amount,
                f"P{at}",
                payer_name=draw(st.sampled_from(NAMES)),
                text=f"{text} {words}".strip(),
                channel=draw(st.sampled_from(["", "wire"])),
            )
        )
    return made


PASTS = [a_past(50_00, "H1", payer_name="ACME", received=DAY - timedelta(days=20))]


@settings(max_examples=120, deadline=None)
@given(documents(), payments())
def test_sums_are_exact_and_nothing_is_cleared_beyond_what_is_open(items, batch):
    decisions = decide(batch, items, parties=PARTIES, past=PASTS, policy=TRUSTING)
    assert [one.payment_id for one in decisions] == [one.ref.id for one in batch]
    cleared: Counter[str] = Counter()
    for decision, payment in zip(decisions, batch, strict=True):
        offered = [decision.answer] if decision.apply else decision.suggestions
        for answer in offered:
            if answer.kind in (Kind.RECEIVABLE, Kind.REFUND):
                settled = answer.settlement
                total = sum(one.amount for one in settled.cleared)
                total -= sum(one.amount for one in settled.adjustments)
                total += sum(one.amount for one in settled.on_account)
                assert total == payment.unapplied.minor
        if decision.apply:
            cleared.update(
                {one.document_id: abs(one.amount) for one in decision.answer.settlement.cleared}
            )
    left = {one.id: one.open for one in items}
    assert all(amount <= left[name] for name, amount in cleared.items())


@settings(max_examples=40, deadline=None)
@given(documents(), payments(), st.randoms(use_true_random=False))
def test_the_order_of_the_ledger_changes_nothing(items, batch, random):
    first = decide(batch, items, parties=PARTIES, past=PASTS, policy=TRUSTING)
    mixed, customers = list(items), list(PARTIES)
    random.shuffle(mixed)
    random.shuffle(customers)
    assert decide(batch, mixed, parties=customers, past=PASTS, policy=TRUSTING) == first


@settings(max_examples=40, deadline=None)
@given(documents(), st.integers(0, 8), st.sampled_from(NAMES))
def test_an_unrelated_invoice_changes_no_strong_match(items, at, name):
    named = [one for one in items if one.open and not one.credit][at : at + 1]
    for one in named:
        payment = a_payment(one.open, text=one.number, payer_name=name)
        stranger = an_item("9555", 7_77, customer_id="C9")
        before = decide([payment], items, parties=PARTIES, policy=TRUSTING)
        after = decide([payment], [*items, stranger], parties=PARTIES, policy=TRUSTING)
        assert after == before


@settings(max_examples=40, deadline=None)
@given(documents(), payments(), st.data())
def test_an_undone_pair_is_never_taken_again(items, batch, data):
    decisions = decide(batch, items, parties=PARTIES, policy=TRUSTING)
    pairs = [
        (decision.payment_id, one.document_id)
        for decision in decisions
        if decision.apply
        for one in decision.answer.settlement.cleared
    ]
    if pairs:
        undone = data.draw(st.sampled_from(pairs))
        policy = replace(TRUSTING, undone=frozenset((undone,)))
        again = decide(batch, items, parties=PARTIES, policy=policy)
        taken = {
            (decision.payment_id, one.document_id)
            for decision in again
            if decision.apply
            for one in decision.answer.settlement.cleared
        }
        assert undone not in taken
