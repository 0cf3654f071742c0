"""One payment for several customers, as a person sees it on the matches page."""

from __future__ import annotations

from flows import bodies
from ledger.documents import Source
from ledger.money import Money
from store import actions, mirror
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, customer, invoice, kept, receipt

AT = f"/o/{HOME}"
GROUP = (
    customer("g", "Cedar Group plc", None),
    customer("g1", "Cedar Foods Ltd", None, parent_id="g"),
    customer("g2", "Cedar Farms Ltd", None, parent_id="g"),
    customer("n", "Nightjar Ltd", None),
    invoice("9001", "g1", 5, "120.00"),
    invoice("9002", "g2", 5, "81.00"),
    invoice("9003", "n", 5, "33.00"),
)


def shown(house, browser, **money):
    """Give the part of the page that is about one receipt."""
    held = receipt("several", **{"source": Source.BANK, **money})
    with house.sessions.begin() as s:
        mirror.save(s, house.ids[HOME], house.ids["quickbooks"], kept((*GROUP, held)), NOW)
    text = browser.get(f"{AT}/matches").text
    [part] = [one for one in text.split("<article") if str(money["amount"]) in one]
    return part.split("</article>")[0]


def test_a_parents_payment_says_for_whom_and_is_applied_at_one_press(fresh):
    browser = fresh.client(ADA)
    said = {"text": "INV-9001 INV-9002", "payer_name": "CEDAR GROUP PLC"}
    part = shown(fresh, browser, amount="201.00", **said)
    assert "Seems to pay" in part
    assert "for Cedar Foods Ltd INV-9001; Cedar Farms Ltd INV-9002" in part
    assert "for several customers of a group" in part
    form = {"pay:9001": "120.00", "pay:9002": "81.00"}
    assert fresh.post(browser, f"{AT}/matches/bank/several", form).status_code == 302
    with fresh.sessions() as s:
        [row] = [
            one
            for one in actions.in_state(s, fresh.ids[HOME], "planned")
            if one.subject == "receipt:bank:several"
        ]
    found = bodies.read_application(row.body)
    assert [one.amount for one in found.portions] == [Money(12_000, "GBP"), Money(8_100, "GBP")]


def test_a_strangers_deposit_for_two_is_a_question_with_their_names(fresh):
    browser = fresh.client(ADA)
    part = shown(fresh, browser, amount="153.00", text="INV-9001 INV-9003")
    assert "It names invoices of several customers." in part
    assert "for Cedar Foods Ltd INV-9001; Nightjar Ltd INV-9003" in part
    assert "Apply this" in part


def test_money_held_for_one_customer_is_refused_for_another_beside_the_form(fresh):
    browser = fresh.client(ADA)
    held = {"source": Source.LEDGER, "customer_id": "n"}
    part = shown(fresh, browser, amount="120.00", text="INV-9001", **held)
    assert "enter it there as theirs" in part
    answer = fresh.post(browser, f"{AT}/matches/ledger/several", {"pay:9001": "120.00"})
    assert answer.status_code == 422
    assert "this is money of Nightjar Ltd, which pays no invoice of Cedar Foods" in answer.text
