"""Answers that are well formed and make no sense: asked again or told, never acted upon."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from connector.protocol import Access, Opening, Wire
from connector.quickbooks import PROVIDER
from ledger.documents import Kind, Purpose, Ref, Source
from ledger.errors import OutsideError, RefusedError, RetryLaterError, StaleError
from ledger.payouts import Movement, Payout, PayoutEntry
from tests.connector.quickbooks.office import Turnstile, dollars, from_stripe, pays
from tests.connector.quickbooks.test_batch import answered, failing
from tests.connector.quickbooks.test_calls import Canned
from tests.sandbox.quickbooks_desk import DAY, DUE

COMPANY = {"QueryResponse": {"CompanyInfo": [{"CompanyName": "Finch", "Country": "GB"}]}}
PREFERENCES = {
    "QueryResponse": {
        "Preferences": [
            {"CurrencyPrefs": {"HomeCurrency": {"value": "GBP"}, "MultiCurrencyEnabled": True}}
        ]
    }
}
NOTHING: dict[str, dict[str, object]] = {"QueryResponse": {}}


def books(canned, now, **more):
    wire = Wire(addresses={"api": "http://quickbooks.test"}, adapter=canned)
    access = Access("9130350000000001", "token")
    return PROVIDER.open(Opening(access, Turnstile(), wire, lambda: now, **more))


class Turns(Canned):
    """Answers one after another."""

    def __init__(self, *bodies):
        super().__init__()
        self.bodies = list(bodies)

    def send(self, request, *args, **options):
        self.body = self.bodies.pop(0)
        return super().send(request, *args, **options)


def test_a_company_whose_currencies_cannot_be_listed_is_known_all_the_same(now):
    found = books(Canned(200, answered(COMPANY, PREFERENCES, failing("4001"))), now).organisation()
    assert (found.name, found.currency, found.currencies) == ("Finch", "GBP", ("GBP",))


@pytest.mark.parametrize(
    ("company", "error"),
    [(failing("3200"), OutsideError), (failing("6000"), RefusedError), (NOTHING, RetryLaterError)],
)
def test_a_company_that_does_not_tell_of_itself(now, company, error):
    with pytest.raises(error):
        books(Canned(200, answered(company, PREFERENCES, NOTHING)), now).organisation()


def test_a_question_that_fails_before_a_write_stops_it(now):
    canned = Canned(200, answered(NOTHING, failing("4001"), PREFERENCES))
    with pytest.raises(RefusedError, match="a fault in Dunnock"):
        books(canned, now).apply(from_stripe(100), [pays("1", 100)], "k1", DAY)
    assert len(canned.sent) == 1


def test_lines_that_cannot_be_read_are_not_sent_back(now):
    payment = {
        "Id": "5",
        "SyncToken": "0",
        "CustomerRef": {"value": "1"},
        "UnappliedAmt": 100,
        "TotalAmt": 100,
        "Line": ["what is this"],
    }
    invoice = {"Id": "1", "CustomerRef": {"value": "1"}, "Balance": 100}
    whole = {"QueryResponse": {"Payment": [payment]}}
    canned = Canned(200, answered(whole, {"QueryResponse": {"Invoice": [invoice]}}, PREFERENCES))
    receipt = replace(from_stripe(100), source=Source.LEDGER)
    with pytest.raises(RefusedError, match="lines of payment 5 cannot be read"):
        books(canned, now).apply(receipt, [pays("1", 100)], "k1", DAY)


def payout():
    entry = PayoutEntry("txn", Movement.PAYMENT, dollars(100), dollars(0), dollars(0), "pi_1")
    return Payout(Ref(Kind.PAYOUT, "po_1"), DUE, dollars(100), (entry,))


CHOSEN = {Purpose.PAYOUTS: "3", Purpose.FEES: "4"}


def test_a_payout_waits_for_answers_that_can_be_read(now):
    turns = Turns(json.dumps(NOTHING), answered(NOTHING, failing("5010"), PREFERENCES))
    with pytest.raises(StaleError):
        books(turns, now, accounts=CHOSEN).book_payout(payout(), "p1", DUE)


def test_a_deposit_of_no_known_day_counts_as_near(now):
    twin = {"Id": "9", "TotalAmt": 1, "DepositToAccountRef": {"value": "3"}, "TxnDate": "soon"}
    found = json.dumps({"QueryResponse": {"Deposit": [twin]}})
    with pytest.raises(RefusedError, match="a deposit of"):
        books(Canned(200, found), now, accounts=CHOSEN).book_payout(payout(), "p1", DUE)
