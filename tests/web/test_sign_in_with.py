"""Signing in with Xero or Intuit: found by the vendor's subject, linked only by who is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from channels.email import EmailSettings
from channels.letters import Letters
from flows.tools import Tools
from sandbox.mail import Mailbox, MailFault
from sandbox.shelf import Shelf
from store import identities, journal, organisations
from tests.conftest import NOW
from tests.oauth.desk import OURS, Desk, Stage, open_desk
from tests.oauth.test_sign_in import somebody
from tests.web.house import SECRET, House, LedgerAccounts, NoPost
from web import make_pages
from web.site import Site

BOTH = ["xero", "quickbooks"]
ADA = "ada@example.com"


@pytest.fixture(scope="module")
def stages() -> Iterator[dict[str, Stage]]:
    made = {name: Stage() for name in ("xero", "quickbooks", "stripe")}
    yield made
    for one in made.values():
        one.close()


class Street:
    """The pages, with the vendors' own sign-in pages next door."""

    def __init__(self, desk: Desk, *, sign_up: bool = False, mails: bool = True) -> None:
        self.desk = desk
        tools = Tools(
            sessions=desk.sessions,
            clock=desk.clock,
            open_books=LedgerAccounts,  # type: ignore[arg-type]  # pages ask for accounts alone
            channel=NoPost(),
            closed=lambda _day, _country: False,
            owner="test",
        )
        self.mailbox = Mailbox(Shelf(), desk.clock)
        letters = Letters(EmailSettings("dunnock@x.example"), lambda: self.mailbox, desk.clock)
        site = Site(
            tools=tools,
            opener=desk.opener,
            secret_key=SECRET,
            public_url=OURS,
            sign_up=sign_up,
            letters=letters if mails else None,
        )
        self.house = House(make_pages(site), site, desk.sessions, [NOW])

    def there(self, browser: FlaskClient, name: str, who: str) -> str:
        """Press the button and sign in at the vendor; gives the query of the way back."""
        answer = self.house.post(browser, f"/sign-in/with/{name}")
        assert answer.status_code == 302
        return urlencode(self.desk.sign_in(name, answer.headers["Location"], who))

    def back(self, browser: FlaskClient, name: str, query: str) -> TestResponse:
        answer = browser.get(f"/sign-in/with/{name}/callback?{query}")
        assert answer.status_code == 302
        assert answer.data == b""
        assert "html" not in answer.content_type
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-cache, no-store"
        return answer

    def go(self, browser: FlaskClient, name: str, who: str) -> str:
        return self.back(browser, name, self.there(browser, name, who)).headers["Location"]

    def who_is(self, browser: FlaskClient) -> str:
        """Say whom the pages take the browser for."""
        page = browser.get("/organisations")
        return page.text.partition("Signed in as ")[2].partition("<")[0]


@contextmanager
def street(tmp_path, stages, *, sign_up=False) -> Iterator[Street]:
    with open_desk(tmp_path, stages) as desk:
        yield Street(desk, sign_up=sign_up)


@pytest.fixture
def here(tmp_path, stages) -> Iterator[Street]:
    with street(tmp_path, stages) as opened:
        yield opened


@pytest.mark.parametrize("name", BOTH)
def test_a_linked_vendor_signs_in(here, name):
    who = somebody(here.desk, name, "another@x.example")
    ada = here.house.client(ADA)
    assert "Link" in ada.get("/organisations").text
    assert here.go(ada, name, who) == "/organisations"
    assert "Stop signing in with" in ada.get("/organisations").text
    browser = here.house.client()
    assert here.go(browser, name, who) == "/"
    assert here.who_is(browser) == ADA


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("sign_up", [False, True])
def test_the_same_address_opens_nothing(tmp_path, stages, name, sign_up):
    with street(tmp_path, stages, sign_up=sign_up) as here:
        stranger = somebody(here.desk, name, ADA)
        browser = here.house.client()
        assert here.go(browser, name, stranger) == "/sign-in"
        assert "yet" in browser.get("/sign-in").text
        assert here.who_is(browser) == ""
        # Nor does it after the true one was linked.
        here.go(here.house.client(ADA), name, somebody(here.desk, name, ADA))
        assert here.go(browser, name, stranger) == "/sign-in"


def test_a_stranger_is_let_in_only_where_that_is_allowed(tmp_path, stages):
    with street(tmp_path, stages, sign_up=True) as here:
        new = somebody(here.desk, "quickbooks", "new@x.example")
        browser = here.house.client()
        assert here.go(browser, "quickbooks", new) == "/"
        assert here.who_is(browser) == "new@x.example"
        assert "You belong to no organisation yet" in browser.get("/organisations").text
        with here.desk.sessions() as s:
            found = organisations.member_by_email(s, "new@x.example")
        assert found is not None
        assert found.name == "Ann Wren"
        again = here.house.client()
        here.go(again, "quickbooks", new)
        assert here.who_is(again) == "new@x.example"


def test_without_it_a_stranger_stays_outside(here):
    browser = here.house.client()
    new = somebody(here.desk, "quickbooks", "new@x.example")
    assert here.go(browser, "quickbooks", new) == "/sign-in"
    with here.desk.sessions() as s:
        assert organisations.member_by_email(s, "new@x.example") is None


def invited(here: Street, email: str = "boss@x.example") -> tuple[FlaskClient, str]:
    """Come as somebody new from Xero; gives the browser and the link of the letter."""
    browser = here.house.client()
    assert here.go(browser, "xero", somebody(here.desk, "xero", email)) == "/sign-in"
    assert "on its way to" in browser.get("/sign-in").text
    (letter,) = here.mailbox.messages()
    assert letter.to == (email,)
    return browser, letter.text.partition(OURS)[2].split()[0]


def exists(here: Street, email: str) -> bool:
    with here.desk.sessions() as s:
        return organisations.member_by_email(s, email) is not None


def test_an_address_that_nobody_verified_makes_no_account(tmp_path, stages):
    with street(tmp_path, stages, sign_up=True) as here:
        browser, _ = invited(here)
        assert not exists(here, "boss@x.example")
        assert here.who_is(browser) == ""


def test_an_address_proven_by_a_letter_makes_one(tmp_path, stages):
    with street(tmp_path, stages, sign_up=True) as here:
        browser, link = invited(here)
        assert "boss@x.example" in browser.get(link).text
        assert not exists(here, "boss@x.example")
        form = {"csrf_token": here.house.token(browser, link)}
        assert browser.post(link, data=form).headers["Location"] == "/organisations"
        assert here.who_is(browser) == "boss@x.example"
        # From then on Xero alone signs in.
        again = here.house.client()
        here.go(again, "xero", "person-0")
        assert here.who_is(again) == "boss@x.example"


def test_whoever_owns_the_address_gives_no_stranger_an_account(tmp_path, stages):
    """The stranger's Xero account names the victim's address, and the victim opens the letter."""
    with street(tmp_path, stages, sign_up=True) as here:
        _, link = invited(here)
        victim = here.house.client()
        answer = victim.get(link)
        assert answer.status_code == 403
        assert "browser in which you signed in" in answer.text
        form = {"csrf_token": here.house.token(victim)}
        assert victim.post(link, data=form).status_code == 403
        assert not exists(here, "boss@x.example")


def test_the_link_of_a_letter_works_once_in_time_and_for_nobody_else(tmp_path, stages):
    with street(tmp_path, stages, sign_up=True) as here:
        browser, link = invited(here)
        assert browser.get(link[:-3] + "abc").status_code == 403
        form = {"csrf_token": here.house.token(browser, link)}
        here.desk.clock.forward(minutes=15)
        assert "older than fifteen minutes" in browser.post(link, data=form).text
        here.desk.clock.forward(minutes=-1)
        with here.desk.sessions.begin() as s:
            organisations.add_person(s, "boss@x.example", "The true boss", NOW)
        assert "account with this address by now" in browser.post(link, data=form).text
        assert here.who_is(browser) == ""


def test_one_account_has_one_letter_an_hour_written(tmp_path, stages):
    with street(tmp_path, stages, sign_up=True) as here:
        who = somebody(here.desk, "xero", "boss@x.example")
        for _ in range(3):
            here.go(here.house.client(), "xero", who)
        assert len(here.mailbox.messages()) == 1
        here.desk.clock.forward(hours=1)
        here.go(here.house.client(), "xero", who)
        assert len(here.mailbox.messages()) == 2


@pytest.mark.parametrize("mails", [True, False])
def test_a_letter_that_does_not_leave_promises_nothing(tmp_path, stages, mails):
    with open_desk(tmp_path, stages) as desk:
        here = Street(desk, sign_up=True, mails=mails)
        here.mailbox.fail_next(MailFault.REJECTED)
        browser = here.house.client()
        here.go(browser, "xero", somebody(here.desk, "xero", "boss@x.example"))
        assert "on its way" not in browser.get("/sign-in").text


@pytest.mark.parametrize("name", BOTH)
def test_a_link_begun_by_one_is_not_finished_by_another(here, name):
    browser = here.house.client(ADA)
    query = here.there(browser, name, somebody(here.desk, name))
    here.house.post(browser, "/sign-out")
    assert here.back(browser, name, query).headers["Location"] == "/sign-in"
    with here.desk.sessions() as s:
        assert identities.providers_of(s, here.desk.asker.member_id) == frozenset()


@pytest.mark.parametrize("name", BOTH)
def test_nobody_is_signed_in_by_a_strangers_callback(here, name):
    """Login CSRF: the attacker's code, opened in the victim's browser."""
    who = somebody(here.desk, name)
    here.go(here.house.client(ADA), name, who)
    query = here.there(here.house.client(), name, who)
    victim = here.house.client()
    assert here.back(victim, name, query).headers["Location"] == "/sign-in"
    assert here.who_is(victim) == ""


def test_an_account_that_signs_in_somebody_else_is_not_taken_over(here):
    who = somebody(here.desk, "xero")
    here.go(here.house.client(ADA), "xero", who)
    with here.desk.sessions.begin() as s:
        organisations.add_person(s, "bob@example.com", "Bob", NOW)
    bob = here.house.client("bob@example.com")
    here.go(bob, "xero", who)
    assert "signs in somebody else here" in bob.get("/organisations").text
    browser = here.house.client()
    here.go(browser, "xero", who)
    assert here.who_is(browser) == ADA


def test_a_link_is_written_down_and_can_be_taken_back(here):
    who, ada = somebody(here.desk, "xero"), here.house.client(ADA)
    here.go(ada, "xero", who)
    here.go(ada, "xero", who)
    here.house.post(ada, "/sign-in/with/xero/forget")
    here.house.post(ada, "/sign-in/with/xero/forget")
    with here.desk.sessions() as s:
        entries = journal.read(s, here.desk.asker.organisation_id, limit=9)
    assert [one.text for one in entries] == [
        f"{ADA} no longer signs in with Xero",
        f"{ADA} signs in with Xero from now on",
    ]
    browser = here.house.client()
    assert here.go(browser, "xero", who) == "/sign-in"


def test_only_who_is_in_can_take_a_link_back(here):
    answer = here.house.post(here.house.client(), "/sign-in/with/xero/forget")
    assert answer.headers["Location"] == "/sign-in"


@pytest.mark.parametrize("name", ["xero", "quickbooks", "stripe", "sage"])
@pytest.mark.parametrize("query", ["", "code=c&state=s", "error=<script>&state=s", "state=%ff"])
def test_a_callback_answers_302_whatever_it_is_given(here, name, query):
    browser = here.house.client()
    assert here.back(browser, name, query).headers["Location"] == "/sign-in"
    assert "<script>" not in browser.get("/sign-in").text
    assert here.desk.token_calls() == 0


def test_opening_the_way_there_begins_nothing(here):
    assert here.house.client().get("/sign-in/with/xero").status_code == 405


@pytest.mark.parametrize("name", BOTH)
def test_who_comes_from_the_vendors_list_of_apps_signs_in_there(here, name):
    who = somebody(here.desk, name)
    here.go(here.house.client(ADA), name, who)
    browser = here.house.client()
    answer = browser.get(f"/{name}/launch")
    assert answer.status_code == 302
    came_back = here.desk.sign_in(name, answer.headers["Location"], who)
    here.back(browser, name, urlencode(came_back))
    assert here.who_is(browser) == ADA
    # Whoever is in already goes on to the organisations.
    assert browser.get(f"/{name}/launch").headers["Location"] == "/organisations"


def test_without_an_app_at_the_vendor_the_launch_address_leads_to_our_own_sign_in(here):
    clients = {
        name: replace(one, sign_in_uri="") for name, one in here.house.site.opener.clients.items()
    }
    here.house.site.opener.clients.clear()
    here.house.site.opener.clients.update(clients)
    answer = here.house.client().get("/quickbooks/launch")
    assert answer.headers["Location"] == "/sign-in"
    assert "Sign in with" not in here.house.client().get("/sign-in").text


def test_signing_out_ends_no_connection(here):
    tenant = here.desk.quickbooks.add_company("Wren Supplies")
    made = here.desk.connect("quickbooks", tenant, here.desk.asker.organisation_id)
    browser = here.house.client(ADA)
    here.house.post(browser, "/sign-out")
    assert here.desk.row(made).state == "connected"
    assert here.desk.asked("quickbooks", "revoke") == []
