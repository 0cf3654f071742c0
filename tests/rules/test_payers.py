"""Who paid: what makes a payer known, and what makes it nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.actions import Apply
from rules.facts import Payer
from rules.matching import decide
from rules.matching.forms import payment_forms
from tests.rules.making import (
    ACME,
    BIRCH,
    TODAY,
    a_receipt,
    alone,
    an_invoice,
    answers,
    match_facts,
    matching,
    paid,
)

ONE = an_invoice("INV-1001")


@pytest.mark.parametrize(
    "by",
    [
        {"payer_name": "ACME LIMITED"},
        {"payer_email": " AP@Acme.example "},
        {"customer_id": "C1"},
        {"payer_account": "cus_123"},
    ],
)
def test_a_known_payer_of_one_exact_invoice(by):
    payers = (Payer("account:cus_123", "C1", 2),)
    found = answers(
        a_receipt("r1", "100.00", **by), [ONE, an_invoice("INV-1002", 3, "7.00")], payers=payers
    )
    assert found == paid("INV-1001", rule="known_payer_exact_unique")


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ({"payer_name": "Somebody"}, "no_match"),
        ({"payer_name": "Acme Ltd", "text": "SO-1"}, ("known_payer_exact_unique", ["INV-1001"])),
    ],
)
def test_an_unknown_payer_is_asked(by, reason):
    assert answers(a_receipt("r1", "100.00", **by), [ONE]) == reason


def test_what_points_at_two_customers_is_for_a_person():
    """One of them owes just that: it is proposed, and nobody takes it by itself."""
    money = a_receipt("r1", "100.00", payer_name="Acme Ltd", payer_email="pay@birch.example")
    assert alone([money], [ONE]) == [False]
    assert answers(money, [an_invoice("INV-1001", balance="70.00")]) == "payer_unclear"


def test_a_payer_confirmed_once_is_not_known_yet():
    once = (Payer("name:j smith", "C1", 1),)
    assert (
        answers(a_receipt("r1", "100.00", payer_name="J. Smith"), [ONE], payers=once) == "no_match"
    )
    twice = (Payer("name:j smith", "C1", 2),)
    assert answers(a_receipt("r1", "100.00", payer_name="J. Smith"), [ONE], payers=twice) == paid(
        "INV-1001", rule="known_payer_exact_unique"
    )


def test_a_name_somebody_else_also_pays_under_is_shared():
    named = payment_forms(a_receipt("r0", "1.00", payer_name="Acme Ltd"))
    other = tuple(Payer(form, "C2", 1) for form in named)
    assert alone([a_receipt("r1", "100.00", payer_name="Acme Ltd")], [ONE], payers=other) == [False]
    same = tuple(Payer(form, "C1", 1) for form in named)
    assert answers(a_receipt("r1", "100.00", payer_name="Acme Ltd"), [ONE], payers=same) == paid(
        "INV-1001", rule="known_payer_exact_unique"
    )


def test_two_customers_of_one_name_are_nobody():
    twin = replace(BIRCH, name="ACME LTD")
    money = a_receipt("r1", "100.00", payer_name="Acme Ltd")
    assert alone([money], [ONE], customers=(ACME, twin)) == [False]
    assert alone([money], [ONE]) == [True]


def test_a_merged_customer_is_the_one_it_went_into():
    gone = replace(BIRCH, merged_into="C1")
    money = a_receipt("r1", "100.00", customer_id="C2")
    (found,) = decide(match_facts([money], [ONE], (ACME, gone)), matching(), TODAY)
    assert isinstance(found, Apply)
    assert found.customer_id == "C1"


def test_customers_merged_in_a_circle_end_somewhere():
    circle = (replace(ACME, merged_into="C2"), replace(BIRCH, merged_into="C1"))
    money = a_receipt("r1", "100.00", customer_id="C1", text="INV-1001")
    assert answers(money, [ONE], customers=circle) == paid("INV-1001")


def test_a_customer_the_mirror_lacks_still_has_its_invoices():
    stray = an_invoice("INV-1001", customer="C7")
    money = a_receipt("r1", "100.00", customer_id="C7")
    assert answers(money, [stray]) == paid("INV-1001", rule="known_payer_exact_unique")


@pytest.mark.parametrize(
    "form", ["account:cus_123", "email:ap@acme.example", "name:acme ltd", "bare:acme"]
)
def test_who_pays_for_others_identifies_nobody(form):
    payer = {
        "payer_name": "ACME LTD",
        "payer_email": "ap@acme.example",
        "payer_account": "cus_123",
    }
    taught = (Payer("account:cus_123", "C1", 5),)
    one = a_receipt("R1", "100.00", **payer)
    assert alone([one], [ONE], payers=taught) == [True]
    assert alone([one], [ONE], payers=taught, shared=frozenset((form,))) == [False]
