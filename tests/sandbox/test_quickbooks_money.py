"""The stand-in's deposits, mails, links, merges and automation, all as QuickBooks has them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.sandbox.quickbooks_desk import DAY, DUE, Desk, fault, pays


@pytest.fixture
def desk():
    return Desk()


def account(desk, name):
    return {"value": desk.shelf.get("company", desk.realm)["accounts"][name]}


def paid(desk, minor=10_000, reference="R-1"):
    return desk.books.record_receipt(desk.realm, desk.customer, minor, DAY, reference)


def linked(key, amount):
    link = {"TxnId": key, "TxnType": "Payment", "TxnLineId": "0"}
    return {"Amount": amount, "LinkedTxn": [link]}


def fee(desk, amount, name="Merchant Fees"):
    detail = {"AccountRef": account(desk, name)}
    return {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}


def deposit(desk, *lines, into="Checking"):
    body = {"DepositToAccountRef": account(desk, into), "Line": list(lines)}
    return desk.post("deposit", body)


def test_a_deposit_takes_payments_out_of_undeposited_funds_less_a_fee(desk):
    first, second = paid(desk), paid(desk, 2_550)
    made = deposit(desk, linked(first, 100), linked(second, 25.5), fee(desk, -3.2))
    assert made.get_json()["Deposit"]["TotalAmt"] == 122.3
    key = made.get_json()["Deposit"]["Id"]
    assert desk.doc("Payment", first)["LinkedTxn"] == [{"TxnId": key, "TxnType": "Deposit"}]
    gone = desk.post("deposit", {"Id": key, "SyncToken": "0"}, operation="delete")
    assert gone.get_json()["Deposit"]["status"] == "Deleted"
    assert desk.doc("Payment", first)["LinkedTxn"] == []


def test_what_a_deposit_cannot_take(desk):
    waiting, taken, direct = paid(desk), paid(desk), paid(desk)
    desk.books.deposit(desk.realm, taken)
    sparse = {"Id": direct, "SyncToken": "0", "sparse": True}
    moved = desk.post("payment", sparse | {"DepositToAccountRef": account(desk, "Checking")})
    assert moved.status_code == 200
    assert fault(deposit(desk, linked(taken, 100))) == (400, "620")
    assert fault(deposit(desk, linked(direct, 100))) == (400, "620")
    assert fault(deposit(desk, linked("999", 100))) == (400, "620")
    assert fault(deposit(desk, linked(waiting, 100), linked(waiting, 100))) == (400, "620")
    assert fault(deposit(desk, linked(waiting, 99))) == (400, "6000")
    assert fault(deposit(desk, linked(waiting, 100), fee(desk, -101))) == (400, "6000")
    assert fault(deposit(desk)) == (400, "2020")
    assert fault(deposit(desk, {"Amount": 1})) == (400, "2020")
    assert fault(deposit(desk, {"DetailType": "DepositLineDetail"})) == (400, "2020")
    assert fault(deposit(desk, linked(waiting, 100), into="Services")) == (400, "6000")
    assert fault(deposit(desk, linked(waiting, 100), into="Undeposited Funds")) == (400, "6000")
    body = {"DepositToAccountRef": account(desk, "Checking"), "Line": [linked(waiting, 100)]}
    assert fault(desk.post("deposit", body | {"TxnDate": "2/3/2026"})) == (400, "2010")
    assert fault(desk.post("deposit", body | {"DepositToAccountRef": None})) == (400, "2020")
    desk.books.deactivate_account(desk.realm, account(desk, "Merchant Fees")["value"])
    refused = deposit(desk, linked(waiting, 100), fee(desk, -1))
    assert fault(refused) == (400, "610")
    assert deposit(desk, linked(waiting, 100)).status_code == 200


def test_a_deposit_is_in_one_currency():
    desk = Desk()
    realm = desk.books.add_company("Finch", country="GB", currency="GBP", multicurrency=True)
    euro = desk.books.add_customer(realm, "Otto", currency="EUR")
    desk.realm, desk.tokens = realm, desk.connect(realm)
    key = desk.books.record_receipt(realm, euro, 100, DAY, "R")
    assert fault(deposit(desk, linked(key, 1))) == (400, "6000")


def test_a_payment_goes_where_money_can_be(desk):
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}
    wrong = body | {"DepositToAccountRef": account(desk, "Services")}
    assert fault(desk.post("payment", wrong)) == (400, "6000")
    unknown = body | {"DepositToAccountRef": {"value": "999"}}
    assert fault(desk.post("payment", unknown)) == (400, "610")
    clearing = desk.books.add_account(desk.realm, "Card clearing", "Other Current Asset")
    right = body | {"DepositToAccountRef": {"value": clearing}}
    assert desk.post("payment", right).status_code == 200
    with pytest.raises(LookupError):
        desk.books.deactivate_account(desk.realm, "999")


def test_an_invoice_is_mailed_to_its_address_or_another(desk):
    key = desk.invoice()
    sent = desk.send(key).get_json()["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "ada@example.com")
    assert sent["DeliveryInfo"]["DeliveryTime"].startswith("2026-03-10T")
    other = desk.send(key, sendTo="bo@example.com").get_json()["Invoice"]
    assert other["BillEmail"]["Address"] == "bo@example.com"
    bounced = desk.send(key, sendTo="bounce@example.com").get_json()["Invoice"]
    assert bounced["DeliveryInfo"]["DeliveryErrorType"] == "Undeliverable"
    assert fault(desk.send(key, sendTo="nobody")) == (400, "2030")
    assert fault(desk.send("999")) == (400, "610")
    assert fault(desk.send(paid(desk), "payment")) == (400, "500")
    assert fault(desk.post(f"invoice/{key}/send", {})) == (400, "500")
    silent = desk.books.add_customer(desk.realm, "Silent")
    mute = desk.books.raise_invoice(desk.realm, silent, "2", DAY, DUE, 100)
    assert fault(desk.send(mute)) == (400, "2020")


def test_a_sandbox_company_mails_forty_times_a_day(desk):
    key = desk.invoice()
    assert [desk.send(key).status_code for _ in range(41)] == [200] * 40 + [400]
    desk.clock.moment += timedelta(days=1)
    desk.tokens = desk.connect(desk.realm)
    assert desk.send(key).status_code == 200


def test_a_pdf_is_for_who_accepts_one(desk):
    key = desk.invoice()
    assert desk.get(f"invoice/{key}/pdf", accept="application/pdf").data.startswith(b"%PDF")
    assert fault(desk.get(f"invoice/{key}/pdf")) == (400, "500")
    other = desk.get(f"customer/{desk.customer}/pdf", accept="application/pdf")
    assert fault(other) == (400, "500")


def test_an_invoice_has_a_link_only_where_it_can_be_paid_online(desk):
    key = desk.invoice()

    def link():
        answer = desk.get(f"invoice/{key}", include="invoiceLink").get_json()
        return answer["Invoice"].get("InvoiceLink", "")

    desk.books.set_takes_cards(desk.realm, on=True)
    assert link() == ""
    desk.books.edit_invoice(desk.realm, key, AllowOnlineCreditCardPayment=True)
    assert link().endswith(f"-{key}")
    [prefs] = desk.query("SELECT * FROM Preferences")["Preferences"]
    assert prefs["SalesFormsPrefs"]["ETransactionPaymentEnabled"] is True
    desk.books.set_takes_cards(desk.realm, on=False)
    assert link() == ""


def test_customers_are_merged_with_all_they_owe_and_own(desk):
    books, realm = desk.books, desk.realm
    twin = books.add_customer(realm, "Ada Mills Ltd")
    key = books.raise_invoice(realm, twin, "2", DAY, DUE, 5_000)
    money = books.record_receipt(realm, twin, 1_000, DAY, "R")
    books.deliver(lambda _post: 200)
    books.merge_customers(realm, twin, desk.customer)
    assert desk.doc("Invoice", key)["CustomerRef"]["value"] == desk.customer
    assert desk.doc("Payment", money)["CustomerRef"]["value"] == desk.customer
    assert desk.doc("Customer", desk.customer)["Balance"] == 40
    assert fault(desk.get(f"customer/{twin}")) == (400, "610")
    posts = []

    def carry(post):
        posts.append(post)
        return 200

    books.deliver(carry, format="legacy")
    [company] = json.loads(posts[0].body)["eventNotifications"]
    told = company["dataChangeEvent"]["entities"]
    [merge] = [one for one in told if one["name"] == "Customer"]
    assert (merge["id"], merge["operation"], merge["deletedId"]) == (desk.customer, "Merge", twin)


def test_quickbooks_may_apply_credit_by_itself(desk):
    first, second = desk.invoice("1", 3_000), desk.invoice("2", 3_000)
    desk.books.set_auto_apply(desk.realm, on=True)
    memo = desk.books.raise_credit_memo(desk.realm, desk.customer, 4_000, DAY)
    assert desk.doc("CreditMemo", memo)["RemainingCredit"] == 0
    assert desk.doc("Invoice", first)["Balance"] == 0
    assert desk.doc("Invoice", second)["Balance"] == 20
    alone = desk.books.add_customer(desk.realm, "Bo")
    left = desk.books.raise_credit_memo(desk.realm, alone, 100, DAY)
    assert desk.doc("CreditMemo", left)["RemainingCredit"] == 1


def test_a_minute_takes_forty_batches(desk):
    items = [{"bId": str(number), "Query": "SELECT * FROM Payment"} for number in range(3)]
    body = {"BatchItemRequest": items}
    assert [desk.post("batch", body).status_code for _ in range(41)] == [200] * 40 + [429]
    assert desk.post(
        "payment", {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}
    ).status_code
    desk.clock.moment += timedelta(minutes=1)
    assert desk.post("batch", body).status_code == 200
    # Each question of a batch counts as one read.
    free, metered = desk.books.meter(desk.realm, "2026-03")
    assert (free, metered) == (1, 41 * 3)
    assert fault(desk.post("batch", {"BatchItemRequest": items * 11})) == (400, "2010")
    assert fault(desk.post("batch", "{")) == (400, "2010")


def test_a_sub_customer_billed_by_itself_is_not_paid_for_by_its_parent(desk):
    books, realm = desk.books, desk.realm
    child = books.add_customer(realm, "Shop", parent=desk.customer, billed_with_parent=False)
    key = books.raise_invoice(realm, child, "C-1", DAY, DUE, 1_000)
    body = {"TotalAmt": 10, "Line": pays((key, 10))}
    refused = desk.post("payment", body | {"CustomerRef": {"value": desk.customer}})
    assert fault(refused) == (400, "620")
    own = desk.post("payment", body | {"CustomerRef": {"value": child}})
    assert own.status_code == 200
