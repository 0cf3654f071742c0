"""Several questions in one call: each with its own answer or its own fault, spaced and counted."""

from __future__ import annotations

import json

import pytest

from connector.protocol import Access
from connector.quickbooks.calls import BATCH_MAX, Calls, among, statement
from ledger.documents import Kind, Ref
from ledger.errors import RefusedError, RetryLaterError
from tests.connector.quickbooks.office import Office, Turnstile, from_stripe, pays
from tests.connector.quickbooks.test_calls import Canned, calls
from tests.sandbox.quickbooks_desk import DAY


@pytest.fixture
def office():
    return Office()


def of(office):
    desk = office.desk
    return Calls(Access(desk.realm, desk.token), office.gate, office.wire())


def answered(*items):
    told = [{"bId": str(number), **item} for number, item in enumerate(items)]
    return json.dumps({"BatchItemResponse": told, "time": "2026-03-10T09:30:00-07:00"})


def failing(code):
    error = {"Message": "No", "Detail": "because", "code": code, "element": ""}
    return {"Fault": {"Error": [error], "type": "ValidationFault"}}


def test_a_faulty_question_leaves_the_others_their_answers(office):
    key = office.desk.invoice()
    asked = [
        statement("Invoice", ""),
        statement("Invoice", "PrivateNote = 'x'"),
        statement("Customer", ""),
    ]
    invoices, refused, customers = of(office).batch(asked)
    assert isinstance(invoices, list)
    assert isinstance(customers, list)
    assert [one["Id"] for one in invoices] == [key]
    assert [one["Id"] for one in customers] == [office.desk.customer]
    assert isinstance(refused, RefusedError)
    assert refused.code == "4001"
    with pytest.raises(RefusedError):
        of(office).together([("Invoice", ""), ("Invoice", "PrivateNote = 'x'")])


def test_a_batch_is_read_in_the_order_it_was_asked():
    body = json.loads(answered({"QueryResponse": {"A": [{"Id": "1"}]}}, {"QueryResponse": {}}))
    body["BatchItemResponse"].reverse()
    found = calls(Canned(200, json.dumps(body))).batch(["one", "two"])
    assert found == [[{"Id": "1"}], []]


def test_more_questions_than_a_batch_holds_are_several(office):
    keys = [office.desk.invoice(str(number)) for number in range(BATCH_MAX + 1)]
    found = of(office).together([("Invoice", among("Id", [key])) for key in keys])
    assert [one["Id"] for [one] in found] == keys
    assert office.gate.calls == [BATCH_MAX, 1]
    # One batch leaves the room of eight calls, so that a minute never has more than 40.
    assert office.gate.weights == [8, 8]


def test_throttling_inside_a_batch_rests_the_company():
    gate = Turnstile()
    body = answered({"QueryResponse": {}}, failing("3001"))
    with pytest.raises(RetryLaterError) as caught:
        calls(Canned(200, body), gate).together([("Invoice", ""), ("Payment", "")])
    assert caught.value.seconds == 60
    assert gate.waits == [60.0]


@pytest.mark.parametrize(
    "body",
    [
        answered({"QueryResponse": {}}),
        answered({"QueryResponse": {}}, {"QueryResponse": []}),
        answered({"QueryResponse": {}}, {}),
        '{"BatchItemResponse": 7}',
        "{}",
    ],
)
def test_a_batch_that_leaves_a_question_out_is_asked_again(body):
    with pytest.raises(RetryLaterError):
        calls(Canned(200, body)).together([("Invoice", ""), ("Payment", "")])


def test_a_batch_that_does_not_count_says_so():
    body = answered({"QueryResponse": {"totalCount": 3}}, {"QueryResponse": {"totalCount": "x"}})
    assert calls(Canned(200, body)).count([("Invoice", ""), ("Payment", "")]) is None


def test_pages_behind_the_first_are_read_one_by_one(office, monkeypatch):
    monkeypatch.setattr("connector.quickbooks.calls.PAGE", 2)
    monkeypatch.setattr(statement, "__defaults__", (1, 2))
    keys = [office.desk.invoice(str(number)) for number in range(5)]
    invoices, customers = of(office).together([("Invoice", ""), ("Customer", "")])
    assert [one["Id"] for one in invoices] == keys
    assert len(customers) == 1
    assert office.gate.weights == [8, 1, 1]


def test_what_a_reminder_rests_on_is_one_call(office):
    desk = office.desk
    office.books.position(desk.customer)
    assert office.gate.weights == [8]
    child = desk.books.add_customer(desk.realm, "Shop", parent=desk.customer)
    office.books.position(child)
    assert office.gate.weights == [8, 8, 8]


def test_applying_money_is_one_question_and_one_write(office):
    key = office.desk.invoice()
    office.books.apply(from_stripe(10_000), [pays(key, 10_000)], "k1", DAY)
    assert office.gate.weights == [8, 1]
    office.books.read([Ref(Kind.INVOICE, key)])
    assert office.gate.weights == [8, 1, 1]


def test_every_statement_has_an_order_and_asks_by_what_can_be_asked(office):
    """Offset paging over changing books repeats and skips unless the order is fixed."""
    desk = office.desk
    key = desk.invoice()
    books = office.books
    books.apply(office.receipt(100), [pays(key, 100)], "k1", DAY)
    books.note(Ref(Kind.INVOICE, key), "x", "n1")
    books.find_note(Ref(Kind.INVOICE, key), "n1")
    books.position(desk.customer)
    books.organisation()
    books.accounts()
    cursor = books.sync("").cursor
    books.sync(cursor)
    books.open_documents("")
    texts = []
    for one in desk.books.requests():
        if one.path.endswith("/query"):
            texts.append(one.body.decode())
        elif one.path.endswith("/batch"):
            texts += [item["Query"] for item in json.loads(one.body)["BatchItemRequest"]]
    assert len(texts) > 10
    for text in texts:
        assert "PrivateNote" not in text
        single = text.endswith(("FROM CompanyInfo", "FROM Preferences"))
        counted = text.startswith("SELECT count(*)")
        assert single or counted or "ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000" in text, text
