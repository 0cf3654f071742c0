"""Bank lines whose money is seen elsewhere: payouts, and payments the ledger has already."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from ledger.payouts import Payout
from ledger.remittances import RemittanceLine
from rules.matching.in_memory import MemoryBook
from rules.matching.seen_twice import REASONS, Recorded, Seen, look, members, together
from rules.matching.values import Item

DAY = date(2026, 3, 10)


def gbp(minor):
    return Money(minor, "GBP")


def later(days):
    return DAY + timedelta(days=days)


def line(key="l-1", minor=12_000, text="", days=0, **more):
    return Receipt(
        Ref(Kind.RECEIPT, key),
        Source.BANK,
        later(days),
        gbp(minor),
        gbp(minor),
        Status.OPEN,
        text=text,
        **more,
    )


def payout(key="po_1", minor=12_000, days=0, reference=""):
    return Payout(Ref(Kind.PAYOUT, key), later(days), gbp(minor), (), reference=reference)


def paid(key="p-1", minor=12_000, days=0, numbers=(), **more):
    return Recorded(key, later(days), gbp(minor), numbers=numbers, documents=numbers, **more)


def owed(number, minor=12_000, customer_id="c-9", left=None):
    """Make an invoice whose id is its number; all of it is open but for what is `left`."""
    left = minor if left is None else left
    return Item(number, number, customer_id, "GBP", minor, minor, left, DAY, DAY)


def book(recorded, invoices):
    """Lay out what is open, and what is paid by now."""
    known = {one.id: one for one in invoices}
    settled = {number for one in recorded for number in one.numbers} - known.keys()
    return MemoryBook([*known.values(), *(owed(one, left=0) for one in settled)])


def seen(lines, payouts=(), recorded=(), invoices=()):
    return look(lines, payouts, recorded, book(recorded, invoices))


def told(lines, payouts=(), recorded=(), invoices=()):
    """Give by line what it is, or why a person is asked and about what."""
    return {
        one.receipt_id: one.same.id if one.same else (one.reason, *(twin.id for twin in one.maybe))
        for one in seen(lines, payouts, recorded, invoices)
    }


# Payouts.


@pytest.mark.parametrize("days", [-2, 0, 6])
def test_a_line_with_the_processors_name_is_the_payout_of_its_amount(days):
    assert told([line(text="STRIPE PAYMENTS UK", days=days)], [payout()]) == {"l-1": "po_1"}


@pytest.mark.parametrize("days", [-3, 7])
def test_a_payout_of_another_week_is_not_taken_for_it(days):
    found = told([line(text="STRIPE PAYMENTS UK", days=days)], [payout()])
    assert found == {"l-1": ("unknown_payout",)}


def test_the_payouts_own_reference_is_enough():
    lines = [line(text="TRANSFER ST-K3J9 X", payer_name="SPUK")]
    assert told(lines, [payout(reference="ST-K3J9")]) == {"l-1": "po_1"}


def test_money_that_a_payout_takes_from_the_bank_is_the_payout_too():
    assert told([line(minor=-700, text="Stripe")], [payout(minor=-700)]) == {"l-1": "po_1"}


def test_two_equal_payouts_are_for_a_person():
    found = told([line(text="STRIPE")], [payout(), payout("po_2", days=1)])
    assert found == {"l-1": ("several", "po_1", "po_2")}


def test_two_lines_for_one_payout_are_for_a_person():
    found = told([line(text="STRIPE"), line("l-2", text="STRIPE")], [payout()])
    assert found == {"l-1": ("several", "po_1"), "l-2": ("several", "po_1")}


def test_a_line_without_a_payer_may_be_the_payout_of_its_amount():
    assert told([line(text="CREDIT")], [payout()]) == {"l-1": ("perhaps_payout", "po_1")}


def test_a_line_of_somebody_else_is_not_the_payout_of_its_amount():
    assert told([line(text="FPS", payer_name="Acme Ltd")], [payout()]) == {}


def test_a_payout_that_a_clear_line_is_makes_no_other_line_doubtful():
    lines = [line(text="STRIPE"), line("l-2", text="CREDIT")]
    assert told(lines, [payout()]) == {"l-1": "po_1"}


def test_a_payout_of_an_account_that_is_not_connected_is_for_a_person():
    assert told([line(text="STRIPE TECHNOLOGY EU")]) == {"l-1": ("unknown_payout",)}
    assert told([line(minor=-900, text="STRIPE FEES")]) == {}
    assert told([line(text="STRIPES LTD")]) == {}


# Payments that stand in the ledger.


def test_a_payment_that_names_the_same_invoice_is_the_same_money():
    recorded = [paid(customer_name="Weir", numbers=("INV-1001",), days=-10)]
    assert told([line(text="WEIR HOLDINGS INV 1001")], recorded=recorded) == {"l-1": "p-1"}


def test_a_payment_that_names_the_same_invoice_much_later_may_be_a_second_one():
    recorded = [paid(customer_name="Weir", numbers=("INV-1001",))]
    found = told([line(text="INV-1001", days=11)], recorded=recorded)
    assert found == {"l-1": ("perhaps_recorded", "p-1")}
    assert told([line(text="INV-1001", days=31)], recorded=recorded) == {}


@pytest.mark.parametrize("text", ["INV-10011", "XINV-1001", "INV-1011"])
def test_another_number_is_not_the_same_invoice(text):
    recorded = [paid(customer_name="Weir", numbers=("INV-1001",), days=-20)]
    assert told([line(text=text)], recorded=recorded) == {}


def test_the_reference_of_the_payment_or_a_line_of_its_advice_is_enough():
    recorded = [paid(reference="BACS-7741", days=9)]
    assert told([line(text="X BACS 7741")], recorded=recorded) == {"l-1": "p-1"}
    advised = line(remittance=(RemittanceLine("INV-1001"),))
    assert told([advised], recorded=[paid(numbers=("INV-1001",))]) == {"l-1": "p-1"}


def test_a_short_reference_is_none():
    assert told([line(text="A 12")], recorded=[paid(reference="12", days=20)]) == {}


@pytest.mark.parametrize("name", ["ACME LIMITED", "Acmé Ltd.", "acme"])
def test_the_same_payer_with_the_same_amount_within_days_is_the_same_money(name):
    recorded = [paid(customer_name="Acme Ltd", days=-3)]
    assert told([line(payer_name=name)], recorded=recorded) == {"l-1": "p-1"}


def test_the_same_payer_a_week_later_is_for_a_person():
    recorded = [paid(customer_name="Acme Ltd", days=-7)]
    found = told([line(payer_name="Acme Ltd")], recorded=recorded)
    assert found == {"l-1": ("perhaps_recorded", "p-1")}
    assert told([line(payer_name="Acme Ltd", days=4)], recorded=recorded) == {}


def test_a_similar_payer_is_for_a_person_and_another_is_nobody():
    recorded = [paid(customer_name="Acme Trading Ltd", days=-1)]
    found = told([line(payer_name="ACME HOLDINGS")], recorded=recorded)
    assert found == {"l-1": ("perhaps_recorded", "p-1")}
    assert told([line(payer_name="Beta Ltd")], recorded=recorded) == {}


def test_a_line_that_says_nothing_may_be_the_payment_of_its_amount():
    found = told([line(text="CREDIT")], recorded=[paid(customer_name="Acme Ltd")])
    assert found == {"l-1": ("perhaps_recorded", "p-1")}


def test_a_line_that_names_another_open_invoice_is_a_payment_of_its_own():
    recorded = [paid(customer_name="Acme Ltd", numbers=("INV-1001",))]
    anonymous = line(text="INV-1002")
    assert told([anonymous], recorded=recorded, invoices=[owed("INV-1002")]) == {}
    # The same payer and day speak for one payment, the number for another.
    from_acme = line(text="INV-1002", payer_name="Acme Ltd")
    found = told([from_acme], recorded=recorded, invoices=[owed("INV-1002")])
    assert found == {"l-1": ("perhaps_recorded", "p-1")}


@pytest.mark.parametrize(
    ("ours", "other"),
    [
        ("INV-2026-0042", "INV-2026-0041"),
        ("INV-2026-0042", "INV-2026-0815"),
        ("2026/00007", "2026/00008"),
        ("RE0042", "RE0041"),
    ],
)
def test_numbers_are_compared_whole(ours, other):
    recorded = [paid(customer_name="Acme Ltd", numbers=(ours,))]
    for text in (ours, f"RENT {ours} MARCH 2026"):
        of_acme = [line(payer_name="ACME", text=text)]
        assert told(of_acme, recorded=recorded, invoices=[owed(other)]) == {"l-1": "p-1"}
    from_acme = [line(payer_name="ACME", text=other)]
    found = told(from_acme, recorded=recorded, invoices=[owed(other)])
    assert found == {"l-1": ("perhaps_recorded", "p-1")}
    assert told([line(text=other)], recorded=recorded, invoices=[owed(other)]) == {}


@pytest.mark.parametrize("text", ["RENT 2026", "FPS 10032026 RENT", "REF 2026-03"])
def test_a_year_or_a_day_names_no_invoice(text):
    recorded = [paid(customer_name="Acme Ltd", numbers=("INV-2026-0042",))]
    known = [owed("INV-2026-0041"), owed("INV-2026-0043")]
    of_acme = [line(payer_name="ACME", text=text)]
    assert told(of_acme, recorded=recorded, invoices=known) == {"l-1": "p-1"}
    # Of whoever says no name it may be the same money: it is not matched unasked.
    found = told([line(text=text)], recorded=recorded, invoices=known)
    assert found == {"l-1": ("perhaps_recorded", "p-1")}


def test_a_number_that_may_be_anything_is_asked_about():
    # The day of a booking, and the number of an invoice.
    recorded = [paid(customer_name="Acme Ltd", numbers=("INV-1001",))]
    of_acme = [line(payer_name="ACME", text="PAID 100326")]
    found = told(of_acme, recorded=recorded, invoices=[owed("100326")])
    assert found == {"l-1": ("perhaps_recorded", "p-1")}
    assert told([line(text="PAID 100326")], recorded=recorded, invoices=[owed("100326")]) == found


def test_equal_payments_are_told_apart_by_the_invoices_they_name():
    recorded = [
        paid("p-1", customer_name="Acme Ltd", numbers=("INV-2026-0041",)),
        paid("p-2", customer_name="Acme Ltd", numbers=("INV-2026-0042",)),
    ]
    lines = [
        line("l-1", text="INV-2026-0042", payer_name="ACME"),
        line("l-2", text="INV-2026-0041", payer_name="ACME"),
    ]
    assert told(lines, recorded=recorded) == {"l-1": "p-2", "l-2": "p-1"}


def test_a_number_is_known_in_every_spelling_of_it():
    recorded = [paid(customer_name="Weir", numbers=("INV-2026-00042",), days=-9)]
    for text in ("INV 2026 00042", "inv202600042", "2026-00042", "INV-00042"):
        assert told([line(text=text)], recorded=recorded) == {"l-1": "p-1"}


def test_a_line_that_names_more_than_was_recorded_is_for_a_person():
    recorded = [paid(customer_name="Weir", numbers=("INV-1001",))]
    both = line(text="INV-1001 INV-1002", payer_name="Somebody Else")
    found = told([both], recorded=recorded, invoices=[owed("INV-1002")])
    assert found == {"l-1": ("perhaps_recorded", "p-1")}


def test_the_number_in_both_references_is_no_other_invoice():
    recorded = [paid(reference="BACS 1002", customer_name="Acme Ltd", numbers=("INV-1001",))]
    found = told([line(text="BACS 1002")], recorded=recorded, invoices=[owed("INV-1002")])
    assert found == {"l-1": "p-1"}


@pytest.mark.parametrize("reference", ["RENT", "Bank transfer", "March 2026", "2026-03-10"])
def test_words_and_days_are_no_reference(reference):
    recorded = [paid(reference=reference, customer_name="Acme Ltd")]
    somebody = line(text=f"X {reference}", payer_name="Beta Ltd")
    assert told([somebody], recorded=recorded) == {}


def test_a_payer_who_still_owes_just_this_much_may_have_paid_again():
    recorded = [paid(customer_name="Acme Ltd", customer_id="c-1", numbers=("INV-1001",))]
    lines = [line(payer_name="ACME LTD")]
    assert told(lines, recorded=recorded) == {"l-1": "p-1"}
    again = told(lines, recorded=recorded, invoices=[owed("INV-2001", customer_id="c-1")])
    assert again == {"l-1": ("perhaps_recorded", "p-1")}
    for other in (owed("INV-2001", 12_001, "c-1"), owed("INV-2001"), owed("X-1", left=0)):
        assert told(lines, recorded=recorded, invoices=[other]) == {"l-1": "p-1"}


def test_what_one_line_clearly_is_makes_no_other_doubtful():
    lines = [line(text="INV-1001"), line("l-2", text="CREDIT")]
    assert told(lines, recorded=[paid(numbers=("INV-1001",))]) == {"l-1": "p-1"}


def test_another_amount_or_currency_is_never_the_same_money():
    recorded = [paid(minor=12_001, numbers=("INV-1001",)), Recorded("p", DAY, Money(12_000, "EUR"))]
    assert told([line(text="INV-1001")], recorded=recorded) == {}


def test_payments_of_one_day_may_be_one_line_together():
    parts = [
        paid("p-1", 9_000, customer_name="Acme Ltd", numbers=("INV-1001",), reference="X 4711"),
        paid("p-2", 3_000, customer_name="Acme Ltd", numbers=("INV-1002",)),
    ]
    whole = together(parts)
    assert (whole.amount, whole.numbers) == (gbp(12_000), ("INV-1001", "INV-1002"))
    assert members(whole.id) == ["p-1", "p-2"]
    assert told([line(text="INV-1002/1001")], recorded=[*parts, whole]) == {"l-1": "p-1+p-2"}
    # The reference of one of them says nothing of the other.
    assert told([line(text="X 4711", payer_name="Weir")], recorded=[whole]) == {}


def test_the_facts_are_told_and_every_reason_has_its_sentence():
    recorded = [paid(customer_name="Acme Ltd", numbers=("INV-1001", "INV-1002"))]
    [one] = seen([line(text="INV-1001 INV-1002")], [], recorded)
    assert one.same is not None
    assert one.same.seen is Seen.LEDGER
    assert dict(one.same.facts) == {
        "in the ledger": "120.00 GBP",
        "recorded for": "2026-03-10",
        "pays": "INV-1001, INV-1002",
        "reference": "none",
        "from": "Acme Ltd",
        "because": "both name INV-1001",
    }
    [other] = seen([line(text="STRIPE")], [payout()], [])
    assert other.same is not None
    assert dict(other.same.facts) == {"payout": "120.00 GBP", "arrives": "2026-03-10"}
    assert set(REASONS) == {"several", "perhaps_payout", "perhaps_recorded", "unknown_payout"}


def test_the_order_of_lines_and_of_what_is_known_does_not_matter():
    lines = [line(text="STRIPE"), line("l-2", text="INV-1001"), line("l-3", text="CREDIT")]
    payouts, recorded = [payout(), payout("po_2", 5)], [paid(numbers=("INV-1001",)), paid("p-2")]
    straight = told(lines, payouts, recorded)
    assert told(lines[::-1], payouts[::-1], recorded[::-1]) == straight


def test_what_a_bank_changed_is_recorded_as_it_was_sent():
    sent = Money(10_000, "EUR")
    wire = line(minor=8_663, text="INV-1001", original=sent)
    euros = Recorded("p-1", DAY, sent, numbers=("INV-1001",), documents=("INV-1001",))
    assert told([wire], recorded=[euros]) == {"l-1": "p-1"}
    # Nothing tells them apart: a person says whether it is the same money.
    plain = line(minor=8_663, original=sent)
    assert told([plain], recorded=[euros]) == {"l-1": ("perhaps_recorded", "p-1")}
    assert told([line(minor=8_663)], recorded=[euros]) == {}
    # Money that went out was received by nobody.
    assert told([line(minor=-8_663, text="INV-1001", original=sent)], recorded=[euros]) == {}


def test_a_payer_who_still_owes_what_was_sent_may_have_paid_it_besides():
    sent = Money(10_000, "EUR")
    wire = line(minor=8_663, payer_name="Otto Weber GmbH", original=sent)
    euros = Recorded("p-1", DAY, sent, customer_id="c-9", customer_name="Otto Weber GmbH")
    assert told([wire], recorded=[euros]) == {"l-1": "p-1"}
    open_ = owed("INV-2001", 10_000)._replace(currency="EUR")
    found = told([wire], recorded=[euros], invoices=[open_])
    assert found == {"l-1": ("perhaps_recorded", "p-1")}
