"""The addresses of connecting, as a browser sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask, get_flashed_messages
from flask.testing import FlaskClient

from ledger.errors import DisconnectedError
from oauth import Asker, Places, make_blueprint, open_books
from store import connections, organisations
from tests.oauth.desk import Desk
from tests.oauth.test_consent import tenant_of
from tests.oauth.test_tokens import EVERY, connected


@dataclass
class Site:
    """The blueprint inside a small application; `asker` is who is signed in."""

    desk: Desk
    asker: Asker | None

    def __post_init__(self) -> None:
        self.app = Flask("site")
        self.app.secret_key = "for tests"
        places = Places(
            asker=lambda: self.asker, connected=lambda number: f"/organisations/{number or ''}"
        )
        self.app.register_blueprint(make_blueprint(self.desk.opener, places))
        self.app.add_url_rule("/told", "told", lambda: "\n".join(map(str, get_flashed_messages())))
        self.browser = self.app.test_client()

    def go(self, name: str, tenant: str, browser: FlaskClient | None = None) -> str:
        """Press connect and agree; gives the query of the way back."""
        answer = (browser or self.browser).post(f"/connect/{name}")
        assert answer.status_code == 302
        return urlencode(self.desk.agree(name, answer.headers["Location"], tenant))

    def back(self, name: str, query: str, browser: FlaskClient | None = None) -> Any:
        return (browser or self.browser).get(f"/connect/{name}/callback?{query}")

    def told(self) -> str:
        return self.browser.get("/told").text


@pytest.fixture
def site(desk: Desk) -> Site:
    return Site(desk, desk.asker)


def is_plain_302(answer: Any) -> bool:
    """Whether it is a 302 without a page, unseen by caches and other sites."""
    return (
        answer.status_code == 302
        and answer.data == b""
        and "html" not in answer.content_type
        and answer.headers["Referrer-Policy"] == "no-referrer"
        and answer.headers["Cache-Control"] == "no-cache, no-store"
    )


@pytest.mark.parametrize("name", EVERY)
def test_there_and_back_again(site, name):
    answer = site.back(name, site.go(name, tenant_of(site.desk, name)))
    assert is_plain_302(answer)
    assert answer.headers["Location"] == f"/organisations/{site.asker.organisation_id}"
    assert "is connected" in site.told()
    assert site.desk.kept() == (1, 1)


@pytest.mark.parametrize("name", [*EVERY, "sage"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=c&state=s",
        "state=s&state=t&code=c",
        "error=access_denied&state=<script>",
        "code=%00&state=%ff&realmId=%F0%9F%92%A9",
        "state=" + "x" * 5000,
        "error=<script>alert(1)</script>",
    ],
)
def test_a_callback_answers_302_whatever_it_is_given(site, name, query):
    answer = site.back(name, query)
    assert is_plain_302(answer)
    assert answer.headers["Location"].startswith("/organisations/")
    assert site.told()
    assert site.desk.token_calls() == 0
    assert site.desk.kept() == (1, 0)


def test_another_browser_cannot_finish_what_this_one_began(site):
    query = site.go("quickbooks", tenant_of(site.desk, "quickbooks"))
    other = site.app.test_client()
    assert is_plain_302(site.back("quickbooks", query, other))
    assert site.desk.kept() == (1, 0)
    assert site.desk.token_calls() == 0
    # The victim of the attempt can still finish: the state was not used up by a stranger.
    site.back("quickbooks", query)
    assert site.desk.kept() == (1, 1)


def test_another_member_in_the_same_browser_cannot_finish_it(site):
    query = site.go("quickbooks", tenant_of(site.desk, "quickbooks"))
    site.asker = Asker(site.asker.member_id + 1, "eve@example.com", None)
    site.back("quickbooks", query)
    assert site.desk.kept() == (1, 0)


def test_nobody_signed_in_connects_nothing(site):
    query = site.go("quickbooks", tenant_of(site.desk, "quickbooks"))
    site.asker = None
    for answer in (
        site.back("quickbooks", query),
        site.browser.post("/connect/quickbooks"),
        site.browser.post("/connect/stripe/key", data={"key": "rk_test_1"}),
        site.browser.get("/connect/xero/choose"),
        site.browser.post("/connect/xero/choose"),
        site.browser.post("/disconnect/1"),
        site.browser.get("/quickbooks/launch"),
    ):
        assert is_plain_302(answer)
        assert answer.headers["Location"] == "/sign-in"
    assert site.desk.token_calls() == 0


def test_looking_connects_nothing(site):
    """A link scanner opens addresses; only pressing the button may begin anything."""
    assert site.browser.get("/connect/xero").status_code == 405
    assert site.browser.get("/disconnect/1").status_code == 405
    assert site.browser.get("/connect/stripe/key").status_code == 405


def test_an_unknown_provider_is_told_and_not_an_error(site):
    answer = site.browser.post("/connect/sage")
    assert is_plain_302(answer)
    assert "not set up" in site.told()


def test_a_pasted_key_connects_and_is_shown_nowhere(site):
    key = site.desk.stripe.add_restricted_key(tenant_of(site.desk, "stripe"))
    answer = site.browser.post("/connect/stripe/key", data={"key": key})
    assert is_plain_302(answer)
    assert "is connected" in site.told()
    site.browser.post("/connect/stripe/key", data={"key": "sk_live_secret"})
    told = site.told()
    assert "restricted key" in told
    assert "sk_live_secret" not in told


def test_a_disconnect_reaches_only_ones_own_connection(site):
    made = connected(site.desk, "quickbooks")
    mine = site.asker
    with site.desk.sessions.begin() as s:
        other = organisations.create(s, "Other", "public-other", site.desk.clock())
    site.asker = Asker(mine.member_id, mine.email, other)
    assert site.browser.post(f"/disconnect/{made.id}").status_code == 404
    site.asker = Asker(mine.member_id, mine.email, None)
    assert site.browser.post(f"/disconnect/{made.id}").status_code == 404
    site.asker = mine
    assert site.browser.post("/disconnect/999").status_code == 404
    assert site.desk.row(made).state == "connected"
    assert is_plain_302(site.browser.post(f"/disconnect/{made.id}"))
    assert site.desk.row(made).state == "disconnected"


def two_at_once(site: Site) -> tuple[str, str]:
    """Come back with a consent that covers two organisations."""
    desk = site.desk
    first, second = (
        desk.xero.add_organisation(
            name, f"!{name}", "GBP", "GMTSTANDARDTIME", "GB", user="ada@example.com"
        )
        for name in ("one", "two")
    )
    site.go("xero", first)
    query = site.go("xero", second)
    with desk.xero.shelf.change():
        found = desk.xero.shelf.all("connections")
        for one in found:
            desk.xero.shelf.put(
                "connections", one["id"], one | {"authEventId": found[-1]["authEventId"]}
            )
    answer = site.back("xero", query)
    assert is_plain_302(answer)
    assert answer.headers["Location"] == "/connect/xero/choose"
    return first, second


def test_several_organisations_are_chosen_from_on_a_page(site):
    first, second = two_at_once(site)
    page = site.browser.get("/connect/xero/choose")
    assert page.status_code == 200
    assert "one" in page.text
    assert "two" in page.text
    # The vendor's ids of them stay here: neither on the page nor in the cookie.
    with site.browser.session_transaction() as kept:
        shown = page.text + str(dict(kept))
    assert first not in shown
    assert second not in shown
    assert site.desk.kept() == (1, 0)
    assert is_plain_302(site.browser.post("/connect/xero/choose", data={"place": "1"}))
    assert site.desk.kept() == (1, 1)
    # A choice is over once it is made.
    again = site.browser.post("/connect/xero/choose", data={"place": "0"})
    assert again.headers["Location"].startswith("/organisations/")
    assert site.desk.kept() == (1, 1)


def test_a_choice_nobody_was_offered_is_refused(site):
    two_at_once(site)
    assert is_plain_302(site.browser.post("/connect/xero/choose", data={"place": "elsewhere"}))
    assert "none of the organisations" in site.told()
    assert site.desk.kept() == (1, 0)


@pytest.mark.parametrize("page", ["disconnected", "reconnect"])
def test_the_pages_quickbooks_asks_for_explain_and_change_nothing(site, page):
    made = connected(site.desk, "quickbooks")
    calls = len(site.desk.quickbooks.shelf.requests())
    site.asker = None
    answer = site.browser.get(f"/quickbooks/{page}")
    assert answer.status_code == 200
    assert "Reconnect" in answer.text
    assert "QBO" not in answer.text
    assert site.desk.row(made).state == "connected"
    assert len(site.desk.quickbooks.shelf.requests()) == calls


def hint(site: Site, realm: str) -> None:
    """Come as a browser does that QuickBooks sends on after a disconnect."""
    answer = site.browser.get(f"/quickbooks/disconnected?realmId={realm}")
    assert is_plain_302(answer)
    assert answer.headers["Location"] == "/quickbooks/disconnected"


def refreshes(site: Site) -> int:
    return len(site.desk.asked("quickbooks", "/tokens/bearer"))


def test_a_word_of_a_disconnect_is_confirmed_by_a_refresh_before_anything_changes(site):
    made = connected(site.desk, "quickbooks")
    site.desk.quickbooks.disconnect(made.tenant_id)
    calls = len(site.desk.quickbooks.shelf.requests())
    site.asker = None
    hint(site, made.tenant_id)
    assert len(site.desk.quickbooks.shelf.requests()) == calls
    row = site.desk.row(made)
    assert (row.state, row.next_sync_at) == ("connected", site.desk.clock())
    with pytest.raises(DisconnectedError):
        open_books(site.desk.opener, row)
    assert site.desk.row(made).state == "needs_reconnect"


def test_a_strangers_word_of_a_disconnect_costs_one_refresh_an_hour_at_most(site):
    made = connected(site.desk, "quickbooks")
    site.asker = None
    before = refreshes(site)
    for _ in range(3):
        hint(site, made.tenant_id)
        open_books(site.desk.opener, site.desk.row(made))
    assert refreshes(site) == before + 1
    site.desk.clock.forward(hours=1)
    hint(site, made.tenant_id)
    open_books(site.desk.opener, site.desk.row(made))
    assert refreshes(site) == before + 2
    assert site.desk.row(made).state == "connected"


@pytest.mark.parametrize("realm", ["", "1", "9130350000000000", "x" * 5000, "%F0%9F%92%A9"])
def test_a_word_about_nobody_looks_the_same_and_does_nothing(site, realm):
    made = connected(site.desk, "quickbooks")
    before = site.desk.row(made)
    hint(site, realm)
    assert site.desk.row(made) == before


def test_what_needs_a_person_already_is_not_asked_about_again(site):
    made = connected(site.desk, "quickbooks")
    with site.desk.sessions.begin() as s:
        connections.set_state(s, made.id, "needs_reconnect", "ended")
    before = site.desk.row(made)
    hint(site, made.tenant_id)
    assert site.desk.row(made) == before


def test_the_launch_address_leads_to_the_connections(site):
    answer = site.browser.get("/quickbooks/launch")
    assert answer.headers["Location"] == f"/organisations/{site.asker.organisation_id}"


def test_the_vendors_page_is_asked_for_the_registered_address(site):
    answer = site.browser.post("/connect/xero")
    asked = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert asked["redirect_uri"].endswith("/connect/xero/callback")
    assert "xero-secret" not in answer.headers["Location"]
