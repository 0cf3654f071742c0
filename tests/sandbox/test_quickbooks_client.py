"""The real python-quickbooks against the stand-in over loopback."""

from __future__ import annotations

import json
import warnings
from decimal import Decimal

import pytest
import requests

from tests.sandbox.quickbooks_desk import DAY, Desk, pays

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from quickbooks import QuickBooks
    from quickbooks.exceptions import (
        AuthorizationException,
        ObjectNotFoundException,
        QuickbooksException,
        ValidationException,
    )
    from quickbooks.objects.customer import Customer
    from quickbooks.objects.invoice import Invoice


class Carrier(requests.Session):
    """A plain session that shows the client its token."""

    access_token = ""


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def client(desk):
    with desk.served() as address:
        made = QuickBooks(company_id=desk.realm, minorversion=75, use_decimal=True)
        made.api_url_v3 = f"{address}/v3"
        made.session = Carrier()
        made.session.access_token = desk.token
        yield made
        made.session.close()


def test_reading_and_querying(desk, client):
    key = desk.invoice(minor=12_345)
    assert Invoice.get(key, qb=client).Balance == Decimal("123.45")
    [found] = Invoice.where("Balance > '0'", qb=client)
    assert found.DocNumber == "1001"
    assert Customer.count("Active = true", qb=client) == 1
    answer = client.query("SELECT * FROM Invoice")
    assert answer["QueryResponse"]["maxResults"] == 1


def test_paying_and_being_refused(desk, client):
    key = desk.invoice(minor=10_000)
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 60, "Line": pays((key, 60))}
    made = client.create_object("Payment", _json(body), request_id="one")
    again = client.create_object("Payment", _json(body), request_id="one")
    assert made == again
    assert desk.books.receivables(desk.realm) == {"USD": 4_000}
    with pytest.raises(QuickbooksException, match="6000"):
        client.create_object("Payment", _json(body), request_id="two")
    desk.books.set_book_close_date(desk.realm, DAY)
    closed = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1, "TxnDate": DAY.isoformat()}
    with pytest.raises(QuickbooksException, match="6210"):
        client.create_object("Payment", _json(closed))


def test_its_own_exceptions_are_what_it_makes_of_our_faults(client):
    with pytest.raises(ObjectNotFoundException):
        Invoice.get("99999", qb=client)
    with pytest.raises(ValidationException):
        client.query("SELECT * FROM Invoice WHERE PrivateNote = 'x'")
    client.session.access_token = "wrong"
    with pytest.raises(AuthorizationException):
        client.query("SELECT * FROM Invoice")


def test_changes(desk, client):
    desk.invoice()
    answer = client.change_data_capture("Invoice", "2026-03-10T00:00:00-08:00")
    assert answer["CDCResponse"][0]["QueryResponse"][0]["Invoice"][0]["DocNumber"] == "1001"


def _json(body: dict[str, object]) -> str:
    return json.dumps(body)
