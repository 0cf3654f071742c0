"""Holds: placed with a reason and an end, released, and promises told to the ledger."""

from __future__ import annotations

import pytest

from rules.facts import Hold
from store import holds
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, day

AT = f"/o/{HOME}"


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def test_a_hold_is_placed_with_reason_and_end_and_released(fresh, browser):
    form = {"kind": "dunning_block", "reason": "They called", "until": "2026-04-01"}
    fresh.post(browser, f"{AT}/holds/customer/c1", form)
    assert "They called" in browser.get(f"{AT}/customers/c1").text
    with fresh.sessions() as s:
        placed = holds.all_open(s, fresh.ids[HOME], day(0))
    mine = next(one for one in placed if one.hold.customer_id == "c1")
    assert (mine.placed_by, mine.hold.until) == (ADA, day(22))
    assert "They called" not in browser.get(f"{AT}/customers/c2").text
    fresh.post(browser, f"{AT}/holds/{mine.id}/release")
    assert "They called" not in browser.get(f"{AT}/customers/c1").text.split("<h2>Journal")[0]
    assert fresh.post(browser, f"{AT}/holds/{mine.id}/release").status_code == 404


def test_a_promise_is_kept_for_the_ledger_and_taken_back(fresh, browser):
    page = f"{AT}/invoices/1006"
    form = {"kind": "promise_open", "reason": "Said on the phone", "until": "2026-04-01"}
    fresh.post(browser, f"{AT}/holds/invoice/1006", form)
    text = browser.get(page, headers={"Accept-Language": "en-GB"}).text
    assert "Promise of 1 Apr 2026 on INV-1006 " in text
    with fresh.sessions() as s:
        [mine] = [
            one
            for one in holds.all_open(s, fresh.ids[HOME], day(0))
            if one.hold.invoice_id == "1006"
        ]
    fresh.post(browser, f"{AT}/holds/{mine.id}/release")
    text = browser.get(page, headers={"Accept-Language": "en-GB"}).text
    assert "taken back before it was written" in text


def test_a_hold_on_an_invoice_keeps_that_one_back(fresh, browser):
    form = {"kind": "disputed", "reason": "Wrong price", "until": ""}
    fresh.post(browser, f"{AT}/holds/invoice/1006", form)
    assert "Wrong price" in browser.get(f"{AT}/invoices/1006").text
    assert "Wrong price" in browser.get(f"{AT}/today").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "disputed", "reason": ""}, "say why"),
        ({"kind": "mood", "reason": "x"}, "Choose what it is"),
        ({"kind": "disputed", "reason": "x", "until": "soon"}, "is no day"),
        ({"kind": "disputed", "reason": "x", "until": "2026-03-09"}, "is past"),
        ({"kind": "promise_open", "reason": "x", "until": ""}, "a promise needs the day"),
    ],
)
def test_a_hold_that_cannot_be_meant_is_refused(fresh, browser, form, said):
    answer = fresh.post(browser, f"{AT}/holds/customer/c1", form, follow_redirects=True)
    assert said in answer.text
    with fresh.sessions() as s:
        assert len(holds.all_open(s, fresh.ids[HOME], day(0))) == 1


def test_a_hold_stays_on_the_page_of_an_invoice_that_moved_to_another_customer(fresh, browser):
    hold = Hold("c9", "disputed", "Said by its former owner", "1001")
    with fresh.sessions.begin() as s:
        holds.place(s, fresh.ids[HOME], hold, ADA, fresh.clock[0])
    assert "Said by its former owner" in browser.get(f"{AT}/invoices/1001").text
    assert "Said by its former owner" not in browser.get(f"{AT}/invoices/1002").text
    assert "Said by its former owner" not in browser.get(f"{AT}/customers/c1").text


def test_a_promise_is_shown_and_released_in_its_days_of_grace(fresh, browser):
    told = (
        (holds.PROMISE, "Said for Sunday", day(-2)),
        (holds.PROMISE, "Said for Saturday", day(-3)),
        ("disputed", "Settled on Sunday", day(-2)),
    )
    with fresh.sessions.begin() as s:
        sunday, saturday, settled = (
            holds.place(s, fresh.ids[HOME], Hold("c2", *one[:2], None, one[2]), ADA, NOW)
            for one in told
        )
    text = browser.get(f"{AT}/customers/c2").text.split("<h2>Journal")[0]
    assert "Said for Sunday" in text
    assert "and the days of grace" in text
    assert "Said for Saturday" not in text
    assert "Settled on Sunday" not in text
    for key, status in ((settled, 404), (saturday, 404), (sunday, 302)):
        assert fresh.post(browser, f"{AT}/holds/{key}/release").status_code == status
    assert "Said for Sunday" not in browser.get(f"{AT}/customers/c2").text.split("<h2>Journal")[0]
