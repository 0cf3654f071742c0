"""The stand-in's books: arithmetic, tokens of change, conditions, all as QuickBooks has them."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.quickbooks.faults import Fault
from tests.sandbox.quickbooks_desk import DAY, DUE, Desk, fault, pays


@pytest.fixture
def desk():
    return Desk()


def test_a_payment_lowers_the_balance_of_what_it_pays(desk):
    first, second = desk.invoice("1", 10_000), desk.invoice("2", 5_050)
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 160.25, "PaymentRefNum": "R-1"}
    answer = desk.post("payment", body | {"Line": pays((first, 100.0), (second, 50.5))})
    payment = answer.get_json()["Payment"]
    assert payment["UnappliedAmt"] == 9.75
    assert desk.doc("Invoice", first)["Balance"] == 0
    assert desk.doc("Invoice", second)["Balance"] == 0
    assert desk.doc("Invoice", second)["LinkedTxn"] == [
        {"TxnId": payment["Id"], "TxnType": "Payment"}
    ]
    assert desk.books.receivables(desk.realm) == {"USD": 0}
    assert desk.doc("Customer", desk.customer)["Balance"] == -9.75


def test_line_array_of_a_sparse_update_replaces_all_lines(desk):
    first, second = desk.invoice("1", 10_000), desk.invoice("2", 10_000)
    key = desk.books.record_payment(desk.realm, first, 10_000, DAY, "R-1")
    body = {"Id": key, "SyncToken": "0", "sparse": True, "Line": pays((second, 40))}
    payment = desk.post("payment", body).get_json()["Payment"]
    assert payment["UnappliedAmt"] == 60
    assert payment["PaymentRefNum"] == "R-1"
    assert desk.doc("Invoice", first)["Balance"] == 100
    assert desk.doc("Invoice", first)["LinkedTxn"] == []
    assert desk.doc("Invoice", second)["Balance"] == 60


def test_a_full_update_clears_what_it_leaves_out(desk):
    key = desk.books.record_receipt(desk.realm, desk.customer, 10_000, DAY, "R-1", memo="keep")
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 100, "Id": key, "SyncToken": "0"}
    payment = desk.post("payment", body).get_json()["Payment"]
    assert "PaymentRefNum" not in payment
    assert "PrivateNote" not in payment
    assert payment["UnappliedAmt"] == 100


def test_an_old_sync_token_is_stale(desk):
    key = desk.books.record_receipt(desk.realm, desk.customer, 10_000, DAY, "R-1")
    body = {"Id": key, "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert desk.post("payment", body).status_code == 200
    assert fault(desk.post("payment", body)) == (400, "5010")


def test_paying_an_invoice_changes_its_sync_token(desk):
    key = desk.invoice()
    desk.books.record_payment(desk.realm, key, 100, DAY, "R-1")
    assert desk.doc("Invoice", key)["SyncToken"] == "1"


def test_more_than_the_open_balance_is_refused_and_nothing_is_written(desk):
    key = desk.invoice(minor=10_000)
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 200}
    assert fault(desk.post("payment", body | {"Line": pays((key, 100.01))})) == (400, "6000")
    assert fault(desk.post("payment", body | {"Line": pays((key, 200.01))})) == (400, "6000")
    assert desk.books.payments(desk.realm) == []
    assert desk.doc("Invoice", key)["Balance"] == 100


def test_a_credit_memo_is_applied_with_a_payment_of_nothing(desk):
    key = desk.invoice(minor=10_000)
    memo = desk.books.credit(desk.realm, key, 4_000, DAY)
    assert desk.doc("Invoice", key)["Balance"] == 60
    assert desk.doc("CreditMemo", memo)["RemainingCredit"] == 0
    [payment] = desk.books.payments(desk.realm)
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)
    assert desk.books.receivables(desk.realm) == {"USD": 6_000}


def test_void_sets_money_free_and_marks_the_note(desk):
    key = desk.invoice(minor=10_000, memo="thanks")
    paid = desk.books.record_payment(desk.realm, key, 10_000, DAY, "R-1")
    desk.books.void(desk.realm, key)
    invoice = desk.doc("Invoice", key)
    assert (invoice["TotalAmt"], invoice["Balance"]) == (0, 0)
    assert invoice["PrivateNote"] == "Voided - thanks"
    assert desk.doc("Payment", paid)["UnappliedAmt"] == 100


def test_voiding_and_deleting_a_payment_give_the_balance_back(desk):
    key = desk.invoice(minor=10_000)
    first = desk.books.record_payment(desk.realm, key, 3_000, DAY, "R-1")
    second = desk.books.record_payment(desk.realm, key, 2_000, DAY, "R-2")
    body = {"Id": first, "SyncToken": "0", "sparse": True}
    voided = desk.post("payment", body, operation="update", include="void").get_json()["Payment"]
    assert (voided["TotalAmt"], voided["Line"], voided["PrivateNote"]) == (0, [], "Voided")
    gone = desk.post("payment", {"Id": second, "SyncToken": "0"}, operation="delete")
    assert gone.get_json()["Payment"] == {"status": "Deleted", "domain": "QBO", "Id": second}
    assert desk.doc("Invoice", key)["Balance"] == 100
    assert fault(desk.get(f"payment/{second}")) == (400, "610")


def test_closed_books_refuse_every_kind_of_change(desk):
    key = desk.invoice()
    paid = desk.books.record_payment(desk.realm, key, 100, DAY, "R-1")
    desk.books.set_book_close_date(desk.realm, DAY)
    base = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}
    token = {"Id": paid, "SyncToken": "0", "sparse": True}
    assert fault(desk.post("payment", base | {"TxnDate": DAY.isoformat()})) == (400, "6210")
    assert fault(desk.post("payment", token | {"PrivateNote": "x"})) == (400, "6210")
    assert fault(desk.post("payment", token, operation="delete")) == (400, "6210")
    moved = desk.post("payment", base | {"TxnDate": "2026-03-03"})
    assert moved.status_code == 200
    [one] = desk.query("SELECT * FROM Preferences")["Preferences"]
    assert one["AccountingInfoPrefs"]["BookCloseDate"] == DAY.isoformat()


def test_a_deposited_payment_is_not_changed(desk):
    paid = desk.books.record_receipt(desk.realm, desk.customer, 10_000, DAY, "R-1")
    deposit = desk.books.deposit(desk.realm, paid)
    body = {"Id": paid, "SyncToken": "1", "sparse": True}
    refused = desk.post("payment", body, operation="update", include="void")
    assert fault(refused) == (400, "6540")
    desk.books.delete(desk.realm, "Deposit", deposit)
    freed = desk.post("payment", body | {"SyncToken": "2"}, operation="delete")
    assert freed.status_code == 200


def test_an_inactive_customer_takes_no_business(desk):
    desk.books.deactivate_customer(desk.realm, desk.customer)
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}
    assert fault(desk.post("payment", body)) == (400, "610")
    assert desk.query("SELECT * FROM Customer") == {}
    [found] = desk.query("SELECT * FROM Customer WHERE Active = false")["Customer"]
    assert found["DisplayName"] == "Ada Mills (deleted)"


def test_a_subscription_that_ended_leaves_books_readable(desk):
    key = desk.invoice()
    desk.books.set_read_only(desk.realm, on=True)
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}
    assert fault(desk.post("payment", body)) == (400, "6190")
    assert desk.get(f"invoice/{key}").status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TotalAmt": "1.00"}, "2010"),
        ({"TotalAmnt": 1}, "2010"),
        ({"TotalAmt": 1.001}, "2050"),
        ({"TotalAmt": True}, "2010"),
        ({"TotalAmt": -1}, "6000"),
        ({"PaymentRefNum": "x" * 22}, "2050"),
        ({"CustomerRef": None}, "2020"),
        ({"CustomerRef": {"value": "999"}}, "610"),
        ({"TxnDate": "20/11/2026"}, "2010"),
        ({"PrivateNote": "paid \u2014 thanks"}, "500"),
        ({"Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "999", "TxnType": "Invoice"}]}]}, "620"),
        ({"Line": [{"Amount": 1, "LineEx": {}, "LinkedTxn": []}]}, "2010"),
        ({"Line": [{"Amount": 1}]}, "2020"),
    ],
)
def test_a_bad_payment_is_refused(desk, change, code):
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}
    assert fault(desk.post("payment", body | change)) == (400, code)
    assert desk.books.payments(desk.realm) == []


def test_read_only_fields_are_ignored_without_a_word(desk):
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 5, "UnappliedAmt": 1}
    assert desk.post("payment", body).get_json()["Payment"]["UnappliedAmt"] == 5


def test_invoice_numbers_are_unique_unless_asked_otherwise(desk):
    desk.invoice("1001")
    body = {
        "CustomerRef": {"value": desk.customer},
        "DocNumber": "1001",
        "Line": [{"Amount": 5, "DetailType": "SalesItemLineDetail"}],
    }
    assert fault(desk.post("invoice", body)) == (400, "6140")
    assert desk.post("invoice", body, include="allowduplicatedocnum").status_code == 200
    assert fault(desk.post("invoice", body | {"DocNumber": "9" * 22})) == (400, "2050")


def test_currencies_are_not_mixed():
    desk = Desk()
    realm = desk.books.add_company("Finch", country="GB", currency="GBP", multicurrency=True)
    euro = desk.books.add_customer(realm, "Otto", currency="EUR")
    invoice = desk.books.raise_invoice(realm, euro, "E-1", DAY, DUE, 10_000)
    desk.realm, desk.tokens = realm, desk.connect(realm)
    body = {"CustomerRef": {"value": euro}, "TotalAmt": 50}
    assert fault(desk.post("payment", body)) == (400, "2020")
    pound = body | {"CurrencyRef": {"value": "GBP"}}
    assert fault(desk.post("payment", pound)) == (400, "6000")
    paid = body | {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": 0.85}
    assert desk.post("payment", paid | {"Line": pays((invoice, 50))}).status_code == 200
    assert desk.books.receivables(realm) == {"EUR": 5_000}


def test_a_parent_pays_for_customers_billed_with_it(desk):
    child = desk.books.add_customer(desk.realm, "Ada's shop", parent=desk.customer)
    stranger = desk.books.add_customer(desk.realm, "Bo")
    key = desk.books.raise_invoice(desk.realm, child, "C-1", DAY, DUE, 1_000)
    body = {"TotalAmt": 10, "Line": pays((key, 10))}
    wrong = desk.post("payment", body | {"CustomerRef": {"value": stranger}})
    assert fault(wrong) == (400, "620")
    right = desk.post("payment", body | {"CustomerRef": {"value": desk.customer}})
    assert right.status_code == 200
    assert desk.doc("Customer", desk.customer)["BalanceWithJobs"] == 0


def test_quickbooks_may_apply_money_by_itself(desk):
    first, second = desk.invoice("1", 3_000), desk.invoice("2", 3_000)
    desk.books.set_auto_apply(desk.realm, on=True)
    paid = desk.books.record_receipt(desk.realm, desk.customer, 4_000, DAY, "R-1")
    assert desk.doc("Payment", paid)["UnappliedAmt"] == 0
    assert desk.doc("Invoice", first)["Balance"] == 0
    assert desk.doc("Invoice", second)["Balance"] == 20


def test_a_bookkeeper_is_bound_by_the_same_rules(desk):
    key = desk.invoice(minor=1_000)
    with pytest.raises(Fault, match="6000"):
        desk.books.record_payment(desk.realm, key, 1_001, DAY, "R-1")
    assert desk.books.payments(desk.realm) == []


def test_notes_hang_on_what_they_speak_of(desk):
    key = desk.invoice()
    ref = {"EntityRef": {"type": "Invoice", "value": key}, "IncludeOnSend": False}
    made = desk.post("attachable", {"Note": "Reminder 1 sent", "AttachableRef": [ref]})
    assert made.status_code == 200
    where = "AttachableRef.EntityRef.Type = 'invoice' AND AttachableRef.EntityRef.value"
    text = f"SELECT * FROM Attachable WHERE {where} = '{key}'"  # noqa: S608 - a made-up id
    assert desk.query(text)["Attachable"][0]["Note"] == "Reminder 1 sent"
    assert desk.books.notes(desk.realm)[0][:3] == ("Invoice", key, "Reminder 1 sent")
    assert fault(desk.post("attachable", {"AttachableRef": [ref]})) == (400, "6000")
    lost = {"EntityRef": {"type": "Invoice", "value": "999"}}
    assert fault(desk.post("attachable", {"Note": "x", "AttachableRef": [lost]})) == (400, "2500")


def test_the_books_survive_the_process(tmp_path):
    from sandbox.shelf import Shelf  # noqa: PLC0415 - only this test needs a file

    path = str(tmp_path / "books.sqlite")
    desk = Desk(shelf=Shelf(path))
    key = desk.invoice(minor=1_234)
    desk.shelf.close()
    again = Shelf(path)
    [doc] = again.all(f"{desk.realm}/Invoice")
    assert (doc["Id"], doc["Balance"]) == (key, 12.34)
    again.close()


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "pay", "receipt", "credit", "void", "unpay", "delete", "move"]),
        st.integers(0, 7),
        st.integers(1, 9_999),
    ),
    max_size=25,
)


def _take(desk: Desk, step: str, pick: int, minor: int) -> None:
    books, realm = desk.books, desk.realm
    invoices = [one["Id"] for one in books.invoices(realm) if one["TotalAmt"]]
    payments = [one["Id"] for one in books.payments(realm)]
    if step == "invoice":
        desk.invoice(f"N-{len(books.invoices(realm))}", minor)
    elif step == "receipt":
        books.record_receipt(realm, desk.customer, minor, DAY, "R")
    elif step in {"pay", "credit", "void"} and invoices:
        _touch_invoice(desk, step, invoices[pick % len(invoices)], minor)
    elif payments and invoices:
        paid, owed = payments[pick % len(payments)], invoices[pick % len(invoices)]
        _touch_payment(desk, step, paid, {owed: minor})


def _touch_invoice(desk: Desk, step: str, key: str, minor: int) -> None:
    if step == "void":
        desk.books.void(desk.realm, key)
    elif step == "pay":
        desk.books.record_payment(desk.realm, key, minor, DAY, "R")
    else:
        desk.books.credit(desk.realm, key, minor, DAY)


def _touch_payment(desk: Desk, step: str, key: str, shares: dict[str, int]) -> None:
    if step == "unpay":
        desk.books.void_payment(desk.realm, key)
    elif step == "delete":
        desk.books.delete(desk.realm, "Payment", key)
    else:
        desk.books.apply_receipt(desk.realm, key, shares)


@given(_STEPS)
@settings(max_examples=40)
def test_the_sums_always_hold(steps):
    desk = Desk()
    for step, pick, minor in steps:
        try:
            _take(desk, step, pick, minor)
        except Fault as refused:
            assert refused.code == "6000", refused  # noqa: PT017 - some steps are impossible
        _judge(desk)


def _cents(value: float) -> int:
    return round(value * 100)


def _judge(desk: Desk) -> None:
    """Work every balance out anew from the payments' lines alone."""
    paid: Counter[tuple[str, str]] = Counter()
    for payment in desk.books.payments(desk.realm):
        rest = _cents(payment["TotalAmt"])
        for line in payment["Line"]:
            [link] = line["LinkedTxn"]
            paid[link["TxnType"], link["TxnId"]] += _cents(line["Amount"])
            rest += _cents(line["Amount"]) * (1 if link["TxnType"] == "CreditMemo" else -1)
        assert _cents(payment["UnappliedAmt"]) == rest >= 0
    owed = 0
    for invoice in desk.books.invoices(desk.realm):
        left = _cents(invoice["TotalAmt"]) - paid["Invoice", invoice["Id"]]
        assert _cents(invoice["Balance"]) == left >= 0
        owed += left
    for memo in desk.books.credit_memos(desk.realm):
        left = _cents(memo["TotalAmt"]) - paid["CreditMemo", memo["Id"]]
        assert _cents(memo["Balance"]) == _cents(memo["RemainingCredit"]) == left >= 0
        owed -= left
    free = sum(_cents(one["UnappliedAmt"]) for one in desk.books.payments(desk.realm))
    [customer] = desk.books.customers(desk.realm)
    assert _cents(customer["Balance"]) == owed - free


def test_the_due_date_follows_the_terms_when_nobody_gives_one(desk):
    body = {
        "CustomerRef": {"value": desk.customer},
        "TxnDate": "2026-03-01",
        "Line": [{"Amount": 5, "DetailType": "SalesItemLineDetail"}],
    }
    invoice = desk.post("invoice", body).get_json()["Invoice"]
    assert date.fromisoformat(invoice["DueDate"]) == date(2026, 3, 31)
    assert invoice["BillEmail"] == {"Address": "ada@example.com"}
