"""Who may do what: every form of an organisation, for every role, from the map of addresses."""

from __future__ import annotations

import re

import pytest

from store import organisations
from tests.web.furniture import ADA, BOB, HOME, OTHER, ROLES
from tests.web.house import House
from tests.web.test_access import address, of_organisations
from web.roles import APPROVING

AT = f"/o/{HOME}"
CONNECTING = ("/connect/xero", "/connect/stripe/key", "/disconnect/1")


def posted(house: House, role: str) -> dict[str, int]:
    """Post every form of HOME, empty, and give the answers by endpoint."""
    browser = house.client(ROLES[role])
    return {
        rule.endpoint: house.post(browser, address(house.app, house, rule)).status_code
        for rule in of_organisations(house, "POST")
    }


def forms_to(action: str, text: str) -> list[str]:
    return re.findall(f'<form method="post" action="{action}.*?</form>', text, re.DOTALL)


def test_a_viewer_may_post_nothing(house):
    answers = posted(house, "viewer")
    assert len(answers) > 15
    assert set(answers.values()) == {403}


def test_an_approver_may_only_let_go_or_drop_what_waits(fresh):
    answers = posted(fresh, "approver")
    assert {name for name, code in answers.items() if code != 403} == APPROVING
    browser = fresh.client(ROLES["approver"])
    fresh.post(browser, f"{AT}/today/approve", {"action": fresh.ids["reminder"]})
    assert "pam@example.com approved it" in browser.get(f"{AT}/activity").text


def test_an_operator_may_do_everything(fresh):
    assert 403 not in posted(fresh, "operator").values()


def test_a_role_nobody_knows_may_only_look(fresh):
    with fresh.sessions.begin() as s:
        organisations.add_member(s, fresh.ids[HOME], BOB, "Bob", "owner?", fresh.clock[0])
    browser = fresh.client(BOB)
    assert browser.get(f"{AT}/today").status_code == 200
    assert fresh.post(browser, f"{AT}/today/mode", {"mode": "preview"}).status_code == 403


def test_every_page_opens_for_whoever_may_only_look(house):
    browser = house.client(ROLES["viewer"])
    for rule in of_organisations(house, "GET"):
        answer = browser.get(address(house.app, house, rule))
        assert answer.status_code == 200, rule


def test_what_a_role_may_not_use_is_greyed(house):
    viewer = house.client(ROLES["viewer"])
    for page in ("today", "matches", "exceptions", "settings", "connections", "customers/c1"):
        text = viewer.get(f"{AT}/{page}").text
        assert "lets you look" in text
        forms = forms_to("/(?:o|connect|disconnect)/", text)
        assert forms, page
        assert all('<fieldset class="bare" disabled>' in form for form in forms), page
    approver = house.client(ROLES["approver"]).get(f"{AT}/today").text
    approving = forms_to('[^"]*/today/approve"', approver)
    assert approving
    assert not any("disabled" in form for form in approving)
    assert "disabled" not in house.client(ADA).get(f"{AT}/today").text


@pytest.mark.parametrize("role", ["viewer", "approver"])
@pytest.mark.parametrize("path", CONNECTING)
def test_connecting_is_for_those_who_may_act(house, role, path):
    browser = house.client(ROLES[role])
    assert house.post(browser, path, {"organisation": HOME}).status_code == 403


@pytest.mark.parametrize("path", CONNECTING)
@pytest.mark.parametrize("organisation", [OTHER, "nobody's"])
def test_a_form_that_names_anothers_organisation_is_refused(house, path, organisation):
    answer = house.post(house.client(ADA), path, {"organisation": organisation})
    assert answer.status_code == 404


def test_an_operator_is_sent_to_the_vendor(fresh):
    browser = fresh.client(ROLES["operator"])
    answer = fresh.post(browser, "/connect/xero", {"organisation": HOME})
    assert answer.status_code == 302
    assert answer.location.startswith("https://login.xero.test/")
