"""The page on which a payer says what a payment is for, and what the matches page makes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from flows import bodies
from flows.ask_links import LIFE, Asked
from ledger.documents import Source
from ledger.money import Money
from ledger.remittances import RemittanceLine
from rules.actions import AskPayer
from store import actions, answers
from tests.conftest import NOW
from tests.web.furniture import ADA, EVIL, HOME
from web.pay import CLICKS_MAX

if TYPE_CHECKING:
    from tests.web.house import House

ABOUT = Asked(HOME, Source.LEDGER, "r1", "c2")
# Of a customer whose name and invoice are as bad as a ledger allows.
CUCKOO = Asked(HOME, Source.LEDGER, "r3", "c4")


def link(house: House, asked: Asked = ABOUT) -> str:
    links = house.site.tools.ask_links
    assert links
    return links.make(asked, house.clock[0]).removeprefix(house.site.public_url)


def told(house: House) -> answers.AnswerRow | None:
    with house.sessions() as s:
        return answers.of_receipts(s, house.ids[HOME], ["r1"]).get((Source.LEDGER, "r1"))


def test_opening_the_link_shows_what_is_open_and_changes_nothing(house: House) -> None:
    page = house.client().get(link(house))
    assert page.status_code == 200
    assert "What is this payment for?" in page.text
    assert "£420.00" in page.text
    assert "INV-1003" in page.text
    assert "INV-1004" in page.text
    # Another customer's, and another currency.
    assert "INV-1001" not in page.text
    assert "INV-1010" not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert told(house) is None


def test_an_answer_is_kept_shown_and_can_be_changed(fresh: House) -> None:
    browser, where = fresh.client(), link(fresh)
    form = {"tick": ["1004", "1003"], "pay:1004": "400.00", "pay:1003": "20.00", "remark": " a  b"}
    sent = browser.post(where, data=form)
    assert (sent.status_code, sent.location) == (303, where)
    page = browser.get(where)
    assert "Thank you, your answer is kept" in page.text
    assert 'value="400.00"' in page.text
    assert page.text.count(" checked") == 2
    browser.post(where, data={"tick": "1004", "pay:1004": "420.00"})
    answer = told(fresh)
    assert answer
    assert answer.lines == (RemittanceLine("INV-1004", Money(42_000, "GBP")),)
    matches = fresh.client(ADA).get(f"/o/{HOME}/matches")
    assert "Its payer says" in matches.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Tick the invoices that you paid"),
        ({"tick": "1004", "pay:1004": "x"}, "Invoice INV-1004: write the amount as 420.00"),
        ({"tick": "1001", "pay:1001": "1.00"}, "One of the invoices is not open any more"),
        ({"tick": "1003", "pay:1003": "421.00"}, "The amounts come to 421.00 GBP"),
    ],
)
def test_what_does_not_add_up_is_said_and_not_kept(
    house: House, form: dict[str, str], said: str
) -> None:
    house.clock[0] += timedelta(minutes=2)
    answer = house.client().post(link(house), data={**form, "remark": ""})
    assert answer.status_code == 422
    assert said in answer.text
    assert told(house) is None


def test_what_the_ledger_and_a_payer_write_is_shown_as_text(fresh: House) -> None:
    where = link(fresh, CUCKOO)
    fresh.client().post(where, data={"remark": EVIL})
    for page in (fresh.client().get(where), fresh.client(ADA).get(f"/o/{HOME}/matches")):
        assert "<script>" not in page.text
        assert "<img src=x" not in page.text
        assert "&lt;script&gt;" in page.text


def test_a_link_that_is_dead_or_about_nothing_says_so(fresh: House) -> None:
    browser = fresh.client()
    where = link(fresh)
    for method in (browser.get, browser.post):
        assert method(f"{where}x").status_code == 410
        gone = method(link(fresh, Asked(HOME, Source.LEDGER, "none", "c2")))
        assert (gone.status_code, "Nothing to do" in gone.text) == (200, True)
    fresh.clock[0] += LIFE
    assert browser.get(where).status_code == 410


def test_a_link_is_answered_only_so_often_a_minute(fresh: House) -> None:
    browser, where = fresh.client(), link(fresh)
    codes = [browser.post(where, data={"remark": "x"}).status_code for _ in range(CLICKS_MAX + 1)]
    assert codes == [303] * CLICKS_MAX + [429]
    assert browser.get(where).status_code == 200


def test_a_question_that_waits_goes_when_somebody_lets_it(fresh: House) -> None:
    question = AskPayer(
        Source.LEDGER, "r1", "c2", "ap@wagtail.example", Money(42_000, "GBP"), NOW.date()
    )
    with fresh.sessions.begin() as s:
        row = actions.plan(
            s,
            fresh.ids[HOME],
            key=question.key,
            kind="ask",
            subject="receipt:ledger:r1",
            body=bodies.question(question),
            claims=(question.key,),
            state="waiting",
            next_at=NOW,
            day=None,
            now=NOW,
            who="dunnock",
            why="test",
        )
        assert row
    browser = fresh.client(ADA)
    assert "may be asked what it is for: ap@wagtail.example" in browser.get(matches()).text
    for said in ("The payer is asked by e-mail", "This question does not wait any more"):
        fresh.post(browser, f"{matches()}/ask/{row.id}")
        assert said in browser.get(matches()).text
    assert "is to be asked" in browser.get(matches()).text
    activity = browser.get(f"/o/{HOME}/activity").text
    assert "To ask ap@wagtail.example what £420.00 is for" in activity
    with fresh.sessions.begin() as s:
        ours = fresh.ids[HOME]
        actions.begin(s, ours, row.id, attempts=0, owner="test", now=NOW)
        actions.close(s, ours, row.id, state="done", outcome={}, now=NOW, text="ask done")
    assert "was asked, ap@wagtail.example" in browser.get(matches()).text
    assert "Asked ap@wagtail.example" in browser.get(f"/o/{HOME}/activity").text


def matches() -> str:
    return f"/o/{HOME}/matches"
