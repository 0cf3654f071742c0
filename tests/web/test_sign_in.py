"""Signing in by a link that works once, and signing out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import connections, organisations
from tests.web.furniture import ADA, HOME
from tests.web.house import open_house


def test_a_link_signs_in_once(fresh):
    link = fresh.link(ADA, "one")
    browser = fresh.client()
    assert f"Continue as <strong>{ADA}</strong>" in browser.get(link).text
    assert fresh.post(browser, link).status_code == 302
    assert browser.get(f"/o/{HOME}/").status_code == 200
    second = fresh.client()
    answer = fresh.post(second, link)
    assert answer.status_code == 403
    assert "used already" in answer.text
    assert second.get(f"/o/{HOME}/").status_code == 302


def test_opening_a_link_uses_nothing_up(fresh):
    link = fresh.link(ADA, "two")
    for _ in range(3):
        assert fresh.client().get(link).status_code == 200
    assert fresh.post(fresh.client(), link).status_code == 302


def test_a_link_lives_a_quarter_of_an_hour(fresh):
    link = fresh.link(ADA, "three")
    fresh.clock[0] += timedelta(minutes=14, seconds=59)
    assert fresh.client().get(link).status_code == 200
    fresh.clock[0] += timedelta(seconds=1)
    answer = fresh.client().get(link)
    assert answer.status_code == 403
    assert "older than fifteen minutes" in answer.text


@pytest.mark.parametrize("end", ["abc", "", "."])
def test_a_forged_link_is_refused(fresh, end):
    answer = fresh.client().get(fresh.link(ADA, "four")[:-3] + end)
    assert answer.status_code == 403
    assert "not a sign-in link made here" in answer.text


def test_a_link_for_nobody_is_refused(fresh):
    answer = fresh.post(fresh.client(), fresh.link("eve@example.com", "five"))
    assert answer.status_code == 403


def test_signing_out_ends_the_session_and_no_connection(fresh):
    browser = fresh.client(ADA)
    fresh.post(browser, "/sign-out")
    assert browser.get(f"/o/{HOME}/").status_code == 302
    with fresh.sessions() as s:
        states = {one.state for one in connections.of_organisation(s, fresh.ids[HOME])}
    assert states == {"connected"}


def test_a_person_who_left_is_out_at_once(fresh):
    browser = fresh.client(ADA)
    with fresh.sessions.begin() as s:
        member = organisations.member_by_email(s, ADA)
        assert member is not None
        organisations.remove_member(s, fresh.ids[HOME], member.id)
    assert browser.get(f"/o/{HOME}/").status_code == 404


def test_the_demo_has_a_button_and_nothing_else_has(fresh, tmp_path):
    assert fresh.post(fresh.client(), "/sign-in/demo").status_code == 404
    assert "Sign in to the demo" not in fresh.client().get("/sign-in").text
    with open_house(tmp_path, demo_email=ADA) as demo:
        browser = demo.client()
        assert "Sign in to the demo" in browser.get("/sign-in").text
        token = demo.token(browser)
        assert browser.post("/sign-in/demo", data={"csrf_token": token}).status_code == 302
        assert browser.get(f"/o/{HOME}/").status_code == 200
