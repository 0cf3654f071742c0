"""Headers on every answer, cookies, and what must never reach a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.web.furniture import ADA, EVIL, HOME
from tests.web.house import open_house

PAGES = ("", "invoices", "today", "matches", "exceptions", "activity", "connections", "settings")
SUBJECTS = ("customers/c4", "invoices/1006", "matches/ledger/r3", "today/mode", "raw/invoice/1006")


def test_every_answer_carries_the_headers(house):
    browser = house.client(ADA)
    answers = [browser.get(f"/o/{HOME}/{page}") for page in (*PAGES, *SUBJECTS)]
    answers += [house.client().get(path) for path in ("/sign-in", "/livez", "/nowhere", "/")]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-cache, no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers


def test_style_sheets_may_be_kept_and_nothing_else(house):
    browser = house.client()
    page = browser.get("/sign-in").text
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"|<link href="([^"]+)"', page)
    assert len(sheets) == 2
    for first, second in sheets:
        with browser.get(first or second) as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=3600"


class Tags(HTMLParser):
    """Collects the tags and attributes of a page, as a browser reads it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in {"href", "src", "action"}:
                self.addresses.add(value or "")


def test_no_page_runs_a_script_or_loads_from_elsewhere(house):
    browser = house.client(ADA)
    for page in (*PAGES, *SUBJECTS[:-1]):
        found = Tags(browser.get(f"/o/{HOME}/{page}").text)
        assert not found.tags & {"script", "style", "iframe", "object"}, page
        assert not {one for one in found.attributes if one.startswith("on")}, page
        assert "style" not in found.attributes, page
        assert all(one.startswith(("/", "#")) for one in found.addresses), page


def test_what_a_ledger_holds_stays_text(house):
    browser = house.client(ADA)
    shown = 0
    for page in (*PAGES, *SUBJECTS[:-1]):
        text = browser.get(f"/o/{HOME}/{page}").text
        assert EVIL not in text, page
        assert "<img src=x" not in text, page
        shown += text.count("&lt;script&gt;alert")
    assert shown >= 8


def test_a_raw_document_is_plain_text_even_when_it_looks_like_a_page(house):
    answer = house.client(ADA).get(f"/o/{HOME}/raw/invoice/1006")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert "<b>raw</b>" in answer.text


def test_a_form_may_lead_to_the_vendors_own_pages_only(house):
    policy = house.client().get("/sign-in").headers["Content-Security-Policy"]
    target = re.search(r"form-action ([^;]+)", policy)
    assert target is not None
    origins = target[1].split()
    assert origins[0] == "'self'"
    assert all(one.endswith(".test") for one in origins[1:])
    assert len(origins) == 1 + len(house.site.opener.providers)


def test_secrets_never_reach_a_page(house):
    browser = house.client(ADA)
    for page in (*PAGES, *SUBJECTS):
        text = browser.get(f"/o/{HOME}/{page}").text
        assert "tenant-0" not in text, page
        assert "quickbooks-app" not in text, page


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(house):
    browser = house.client()
    answer = house.post(browser, house.link(ADA, "cookie nonce"))
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_cookies_are_secure_and_the_browser_is_told_to_stay(tmp_path):
    with open_house(tmp_path, public_url="https://dunnock.example", demo_email=ADA) as house:
        browser = house.app.test_client()
        answer = browser.get("/sign-in", base_url="https://dunnock.example")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-dunnock=")
        assert "Secure" in cookie
        assert "Path=/" in cookie


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/o/wren-public-id/today", "/o/wren-public-id/today"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_theme_is_kept_and_leads_nowhere_else(house, wanted, leads_to):
    browser = house.client(ADA)
    answer = house.post(browser, "/theme", {"theme": "dark", "next": wanted})
    assert answer.location == leads_to
    assert 'data-theme="dark"' in browser.get(f"/o/{HOME}/today").text
    house.post(browser, "/theme", {"theme": "", "next": "/"})
    assert "data-theme" not in browser.get(f"/o/{HOME}/today").text


def test_a_made_up_theme_is_no_theme(house):
    browser = house.client(ADA)
    browser.set_cookie("theme", '"><script>')
    text = browser.get(f"/o/{HOME}/today").text
    assert "data-theme" not in text


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(
    "method", ["TRACE", "TRACK", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT"]
)
def test_methods_that_nothing_uses_are_off(house, method, signed_in):
    browser = house.client(ADA if signed_in else "")
    for path in ("/", "/sign-in", f"/o/{HOME}/connections", "/livez", "/nowhere", "/theme"):
        answer = browser.open(path, method=method, headers={"X-Secret": "canary-of-a-request"})
        assert answer.status_code == 405, path
        assert "canary-of-a-request" not in answer.text
        assert answer.headers["Cache-Control"] == "no-cache, no-store"


def test_no_address_of_the_pages_takes_anything_else(house):
    """Whatever is added later keeps to it."""
    for rule in house.app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "HEAD", "POST", "OPTIONS"}, rule


@pytest.mark.parametrize("path", ["/connect/xero/callback", "/sign-in/with/xero/callback"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_callback_with_a_code_in_its_address_answers_302_and_no_page(house, path, signed_in):
    browser = house.client(ADA if signed_in else "")
    answer = browser.get(f"{path}?code=canary-code&state=s&realmId=canary-realm")
    assert answer.status_code == 302
    assert answer.data == b""
    assert "html" not in answer.content_type
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-cache, no-store"
    assert "canary" not in answer.headers["Location"]
    assert answer.headers["Location"].startswith("/")


def test_over_https_every_answer_asks_to_stay_and_every_cookie_is_secure(tmp_path):
    with open_house(tmp_path, public_url="https://dunnock.example", demo_email=ADA) as house:
        browser = house.app.test_client()
        home = "https://dunnock.example"
        token = re.search(
            r'csrf_token" value="([^"]+)"', browser.get("/sign-in", base_url=home).text
        )
        assert token is not None
        form = {"csrf_token": token[1], "theme": "dark", "next": "/"}
        answers = [
            browser.post("/theme", data=form, base_url=home, headers={"Referer": home}),
            browser.post("/sign-in/demo", data=form, base_url=home, headers={"Referer": home}),
            browser.get(f"/o/{HOME}/connections", base_url=home),
            browser.get("/nowhere", base_url=home),
        ]
        cookies = [one for answer in answers for one in answer.headers.getlist("Set-Cookie")]
        assert len(cookies) >= 2
        for one in cookies:
            assert "Secure" in one
            assert "HttpOnly" in one
            assert "SameSite=Lax" in one
        for answer in answers:
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
