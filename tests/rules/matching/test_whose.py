"""Whose money a payment is: what points at a customer, what at nobody, what disagrees."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.matching.alike import cut_likeness, likeness
from rules.matching.in_memory import MemoryBook
from rules.matching.institutions import is_institution
from rules.matching.names import bare
from rules.matching.resemblance import resembling
from rules.matching.values import Party, Past
from rules.matching.whose import By, Signs, whose
from tests.rules.matching.items import POLICY, an_item, paid

ACME = Party(
    "C1",
    "Acme Widgets Ltd",
    number="20007",
    aliases=("Widgetry",),
    accounts=("GB33BUKB20201555555555",),
    emails=("ap@acme.example",),
    email_domain="acme.example",
)
BIRCH = Party("C2", "Birch & Sons Joinery GmbH", number="K-10023", email_domain="birch.example")
GROUP = Party("C3", "Cedar Group plc")
CHILD = Party("C4", "Cedar Foods Ltd", parent_id="C3")
DELAWARE = (
    Party("C5", "Delaware Valley Grocers LLC"),
    Party("C6", "Delaware Valley Grocers Corp"),
    Party("C7", "Delaware Valley Hardware Inc"),
)
PAPER = (Party("C8", "Buckeye Paper Co"), Party("C9", "Buckeye Paper Corp"))
HOLLOWAY = Party("D1", "Holloway & Penrith Security Services PLC")
IRONWOOD = Party("D2", "Ironwood Pools & Spas LLC")
PARTIES = (ACME, BIRCH, GROUP, CHILD, *DELAWARE, *PAPER, HOLLOWAY, IRONWOOD)


def before(customer, *, times=1, **shown):
    """Make payments of a customer that were confirmed before."""
    return [
        Past(f"{customer}-{at}-{len(str(shown))}", paid(100, **shown), customer)
        for at in range(times)
    ]


def look(*past, **shown):
    book = MemoryBook([an_item("I1", 100)._replace(number="INV-20008")], PARTIES, (), past)
    return whose(Signs.of_receipt(paid(100, **shown)), book, POLICY)


@pytest.mark.parametrize(
    ("shown", "customer", "by"),
    [
        ({"customer_id": "C2"}, "C2", By.LEDGER),
        ({"payer_account": "GB33 BUKB 2020 1555 5555 55"}, "C1", By.ACCOUNT),
        ({"text": "FROM GB33BUKB20201555555555 THANKS"}, "C1", By.ACCOUNT),
        ({"payer_email": "AP@acme.example"}, "C1", By.EMAIL),
        ({"payer_email": "jo@birch.example"}, "C2", By.DOMAIN),
        ({"payer_name": "ACME WIDGETS LIMITED"}, "C1", By.NAME),
        ({"payer_name": "widgetry"}, "C1", By.NAME),
        ({"payer_name": "Birch und Soehne"}, "", None),
        ({"payer_name": "BIRCH SONS JOINERY"}, "C2", By.BARE),
        ({"payer_name": "Joinery, Birch & Sons"}, "C2", By.BARE),
        ({"text": "PAYMENT CUST NO 20007"}, "C1", By.NUMBER),
        ({"text": "PAYMENT 20007"}, "C1", By.FIGURES),
        ({"reference": "K-10023"}, "C2", By.FIGURES),
        # An invoice has that number too, and no word says that a customer is meant.
        ({"text": "PAYMENT 20008"}, "", None),
        ({"text": "FPS CREDIT ACME WIDGETS 14SEP"}, "C1", By.TOLD),
        ({"payer_name": "ACME WIDGTS LTD"}, "C1", By.SIMILAR),
        ({"payer_name": "HOLLOWAY PENRITH S"}, "D1", By.SIMILAR),
        ({"payer_name": "HOLLOWAY AND PNR"}, "D1", By.SIMILAR),
        ({"payer_name": "BIRCH SONS AND JOINERY, SOMEWHERE"}, "", None),
        ({"payer_name": "BIRCH SNS JNRY G"}, "C2", By.SIMILAR),
        ({"payer_name": "IRONWOOD POOLS A"}, "D2", By.SIMILAR),
        # Another legal form is another company as likely as a slip of the ledger.
        ({"payer_name": "ACME WIDGETS GMBH"}, "C1", By.SIMILAR),
        ({"payer_name": "ACME WIDGTS PTY LTD"}, "", None),
        # Words are hardly wrong in their first letter.
        ({"payer_name": "LEDAR GROUP PLC"}, "", None),
        ({"payer_name": "HEDAR GROUP"}, "", None),
        ({"payer_name": "IRONWOOD TOOLS A"}, "", None),
        ({"payer_name": "Dogwood Ltd"}, "", None),
        ({}, "", None),
    ],
)
def test_what_points_at_a_customer(shown, customer, by):
    found = look(**shown)
    assert (found.customer_id, found.by) == (customer, by)
    assert (customer in found.family) == bool(customer)


@pytest.mark.parametrize(
    ("taught", "shown", "by"),
    [
        ({"payer_account": "20-20-15 7"}, {"payer_account": "2020157"}, By.ACCOUNT),
        ({"payer_name": "J. Smith"}, {"payer_name": "J SMITH"}, By.LEARNED),
        ({"payer_name": "Treasury of Acme"}, {"payer_name": "ACME TREASURY OF LTD"}, By.LEARNED),
        ({"payer_name": "Acme Widgets Ltd"}, {"payer_name": "ACME WIDGETS LTD"}, By.LEARNED),
    ],
)
def test_what_was_confirmed_is_known_again(taught, shown, by):
    found = look(*before("C1", times=3, **taught), **shown)
    assert (found.customer_id, found.by, found.pointers[0].times) == ("C1", by, 3)


def test_a_mark_of_two_unrelated_customers_is_nobodys():
    past = [*before("C1", times=9, payer_account="77"), *before("C2", payer_account="77")]
    found = look(*past, payer_account="77")
    assert (found.customer_id, found.shared, found.maybe) == ("", False, ("C1", "C2"))
    assert [one.why for one in found.doubts] == ["several_customers"]
    # The name still says who it is.
    assert look(*past, payer_account="77", payer_name="Acme Widgets Ltd").customer_id == "C1"


def test_a_payer_of_three_unrelated_customers_identifies_nobody():
    past = [one for who in ("C1", "C2", "C4") for one in before(who, payer_account="88")]
    found = look(
        *past, payer_account="88", payer_name="Acme Widgets Ltd", text="FOR WIDGETRY ACME X"
    )
    assert (found.customer_id, found.shared) == ("C1", True)
    assert found.by is By.TOLD
    alone = look(*past, payer_account="88", payer_name="Acme Widgets Ltd")
    assert (alone.customer_id, alone.shared) == ("", True)
    # Two of them are one group.
    past = [one for who in ("C3", "C4") for one in before(who, payer_account="99")]
    found = look(*past, payer_account="99")
    assert found.customer_id in found.family == {"C3", "C4"}


def test_a_parent_and_its_child_agree():
    past = before("C3", payer_account="66")
    found = look(*past, payer_account="66", payer_name="Cedar Foods Ltd")
    assert (found.customer_id, found.by, found.family) == ("C4", By.ACCOUNT, {"C3", "C4"})


def test_a_parents_account_stays_the_parents_though_it_paid_for_a_child():
    shown = {"payer_account": "66", "payer_name": "CEDAR GROUP PLC"}
    past = before("C4", **shown)
    assert look(*past, **shown).customer_id == "C3"
    # A name of neither says nothing more than the account.
    assert look(*before("C4", payer_account="66"), payer_account="66").customer_id == "C4"
    stranger = look(*before("C4", payer_account="66"), payer_account="66", payer_name="Cedar")
    assert stranger.customer_id == "C4"


def test_a_cut_name_may_be_several_of_one_group():
    group = (
        Party("E1", "Rockdale Restaurant LLC"),
        Party("E2", "Rockdale Restaurant GmbH", parent_id="E1"),
    )
    cut = Signs(name="ROCKDALE RESTAUR")
    found = whose(cut, MemoryBook((), group), POLICY)
    assert (found.customer_id, found.namesakes) == ("E1", ("E1", "E2"))
    known = MemoryBook((), group, (), before("E2", payer_account="44"))
    found = whose(cut._replace(account="44"), known, POLICY)
    assert (found.customer_id, found.namesakes) == ("E2", ())


def test_marks_that_disagree_are_told():
    found = look(payer_account="GB33BUKB20201555555555", payer_name="Birch & Sons Joinery GmbH")
    assert (found.customer_id, found.by, found.disputed) == ("", None, True)
    assert found.maybe == ("C1", "C2")
    announced = look(payer_name="Acme Widgets Ltd", text="Kundennummer: K-10023")
    assert announced.disputed
    # A number that nothing announces does not contradict a name.
    assert look(payer_name="Acme Widgets Ltd", text="K-10023").customer_id == "C1"


def test_a_number_that_agrees_is_another_mark():
    found = look(payer_name="Acme Widgets Ltd", text="20007 and 99999")
    assert [one.by for one in found.pointers] == [By.NAME, By.FIGURES]


def test_institutions_identify_nobody():
    past = before("C1", times=5, payer_account="55", payer_name="WISE PAYMENTS LTD")
    found = look(*past, payer_account="55", payer_name="WISE PAYMENTS LTD", text="INV 1")
    assert (found.customer_id, found.shared) == ("", True)
    assert look(payer_name="PayPal (Europe) S.a.r.l.", text="CUST 20007").customer_id == "C1"


@pytest.mark.parametrize(
    "name",
    [
        *("WISE PAYMENTS LTD", "Wise", "PAYPAL", "PayPal (Europe) Sarl", "GOCARDLESS LTD"),
        *("Klarna Bank AB", "Adyen N.V.", "WorldPay (UK) Limited", "TrueLayer", "Stripe"),
        *("Clearline Factors", "Norddeutsche Factoring GmbH", "Bibby Invoice Finance Ltd"),
        *("Close Brothers Commercial Finance", "Global Payments Inc", "Ebury Partners UK"),
        *("Western Union", "BILL COM"),
    ],
)
def test_who_pays_for_others(name):
    assert is_institution(bare(name))


@pytest.mark.parametrize(
    "name",
    ["Wise Owl Books Ltd", "Square Mile Coffee", "Bill Ltd", "First Ltd", "Factory Direct", ""],
)
def test_who_does_not(name):
    assert not is_institution(bare(name))


def test_a_name_without_its_legal_form_is_nobodys_that_two_have():
    past = before("C5", times=4, payer_name="Delaware Valley Grocers")
    found = look(*past, payer_name="Delaware Valley Grocers")
    assert (found.customer_id, found.maybe[:2]) == ("", ("C5", "C6"))
    assert look(*past, payer_name="DELAWARE VALLEY GROCERS LLC").customer_id == "C5"
    assert look(payer_name="Delaware Valley Grocers plc").customer_id == ""


def test_a_name_that_a_bank_may_have_cut_is_nobodys_where_others_go_on():
    found = look(payer_name="BUCKEYE PAPER CO")
    assert (found.customer_id, found.maybe) == ("", ("C8", "C9"))
    assert [one.why for one in found.doubts] == ["cut"]
    # Nothing is cut at nineteen letters.
    assert look(payer_name="BUCKEYE  PAPER  CO.").customer_id == "C8"


def test_equal_likeness_is_nobodys():
    found = look(payer_name="DELAWARE VALLEY")
    assert (found.customer_id, found.maybe) == ("", ("C5", "C6", "C7"))
    assert found.doubts[0].why == "alike"


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        # The organisation's own name, and the payer's that was looked up before.
        ("TO ACME WIDGETS FROM SOMEBODY", ""),
        ("CREDIT WIDGETRY", "C1"),
        ("CREDIT CEDAR FOODS LTD REF 1", "C4"),
        # It may be the beginning, or a part, of a longer name.
        ("CREDIT PENRITH SECURITY SERVICES", ""),
        ("CREDIT HOLLOWAY", ""),
        ("CEDAR GROUP FOR CEDAR FOODS", "C3"),
        ("ACME WIDG", ""),
        # Only its beginning is left.
        ("CREDIT CEDAR FOO", "C4"),
        ("CREDIT BIRCH SONS JOI REF 7", "C2"),
        ("CREDIT DELAWARE VALLEY GROC", ""),
        ("FROM BUCKEYE PAPERWORKS", ""),
        ("FROM CEDAR FOODS", "C4"),
        ("FROM HOLLOWAY PENRITH SECURITY", "D1"),
        ("FROM HOLLOWAY PENRITH SECURITY AGENCY", ""),
        # Two customers have it.
        ("DELAWARE VALLEY GROCERS X", ""),
    ],
)
def test_names_in_a_text(text, customer):
    own = replace(POLICY, own_names=("Acme Widgets Ltd",))
    parties = (*PARTIES, Party("E1", "Penrith Security"), Party("E2", "Holloway"))
    found = whose(Signs(text=text, name="Zinnia Ltd"), MemoryBook((), parties), own)
    assert found.customer_id == customer


def test_the_sender_of_an_advice_points_to_the_payer():
    book = MemoryBook((), PARTIES)
    known = Signs.of_receipt(paid(100), sender="ap@acme.example")
    assert whose(known, book, POLICY).by is By.EMAIL
    both = Signs.of_receipt(paid(100, payer_name="Unheard of"), sender="x@birch.example")
    assert whose(both, book, POLICY).by is By.DOMAIN


@pytest.mark.parametrize(
    ("payer", "customer", "score"),
    [
        ("Acme Widgets", "Acme Widgets", 100),
        ("Widgets Acme", "Acme Widgets", 100),
        ("Smith Mfg", "Smith Manufacturing", 88),
        ("Siemenss", "Siemens", 85),
        ("Acme Wdigets", "Acme Widgets", 91),
        ("Maplehurst Paper", "Eaglehurst Paper", 0),
        ("J Smith", "John Smith", 85),
        ("Penrith Security Services", "Holloway Penrith Security Services", 71),
        ("Acme", "Birch", 0),
        ("Ox", "Oxford", 0),
        ("Acme Xy", "Acme Xz", 66),
        ("", "Acme", 0),
    ],
)
def test_likeness(payer, customer, score):
    found = likeness(bare(payer), bare(customer))
    assert abs(found - score) <= 4 if score else found < 75


def test_a_short_beginning_is_no_cut_name():
    assert cut_likeness(("acme",), ("acme", "widgets"), 8) == 0
    assert cut_likeness(("acme", "widg"), ("acme", "widgets"), 8) > 90


def test_a_name_of_nothing_resembles_nobody():
    assert resembling("", MemoryBook((), PARTIES)) == []


NAMES = st.sampled_from(["ACME WIDGETS", "BIRCH", "DELAWARE VALLEY", "WISE PAYMENTS", "X", ""])
ACCOUNTS = st.sampled_from(["", "1", "2"])
TEXTS = st.sampled_from(["", "20007", "CUST K-10023", "CEDAR FOODS 14SEP"])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["C1", "C2", "C3", "C4"]), NAMES, ACCOUNTS), max_size=5),
    NAMES,
    ACCOUNTS,
    TEXTS,
    st.randoms(use_true_random=False),
)
def test_nobody_or_one_group_whatever_the_order(taught, name, account, text, random):
    past = [
        Past(str(at), paid(1, payer_name=one[1], payer_account=one[2]), one[0])
        for at, one in enumerate(taught)
    ]
    shown = {"payer_name": name, "payer_account": account, "text": text}
    found = look(*past, **shown)
    random.shuffle(past)
    assert look(*past, **shown) == found
    assert {one.customer_id for one in found.pointers} <= found.family or found.disputed
    for form in (name, account):
        owners = {
            one.customer_id
            for one in past
            if form and form in (one.payment.payer_name, one.payment.payer_account)
        }
        groups = {frozenset(("C3", "C4")) if one in ("C3", "C4") else one for one in owners}
        if len(groups) > 2:
            assert found.by not in (By.ACCOUNT, By.LEARNED, By.NAME, By.BARE)


def test_a_common_word_is_left_where_a_rare_one_finds_somebody():
    many = [Party(f"F{at:03}", f"Trading House {at:03}") for at in range(120)]
    book = MemoryBook((), [*many, Party("G1", "Zinnia Trading House Ltd")])
    found = resembling("ZINNIA TRADIG HOUSE", book)
    assert [one.party.id for one in found] == ["G1"]


told = st.lists(
    st.sampled_from(("acme", "acm", "widgets", "widgest", "w", "north", "norht", "co")), max_size=4
)


@given(told, told, st.integers(0, 100))
def test_a_floor_saves_work_and_changes_nothing_above_it(
    payer: list[str], customer: list[str], floor: int
) -> None:
    whole = likeness(payer, customer)
    found = likeness(payer, customer, floor)
    assert found == whole if whole >= floor else found < max(floor, 1)
