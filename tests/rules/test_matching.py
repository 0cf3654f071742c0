"""Matching in its single moves: references, payers, links, ties, and what a person is offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.documents import Link, Source, Status
from rules.actions import Apply, AskHuman
from rules.matching import decide, payer_forms
from tests.rules.making import (
    TODAY,
    a_receipt,
    ago,
    alone,
    an_invoice,
    answers,
    gbp,
    match_facts,
    matching,
    paid,
)

ONE = an_invoice("INV-1001")


def linked(amount, *links, **more):
    return a_receipt("pi_1", amount, links=links, source=Source.STRIPE, **more)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("INV-2024-0001", "2024-0001"),
        ("INV-2024-0001", "20240001"),
        ("2024-0001", "2024 0001"),
        ("1001", "ref1001"),
        ("1001", "REF: 1001"),
        ("RE 12 34 56", "re123456"),
        ("\uff29NV\uff0d100\uff11", "inv1001"),
        ("A-1", "nothing but A-1 is too short"),
    ],
)
def test_spellings(number, text):
    wanted = "no_match" if number == "A-1" else paid(number)
    assert answers(a_receipt("r1", "100.00", text=text), [an_invoice(number)]) == wanted


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("2024", "March 2024"),
        ("INV-2026", "in 2026"),
        ("20240131", "paid 20240131"),
        ("31012024", "paid 31012024"),
        ("310124", "paid 310124"),
        ("INV-1001", "10 01"),
        ("123-456", "123456 rest"),
        ("INV", "inv"),
    ],
)
def test_what_is_no_reference(number, text):
    found = answers(a_receipt("r1", "100.00", text=text), [an_invoice(number)])
    assert found == ("no_match" if number != "123-456" else paid("123-456"))


@pytest.mark.parametrize("number", ["0000", "99991231", "20241399", "991399"])
def test_digits_that_are_no_date_are_a_reference(number):
    assert answers(a_receipt("r1", "100.00", text=number), [an_invoice(number)]) == paid(number)


def test_an_order_number_names_its_invoice():
    invoices = [an_invoice("INV-1001", po_number="PO-4500"), an_invoice("INV-1002")]
    assert answers(a_receipt("r1", "100.00", text="your PO 4500"), invoices) == paid("INV-1001")


def test_a_printed_reference_names_its_invoice():
    invoices = [an_invoice("INV-1001", reference="RF18 5390 0754 7034")]
    assert answers(a_receipt("r1", "100.00", reference="RF18539007547034"), invoices) == paid(
        "INV-1001"
    )


def test_the_longer_spelling_wins():
    invoices = [an_invoice("INV-1001"), an_invoice("SI-1001", balance="55.00")]
    assert answers(a_receipt("r1", "100.00", text="INV-1001"), invoices) == paid("INV-1001")
    # Digits alone may mean either; the amount tells which.
    assert answers(a_receipt("r1", "55.00", text="1001"), invoices) == paid("SI-1001")
    both = [an_invoice("INV-1001"), an_invoice("SI-1001")]
    assert answers(a_receipt("r1", "100.00", text="1001"), both) == "tie"


def test_an_order_of_several_invoices():
    order = [
        an_invoice("INV-1001", 9, "60.00", po_number="PO-4500"),
        an_invoice("INV-1002", 8, "40.00", po_number="PO-4500"),
    ]
    text = {"text": "PO-4500"}
    assert answers(a_receipt("r1", "40.00", **text), order) == paid("INV-1002")
    whole = paid("INV-1001", "INV-1002", rule="references_sum")
    assert answers(a_receipt("r1", "100.00", **text), order) == whole
    assert answers(a_receipt("r1", "70.00", **text), order) == "no_match"
    # Beside an invoice's own number the order says nothing more.
    named = {"text": "INV-1001 PO-4500"}
    assert answers(a_receipt("r1", "60.00", **named), order) == paid("INV-1001")


def test_too_many_readings_are_no_evidence():
    invoices = [
        an_invoice(f"INV-{place}{at}00", po_number=f"PO-{place}000")
        for place in range(1, 5)
        for at in range(3)
    ]
    text = " ".join(f"PO-{place}000" for place in range(1, 5))
    assert answers(a_receipt("r1", "400.00", text=text), invoices) == "tie"


def test_a_list_must_add_up():
    invoices = [an_invoice("INV-1001"), an_invoice("INV-1002", balance="50.00")]
    text = "INV-1001 INV-1002"
    whole = paid("INV-1001", "INV-1002", rule="references_sum")
    assert answers(a_receipt("r1", "150.00", text=text), invoices) == whole
    assert answers(a_receipt("r1", "120.00", text=text), invoices) == "less_than_named"
    assert answers(a_receipt("r1", "100.00", text=text), invoices) == "less_than_named"


def test_a_list_may_be_too_long():
    invoices = [an_invoice(f"INV-100{at}") for at in range(3)]
    text = "INV-1000 INV-1001 INV-1002"
    rules = matching(max_combined_invoices=2)
    assert answers(a_receipt("r1", "300.00", text=text), invoices, rules) == "too_many_invoices"


def test_an_unknown_number_spelled_like_ours_is_asked():
    """It may have been raised since the ledger was last read."""
    money = a_receipt("r1", "100.00", text="INV-9999", payer_name="Acme Ltd")
    assert answers(money, [ONE]) == "names_another"
    assert answers(a_receipt("r1", "100.00", text="INV-1001 SO-9999"), [ONE]) == paid("INV-1001")


def test_digits_that_may_be_another_of_our_numbers_are_no_silence():
    plain = an_invoice("1017")
    payer = {"payer_name": "Acme Ltd"}
    for text, wanted in (
        ("1016", "names_another"),
        ("paid 2026", paid("1017", rule="known_payer_exact_unique")),
        ("10 16", paid("1017", rule="known_payer_exact_unique")),
        ("1017 card 4242", paid("1017")),
    ):
        assert answers(a_receipt("r1", "100.00", text=text, **payer), [plain]) == wanted


def test_a_paid_invoice_named_again_is_asked():
    done = replace(ONE, status=Status.PAID, balance=gbp("0.00"))
    assert answers(a_receipt("r1", "100.00", text="INV-1001"), [done]) == "already_paid"
    twice = [a_receipt("r1", "100.00", text="INV-1001"), a_receipt("r2", "100.00", text="INV-1001")]
    assert answers(twice, [ONE]) == [paid("INV-1001"), "already_paid"]


def test_where_others_took_the_rest_of_a_tie_a_person_is_asked():
    twins = [an_invoice("INV-1001"), an_invoice("SI-1001")]
    receipts = [
        a_receipt("r1", "100.00", text="1001", days_ago=2),
        a_receipt("r2", "100.00", text="INV-1001", days_ago=1),
    ]
    assert answers(receipts, twins) == ["tie", paid("INV-1001")]


def test_a_rule_that_is_off_decides_nothing():
    off = matching(rule=[{"id": "reference_and_amount", "outcome": "ignore"}])
    money = a_receipt("r1", "100.00", text="INV-1001", payer_name="Acme Ltd")
    assert answers(money, [ONE], off) == "names_another"


def test_a_number_shorter_than_asked_for_is_not_named():
    money = a_receipt("r1", "100.00", text="INV-1001")
    assert answers(money, [ONE], matching(minimum_reference_length=7)) == paid("INV-1001")
    assert answers(money, [ONE], matching(minimum_reference_length=8)) == "no_match"


def test_a_word_that_payers_glue_to_a_number_is_no_part_of_it():
    """Without being told, letters that are not ours make another number of the digits."""
    money, own = a_receipt("r1", "100.00", text="Slipnr1001"), an_invoice("1001")
    assert answers(money, [own]) == "unsure"
    told = matching(ignore_reference_words=["inv", "slip-nr"])
    assert answers(money, [own], told) == paid("1001")


def test_a_rule_may_only_suggest():
    rules = matching(rule=[{"id": "reference_and_amount", "outcome": "suggest"}])
    (found,) = decide(
        match_facts([a_receipt("r1", "100.00", text="INV-1001")], [ONE]), rules, TODAY
    )
    assert isinstance(found, Apply)
    assert not found.automatic
    assert ("for a person", "this rule only suggests") in found.why.facts


@pytest.mark.parametrize(
    ("receipt", "doubt"),
    [
        ({"days_ago": -1}, "dated ahead"),
        ({"days_ago": 91}, "old receipt"),
        ({"days_ago": 45}, "before the invoice"),
    ],
)
def test_unusual_days_are_for_a_person(receipt, doubt):
    money = a_receipt("r1", "100.00", text="INV-1001", **receipt)
    (found,) = decide(match_facts([money], [ONE]), matching(), TODAY)
    assert isinstance(found, Apply)
    assert not found.automatic
    assert ("for a person", doubt) in found.why.facts


def test_money_long_after_the_due_date_is_for_a_person():
    old = an_invoice("INV-1001", 366)
    money = a_receipt("r1", "100.00", text="INV-1001")
    (found,) = decide(match_facts([money], [old]), matching(), TODAY)
    assert isinstance(found, Apply)
    assert ("for a person", "long after the invoice") in found.why.facts


@pytest.mark.parametrize(
    ("links", "amount", "reason"),
    [
        ([Link("inv-9")], "100.00", "unknown_invoice"),
        ([Link("", "INV-9")], "100.00", "unknown_invoice"),
        ([Link("inv-1001", "INV-1002")], "100.00", "unknown_invoice"),
        ([Link("inv-1001", amount=gbp("50.00", "EUR"))], "100.00", "other_currency"),
        ([Link("inv-1001", amount=gbp("100.00"))], "90.00", "exceeds_receipt"),
        ([Link("inv-1001", amount=gbp("0.00"))], "90.00", "no_match"),
        ([Link("inv-1001"), Link("inv-1002")], "160.00", "more_than_named"),
        ([Link("inv-1001"), Link("inv-1002")], "140.00", "exceeds_receipt"),
        ([Link("inv-1001"), Link("inv-2001")], "200.00", "several_customers"),
        ([Link("inv-3001")], "100.00", "other_currency"),
    ],
)
def test_a_link_that_does_not_work_says_why(links, amount, reason):
    invoices = [
        ONE,
        an_invoice("INV-1002", balance="50.00"),
        an_invoice("INV-2001", customer="C2"),
        an_invoice("INV-3001", currency="EUR"),
    ]
    assert answers(linked(amount, *links), invoices) == reason


def test_a_receipt_in_another_currency_than_its_link():
    euros = a_receipt("r1", "100.00", currency="EUR", links=(Link("inv-1001", amount=gbp("9.00")),))
    assert answers(euros, [ONE]) == "other_currency"


def test_links_to_several_invoices_pay_each():
    invoices = [ONE, an_invoice("INV-1002", balance="50.00")]
    both = paid("INV-1001", "INV-1002", rule="stripe_link")
    assert answers(linked("150.00", Link("inv-1001"), Link("inv-1002")), invoices) == both


def test_two_invoices_of_one_number_are_a_tie():
    twins = [ONE, replace(ONE, ref=replace(ONE.ref, id="twin"), customer_id="C2")]
    assert answers(linked("100.00", Link("", "inv-1001")), twins) == "tie"


def test_a_link_of_another_organisation_is_not_ours():
    theirs = Link("", "INV-1001", tenant_id="t2")
    assert answers(linked("100.00", theirs), [ONE], tenant_id="t1") == "other_organisation"
    assert offered(linked("100.00", theirs), [ONE], tenant_id="t1") == []
    assert answers(linked("100.00", theirs), [ONE], tenant_id="t2") == paid(
        "INV-1001", rule="stripe_link"
    )


def test_a_link_outweighs_who_seems_to_pay_but_not_the_ledger():
    by = {"payer_email": "pay@birch.example"}
    assert answers(linked("100.00", Link("inv-1001"), **by), [ONE]) == paid(
        "INV-1001", rule="stripe_link"
    )
    owned = linked("100.00", Link("inv-1001"), customer_id="C2")
    assert answers(owned, [ONE]) == "other_customer"


def test_one_invoice_of_the_amount_and_the_oldest_that_make_it_are_a_tie():
    owed = [
        an_invoice("INV-1001", 20, "60.00"),
        an_invoice("INV-1002", 10, "40.00"),
        an_invoice("INV-1003"),
    ]
    money = a_receipt("r1", "100.00", payer_name="Acme Ltd")
    assert answers(money, owed) == "tie"
    # Without it, the oldest are the answer.
    run = paid("INV-1001", "INV-1002", rule="known_payer_whole_balance")
    assert answers(money, owed[:2]) == run
    # A run that ends before the amount does is none.
    assert answers(a_receipt("r1", "60.00", payer_name="Acme Ltd"), [owed[0]]) == paid(
        "INV-1001", rule="known_payer_exact_unique"
    )
    assert answers(a_receipt("r1", "500.00", payer_name="Acme Ltd"), owed) == "no_match"


def test_nothing_is_asked_about_money_that_is_not_there():
    receipts = [
        a_receipt("r1", "100.00", processing=True),
        a_receipt("r2", "100.00", unapplied=gbp("0.00")),
        a_receipt("r3", "100.00", status=Status.VOID),
        a_receipt("r4", "-20.00"),
    ]
    assert answers(receipts, [ONE]) == [
        "still_processing",
        "nothing_left",
        "nothing_left",
        "not_receivable",
    ]


def test_the_same_receipt_twice_is_one_receipt():
    money = a_receipt("r1", "100.00", text="INV-1001")
    assert answers([money, money], [ONE]) == paid("INV-1001")


def offered(receipt, invoices, **more):
    (found,) = decide(match_facts([receipt], invoices, **more), matching(), TODAY)
    assert isinstance(found, AskHuman)
    return [
        [f"{portion.number} {portion.amount.text}" for portion in one.portions]
        for one in found.candidates
    ]


def test_a_person_is_offered_the_best_answers_first():
    owed = [an_invoice("INV-1001", 20, "60.00"), an_invoice("INV-1002", 10), an_invoice("INV-1003")]
    assert offered(a_receipt("r1", "100.00", payer_name="Acme Ltd"), owed) == [
        ["INV-1002 100.00"],
        ["INV-1003 100.00"],
        ["INV-1001 60.00", "INV-1002 40.00"],
    ]
    assert offered(a_receipt("r1", "70.00", text="INV-1002"), owed) == [["INV-1002 70.00"]]
    assert offered(a_receipt("r1", "100.00", payer_name="Stranger"), owed) == [
        ["INV-1002 100.00"],
        ["INV-1003 100.00"],
    ]
    assert offered(linked("500.00", Link("", "INV-1002")), owed)[0] == ["INV-1002 100.00"]


def test_payer_forms_are_plain():
    money = a_receipt(
        "r1",
        "1.00",
        payer_name="  ACME  and Sons Limited ",
        payer_email="Pay@Acme.example",
        payer_account="GB29 NWBK 6016",
    )
    assert payer_forms(money) == (
        "account:gb29nwbk6016",
        "email:pay@acme.example",
        "name:acme sons ltd",
    )
    assert payer_forms(a_receipt("r2", "1.00")) == ()
    assert payer_forms(a_receipt("r3", "1.00", payer_name="Norrsken Aktiebolag")) == (
        "name:norrsken ab",
    )


def test_the_key_tells_one_state_of_the_money_from_the_next():
    money = a_receipt("r1", "100.00", text="INV-1001")
    (found,) = decide(match_facts([money], [ONE]), matching(), TODAY)
    assert isinstance(found, Apply)
    assert found.key == "apply:bank:r1:inv-1001=10000:0"
    assert found.claims == ("receipt:bank:r1:10000",)


def test_a_receipt_at_the_very_edge_of_the_days_is_usual():
    edge = [
        (an_invoice("INV-1001", issued=TODAY, due=TODAY), 10),
        (an_invoice("INV-1001", 365), 0),
        (an_invoice("INV-1001", issued=ago(100)), 90),
    ]
    for invoice, days in edge:
        money = a_receipt("r1", "100.00", text="INV-1001", days_ago=days)
        (found,) = decide(match_facts([money], [invoice]), matching(), TODAY)
        assert isinstance(found, Apply)
        assert found.automatic
        assert money.received >= invoice.issued - timedelta(days=10)


def test_a_number_with_another_year_than_its_invoice_is_no_slip_of_its_neighbours():
    twins = [an_invoice("INV-2024-0001001"), an_invoice("INV-2024-0001002")]
    for text in ("0001001", "01002"):
        money = a_receipt("r1", "100.00", text=text, payer_name="Acme Ltd")
        assert alone([money], twins) == [False]
