"""Every judge finds the mistakes it is there for, and nothing in a request that is right."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.judges.asked import form, request

ID = "161ac965-2bfd-542a-8f0e-be416e4b40bd"
XERO = "/api.xro/2.0"
REALM = "/v3/company/9130350000007919"
INTENT = "/v1/payment_intents/pi_1"

PAYMENT: dict[str, Any] = {
    "Payments": [
        {
            "Invoice": {"InvoiceID": ID, "HasErrors": False},
            "Account": {"AccountID": ID},
            "Date": "2026-09-04",
            "Amount": 2342.54,
            "Reference": "paid",
        }
    ]
}
NOTE: dict[str, Any] = {
    "Note": "sent",
    "AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "1"}, "IncludeOnSend": False}],
}
LINKED: dict[str, Any] = {
    "Id": "371",
    "SyncToken": "0",
    "sparse": True,
    "CustomerRef": {"value": "24"},
    "TotalAmt": 3844.5,
    "TxnDate": "2026-09-04",
    "Line": [{"Amount": 3844.5, "LinkedTxn": [{"TxnId": "208", "TxnType": "Invoice"}]}],
}
INVOICE: dict[str, Any] = {
    "Id": "1",
    "SyncToken": "0",
    "sparse": True,
    "EmailStatus": "NeedToSend",
    "DueDate": "2026-10-04",
}


def batch(*items: dict[str, Any]) -> Any:
    """Make a batch up; items have ids of their own unless they bring one."""
    told = [{"bId": str(number), **item} for number, item in enumerate(items)]
    return request("POST", f"{REALM}/batch", {"BatchItemRequest": told}, minorversion="75")


def changed(body: dict[str, Any], where: str, value: object, *, name: str = "") -> dict[str, Any]:
    """Copy a body with one value replaced, or its field renamed; `where` is a.0.b."""
    copied = copy.deepcopy(body)
    *path, last = where.split(".")
    node: Any = copied
    for part in path:
        node = node[int(part)] if isinstance(node, list) else node[part]
    kept = node.pop(last)
    node[name or last] = kept if name else value
    return copied


def test_what_is_right_is_left_alone(xero, quickbooks, stripe) -> None:
    right = [
        (xero, request("PUT", f"{XERO}/Payments", PAYMENT)),
        (
            xero,
            request("PUT", f"{XERO}/Payments", changed(PAYMENT, "Payments.0.Date", "/Date(0)/")),
        ),
        (xero, request("GET", f"{XERO}/Invoices", order="InvoiceID", page="1", IDs=f"{ID},{ID}")),
        (xero, request("GET", f"{XERO}/Invoices", where=f'InvoiceID==guid("{ID}")')),
        (xero, request("GET", f"{XERO}/Organisation")),
        (xero, request("DELETE", f"/Connections/{ID}")),
        (xero, request("POST", "/connect/token", form(grant_type="x", code="1"))),
        (quickbooks, request("POST", f"{REALM}/payment", LINKED, operation="update")),
        (quickbooks, request("POST", f"{REALM}/attachable", NOTE, requestid="DNK-1")),
        (quickbooks, request("POST", f"{REALM}/invoice", INVOICE)),
        (quickbooks, request("GET", f"{REALM}/companyinfo/9130350000007919", minorversion="75")),
        (quickbooks, request("GET", f"{REALM}/invoice/9", include="invoiceLink")),
        (quickbooks, request("GET", f"{REALM}/invoice/9/pdf", minorversion="75")),
        (quickbooks, request("POST", f"{REALM}/invoice/9/send", sendTo="a@b.example")),
        (quickbooks, batch({"Query": "SELECT * FROM Invoice"}, {"Query": "SELECT * FROM Term"})),
        (quickbooks, batch({"operation": "create", "Payment": LINKED})),
        (quickbooks, select("SELECT * FROM Payment WHERE Id IN ('1', '2') MAXRESULTS 2")),
        (stripe, request("GET", INTENT, **{"expand[0]": "latest_charge"})),
        (stripe, request("POST", INTENT, form(**{"metadata[ar_note]": "sent"}))),
        (stripe, request("GET", "/v1/events", **{"types[0]": "charge.refunded", "limit": "1"})),
        (stripe, request("GET", "/v1/charges", **{"created[gte]": "1780467000"})),
    ]
    assert [judge.findings(one) for judge, one in right] == [[] for _ in right]


def select(text: str) -> Any:
    return request("POST", f"{REALM}/query", text.encode(), minorversion="75")


def changes(entities: str, since: str) -> Any:
    return request("GET", f"{REALM}/cdc", entities=entities, changedSince=since)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (changed(PAYMENT, "Payments.0.Amount", 0, name="Ammount"), "unknown field Ammount"),
        (changed(PAYMENT, "Payments.0.Invoice", 0, name="Invoise"), "unknown field Invoise"),
        (changed(PAYMENT, "Payments.0.Date", "20/11/2026"), "no day as Xero writes it"),
        (changed(PAYMENT, "Payments.0.Date", "2026-11-20 10:00"), "no day as Xero writes it"),
        (changed(PAYMENT, "Payments.0.Amount", "2342.54"), "is not of type 'number'"),
        (changed(PAYMENT, "Payments.0.Invoice.InvoiceID", "HF-1"), "is not a 'uuid'"),
        (changed(PAYMENT, "Payments.0.Account", "090"), "is not of type 'object'"),
        (
            {"Payments": [{"Amount": 1, "Status": "AUTHORIZED"}]},
            "'AUTHORIZED' is not one of",
        ),
        ({"Payments": [{"Invoice": {"InvoiceID": ID, "AmountDue": 1}}]}, "AmountDue: is only read"),
        (b"", "a body is expected"),
    ],
)
def test_the_judge_of_xero_finds_a_mistake_in_a_body(xero, body: Any, said: str) -> None:
    [found] = xero.findings(request("PUT", f"{XERO}/Payments", body))
    assert said in found
    assert found.startswith(f"PUT {XERO}/Payments: ")


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (request("GET", f"{XERO}/Invoises"), "unknown path"),
        (request("POST", f"{XERO}/Organisation", {}), "has no POST"),
        (request("GET", f"{XERO}/Invoices", pagesize="5"), "unknown query parameter pagesize"),
        (request("GET", f"{XERO}/Invoices", page="abc"), "parameter page: 'abc'"),
        (request("GET", f"{XERO}/Invoices", includeArchived="True"), "'True' is not of type"),
        (request("GET", f"{XERO}/Invoices", IDs="HF-1"), "is not a 'uuid'"),
        (request("GET", f"{XERO}/Invoices", order="InvoiceNo"), "order: no field InvoiceNo"),
        (request("GET", f"{XERO}/Invoices", where='Tipe=="ACCREC"'), "where: no field Tipe"),
        (request("GET", f"{XERO}/Invoices/HF-1/History"), "is not a 'uuid'"),
        (request("GET", f"{XERO}/Invoices", b"{}"), "a body where none is expected"),
        (request("POST", "/connect/token", form(kode="1")), "parameter kode"),
    ],
)
def test_the_judge_of_xero_finds_a_mistake_around_it(xero, one: Any, said: str) -> None:
    [found] = xero.findings(one)
    assert said in found


@pytest.mark.parametrize(
    ("entity", "body", "said"),
    [
        ("payment", changed(LINKED, "TotalAmt", 0, name="TotalAmnt"), "unknown field TotalAmnt"),
        (
            "payment",
            changed(LINKED, "Line.0.LinkedTxn.0.TxnId", 0, name="TxnID"),
            "Payment.Line[0].LinkedTxn[0]: unknown field TxnID",
        ),
        ("payment", changed(LINKED, "TxnDate", "20/11/2026"), "'20/11/2026'"),
        ("payment", changed(LINKED, "TotalAmt", "3844.50"), "where a number is expected"),
        ("payment", changed(LINKED, "CustomerRef.value", 24), "where a text is expected"),
        ("payment", changed(LINKED, "sparse", "yes"), "sparse"),
        ("payment", changed(LINKED, "CustomerRef", [{"value": "24"}]), "a list where one value"),
        ("invoice", changed(INVOICE, "EmailStatus", "NeedsToSend"), "'NeedsToSend'"),
        ("attachable", changed(NOTE, "Note", 0, name="Notes"), "unknown field Notes"),
        ("atachable", NOTE, "unknown entity atachable"),
    ],
)
def test_the_judge_of_quickbooks_finds_a_mistake_in_a_body(
    quickbooks, entity: str, body: dict[str, Any], said: str
) -> None:
    [found] = quickbooks.findings(request("POST", f"{REALM}/{entity}", body))
    assert said in found


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (select("SELECT * FROM Invoise"), "unknown entity Invoise"),
        (select("SELECT * FROM Invoice WHERE Ballance > '0'"), "no field Ballance"),
        (select("SELECT * FROM Invoice ORDERBY MetaData.LastUpdated"), "no field MetaData.Last"),
        (select("SELECT * FROM Invoice STARTPOSITION 0"), "no query"),
        (select("SELECT * FROM Invoice GROUP BY Id"), "no query"),
        (request("POST", f"{REALM}/payment", LINKED, operation="vold"), "operation: 'vold'"),
        (request("POST", f"{REALM}/invoice/9/send", {"a": 1}), "a body where none is expected"),
        (request("POST", f"{REALM}/invoice/9/send", sendTo="nobody"), "sendTo: 'nobody'"),
        (request("GET", f"{REALM}/invoice/9", include="link"), "include: 'link'"),
        (request("POST", f"{REALM}/batch", {"BatchItemRequest": []}), "a batch of 1 to 30"),
        (batch({"Query": "SELECT * FROM Nothing"}), "unknown entity Nothing"),
        (batch({"operation": "make", "Payment": LINKED}), "batch: make of Payment"),
        (batch({"operation": "create", "Payment": {"TotalAmnt": 1}}), "unknown field TotalAmnt"),
        (
            batch(
                {"bId": "1", "Query": "SELECT * FROM Term"},
                {"bId": "1", "Query": "SELECT * FROM Term"},
            ),
            "used twice",
        ),
        (request("POST", f"{REALM}/payment", LINKED, requestId="1"), "parameter requestId"),
        (changes("Invoise", "2026-09-01T00:00:00Z"), "unknown entity Invoise"),
        (changes("Invoice", "2026-09-01T00:00:00"), "no offset"),
        (changes("Invoice", "soon"), "no moment"),
        (request("GET", "/v3/company/none/preferences"), "unknown path"),
        (request("GET", f"{REALM}/preferences", b"{}"), "a body where none is expected"),
    ],
)
def test_the_judge_of_quickbooks_finds_a_mistake_around_it(quickbooks, one: Any, said: str) -> None:
    [found] = quickbooks.findings(one)
    assert said in found


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (request("GET", "/v1/payment_intent"), "unknown path"),
        (request("DELETE", INTENT), "unknown path"),
        (request("GET", INTENT, expend="latest_charge"), "unknown parameter expend"),
        (request("GET", "/v1/charges", limit="ten"), "parameter limit: 'ten' is no int"),
        (request("GET", "/v1/charges", **{"created[from]": "1"}), "unknown parameter created.from"),
        (request("GET", "/v1/events", **{"types[0]": "charge.refnded"}), "event charge.refnded"),
        (request("GET", "/v1/invoice_payments", status="payed"), "parameter status: 'payed'"),
        (request("GET", "/v1/charges", b"limit=1"), "a body where none is expected"),
        (request("POST", INTENT, form(**{"metadta[a]": "1"})), "unknown parameter metadta"),
        (request("POST", "/v1/refunds", form(amount="1.50")), "parameter amount: '1.50'"),
        (request("POST", "/v1/payment_intents", form(currency="gbp")), "amount is required"),
        (request("POST", "/v1/oauth/token", form(kode="1")), "OAuth parameter kode"),
    ],
)
def test_the_judge_of_stripe_finds_a_mistake(stripe, one: Any, said: str) -> None:
    found = stripe.findings(one)
    assert said in found[0]
