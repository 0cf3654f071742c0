"""Every address, for everybody who may come: generated from the application's own map."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from store import organisations
from tests.web.furniture import ADA, BOB, HOME
from tests.web.house import House

# What each variable of an address is in HOME, so that its page exists for a member.
KNOWN = {
    "public_id": HOME,
    "customer_id": "c1",
    "invoice_id": "1001",
    "source": "ledger",
    "payout_id": "po_1",
    "receipt_id": "r1",
    "kind": "invoice",
    "document_id": "1001",
    "number": 1,
    "what": "forget",
}
# Addresses whose row is another's trouble: the members' own test gives them their ids.
IDS = {
    "today.approve": {"action_id": "reminder"},
    "matches.approve": {"action_id": "applied"},
    "matches.ask": {"action_id": "applied"},
    "matches.undo": {"action_id": "applied"},
    "matches.take_back": {"action_id": "applied"},
    "matches_kept.take_back": {"action_id": "applied"},
    "payouts.undo": {"action_id": "applied"},
    "exceptions.close": {"exception_id": "refused row"},
    "exceptions.retry": {"exception_id": "refused row"},
    "exceptions.resolve": {"exception_id": "unsure row"},
    "exceptions.undo": {"exception_id": "refused row", "action_id": "applied"},
    "connections.read": {"connection_id": "quickbooks"},
    "bank.account": {"account_id": "bank account"},
    "bank.claim": {"account_id": "bank account"},
    "bank.refuse": {"account_id": "bank account"},
    "bank.statement": {"statement_id": "statement"},
    "bank.doubt": {"line_id": "line"},
    "bank.seen": {"line_id": "line"},
    "bank.unlink": {"action_id": "applied"},
    "bank_csv.show": {"file_id": "bank file"},
    "bank_csv.read": {"file_id": "bank file"},
    "bank_csv.forget": {"file_id": "bank file"},
    "bank_csv.take_back": {"file_id": "bank file"},
}


def address(app: Flask, house: House, rule: Rule) -> str:
    values = {**KNOWN, "hold_id": 1}
    for name, key in IDS.get(rule.endpoint, {}).items():
        values[name] = house.ids[key]
    values = {name: values[name] for name in rule.arguments}
    with app.test_request_context():
        return rule.build(values)[1]  # type: ignore[index]  # werkzeug gives None for no match


def of_organisations(house: House, method: str) -> list[Rule]:
    rules = house.app.url_map.iter_rules()
    return [one for one in rules if "public_id" in one.arguments and method in (one.methods or ())]


def test_every_page_of_an_organisation_opens_for_its_member(house):
    browser = house.client(ADA)
    seen = 0
    for rule in of_organisations(house, "GET"):
        answer = browser.get(address(house.app, house, rule))
        assert answer.status_code == 200, rule
        seen += 1
    assert seen >= 14


def test_nobody_gets_past_sign_in(house):
    browser = house.client()
    for rule in of_organisations(house, "GET"):
        answer = browser.get(address(house.app, house, rule))
        assert answer.status_code == 302, rule
        assert answer.location == "/sign-in", rule


def test_another_members_organisation_does_not_exist(house):
    browser = house.client(BOB)
    for rule in of_organisations(house, "GET"):
        assert browser.get(address(house.app, house, rule)).status_code == 404, rule


def test_no_form_of_another_organisation_can_be_posted(house):
    browser = house.client(BOB)
    for rule in of_organisations(house, "POST"):
        answer = house.post(browser, address(house.app, house, rule))
        assert answer.status_code == 404, rule


def test_no_form_can_be_posted_without_signing_in(house):
    browser = house.client()
    for rule in of_organisations(house, "POST"):
        answer = house.post(browser, address(house.app, house, rule))
        assert answer.status_code == 302, rule
        assert answer.location == "/sign-in", rule


def test_no_form_can_be_posted_without_a_token(house):
    browser = house.client(ADA)
    posted = 0
    for rule in house.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint.startswith("oauth."):
            continue
        if set(rule.arguments) <= {*KNOWN, "hold_id", *IDS.get(rule.endpoint, {})}:
            answer = browser.post(address(house.app, house, rule), data={"csrf_token": "forged"})
            assert answer.status_code == 400, rule
            posted += 1
    assert posted >= 15


def test_a_row_of_another_organisation_cannot_be_reached_through_ones_own(house):
    browser = house.client(BOB)
    for path in (
        f"exceptions/{house.ids['refused row']}/retry",
        f"exceptions/{house.ids['refused row']}/close",
        f"matches/undo/{house.ids['applied']}",
        f"matches/approve/{house.ids['applied']}",
        f"matches/ask/{house.ids['applied']}",
        f"matches/take-back/{house.ids['applied']}",
        f"bank/accounts/{house.ids['bank account']}/refuse",
        f"bank/accounts/{house.ids['bank account']}/claim",
        f"bank/files/{house.ids['bank file']}/forget",
        f"bank/files/{house.ids['bank file']}/take-back",
        f"bank/links/{house.ids['applied']}/undo",
        "holds/1/release",
        "holds/customer/c1",
        "matches/leave/ledger/r1",
    ):
        assert house.post(browser, f"/o/heron-public-id/{path}").status_code == 404, path
    for path in (
        *("customers/c1", "invoices/1001", "raw/invoice/1001", "matches/ledger/r1"),
        f"bank/accounts/{house.ids['bank account']}",
        f"bank/statements/{house.ids['statement']}",
        f"bank/files/{house.ids['bank file']}",
    ):
        assert browser.get(f"/o/heron-public-id/{path}").status_code == 404, path


def test_addresses_that_name_nothing_are_not_found(house):
    browser = house.client(ADA)
    for path in (
        *("customers/nobody", "invoices/none", "raw/invoice/none", "raw/planet/1001"),
        *("matches/moon/r1", "matches/ledger/none", "settings/versions/99"),
        *("settings/rules.toml?version=99", "nowhere"),
    ):
        assert browser.get(f"/o/{HOME}/{path}").status_code == 404, path


def test_a_person_without_an_organisation_still_gets_a_page(house):
    assert house.client(ADA).get("/").location == "/organisations"
    assert house.client(ADA).get("/organisations").status_code == 200
    answer = house.client(BOB).get("/")
    assert answer.location == "/o/heron-public-id/"


def test_the_process_says_how_it_is(house):
    browser = house.client()
    assert browser.get("/livez").text == "ok\n"
    assert browser.get("/readyz").text == "ok\n"


def test_not_ready_without_todays_tables(fresh):
    with fresh.sessions.begin() as s:
        s.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    answer = fresh.client().get("/readyz")
    assert answer.status_code == 503
    assert "dunnock migrate" in answer.text


def test_every_error_is_a_page_in_plain_words(house):
    browser = house.client(ADA)
    assert "Nothing here" in browser.get("/nowhere").text
    assert "takes forms only" in browser.get(f"/o/{HOME}/today/approve").text


def test_a_page_opens_while_somebody_writes_and_makes_nobody_wait(fresh):
    browser = fresh.client(ADA)
    with fresh.sessions.begin() as s:
        organisations.rename(s, fresh.ids[HOME], "Half written")
        answer = browser.get(f"/o/{HOME}/today")
    assert answer.status_code == 200
    assert "Wren &amp; Co" in answer.text
    assert "Half written" in browser.get(f"/o/{HOME}/today").text
