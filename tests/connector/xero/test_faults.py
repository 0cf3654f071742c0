"""Xero's four ways of saying no, word by word, and what each is here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.protocol import Share
from connector.xero.faults import error_of
from ledger.documents import Purpose
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from ledger.money import Money
from sandbox.xero import posting
from tests.connector.xero import office as offices
from tests.connector.xero.money import KEY, bill, card, gbp
from tests.connector.xero.test_payouts import Till, payout
from tests.flows.scene import raised
from tests.sandbox.xero_desk import TODAY


def told(status, body=b"", *, writes=True, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(status, body, named, writes=writes)


def validation(said):
    document = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": said}]}],
    }
    return json.dumps(document).encode()


def gateway(status, title, detail):
    document = {"Type": None, "Title": title, "Status": status, "Detail": detail}
    return json.dumps({**document, "Instance": "abc", "Extensions": {}}).encode()


KNOWN = [
    ("Payments can only be made against Authorised documents", StaleError, ""),
    ("Payment amount exceeds the amount outstanding on this document", StaleError, ""),
    ("Invoice not of valid status for modification", StaleError, ""),
    (posting.HAS_PAYMENTS, RefusedError, ""),
    (
        "The document date cannot be before the end of year lock date, currently set at 31-Jul-13",
        RefusedError,
        "move the lock date in Xero",
    ),
    (
        "The document date cannot be before the period lock date, currently set at 31-Jul-2013",
        RefusedError,
        "move the lock date in Xero",
    ),
    ("Invoice # must be unique.", RefusedError, ""),
    ("This payment has been reconciled", RefusedError, "take the reconciliation back"),
    ("Organisation is not subscribed to currency USD", RefusedError, "add the currency in Xero"),
    ("Account code '404' is not a valid code", RefusedError, "choose another account"),
    ("The TaxType code 'X' cannot be used", RefusedError, "another tax rate"),
    ("Something nobody has seen", RefusedError, ""),
]


@pytest.mark.parametrize(("said", "error", "advice"), KNOWN)
def test_a_validation_says_what_changed_or_what_to_do(said, error, advice):
    for words in (said, said.upper()):
        made = told(400, validation(words))
        assert type(made) is error
        assert words in str(made)
        assert advice in str(made)
    if error is RefusedError:
        assert told(400, validation(said)).code == "10"


def test_a_query_that_cannot_be_read_has_no_elements():
    body = {"ErrorNumber": 16, "Type": "QueryParseException", "Message": "No such field"}
    made = told(400, json.dumps(body).encode())
    assert (type(made), str(made)) == (RefusedError, "No such field (16)")


@pytest.mark.parametrize(
    ("status", "title", "detail", "error"),
    [
        (401, "Unauthorized", "TokenExpired: token expired at 2026-11-22", DisconnectedError),
        (401, "Unauthorized", "AuthenticationUnsuccessful", DisconnectedError),
        (403, "Forbidden", "AuthenticationUnsuccessful", DisconnectedError),
        (401, "Unauthorized", "AuthorizationUnsuccessful", RefusedError),
        (403, "Forbidden", "insufficient_scope", RefusedError),
    ],
)
def test_the_gateway_tells_an_ended_consent_from_a_small_one(status, title, detail, error):
    made = told(status, gateway(status, title, detail))
    assert type(made) is error
    assert "connect again" in str(made) if error is RefusedError else detail in str(made)


@pytest.mark.parametrize(
    ("problem", "after", "seconds"),
    [
        ("minute", "17", 17),
        ("concurrent", None, 2),
        ("day", "40000", 40_000),
        ("appminute", "9", 9),
    ],
)
def test_each_limit_asks_for_its_own_patience(problem, after, seconds):
    headers = {"X_Rate_Limit_Problem": problem, **({"Retry_After": after} if after else {})}
    for writes in (True, False):
        made = told(429, b"", writes=writes, **headers)
        assert isinstance(made, RetryLaterError)
        assert made.seconds == seconds
        assert problem in str(made)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("The Organisation is offline", 300),
        ("The Xero API is temporarily unavailable", 30),
        ("The Xero API is currently offline for maintenance", 30),
    ],
)
def test_plain_words_of_a_failing_server(said, seconds):
    made = told(503, said.encode(), writes=False)
    assert isinstance(made, RetryLaterError)
    assert (made.seconds, str(made)) == (seconds, said)
    # What became of a write nobody knows.
    assert isinstance(told(503, said.encode()), UnknownOutcomeError)


def test_an_old_tls_is_no_fault_of_the_call():
    for writes in (True, False):
        made = told(412, b"TLS 1.0 is not supported", writes=writes)
        assert isinstance(made, RetryLaterError)
        assert made.seconds == 3600
        assert "TLS" in str(made)
    assert "TLS 1.2" in str(told(412))


def test_what_is_gone_is_read_again():
    assert isinstance(told(404, b"The resource you're looking for cannot be found"), StaleError)


def test_an_account_that_cannot_be_paid_into_is_chosen_anew():
    office = offices.make()
    share = [Share(bill(office), gbp(100))]
    office.standin.set_account(office.tenant, office.bank, status="ARCHIVED")
    with pytest.raises(RefusedError, match=r"allows payments.*; choose another account"):
        office.books().apply(card(100), share, KEY, TODAY)
    cost = office.standin.add_account(office.tenant, "Cost", "404", type_="EXPENSE")
    books = office.books(accounts={Purpose.STRIPE: cost})
    with pytest.raises(RefusedError, match="choose another account in the settings"):
        books.apply(card(100), share, "k2", TODAY)


def test_an_account_in_another_currency_is_named_with_its_cure():
    office = offices.make()
    other = office.standin.add_account(office.tenant, "Dollars", "095", currency="USD")
    euros = Money(100, "EUR")
    share = [Share(bill(office, currency="EUR"), euros)]
    books = office.books(accounts={Purpose.STRIPE: other})
    with pytest.raises(RefusedError, match="account of that currency"):
        books.apply(card(amount=euros, unapplied=euros), share, KEY, TODAY)


def test_the_lock_date_is_named_with_its_cure():
    till = Till()
    till.standin.set_lock_date(till.tenant, TODAY)
    with pytest.raises(RefusedError, match="22-Nov-2026; move the lock date in Xero"):
        till.books().book_payout(payout(), KEY, TODAY)


def test_a_day_that_is_used_up_rests_the_organisation_alone(tmp_path: Path):
    """No call leaves until the day is over: Xero says how long that is."""
    with raised(tmp_path) as scene:
        scene.connect()
        xero, tenant = scene.town.xero, scene.keeper.tenant
        books = scene.tools.open_books(scene.books)
        xero.limits.per_day = 0
        with pytest.raises(RetryLaterError, match="limit per day") as later:
            books.organisation()
        assert later.value.seconds > 60
        reached = len(xero.requests())
        with pytest.raises(RetryLaterError):
            scene.tools.open_books(scene.books).organisation()
        assert len(xero.requests()) == reached
        xero.limits.per_day = 5_000
        scene.town.clock.wait(later.value.seconds + 1)
        assert scene.tools.open_books(scene.books).organisation().name
        assert tenant in {one.tenant for one in xero.requests()[reached:]}
