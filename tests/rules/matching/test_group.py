"""Who may pay for whom, and how a person is told of it."""

from __future__ import annotations

from dataclasses import replace

from ledger.documents import Source
from rules.actions import AskHuman
from rules.matching import decide
from rules.matching.group import may_pay, told
from tests.rules.making import ACME, BIRCH, TODAY, a_receipt, an_invoice, match_facts, matching

PARENTS = {"stall": "shop", "shop": "group", "hen": "egg", "egg": "hen"}


def test_money_pays_its_own_customers_and_those_billed_with_it():
    assert may_pay("shop", "shop", PARENTS.get)
    assert may_pay("shop", "stall", PARENTS.get)
    assert may_pay("group", "stall", PARENTS.get)
    assert not may_pay("stall", "shop", PARENTS.get)
    assert not may_pay("other", "stall", PARENTS.get)


def test_parents_that_go_in_circles_end():
    assert may_pay("hen", "egg", PARENTS.get)
    assert not may_pay("shop", "egg", PARENTS.get)


def test_money_held_for_another_is_not_offered_and_says_what_to_do():
    invoices = [an_invoice("INV-2001", customer="C2")]
    money = a_receipt("r1", "100.00", text="INV-2001", source=Source.LEDGER, customer_id="C1")
    (found,) = decide(match_facts([money], invoices), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert (found.reason, found.candidates) == ("other_customer", ())
    [(what, why)] = found.why.rejected
    assert what == "INV-2001"
    assert "enter it there as theirs" in why


def test_a_customer_that_the_mirror_lacks_has_no_parent():
    invoices = [an_invoice("INV-2001", customer="C9")]
    money = a_receipt("r1", "100.00", text="INV-2001", source=Source.LEDGER, customer_id="C1")
    (found,) = decide(match_facts([money], invoices), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.candidates == ()


def test_a_candidate_for_several_customers_says_for_whom():
    invoices = [an_invoice("INV-1001"), an_invoice("INV-2001", customer="C2")]
    money = a_receipt("r1", "200.00", text="INV-1001 INV-2001")
    (found,) = decide(match_facts([money], invoices), matching(), TODAY)
    assert isinstance(found, AskHuman)
    [candidate] = found.candidates
    assert dict(candidate.why.facts)["pays for"] == "Acme Ltd INV-1001; Birch GmbH INV-2001"


def test_of_many_the_rest_is_counted():
    many = [("C1", f"INV-{at}") for at in range(10)]
    every = [*many, *((f"K{at}", "1") for at in range(9))]
    [(name, words)] = told(every, lambda key: {"C1": "Acme Ltd"}.get(key, ""))
    assert name == "pays for"
    assert words.startswith("Acme Ltd INV-0, INV-1, INV-2, INV-3, INV-4, INV-5, INV-6, INV-7 and 2")
    assert words.endswith("K6 1 and 2 more")
    assert told(many, str) == ()


def test_a_group_whose_payer_is_not_known_is_asked():
    """The numbers are of one group, and the money is a money exchange's."""
    family = (ACME, replace(BIRCH, parent_id="C1"))
    invoices = [an_invoice("INV-1001"), an_invoice("INV-2001", customer="C2")]
    money = a_receipt("r1", "200.00", text="INV-1001 INV-2001", payer_name="WISE PAYMENTS LTD")
    (found,) = decide(match_facts([money], invoices, family), matching(), TODAY)
    assert isinstance(found, AskHuman)
    assert found.reason == "several_customers"
