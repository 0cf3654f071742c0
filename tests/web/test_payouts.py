"""The accounts that Stripe's money goes through, and the payouts with their buttons."""

from __future__ import annotations

import pytest

from ledger.documents import Purpose
from store import actions, exceptions, journal, organisations
from tests.web.furniture import ADA, HOME

AT = f"/o/{HOME}"
ALL = {"stripe": "610", "payouts": "090", "fees": "404"}


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


@pytest.fixture
def choose(fresh, browser):
    def send(**form):
        answer = fresh.post(browser, f"{AT}/connections/accounts", form, follow_redirects=True)
        with fresh.sessions() as s:
            return answer.text, organisations.get(s, fresh.ids[HOME])

    return send


@pytest.fixture
def press(fresh, browser):
    def send(where):
        return fresh.post(browser, f"{AT}/payouts/{where}", {}, follow_redirects=True).text

    return send


def kept(fresh, payout_id):
    with fresh.sessions() as s:
        return actions.of_subject(s, fresh.ids[HOME], f"payout:{payout_id}")


def test_each_account_is_offered_for_what_it_may_serve(browser):
    text = browser.get(f"{AT}/connections/accounts").text
    fees = text.partition('name="fees"')[2]
    assert "Bank fees" in fees
    assert "Stripe clearing" not in fees
    assert "I book payouts by hand" in text.partition('name="payouts"')[2]


def test_payouts_are_booked_from_the_day_all_accounts_are_chosen(fresh, choose):
    text, ours = choose(**ALL)
    assert "payouts into Current account, fees into Bank fees" in text
    assert dict(ours.accounts) == {
        Purpose.STRIPE: "610",
        Purpose.PAYOUTS: "090",
        Purpose.FEES: "404",
    }
    assert ours.payouts_since == fresh.clock[0].date()
    with fresh.sessions() as s:
        newest = journal.read(s, ours.id, limit=1)[0]
    assert "fees into Bank fees" in newest.text


def test_the_day_stays_when_an_account_changes_and_ends_with_the_choice(fresh, choose):
    _, before = choose(**ALL)
    fresh.clock[0] = fresh.clock[0].replace(day=20)
    _, after = choose(**{**ALL, "stripe": "090", "payouts": ""} | {"stripe": "610"} | ALL)
    assert after.payouts_since == before.payouts_since
    _, ended = choose(stripe="610")
    assert ended.payouts_since is None
    assert dict(ended.accounts) == {Purpose.STRIPE: "610"}


def test_who_books_payouts_by_hand_says_so_once(browser, choose):
    text, ours = choose(stripe="610", payouts="by hand", fees="404")
    assert "payouts are booked by hand" in text
    assert ours.payouts_since is None
    assert ours.accounts[Purpose.PAYOUTS] == ""
    assert "You book payouts by hand" in browser.get(f"{AT}/payouts").text
    page = browser.get(f"{AT}/connections/accounts").text
    assert 'value="by hand" selected' in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (ALL, "Payouts and their fees are booked as well"),
        ({"stripe": "610", "payouts": "by hand", "fees": "404"}, "You book payouts by hand"),
        ({"stripe": "610"}, "Payouts are not booked"),
    ],
)
def test_the_connections_page_says_what_is_booked_and_shows_no_ids(browser, choose, form, said):
    choose(**form)
    text = browser.get(f"{AT}/connections").text
    assert said in text
    assert "610" not in text.partition("Where money is booked")[2]


def test_a_bank_without_stripe_is_enough_and_its_fees_have_an_account(choose):
    text, ours = choose(bank="090", fees="404")
    assert "Fees into Bank fees, money on bank statements into Current account" in text
    assert dict(ours.accounts) == {Purpose.BANK: "090", Purpose.FEES: "404"}
    assert ours.payouts_since is None


def test_who_books_payouts_by_hand_may_keep_the_account_for_fees(choose):
    _, ours = choose(stripe="610", payouts="by hand", fees="404", bank="090")
    assert ours.accounts[Purpose.FEES] == "404"
    assert ours.payouts_since is None


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"bank": "404"}, "Money on bank statements: choose one of the accounts listed"),
        ({"bank": "090", "payouts": "090", "fees": "404"}, "Money at Stripe: choose one of"),
        ({}, "Money at Stripe: choose one of the accounts listed"),
        ({"stripe": "404"}, "Money at Stripe: choose one of the accounts listed"),
        ({**ALL, "fees": "090"}, "Fees: choose one of the accounts listed"),
        ({**ALL, "fees": ""}, "Choose both the bank account and the account for fees"),
        ({**ALL, "payouts": ""}, "Choose both the bank account and the account for fees"),
        ({**ALL, "stripe": "090"}, "cannot be the same account"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_changes(choose, form, said):
    text, ours = choose(**form)
    assert said in text
    assert dict(ours.accounts) == {}


def test_payouts_are_listed_with_how_they_stand(browser):
    text = browser.get(f"{AT}/payouts").text
    assert "TRACE po_1" in text
    assert "Nothing is booked until the accounts are chosen" in text
    # One is still under way: nothing can be said about it.
    assert text.count("Booked by hand</button>") == 2


def test_a_payout_is_booked_when_somebody_says_so(fresh, choose, press):
    assert "choose the accounts for payouts first" in press("po_1/book").lower()
    choose(**ALL)
    assert "booked in the ledger within a minute" in press("po_1/book")
    [row] = kept(fresh, "po_1")
    assert (row.kind, row.state, row.connection_id) == (
        "payout",
        "planned",
        fresh.ids["quickbooks"],
    )
    assert "reload the page" in press("po_1/book")
    assert "has not arrived" in press("po_3/book")
    assert "paid out by hand" in press("po_2/book")
    assert "not known any more" in press("nothing/book")


def test_what_was_booked_by_hand_is_left_alone_and_may_be_taken_back(fresh, browser, press):
    with fresh.sessions.begin() as s:
        exceptions.open_exception(
            s,
            fresh.ids[HOME],
            kind="payout",
            subject="payout:po_2",
            title="t",
            detail="Nobody can tell.",
            fix="f",
            now=fresh.clock[0],
        )
    assert "Nobody can tell." in browser.get(f"{AT}/payouts").text
    assert "Noted as booked by hand" in press("po_2/hand")
    [row] = kept(fresh, "po_2")
    assert (row.state, row.body["by_hand"]) == ("done", True)
    with fresh.sessions() as s:
        assert exceptions.list_open(s, fresh.ids[HOME], "payout") == []
    assert "reload the page" in press("po_2/hand")
    assert "Booked by hand: payout of" in browser.get(f"{AT}/activity").text
    assert "taken back in the ledger within a minute" in press(f"undo/{row.id}")
    assert "undone already" in press(f"undo/{row.id}")
    assert fresh.post(browser, f"{AT}/payouts/undo/99999", {}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("payout", "Look at the payouts"),
        ("payout_returned", "Look at the payouts"),
        ("payout_accounts", "Choose the accounts"),
        ("money_went_back", "Look at the matches"),
        ("difference_not_booked", "Look at the matches"),
        ("applied_in_part", "Look at the matches"),
        ("credit_not_used", "Look at the matches"),
    ],
)
def test_an_exception_leads_to_where_it_is_settled(fresh, browser, kind, words):
    with fresh.sessions.begin() as s:
        exceptions.open_exception(
            s,
            fresh.ids[HOME],
            kind=kind,
            subject="payout:po_1",
            title="t",
            detail="d",
            fix="f",
            now=fresh.clock[0],
        )
    assert f">{words}</a>" in browser.get(f"{AT}/exceptions").text
