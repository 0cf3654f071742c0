"""Whom to ask what a payment is for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.documents import Link
from ledger.remittances import RemittanceLine
from rules.actions import Apply, AskPayer
from rules.facts import Payer
from rules.matching import decide
from rules.matching.asking import ASKED_DAYS_MAX, LIST_MAX, questions
from rules.matching.found import Agreement
from tests.rules.making import (
    ACME,
    BIRCH,
    TODAY,
    a_receipt,
    an_invoice,
    gbp,
    match_facts,
    matching,
)

RULES = matching(no_reference="ask_remittance")
OWED = (an_invoice("INV-1001"), an_invoice("INV-1002", balance="70.00"))


def asked(receipt, invoices=OWED, rules=RULES, **more):
    """Give who is asked about one receipt, or ""."""
    facts = match_facts([receipt], invoices, **more)
    decided = decide(facts, rules, TODAY)
    return questions(decided, facts, rules, TODAY).get((receipt.source.value, receipt.ref.id), "")


def test_the_customer_that_the_ledger_names_is_asked():
    assert asked(a_receipt("R1", "33.00", customer_id="C1")) == "C1"


def test_a_payer_known_by_name_is_asked_and_one_in_doubt_is_not():
    receipt = a_receipt("R1", "33.00", payer_name="ACME LIMITED")
    assert asked(receipt) == "C1"
    twin = replace(BIRCH, name="Acme Ltd")
    assert asked(receipt, customers=(ACME, twin)) == ""
    assert asked(a_receipt("R1", "33.00", payer_name="Nobody")) == ""


def test_a_tie_is_what_a_payer_can_clear_up():
    twins = (an_invoice("INV-1001"), an_invoice("INV-1002"))
    assert asked(a_receipt("R1", "100.00", customer_id="C1"), twins) == "C1"


@pytest.mark.parametrize(
    "more",
    [
        {"reference": "INV-1001"},
        {"text": "INV-9999"},
        {"links": (Link(invoice_id="x"),)},
        {"remittance": (RemittanceLine("INV-9"),)},
        {"structured_reference": "RF18539007547034"},
        {"days_ago": ASKED_DAYS_MAX + 1},
        {"processing": True},
        {"currency": "EUR"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_nobody_is_asked_what_was_said_or_what_no_answer_can_help(more):
    assert asked(a_receipt("R1", "33.00", customer_id="C1", **more)) == ""


@pytest.mark.parametrize("change", [{"email": None}, {"email": ""}, {"archived": True}])
def test_a_customer_who_cannot_be_written_to_is_not_asked(change):
    receipt = a_receipt("R1", "33.00", customer_id="C1")
    assert asked(receipt, customers=(replace(ACME, **change), BIRCH)) == ""
    assert asked(receipt, customers=(BIRCH,)) == ""


LISTED = (RemittanceLine("INV-1001", gbp("100.00")), RemittanceLine("INV-1002", gbp("70.00")))
LEARNED = (Payer("name:acme trading", "C1", 2), Payer("account:gb33bukb", "C1", 2))


@pytest.mark.parametrize(
    ("known", "goes"),
    [
        ({"customer_id": "C1"}, True),
        ({"payer_account": "GB33BUKB"}, True),
        ({"payer_name": "Acme Trading"}, True),
        ({"payer_name": "Acme Ltd"}, False),
        ({"payer_email": "ap@acme.example"}, False),
        ({"payer_name": "Somebody"}, False),
        ({"payer_name": "Wise Payments"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_the_answer_of_one_not_known_to_have_paid_is_for_a_person(known, goes):
    receipt = a_receipt("R1", "170.00", remittance=LISTED, **known)
    # Whatever agrees, such answers were always right.
    proved = {f"remittance/clean/exact/{one}": (2000, 0) for one in Agreement}
    more = {"payers": LEARNED, "confirmations": proved}
    mine = frozenset({("bank", "R1")})
    [answered] = decide(match_facts([receipt], OWED, answered=mine, **more), RULES, TODAY)
    assert isinstance(answered, Apply)
    assert answered.why.rule == "remittance_complete"
    doubt = ("for a person", "answered by one not known to have paid")
    assert (answered.automatic, doubt in answered.why.facts) == (goes, not goes)
    # What the payment itself lists needs nobody's word.
    [listed] = decide(match_facts([receipt], OWED, **more), RULES, TODAY)
    assert isinstance(listed, Apply)
    assert doubt not in listed.why.facts


def test_money_that_somebody_took_out_of_the_ledger_is_for_a_person():
    receipt = a_receipt("R1", "170.00", customer_id="C1", remittance=LISTED)
    [found] = decide(match_facts([receipt], OWED, freed=frozenset({("bank", "R1")})), RULES, TODAY)
    assert isinstance(found, Apply)
    assert not found.automatic
    assert ("for a person", "its payment was taken out of the ledger") in found.why.facts


def test_what_explains_all_of_the_money_goes():
    receipt = a_receipt("R1", "170.00", customer_id="C1", remittance=LISTED)
    mine = frozenset({("bank", "R1")})
    [found] = decide(match_facts([receipt], OWED, answered=mine), RULES, TODAY)
    assert isinstance(found, Apply)
    assert found.automatic


@pytest.mark.parametrize("money", ["100.00", "170.00"])
def test_money_of_which_a_part_was_explained_is_for_a_person_as_it_was_said(money):
    said = (RemittanceLine("INV-1001", gbp("60.00")),)
    receipt = a_receipt("R1", money, customer_id="C1", remittance=said)
    facts = match_facts([receipt], OWED, answered=frozenset({("bank", "R1")}))
    [found] = decide(facts, RULES, TODAY)
    first = found if isinstance(found, Apply) else found.candidates[0]
    assert [(one.number, one.amount.text) for one in first.portions] == [("INV-1001", "60.00")]
    if isinstance(found, Apply):
        doubt = ("for a person", "the answer is about 60.00 GBP only")
        assert (found.automatic, doubt in found.why.facts) == (False, True)


def test_an_answer_is_not_heard_again_about_what_it_left():
    """Of 100.00 the answer gave 60.00 to one invoice, and that was done."""
    said = (RemittanceLine("INV-1001", gbp("60.00")),)
    whole = a_receipt("R1", "100.00", customer_id="C1", remittance=said)
    left = replace(whole, unapplied=gbp("40.00"))
    owed = an_invoice("INV-1001", balance="40.00")
    mine = frozenset({("bank", "R1")})
    [found] = decide(match_facts([left], [owed], answered=mine), RULES, TODAY)
    assert not getattr(found, "automatic", False)


def test_a_link_of_the_payment_needs_no_answer():
    said = (RemittanceLine("INV-1002", gbp("70.00")),)
    receipt = a_receipt("R1", "100.00", links=(Link(invoice_id="inv-1001"),), remittance=said)
    mine = frozenset({("bank", "R1")})
    [found] = decide(match_facts([receipt], OWED, answered=mine), RULES, TODAY)
    assert isinstance(found, Apply)
    assert (found.why.rule, found.automatic) == ("stripe_link", True)


def test_a_list_that_nobody_ticks_is_not_sent():
    many = [an_invoice(f"INV-{2000 + at}", balance=f"{at + 1}.17") for at in range(LIST_MAX + 1)]
    receipt = a_receipt("R1", "999999.00", customer_id="C1")
    assert asked(receipt, many) == ""
    assert asked(receipt, many[1:]) == "C1"


def test_without_the_word_in_the_rules_nobody_is_asked():
    assert asked(a_receipt("R1", "33.00", customer_id="C1"), rules=matching()) == ""


def test_what_is_applied_is_not_asked_about():
    receipt = a_receipt("R1", "100.00", customer_id="C1")
    assert asked(receipt, OWED) == ""


def test_one_receipt_is_one_question():
    one = AskPayer(a_receipt("R1", "1.00").source, "R1", "C1", "a@b.example", gbp("1.00"), TODAY)
    assert one.key == "ask:bank:R1"
