"""What evidence refuses, and the little that speaks only now and then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledger.documents import Link
from ledger.money import Money
from ledger.remittances import Remittance, RemittanceLine
from rules.matching.policy import Rate
from rules.matching.values import ExpectedPayout, Party
from tests.rules.matching.items import ACME, DAY, an_item
from tests.rules.matching.ledgers import BALANCED, a_past, a_payment, decide, gbp, only, told
from tests.rules.matching.stories import Trusted

TRUSTING = replace(BALANCED, confirmations=Trusted())
BOLT = Party("C2", "Bolt Motors Ltd")
ONE, TWO = an_item("1001", 120_00), an_item("1002", 80_00)
THEIRS = an_item("2001", 120_00, customer_id="C2")
PAID = an_item("1009", 75_00, left=0)


def trusting(payment, items=(), **more):
    """Decide as if every kind of evidence had been right a million times."""
    return told(only(payment, items, policy=TRUSTING, **more))


def advice(*lines, total=120_00, **more):
    """Make an advice of the day, from Acme unless told."""
    more.setdefault("payer_name", "Acme Ltd")
    listed = tuple(RemittanceLine(number, gbp(amount)) for number, amount in lines)
    return Remittance("A1", DAY, listed, total and gbp(total), DAY, **more)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (advice(("INV-1001", 120_00), total=None), "no_match"),
        (advice(("INV-9999", 120_00)), "no_match"),
        (replace(advice(("INV-1001", 120_00)), paid_on=DAY - timedelta(days=40)), "no_match"),
        (advice(("INV-1001", 110_00), ("INV-1002", 10_00)), "1001 11000, 1002 1000"),
    ],
)
def test_an_advice_has_to_be_of_the_payment(one, expected):
    # Nothing of the payer's comes to the amount by itself.
    items = [an_item("1001", 300_00), an_item("1002", 81_00)]
    assert trusting(a_payment(120_00), items, advices=[one]) == expected


def test_an_advice_does_not_list_what_the_payment_names():
    one = advice(("INV-1002", 120_00))
    items = [an_item("1002", 500_00), ONE]
    assert trusting(a_payment(120_00, text="INV-1001"), items, advices=[one]) == "1001 12000"


@pytest.mark.parametrize(
    ("links", "amount", "expected"),
    [
        ([Link(invoice_number="INV-1001")], 120_00, "1001 12000"),
        ([Link(invoice_id="1001", invoice_number="INV-1002")], 120_00, "unknown_invoice"),
        ([Link(invoice_id="1001"), Link(invoice_id="gone")], 120_00, "unknown_invoice"),
        ([Link(invoice_id="1009")], 75_00, "already_paid"),
        ([Link(invoice_id="1001"), Link(invoice_id="euro")], 220_00, "other_currency"),
        ([Link(invoice_id="1001"), Link(invoice_id="1002")], 150_00, "exceeds_receipt"),
        ([Link(invoice_id="1001")], 150_00, "exceeds_balance"),
        ([Link(invoice_id="1001")], 50_00, "1001 5000"),
        (
            [
                Link(invoice_id="1001", amount=gbp(90_00)),
                Link(invoice_id="1002", amount=gbp(60_00)),
            ],
            150_00,
            "1001 9000, 1002 6000",
        ),
    ],
)
def test_links_are_followed_or_refused(links, amount, expected):
    items = [ONE, TWO, PAID, an_item("euro", 100_00, currency="EUR")]
    assert trusting(a_payment(amount, links=tuple(links)), items) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"text": "HMRC VAT", "payer_name": ""}, "not_ar"),
        ({"text": "Gross interest", "payer_name": ""}, "not_ar"),
        ({"text": "INTERNAL TRANSFER", "payer_name": ""}, "not_ar"),
        ({"text": "INTERNAL TRANSFER", "payer_name": "Quill & Sons"}, "no_match"),
        ({"text": "Gross interest", "payer_name": "Acme Ltd"}, "no_match"),
        ({"text": "Gross interest INV-1001", "payer_name": ""}, "less_than_named"),
    ],
)
def test_the_banks_words_count_where_no_customer_is_in_sight(more, expected):
    assert trusting(a_payment(7_00, **more), [ONE]) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"payer_name": "Office Rent Co"}, "not_ar"),
        ({"payer_name": "", "text": "SUPPLIER PMT 4711"}, "not_ar"),
        ({"payer_name": "", "text": "4711"}, "no_match"),
        ({"payer_name": "Office Rent Co", "text": "RETURNED UNPAID"}, "no_match"),
        ({"payer_name": "Office Rent Co", "text": "Refund"}, "no_match"),
        ({"payer_name": "Acme Ltd"}, "no_match"),
    ],
)
def test_money_that_goes_out_to_nobody_we_know(more, expected):
    assert trusting(a_payment(-50_00, **more), [ONE]) == expected


def test_money_out_that_came_in_before_may_have_come_back():
    payment = a_payment(-50_00, payer_name="Office Rent Co")
    assert trusting(payment, past=[a_past(50_00)]) == "no_match"


@pytest.mark.parametrize(
    ("pasts", "text", "expected"),
    [
        (["H1"], "RETURNED UNPAID", "about H1"),
        (["H1", "H2"], "RETURNED UNPAID", "tie"),
        ([], "RETURNED UNPAID", "no_match"),
    ],
)
def test_a_return_that_nothing_points_at_has_only_its_amount(pasts, text, expected):
    past = [a_past(50_00, one, received=DAY - timedelta(days=9)) for one in pasts]
    payment = a_payment(-50_00, payer_name="", text=text)
    assert trusting(payment, past=past) == expected


def test_a_refund_of_more_than_any_credit_is_nobodys():
    note = an_item("CN", 50_00, credit=True)
    assert trusting(a_payment(-80_00, text="INV-CN"), [note]) == "no_match"


def payout(name, minor=500_00, day=DAY):
    return ExpectedPayout(name, gbp(minor), day)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"payer_name": "STRIPE PAYMENTS"}, "unknown_payout"),
        ({"payer_name": ""}, "no_match"),
    ],
)
def test_a_payout_of_another_day(more, expected):
    far = payout("po_1", day=DAY - timedelta(days=30))
    assert trusting(a_payment(500_00, **more), payouts=[far]) == expected


def test_a_payout_that_the_line_does_not_name_is_offered():
    decision = only(a_payment(500_00, payer_name=""), payouts=[payout("po_1")], policy=TRUSTING)
    assert told(decision) == "payer_unclear"
    assert [one.refers_to for one in decision.suggestions] == ["po_1"]
    assert trusting(a_payment(500_00), payouts=[payout("po_1")]) == "no_match"


def test_each_payout_arrives_once():
    payments = [a_payment(500_00, one, payer_name="STRIPE") for one in ("P1", "P2")]
    decisions = decide(payments, payouts=[payout("po_1")], policy=TRUSTING)
    assert [told(one) for one in decisions] == ["about po_1", "unknown_payout"]


def lines(*listed):
    return tuple(RemittanceLine(number, amount and gbp(amount)) for number, amount in listed)


@pytest.mark.parametrize(
    ("listed", "amount", "expected"),
    [
        ([("INV-1001", None), ("INV-1002", None)], 200_00, "1001 12000, 1002 8000"),
        ([("INV-9999", 120_00)], 120_00, "names_unknown_invoice"),
        ([("INV-1001", 120_00), ("INV-9999", 5_00)], 125_00, "names_unknown_invoice"),
        ([("INV-3001", -20_00)], 20_00, "no_match"),
        ([("INV-1001", -20_00)], 20_00, "names_unknown_invoice"),
        ([("INV-1009", 75_00)], 75_00, "C1 on account 7500"),
        ([("INV-1010", 40_00)], 40_00, "names_unknown_invoice"),
        ([("INV-1001", 120_00), ("INV-3002", 100_00)], 220_00, "other_currency"),
    ],
)
def test_a_list_is_taken_whole_or_not_at_all(listed, amount, expected):
    items = [ONE, TWO, PAID, an_item("3001", 20_00, credit=True)]
    items += [an_item("10101", 40_00), an_item("10102", 40_00)]
    items += [an_item("3002", 100_00, currency="EUR")]
    payment = a_payment(amount, remittance=lines(*listed))
    policy = replace(TRUSTING, rates={"EUR": (Rate(DAY, Decimal(1)),)})
    assert told(only(payment, items, policy=policy)) == expected


def test_two_readings_of_one_text_are_a_tie():
    twins = [
        an_item("a", 50_00, number="INV-4711"),
        an_item("b", 50_00, number="INV-4711", customer_id="C2"),
    ]
    decision = only(a_payment(50_00, text="INV-4711", payer_name=""), twins, policy=TRUSTING)
    assert told(decision) == "tie"
    assert {one.settlement.cleared[0].document_id for one in decision.suggestions} == {"a", "b"}


def test_a_damaged_number_is_not_one_that_was_paid_by_this_amount():
    items = [
        an_item("x", 75_00, number="INV-10019", customer_id="C2"),
        an_item("y", 75_00, left=0, number="INV-10018"),
    ]
    payment = a_payment(75_00, text="INV-10018", payer_name="Quill & Sons")
    assert trusting(payment, items) == "C1 on account 7500"


def test_documents_are_not_repaired_to_that_are_paid():
    items = [an_item("y", 75_00, left=0, number="INV-10018")]
    assert trusting(a_payment(75_00, text="INV-10028", payer_name=""), items) == "no_match"


def test_money_sent_in_another_currency_is_looked_for_in_both():
    payment = a_payment(100_00, original=Money(115_00, "EUR"))
    assert trusting(payment, [an_item("1001", 115_00, currency="EUR")]) == "1001 11500"
    assert trusting(payment, [an_item("1001", 100_00)]) == "1001 10000"
    assert trusting(payment) == "no_match"


def test_a_document_in_a_currency_without_a_rate_is_not_named():
    payment = a_payment(100_00, text="INV-1001")
    assert trusting(payment, [an_item("1001", 100_00, currency="SEK")]) == "other_currency"


def test_a_settlement_that_needs_more_than_is_left_is_not_taken():
    # The advice lists more on the document than the first payment leaves of it.
    first = a_payment(100_00, "P1", text="INV-1001 part")
    second = a_payment(120_00, "P2", remittance=lines(("INV-1001", 120_00)))
    decisions = decide([first, second], [ONE], policy=TRUSTING)
    cleared = [one.amount for each in decisions for one in each.answer.settlement.cleared]
    assert sum(cleared) <= ONE.open


def test_two_companies_of_one_name_are_nobody():
    twins = [Party("C1", "Acme Ltd"), Party("C2", "Acme Ltd")]
    items = [ONE, replace_customer(TWO)]
    decision = only(a_payment(33_00), items, parties=twins, policy=TRUSTING)
    assert told(decision) == "no_match"
    assert decision.answer.facts[0] == ("amount", "33.00 GBP")


def replace_customer(item):
    return item._replace(customer_id="C2")


@pytest.mark.parametrize("text", ["INV-1001", "INV-1001 DIRECT DEPOSIT"])
def test_a_number_outweighs_words(text):
    assert trusting(a_payment(120_00, text=text), [ONE]) == "1001 12000"


def test_a_bank_deposit_is_not_marked_on_account():
    assert trusting(a_payment(50_00, text="MOBILE DEPOSIT"), [ONE]) == "no_match"
    assert trusting(a_payment(50_00, text="DEPOSIT"), [ONE]) == "C1 on account 5000"


def test_nothing_is_paid_before_it_came():
    assert trusting(a_payment(0), [ONE]) == "no_match"


def test_of_equal_payouts_within_days_none_is_taken():
    payment = a_payment(500_00, payer_name="STRIPE", value_day=date(2026, 9, 13))
    on_its_day = payout("po_1", day=date(2026, 9, 13))
    assert trusting(payment, payouts=[on_its_day]) == "about po_1"
    days_before = payout("po_2", day=date(2026, 9, 9))
    assert trusting(payment, payouts=[on_its_day, days_before]) == "tie"


def test_the_customer_of_what_is_named_may_bear_a_name_like_the_payers():
    parties = [ACME, BOLT, Party("C3", "Bolt Mowers Ltd")]
    payment = a_payment(30_00, text="INV-2001", payer_name="BOLT M")
    assert trusting(payment, [THEIRS], parties=parties) == "2001 3000"
    stranger = replace(payment, payer_name="Quill & Sons")
    assert trusting(stranger, [THEIRS], parties=parties) == "less_than_named"


def test_an_order_number_beside_its_invoice_adds_nothing():
    items = [an_item(one, 50_00, po_number="PO-7788") for one in ("1001", "1002")]
    payment = a_payment(50_00, text="INV-1001 PO-7788")
    assert trusting(payment, items) == "1001 5000"


def test_a_paid_invoice_beside_an_open_one_changes_nothing():
    items = [an_item("1001", 50_00), an_item("1002", 30_00, left=0)]
    payment = a_payment(50_00, text="INV-1001 INV-1002")
    assert trusting(payment, items) == "1001 5000"


def test_documents_of_two_currencies_are_not_paid_by_one_payment():
    items = [ONE, an_item("3002", 100_00, currency="EUR")]
    policy = replace(TRUSTING, rates={"EUR": (Rate(DAY, Decimal(1)),)})
    payment = a_payment(220_00, text="INV-1001 INV-3002", payer_name="")
    assert told(only(payment, items, policy=policy)) == "no_match"


def test_what_a_bank_wrote_is_no_damaged_number():
    items = [an_item("10018", 75_00)]
    for text in ("EREF+10028 SVWZ+PAYMENT", "10028"):
        payment = a_payment(75_00, text=text, end_to_end_id="10028", payer_name="")
        expected = "no_match" if text[0] == "E" else "10018 7500"
        assert trusting(payment, items) == expected


def test_an_odd_spelling_of_anothers_number_names_nothing():
    items = [ONE, an_item("20018", 75_00, customer_id="C2")]
    payment = a_payment(120_00, text="AB20018")
    assert trusting(payment, items) == "1001 12000"


def test_what_is_gone_meanwhile_is_not_offered():
    listed = a_payment(125_00, "P1", remittance=lines(("INV-1001", 120_00), ("INV-9999", 5_00)))
    named = a_payment(120_00, "P2", text="INV-1001")
    first, second = decide([listed, named], [ONE], policy=TRUSTING)
    assert (told(first), told(second)) == ("names_unknown_invoice", "1001 12000")
    assert first.suggestions == ()


def test_a_strangers_number_may_be_a_slip_of_its_own():
    items = [
        an_item("10018", 99_00, customer_id="C1"),
        an_item("10019", 99_00, customer_id="C2"),
    ]
    # Bolt Mowers is as like the payer, so that nobody is known to have paid.
    parties = [ACME, BOLT, Party("C3", "Bolt Mowers Ltd")]
    payment = a_payment(99_00, text="INV-10018", payer_name="BOLT M")
    decision = only(payment, items, parties=parties, policy=TRUSTING)
    assert told(decision) == "tie"
    offered = [one.settlement.cleared[0].document_id for one in decision.suggestions]
    assert offered == ["10019", "10018"]
    assert trusting(replace(payment, payer_name="Quill"), items, parties=parties) == "10018 9900"


def test_a_payout_is_known_by_its_id_whatever_the_day():
    far = [payout(one, day=DAY - timedelta(days=30)) for one in ("po_1abc", "po_2def")]
    payment = a_payment(500_00, text="STRIPE po_2DEF", payer_name="")
    assert trusting(payment, payouts=far) == "about po_2def"


def test_a_listed_number_is_repaired_where_the_amount_is_anothers():
    items = [an_item("10018", 200_00), an_item("10019", 75_00), an_item("10028", 75_00)]
    listed = lines(("INV-10018", 75_00))
    assert trusting(a_payment(75_00, remittance=listed), items[:2]) == "10019 7500"
    # Two repairs are none: what is listed is paid in part.
    assert trusting(a_payment(75_00, remittance=listed), items) == "10018 7500"


@pytest.mark.parametrize("prefix", ["INV-", ""])
def test_too_many_ways_to_read_a_text_are_narrowed_or_left(prefix):
    numbers = range(1001, 1010)
    items = [an_item(f"{one}", one) for one in numbers]
    items += [an_item(f"R{one}", one, number=f"RE-{one}", customer_id="C2") for one in numbers]
    text = " ".join(f"{prefix}{one}" for one in numbers)
    payment = a_payment(sum(numbers), text=text, payer_name="")
    expected = ", ".join(f"{one} {one}" for one in numbers) if prefix else "no_match"
    assert trusting(payment, items) == expected


@pytest.mark.parametrize(("count", "expected"), [(3, "2001 12000"), (6, "no_match")])
def test_one_of_many_alike_is_nobody(count, expected):
    ends = ("Norfolk", "Nottingham", "Northwich", "Norwich", "Newark", "Newport")
    parties = [Party(f"C{2 + at}", f"Bolt Motors {ends[at]}") for at in range(count)]
    payment = a_payment(120_00, payer_name="BOLT MOTORS N")
    assert trusting(payment, [THEIRS], parties=parties) == expected
