"""Figures beside a payer and an amount: a part of the right number, or somebody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rules.matching.values import Party
from tests.rules.matching.items import DAY, an_item
from tests.rules.matching.ledgers import a_past, a_payment, only, told
from tests.rules.matching.test_refusals import TRUSTING

STYLED = "SI/26/34621"
PLAIN, STRANGE = "payer/name/invoice/exact/own", "payer/name/invoice/exact/own/strange"


def invoice(number, amount=120_00, **more):
    return an_item(number, amount, **more)._replace(number=number)


def evidence(payment, items, example=STYLED):
    """Give the evidence of the answer that is taken."""
    policy = replace(TRUSTING, number_example=example)
    return only(payment, items, policy=policy).answer.evidence


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("YOUR INV SI/26/346", "loose/exact/payer"),
        ("your inv si-26-346", "loose/exact/payer"),
        ("PAYMENT OF 2634621", "digits/exact/payer"),
        ("SI/26/99999 THANKS", STRANGE),
        ("PAYMENT OF    2634", PLAIN),
        ("YOUR INV SI/26/999", STRANGE),
    ],
)
def test_a_number_cut_off_is_not_somebody_elses(reference, expected):
    assert len(reference) == 18
    items = [invoice(STYLED)]
    assert evidence(a_payment(120_00, reference=reference), items) == expected


def test_a_number_cut_off_tells_one_of_equal_amounts():
    items = [invoice("SI/26/35358"), invoice("SI/26/35514"), invoice("INV-32595")]
    payment = a_payment(120_00, reference="YOUR INV SI/26/353")
    assert told(only(payment, items, policy=TRUSTING)) == "SI/26/35358 12000"
    payment = a_payment(120_00, reference="YOUR INV SI/26/35 ")
    assert told(only(payment, items, policy=TRUSTING)) == "tie"


def test_the_last_digits_of_a_number_are_not_somebody_elses():
    items = [invoice("9100482")]
    assert evidence(a_payment(120_00, text="bill 00482"), items, "9100482") == PLAIN
    assert evidence(a_payment(120_00, text="bill 9100483"), items, "9100482") != PLAIN


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        ("Danke 8352", 120_00, "1001 12000"),
        ("Rechnung 8352", 120_00, "other_customer"),
        ("INV: 8352", 120_00, "other_customer"),
        ("Danke 8352", 75_00, "other_customer"),
        ("Danke 8353", 120_00, "other_customer"),
    ],
)
def test_figures_nobody_calls_an_invoices_are_not_one_paid_long_since(text, amount, expected):
    theirs = [
        invoice("8352", 75_00, left=0, customer_id="C2"),
        invoice("8353", 60_00, customer_id="C2"),
    ]
    items = [an_item("1001", 120_00), an_item("1002", 75_00), *theirs]
    parties = [Party("C1", "Acme Ltd"), Party("C2", "Bolt Motors Ltd")]
    found = only(a_payment(amount, text=text), items, policy=TRUSTING, parties=parties)
    assert told(found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "FED WIRE CREDIT B/O: ACME REF: 26346219 BNF=QUILL OBI=INVOICE",
        "ORIG CO NAME:ACME ORIG ID:26346219 CO ENTRY DESCR:VENDOR PAY",
        "INCOMING WIRE ORIG:ACME TRN:2634628 SND BK:CITIBANK PMT DET:INVOICE",
        "INWARD PAYMENT ACME /ROC/2634628 INVOICE",
    ],
)
def test_a_banks_own_numbers_are_none_of_ours(text):
    assert evidence(a_payment(120_00, text=text), [invoice("8213")], STYLED) == PLAIN


def test_digits_alone_are_no_number_that_has_letters_among_them():
    payment = a_payment(120_00, text="our ref 90071234")
    assert evidence(payment, [invoice("A110B92E-0005")], "A110B92E-0005") == PLAIN


CODES = [invoice("A110B92E-0005"), invoice("A110B92E-0006", 80_00), invoice("A110B92E-0016", 80_00)]


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        ("A110B95E-0005", 120_00, "damaged/exact/payer"),
        ("a110b92e.0050", 120_00, "damaged/exact/payer"),
        ("A110B9E-0005", 120_00, "damaged/exact/payer"),
        ("inv A110 B92E 00055", 120_00, "damaged/exact/payer"),
        ("A110B92E-0005", 120_00, "number/exact/payer"),
    ],
)
def test_a_number_with_letters_among_its_digits_is_mended(text, amount, expected):
    assert evidence(a_payment(amount, text=text), CODES, "A110B92E-0005") == expected


def test_a_number_with_letters_is_mended_only_where_one_slip_fits():
    example = replace(TRUSTING, number_example="A110B92E-0005")
    several = only(a_payment(80_00, text="A110B92E-0026"), CODES, policy=example)
    assert told(several) == "tie"
    # A number of the payer's that stands as it is was not damaged.
    own = only(a_payment(80_00, text="A110B92E-0005"), CODES, policy=example)
    assert told(own) != "A110B92E-0006 8000"


def test_the_end_of_a_code_is_no_number():
    theirs = invoice("INV0005", 60_00, customer_id="C2")
    parties = [Party("C1", "Acme Ltd"), Party("C2", "Bolt Motors Ltd")]
    payment = a_payment(120_00, text="A110B77E-0005")
    found = only(payment, [*CODES, theirs], policy=TRUSTING, parties=parties)
    assert told(found) == "A110B92E-0005 12000"


@pytest.mark.parametrize(
    "name",
    [
        "B/O ACME LTD",
        "ORDER BY: ACME LTD",
        "BY ORDER OF Acme Ltd",
        "From: Acme",
        "FROM ACME",
        "1/ACME",
    ],
)
def test_a_banks_words_before_a_name_are_no_part_of_it(name):
    payment = a_payment(120_00, payer_name=name)
    assert told(only(payment, [an_item("1001", 120_00)], policy=TRUSTING)) == "1001 12000"


def test_half_of_an_invoice_is_no_credit_note():
    items = [an_item("1001", 240_00), an_item("C1", 120_00, credit=True)]
    found = only(a_payment(120_00, text="INV-1001"), items, policy=TRUSTING)
    assert told(found) == "tie"


@pytest.mark.parametrize(
    ("name", "known_as", "expected"),
    [
        ("Tarrant Motors plc", "Tarrant Motors", "payer/form/invoice/exact/own"),
        ("Tarrant Motors", "Tarrant Motors", "payer/name/invoice/exact/own"),
        ("Tarrant Motors Limited", "Tarrant Motors", "payer/name/invoice/exact/own"),
        ("Tarrant Motors plc", "Tarrant Motors plc", "payer/name/invoice/exact/own"),
        ("Kelpie Works Ltd", "Kelpie Works", "payer/name/invoice/exact/own"),
    ],
)
def test_another_legal_form_is_another_company_unless_confirmed(name, known_as, expected):
    past = [a_past(55_00, payer_name=known_as, received=DAY - timedelta(days=300))]
    found = only(
        a_payment(120_00, payer_name=name),
        [an_item("1001", 120_00)],
        policy=TRUSTING,
        parties=[Party("C1", "Tarrant Motors Ltd")],
        past=past,
    )
    assert found.answer.evidence == expected


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        ("REPAYMENT CN/26/02", 55_00, "N2 -5500"),
        ("REPAYMENT CN/26/02", 53_00, "other_customer"),
        ("REPAYMENT CN/26/026", 53_00, "other_customer"),
        ("REPAYMENT CN/26/073", 10_00, "N2 -1000"),
        ("REPAYMENT", 55_00, "N2 -5500"),
    ],
)
def test_a_refund_takes_no_credit_note_of_somebody_else(text, amount, expected):
    notes = [
        an_item("N1", 530_00, credit=True, customer_id="C2")._replace(number="CN/26/026"),
        an_item("N2", 55_00, credit=True)._replace(number="CN/26/073"),
    ]
    parties = [Party("C1", "Acme Ltd"), Party("C2", "Bolt Motors Ltd")]
    found = only(a_payment(-amount, text=text), notes, policy=TRUSTING, parties=parties)
    assert told(found) == expected


def test_a_number_in_part_is_no_payment_made_twice():
    before = [a_past(60_00, cleared=[("gone", 60_00)], received=DAY - timedelta(days=40))]
    items = [invoice("MS-8689/0123", 130_00)]
    for text, expected in (("YOUR INV MS-8689/0", "no_match"), ("thanks", "C1 on account 6000")):
        payment = a_payment(60_00, reference=text)
        assert told(only(payment, items, policy=TRUSTING, past=before)) == expected


@pytest.mark.parametrize("stamp", ["FP 04/09/26 0932 300000001234567890", "FP 04/09/26 0932"])
def test_a_banks_stamp_of_time_names_nothing(stamp):
    items = [an_item("1001", 120_00), invoice("40926", 900_00), invoice("0932", 70_00, left=0)]
    clubs = [Party("C1", "Acme Ltd"), Party("C2", "Bolt Motors Ltd", number="0932")]
    payment = a_payment(120_00, text=f"ACME LTD PAYMENT {stamp}")
    assert told(only(payment, items, policy=TRUSTING, parties=clubs)) == "1001 12000"
    payment = a_payment(120_00, payer_name="", text=f"INV-1001 {stamp}")
    assert told(only(payment, items, policy=TRUSTING, parties=clubs)) == "1001 12000"


def test_a_number_cut_off_and_a_credit_note_are_two_guesses():
    items = [invoice("SI/26/11861", 720_00), invoice("SI/26/11862", 540_00)]
    items.append(an_item("C1", 180_00, credit=True))
    for text, expected in (
        ("Invoice SI/26/1186", "tie"),
        ("your invoice SI/26/11862", "SI/26/11862 54000, C1 -18000"),
    ):
        payment = a_payment(360_00, reference=text)
        assert told(only(payment, items, policy=TRUSTING)) == expected


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        ("YOUR INV SI/26/113", 684_00, "no_match"),
        ("SI/26/10366, SI/26", 800_00, "SI/26/11302 68400, SI/26/10366 11600"),
    ],
)
def test_a_number_cut_off_needs_a_payer_or_a_number_beside_it(text, amount, expected):
    items = [invoice("SI/26/11302", 684_00), invoice("SI/26/10366", 116_00)]
    payment = a_payment(amount, payer_name="", reference=text)
    found = told(only(payment, items, policy=TRUSTING))
    assert sorted(found.split(", ")) == sorted(expected.split(", "))
