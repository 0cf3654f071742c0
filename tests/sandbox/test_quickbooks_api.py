"""The stand-in's doors: consent, tokens, limits, faults, queries, changes, webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.quickbooks_desk import BACK, DAY, DUE, WEBHOOK_KEY, Desk, fault

if TYPE_CHECKING:
    from sandbox.shelf import Post


@pytest.fixture
def desk():
    return Desk()


def test_the_consent_page_offers_every_company(desk):
    desk.books.add_company("Tern & Sons")
    query = {
        "client_id": "quickbooks-app",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": BACK,
        "state": "s",
    }
    page = desk.http.get("/connect/oauth2", query_string=query)
    assert page.status_code == 200
    assert "Wren Supplies" in page.text
    assert "Tern &amp; Sons" in page.text
    wrong = [
        {"client_id": "x"},
        {"scope": "com.intuit.quickbooks.payroll"},
        {"redirect_uri": "http://evil.example/"},
        {"redirect_uri": f"{BACK}?a=b"},
        {"state": ""},
    ]
    for change in wrong:
        assert desk.http.get("/connect/oauth2", query_string=query | change).status_code == 400


def test_no_thanks_comes_back_as_a_refusal(desk):
    assert desk.consent({"decision": "refuse"}) == {"error": ["access_denied"], "state": ["s-1"]}


def test_a_code_works_once_and_its_second_use_ends_the_connection(desk):
    back = desk.consent({"decision": "connect", "realm": desk.realm})
    form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": BACK}
    assert desk.ask_token(form | {"redirect_uri": "http://127.0.0.1/"}).status_code == 400
    first = desk.ask_token(form)
    assert first.get_json()["expires_in"] == 3600
    assert desk.ask_token(form).get_json() == {"error": "invalid_grant"}
    assert desk.refresh(first.get_json()["refresh_token"]).status_code == 400


def test_the_refresh_token_rotates_after_a_day_and_the_old_one_is_dead(desk):
    old = desk.tokens["refresh_token"]
    assert desk.refresh(old).get_json()["refresh_token"] == old
    desk.clock.moment += timedelta(hours=24)
    new = desk.refresh(old).get_json()["refresh_token"]
    assert new != old
    assert desk.refresh(old).get_json()["error"] == "invalid_grant"
    assert desk.refresh(new).status_code == 200


def test_two_refreshes_at_once_do_not_both_succeed(desk):
    token = desk.tokens["refresh_token"]
    answers = []
    desk.books.consent.during_refresh = lambda: answers.append(_second(desk, token))
    assert desk.refresh(token).status_code == 200
    assert answers == ["invalid_grant"]


def _second(desk: Desk, token: str) -> str:
    return str(desk.refresh(token).get_json()["error"])


def test_the_hard_expiry_is_told_only_to_who_asks(desk):
    token = desk.tokens["refresh_token"]
    assert "x_refresh_token_hard_expires_in" not in desk.refresh(token).get_json()
    told = desk.refresh(token, hard=True).get_json()
    assert 157_000_000 < told["x_refresh_token_hard_expires_in"] < 157_680_000
    assert 8_726_390 < told["x_refresh_token_expires_in"] <= 8_726_400


def test_a_refresh_token_lives_a_hundred_days_and_five_years_at_most(desk):
    token = desk.tokens["refresh_token"]
    desk.clock.moment += timedelta(days=102)
    assert desk.refresh(token).status_code == 400
    token = desk.connect(desk.realm)["refresh_token"]
    for _ in range(30):
        desk.clock.moment += timedelta(days=60)
        token = desk.refresh(token).get_json()["refresh_token"]
    desk.clock.moment += timedelta(days=60)
    assert desk.refresh(token).get_json()["error"] == "invalid_grant"


def test_revoking_and_disconnecting_kill_every_token(desk):
    basic = base64.b64encode(b"quickbooks-app:quickbooks-secret").decode()
    body = json.dumps({"token": desk.tokens["refresh_token"]})
    path, headers = "/v2/oauth2/tokens/revoke", {"Authorization": f"Basic {basic}"}
    assert desk.http.post(path, data=body, headers=headers).status_code == 200
    assert desk.get("preferences").status_code == 401
    assert desk.http.post(path, data=body, headers=headers).status_code == 400
    assert desk.http.post(path, data=body).status_code == 401
    desk.tokens = desk.connect(desk.realm)
    desk.books.disconnect(desk.realm)
    assert desk.get("preferences").status_code == 401
    assert desk.refresh(desk.tokens["refresh_token"]).status_code == 400


def test_discovery_names_every_endpoint(desk):
    found = desk.http.get("/.well-known/openid_configuration/").get_json()
    assert found["token_endpoint"].endswith("/oauth2/v1/tokens/bearer")
    assert found["revocation_endpoint"].endswith("/v2/oauth2/tokens/revoke")


def test_an_expired_token_is_refused_in_lower_case(desk):
    desk.clock.moment += timedelta(seconds=3600)
    answer = desk.get("preferences")
    assert answer.status_code == 401
    assert answer.get_json()["fault"]["error"][0]["code"] == "3200"


def test_a_token_opens_its_own_company_only(desk):
    other = desk.books.add_company("Other")
    path = f"/v3/company/{other}/companyinfo/{other}"
    answer = desk.http.get(path, headers={"Authorization": f"Bearer {desk.token}"})
    assert answer.status_code == 403
    assert "ApplicationAuthorizationFailed" in answer.text


def test_company_and_preferences(desk):
    info = desk.get(f"companyinfo/{desk.realm}").get_json()["CompanyInfo"]
    assert (info["CompanyName"], info["Country"]) == ("Wren Supplies", "US")
    prefs = desk.get("preferences").get_json()["Preferences"]
    assert prefs["SalesFormsPrefs"]["AutoApplyPayments"] is False
    assert prefs["CurrencyPrefs"]["HomeCurrency"] == {"value": "USD"}


def test_the_query_language(desk):
    for number in range(5):
        due = DUE + timedelta(days=number)
        desk.books.raise_invoice(desk.realm, desk.customer, f"N-{number}", DAY, due, 1_000 + number)
    desk.books.record_payment(desk.realm, desk.books.invoices(desk.realm)[0]["Id"], 1_000, DAY, "R")

    def numbers(rest: str) -> list[str]:
        page = desk.query(f"SELECT * FROM Invoice {rest}")  # noqa: S608 - the test's own
        return [one["DocNumber"] for one in page.get("Invoice", [])]

    assert numbers("WHERE Balance > '0' ORDERBY DueDate DESC") == ["N-4", "N-3", "N-2", "N-1"]
    assert numbers("WHERE Balance >= '10.03' ORDER BY Id") == ["N-3", "N-4"]
    assert numbers("WHERE DocNumber LIKE '%-3'") == ["N-3"]
    assert numbers("where DocNumber in ('N-1', 'N-4') orderby DocNumber") == ["N-1", "N-4"]
    assert numbers(f"WHERE CustomerRef = '{desk.customer}' AND DueDate < '2026-03-11'") == [
        "N-0",
        "N-1",
    ]
    assert numbers("ORDERBY Id STARTPOSITION 2 MAXRESULTS 2") == ["N-1", "N-2"]
    assert desk.query("SELECT * FROM Invoice STARTPOSITION 9") == {}
    assert desk.query("SELECT count(*) FROM Invoice") == {"totalCount": 5}
    # 17:30 UTC and a bit is 10:30 in California, and everything above was written after it.
    assert len(numbers("WHERE MetaData.LastUpdatedTime >= '2026-03-10T10:30:00-07:00'")) == 5


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM Invoice WHERE PrivateNote = 'x'",
        "SELECT * FROM Payment WHERE DocNumber = 'x'",
        "SELECT * FROM Invoice STARTPOSITION 0",
        "SELECT * FROM Invoice WHERE Id = '1' OR Id = '2'",
        "SELECT * FROM Nothing",
        "SELECT * FROM Invoice WHERE DocNumber = 'it's'",
        "SELECT * FROM Invoice WHERE Id = 1",
        "SELECT Id FROM Invoice",
        "DELETE FROM Invoice",
        "",
    ],
)
def test_anything_else_is_no_query(desk, text):
    assert fault(desk.get("query", query=text)) == (400, "4001")


def test_a_quote_inside_a_value_is_escaped(desk):
    desk.books.add_customer(desk.realm, "Bo's Bikes")
    found = desk.query(r"SELECT * FROM Customer WHERE DisplayName = 'Bo\'s Bikes'")
    assert len(found["Customer"]) == 1


def test_a_page_holds_at_most_a_thousand(desk):
    with desk.shelf.change():
        for number in range(1_010):
            desk.invoice(f"N-{number}", 100)
    page = desk.query("SELECT * FROM Invoice ORDERBY Id MAXRESULTS 5000")
    assert page["maxResults"] == 1_000
    assert len(desk.query("SELECT * FROM Invoice")["Invoice"]) == 100
    answer = desk.get("cdc", entities="Invoice,Customer", changedSince="2026-03-01T00:00:00Z")
    [cdc] = answer.get_json()["CDCResponse"]
    assert [len(one.get("Invoice", [])) for one in cdc["QueryResponse"]] == [1_000, 0]


def test_changes_show_documents_and_tombstones(desk):
    first, second = desk.invoice("1"), desk.invoice("2")
    desk.clock.moment += timedelta(hours=1)
    since = desk.clock.moment.isoformat()
    desk.tokens = desk.connect(desk.realm)
    desk.books.delete(desk.realm, "Invoice", first)
    desk.books.edit_invoice(desk.realm, second, DueDate="2026-05-01")
    answer = desk.get("cdc", entities="Invoice,Payment", changedSince=since)
    [cdc] = answer.get_json()["CDCResponse"]
    changed, gone = cdc["QueryResponse"][0]["Invoice"]
    assert (changed["Id"], changed["DueDate"]) == (second, "2026-05-01")
    assert (gone["Id"], gone["status"]) == (first, "Deleted")
    assert cdc["QueryResponse"][1] == {}
    old = (desk.clock.moment - timedelta(days=31)).isoformat()
    assert fault(desk.get("cdc", entities="Invoice", changedSince=old))[0] == 400


def test_a_repeat_with_the_same_request_id_gets_the_first_answer(desk):
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 10}
    first = desk.post("payment", body, requestid="r-1").get_json()
    again = desk.post("payment", body | {"TotalAmt": 11}, requestid="r-1").get_json()
    assert first == again
    assert len(desk.books.payments(desk.realm)) == 1
    assert desk.post("payment", body, requestid="r-2").get_json() != first
    refused = desk.post("payment", body | {"TotalAmt": "x"}, requestid="r-3")
    assert refused.status_code == 400
    assert desk.post("payment", body, requestid="r-3").status_code == 200


def test_a_batch_fails_item_by_item(desk):
    good = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 10}
    items = [
        {"bId": "1", "operation": "create", "Payment": good},
        {"bId": "2", "operation": "create", "Payment": good | {"TotalAmt": -1}},
        {"bId": "3", "Query": "SELECT count(*) FROM Payment"},
    ]
    found = desk.post("batch", {"BatchItemRequest": items}).get_json()["BatchItemResponse"]
    assert [one["bId"] for one in found] == ["1", "2", "3"]
    assert found[0]["Payment"]["TotalAmt"] == 10
    assert found[1]["Fault"]["Error"][0]["code"] == "6000"
    assert found[2]["QueryResponse"] == {"totalCount": 1}


def test_limits_are_ten_a_second_and_five_hundred_a_minute(desk):
    desk.clock.step = timedelta(0)
    assert [desk.get("preferences").status_code for _ in range(11)] == [200] * 10 + [429]
    kinds = set()
    for _ in range(2):
        answer = desk.get("preferences")
        assert "Retry-After" not in answer.headers
        assert b"ThrottleExceeded" in answer.data
        kinds.add(answer.content_type)
    assert kinds == {"application/json", "application/xml"}
    desk.clock.step = timedelta(milliseconds=100)
    seen = [desk.get("preferences").status_code for _ in range(520)]
    assert seen.count(200) < 520
    desk.clock.moment += timedelta(minutes=1)
    assert desk.get("preferences").status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "kind", "said"),
    [
        ("429", 429, None, b"ThrottleExceeded"),
        ("500", 500, "application/json", b"10000"),
        ("503", 503, "text/html", b"Service Unavailable"),
        ("fault200", 200, "application/json", b"Fault"),
        ("empty200", 200, "application/json", b"time"),
    ],
)
def test_an_injected_fault_answers_instead_of_the_work(desk, name, status, kind, said):
    body = json.dumps({"CustomerRef": {"value": desk.customer}, "TotalAmt": 10})
    answer = desk.http.post(
        f"/v3/company/{desk.realm}/payment",
        data=body,
        headers={"Authorization": f"Bearer {desk.token}"},
        environ_overrides={"sandbox.fault": name},
    )
    assert answer.status_code == status
    assert kind is None or answer.content_type.startswith(kind)
    assert said in answer.data
    assert answer.headers["intuit_tid"]
    assert desk.books.payments(desk.realm) == []


def test_every_request_is_logged_and_counted(desk):
    before = desk.books.requests()[-1].seq
    desk.get("preferences")
    desk.post("payment", {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}, requestid="k")
    desk.http.get(f"/v3/company/{desk.realm}/preferences")
    read, wrote, stranger = desk.books.requests(after=before)
    assert (read.tenant, read.token, read.status) == (desk.realm, desk.token, 200)
    assert (wrote.key, wrote.method) == ("k", "POST")
    assert json.loads(wrote.body)["TotalAmt"] == 1
    assert (stranger.token, stranger.status) == ("", 401)
    assert desk.books.meter(desk.realm, "2026-03") == (1, 1)


def test_what_quickbooks_does_not_do(desk):
    assert fault(desk.get("vendor/1")) == (400, "500")
    assert fault(desk.get("invoice")) == (400, "500")
    assert fault(desk.post("payment", "{")) == (400, "2010")
    assert fault(desk.post("payment", "[]")) == (400, "2010")
    assert fault(desk.post("customer", {"Id": "1"}, operation="delete")) == (400, "500")


def collect(desk: Desk, style: str = "cloudevents", status: int = 200) -> list[Post]:
    """Deliver what is due and give what arrived."""
    got = []

    def carry(post):
        got.append(post)
        return status

    desk.books.deliver(carry, format=style)
    return got


def test_webhooks_as_cloud_events_of_several_companies(desk):
    other = desk.books.add_company("Other")
    desk.connect(other)
    far = desk.books.add_customer(other, "Far")
    key = desk.invoice()
    desk.books.void(desk.realm, key)
    [post] = collect(desk)
    events = json.loads(post.body)
    assert {one["intuitaccountid"] for one in events} == {desk.realm, other}
    assert [one["type"] for one in events][:2] == [
        "qbo.customer.created.v1",
        "qbo.invoice.created.v1",
    ]
    assert events[2]["type"] in {"qbo.invoice.void.v1", "qbo.invoice.voided.v1"}
    assert events[0]["intuitentityid"] == far
    assert len({one["id"] for one in events}) == len(events)
    expected = hmac.new(WEBHOOK_KEY.encode(), post.body, hashlib.sha256).digest()
    assert base64.b64decode(post.headers["intuit-signature"]) == expected
    assert collect(desk) == []


def test_webhooks_in_the_older_form_and_their_echo(desk):
    desk.post("payment", {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1})
    [post] = collect(desk, "legacy")
    [company] = json.loads(post.body)["eventNotifications"]
    assert company["realmId"] == desk.realm
    [entity] = company["dataChangeEvent"]["entities"]
    assert (entity["name"], entity["operation"]) == ("Payment", "Create")
    assert datetime.fromisoformat(entity["lastUpdated"]).astimezone(UTC).year == 2026


def test_a_refused_webhook_comes_again_by_the_table(desk):
    assert desk.books.next_post() is None
    desk.invoice()
    assert desk.books.next_post() == desk.clock.moment
    assert len(collect(desk, status=500)) == 1
    assert desk.books.next_post() == desk.shelf.next_post()
    assert collect(desk) == []
    gaps = [10, 20, 30, 300, 1200, 7200]
    for gap in gaps:
        desk.clock.moment += timedelta(seconds=gap)
        assert len(collect(desk, status=500)) == 1
    desk.clock.moment += timedelta(hours=4)
    assert len(collect(desk)) == 1
    assert collect(desk) == []


def test_nobody_is_told_before_the_connection_or_after_it(desk):
    silent = desk.books.add_company("Silent")
    desk.books.add_customer(silent, "Nobody")
    desk.books.disconnect(desk.realm)
    desk.invoice()
    assert collect(desk) == []


def test_a_post_carries_a_hundred_events_at_most(desk):
    with desk.shelf.change():
        for number in range(150):
            desk.invoice(f"N-{number}", 100)
    assert [len(json.loads(post.body)) for post in collect(desk)] == [100, 50]
