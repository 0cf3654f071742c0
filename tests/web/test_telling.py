"""What pages say in words: the journal's entries, figures with the rows behind them."""

from __future__ import annotations

import pytest

from store import journal
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, ROLES
from web.telling import Told

AT = f"/o/{HOME}"
BRITISH = {"Accept-Language": "en-GB"}


@pytest.fixture
def text(house):
    return house.client(ADA).get(f"{AT}/activity", headers=BRITISH).text


@pytest.mark.parametrize(
    "said",
    [
        "Reminder to accounts@robin.example about INV-1002",
        "Match: £99.00 on INV-1000",
        "Note for the ledger: refused",
        "Reminder: attempt 1",
    ],
)
def test_an_entry_says_what_was_decided_and_done(text, said):
    assert said in text


def test_an_entry_leads_to_what_it_is_about(text):
    assert ">Robin Bakery Ltd</a>" in text
    assert ">INV-1001</a>" in text


def test_a_worker_process_is_not_named(text):
    assert "test · " not in text


def test_what_was_held_back_is_told_with_the_reason(fresh):
    with fresh.sessions.begin() as s:
        journal.write(
            s, fresh.ids[HOME], "suppressed", who="dunnock", text="1009: due_date+7 held back",
            now=NOW, evidence={"step": "due_date+7", "reason": "min_gap"}, subject="invoice:1009",
        )  # fmt: skip
    text = fresh.client(ADA).get(f"{AT}/activity").text
    assert "Held back what was due 7 days after the due date. The last message to this" in text


def test_a_trouble_leads_to_what_led_to_it(house):
    browser = house.client(ADA)
    refused = house.ids["refused"]
    assert f"/activity?action={refused}" in browser.get(f"{AT}/exceptions").text
    text = browser.get(f"{AT}/activity?action={refused}").text
    assert text.count('class="entry"') == 3
    assert "Nothing is written" in browser.get(f"{AT}/activity?action=999").text


def test_news_are_neither_attempts_nor_notes(house):
    entry = journal.Entry(1, NOW, "attempted", "w", 1, "", "", {}, "")
    assert not Told(entry, None, "", "").is_news
    text = house.client(ADA).get(f"{AT}/", headers=BRITISH).text
    assert "Reminder: attempt" not in text
    assert "Note for the ledger" not in text


def test_news_tell_of_each_action_once(house):
    text = house.client(ADA).get(f"{AT}/", headers=BRITISH).text
    assert "Applied £99.00 on INV-1000" in text
    assert "Match: £99.00 on INV-1000" not in text


def test_every_figure_opens_its_own_rows(house):
    browser = house.client(ROLES["viewer"])
    overview = browser.get(f"{AT}/", headers=BRITISH).text
    assert "invoices?currency=GBP&amp;late=1" in overview
    euros = browser.get(f"{AT}/invoices?currency=EUR").text
    assert "INV-1010" in euros
    assert "INV-1001" not in euros
    assert "1 invoice, " in euros
    late = browser.get(f"{AT}/invoices?currency=GBP&late=1", headers=BRITISH).text
    assert "Overdue invoices" in late
    assert "INV-1007" not in late
    assert "6 invoices, £2,453.50" in late


def test_one_day_is_a_day(fresh):
    fresh.clock[0] = NOW.replace(day=NOW.day + 1)
    text = fresh.client(ADA).get(f"{AT}/invoices").text
    assert ">1 day late<" in text
    assert ">1 days late<" not in text
