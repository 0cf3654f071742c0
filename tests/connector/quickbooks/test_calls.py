"""What QuickBooks' gateway may answer, in our four words."""

from __future__ import annotations

import io
import json

import pytest
import requests
from requests.adapters import BaseAdapter

from connector.memory import Memory
from connector.protocol import Access, Wire
from connector.quickbooks.calls import Calls
from connector.quickbooks.terms import Terms
from connector.quickbooks.walk import Walk
from ledger.documents import Invoice
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from tests.connector.quickbooks.office import Turnstile
from tests.sandbox.quickbooks_desk import Desk

PAYMENT = {"CustomerRef": {"value": "1"}, "TotalAmt": 1}


class Canned(BaseAdapter):
    """Answers every call with the same words, or fails."""

    def __init__(self, status=200, body="", error=None, headers=None):
        super().__init__()
        self.status, self.body, self.error = status, body, error
        self.headers = {"intuit_tid": "1-abc"} | (headers or {})
        self.sent = []

    def send(self, request, *_args, **options):
        self.sent.append((request, options["timeout"]))
        if self.error:
            raise self.error
        answer = requests.Response()
        answer.status_code = self.status
        answer.headers.update(self.headers)
        answer.raw = io.BytesIO(self.body.encode())
        answer.url, answer.request = request.url, request
        return answer

    def close(self):
        """Hold nothing open."""


def calls(canned, gate=None):
    wire = Wire(addresses={"api": "http://quickbooks.test"}, adapter=canned)
    return Calls(Access("9130350000000001", "token"), gate or Turnstile(), wire)


def fault(code, kind="ValidationFault"):
    error = {"Message": "No", "Detail": "because", "code": code, "element": ""}
    return json.dumps({"Fault": {"Error": [error], "type": kind}})


XML = (
    '<?xml version="1.0"?><IntuitResponse><Fault type="SERVICE"><Error code="003001">'
    "<Message>message=ThrottleExceeded</Message></Error></Fault></IntuitResponse>"
)
LOWER = json.dumps({"fault": {"error": [{"message": "m", "code": "3200"}], "type": "AUTH"}})


@pytest.mark.parametrize(
    ("status", "body", "on_read", "on_write"),
    [
        (400, fault("5010"), StaleError, StaleError),
        (400, fault("6210"), RefusedError, RefusedError),
        (400, fault("not a number"), RefusedError, RefusedError),
        (200, fault("10000", "SystemFault"), RetryLaterError, UnknownOutcomeError),
        (200, fault("6000"), RefusedError, RefusedError),
        (200, fault("5010"), StaleError, StaleError),
        (500, fault("10000"), RetryLaterError, UnknownOutcomeError),
        (503, "<html>Service Unavailable</html>", RetryLaterError, UnknownOutcomeError),
        (504, "", RetryLaterError, UnknownOutcomeError),
        (429, XML, RetryLaterError, RetryLaterError),
        (403, XML, RetryLaterError, RetryLaterError),
        (403, LOWER, DisconnectedError, DisconnectedError),
        (401, LOWER, DisconnectedError, DisconnectedError),
        (400, fault("120"), DisconnectedError, DisconnectedError),
        (401, "", DisconnectedError, DisconnectedError),
        (404, "", RefusedError, RefusedError),
        (302, "", RefusedError, RefusedError),
        (400, '{"Fault": {"Error": []}}', RefusedError, RefusedError),
        (400, '{"Fault": "x"}', RefusedError, RefusedError),
        (200, "<html>", RetryLaterError, UnknownOutcomeError),
        (200, "[]", RetryLaterError, UnknownOutcomeError),
        (200, "[" * 100_000, RetryLaterError, UnknownOutcomeError),
        (200, "{}", RetryLaterError, UnknownOutcomeError),
        (200, '{"Payment": {}, "QueryResponse": []}', RetryLaterError, UnknownOutcomeError),
    ],
)
def test_refusals(status, body, on_read, on_write):
    with pytest.raises(on_read):
        calls(Canned(status, body)).query("SELECT * FROM Payment")
    with pytest.raises(on_write):
        calls(Canned(status, body)).create("Payment", PAYMENT, "k1")


def test_a_refusal_keeps_code_words_and_the_vendors_id():
    with pytest.raises(RefusedError) as caught:
        calls(Canned(400, fault("06210"))).create("Payment", PAYMENT, "k1")
    assert caught.value.code == "6210"
    assert caught.value.reason.startswith("No: because. The books are closed for that day")
    assert caught.value.reason.endswith("[intuit_tid 1-abc]")


@pytest.mark.parametrize(
    ("error", "on_write"),
    [
        (requests.ConnectTimeout(), RetryLaterError),
        (requests.ReadTimeout(), UnknownOutcomeError),
        (requests.ConnectionError(), UnknownOutcomeError),
        (requests.exceptions.ChunkedEncodingError(), UnknownOutcomeError),
    ],
)
def test_silence(error, on_write):
    with pytest.raises(RetryLaterError):
        calls(Canned(error=error)).query("SELECT * FROM Payment")
    with pytest.raises(on_write):
        calls(Canned(error=error)).create("Payment", PAYMENT, "k1")


def test_nobody_listens():
    desk = Desk()
    with desk.served() as address:
        wire = Wire(addresses={"api": address})
    with pytest.raises(RetryLaterError, match="cannot be reached"):
        Calls(Access(desk.realm, "t"), Turnstile(), wire).create("Payment", PAYMENT, "k1")


def test_every_call_is_bounded_and_asks_the_gate_first():
    canned, gate = Canned(200, '{"QueryResponse": {}}'), Turnstile()
    assert calls(canned, gate).query("SELECT * FROM Invoice") == ([], "")
    [(request, timeout)] = canned.sent
    assert timeout == (3, 20)
    assert request.headers["Authorization"] == "Bearer token"
    assert "minorversion=75" in request.url
    assert gate.calls == [True]


def test_a_longer_wait_is_respected():
    gate = Turnstile()
    with pytest.raises(RetryLaterError):
        calls(Canned(429, "", headers={"Retry-After": "90"}), gate).query("SELECT * FROM Invoice")
    assert gate.waits == [90.0]


def test_a_document_without_a_currency_has_the_companys(now):
    doc = {
        "Id": "1",
        "CustomerRef": {"value": "2"},
        "TxnDate": "2026-03-01",
        "TotalAmt": 1250,
        "Balance": 1250,
    }
    answers = {
        "QueryResponse": {"Invoice": [doc]},
        "Preferences": {"CurrencyPrefs": {"HomeCurrency": {"value": "JPY"}}},
    }
    asked = calls(Canned(200, json.dumps(answers)))
    walk = Walk(asked, lambda: now, lambda: "JPY", Terms(asked, lambda: now, Memory()))
    [found] = walk.translated("Invoice", [doc])
    assert isinstance(found.document, Invoice)
    assert found.document.balance.currency == "JPY"
    # Where the vendor names no time, the changes of the whole last day are asked for again.
    page = walk.sync(json.dumps({"stage": 3}))
    assert json.loads(page.cursor)["since"] == "2026-03-09T09:30:00+00:00"
