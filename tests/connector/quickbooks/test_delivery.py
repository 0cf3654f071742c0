"""An invoice mailed by QuickBooks, as PDF, and where it can be paid online."""

from __future__ import annotations

import pytest

from connector.marks import mark
from ledger.documents import Kind, Ref
from ledger.errors import RefusedError, RetryLaterError, StaleError, UnknownOutcomeError
from tests.connector.quickbooks.office import Office

GONE = Ref(Kind.INVOICE, "999")


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def invoice(office):
    return Ref(Kind.INVOICE, office.desk.invoice())


def test_quickbooks_mails_an_invoice(office, invoice):
    assert office.books.delivered(invoice) is None
    office.books.deliver(invoice, "", "d1")
    sent = office.desk.doc("Invoice", invoice.id)
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "ada@example.com")
    first = office.books.delivered(invoice)
    assert first is not None
    assert first.isoformat().endswith("+00:00")
    office.books.deliver(invoice, "bo+ap@example.com", "d2")
    assert office.desk.doc("Invoice", invoice.id)["BillEmail"]["Address"] == "bo+ap@example.com"
    [one, two] = office.writes("/send")
    assert (one.key, two.key, one.body) == (mark("d1"), mark("d2"), b"")
    assert "sendTo" not in one.query
    assert office.books.delivered(GONE) is None


def test_one_key_mails_once(office, invoice):
    office.storm = ["unanswered"]
    with pytest.raises(UnknownOutcomeError):
        office.books.deliver(invoice, "", "d1")
    # What tells before a repeat that it went.
    first = office.books.delivered(invoice)
    assert first is not None
    office.books.deliver(invoice, "", "d1")
    assert office.books.delivered(invoice) == first


def test_a_mail_that_never_left_was_not_delivered(office, invoice):
    office.storm = ["lost"]
    with pytest.raises(UnknownOutcomeError):
        office.books.deliver(invoice, "", "d1")
    assert office.books.delivered(invoice) is None


@pytest.mark.asks_wrongly
@pytest.mark.parametrize(
    ("to", "said"), [("bounce@example.com", "Undeliverable"), ("nobody", "no e-mail address")]
)
def test_an_address_that_takes_nothing_is_said(office, invoice, to, said):
    with pytest.raises(RefusedError, match=said):
        office.books.deliver(invoice, to, "d1")


def test_the_limit_of_a_sandbox_company_is_a_refusal(office, invoice):
    for number in range(40):
        office.books.deliver(invoice, "", f"d{number}")
    with pytest.raises(RefusedError, match="limit of e-mails"):
        office.books.deliver(invoice, "", "d40")


def test_an_invoice_as_quickbooks_prints_it(office, invoice):
    assert office.books.pdf(invoice).startswith(b"%PDF")
    assert office.gate.calls == [1]
    with pytest.raises(StaleError):
        office.books.pdf(GONE)
    # JSON is no PDF, whatever else it is.
    office.storm = ["empty200"]
    with pytest.raises(RetryLaterError, match="no PDF"):
        office.books.pdf(invoice)


def test_an_invoice_has_a_link_where_it_can_be_paid_online(office, invoice):
    desk = office.desk
    assert office.books.online(invoice) == ""
    desk.books.set_takes_cards(desk.realm, on=True)
    desk.books.edit_invoice(desk.realm, invoice.id, AllowOnlineCreditCardPayment=True)
    assert office.books.online(invoice).endswith(f"-{invoice.id}")
    with pytest.raises(StaleError):
        office.books.online(GONE)
