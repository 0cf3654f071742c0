"""Xero's `where` and `order` parameters, over kept documents."""

from __future__ import annotations

import operator
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.xero import figures
from sandbox.xero.refusals import Refusal, malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.shelf import Doc

    Field = Callable[[Doc], Any]
    Test = Callable[[Doc], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<join>&&|\|\||AND\b|OR\b)
    |(?P<field>[A-Za-z][A-Za-z.]*)\s*(?P<op>==|!=|<=|>=|=|<|>)\s*
     (?P<value>"[^"]*"|[Gg]uid\("[^"]*"\)|DateTime\([\d,\s]*\)|true|false|null|-?\d+(?:\.\d+)?))""",
    re.VERBOSE,
)
_OPERATORS = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _amount(name: str) -> Field:
    return lambda doc: figures.exact(doc[name], doc["currency"])


def _open(doc: Doc) -> Decimal:
    if doc["status"] in ("VOIDED", "DELETED"):
        return Decimal(0)
    return figures.exact(doc["total"] - doc["paid"] - doc["credited"], doc["currency"])


def _midnight(name: str) -> Field:
    return lambda doc: f"{doc[name]}T00:00:00"


def _plain(name: str) -> Field:
    return lambda doc: doc[name]


_DOCUMENT: dict[str, Field] = {
    "Type": _plain("type"),
    "Status": _plain("status"),
    "Contact.ContactID": _plain("contact"),
    "Date": _midnight("day"),
    "Total": _amount("total"),
    "Reference": _plain("reference"),
    "CurrencyCode": _plain("currency"),
    "UpdatedDateUTC": _plain("updated"),
}
_CREDIT = {**_DOCUMENT, "RemainingCredit": _amount("remaining")}

FIELDS: dict[str, dict[str, Field]] = {
    "Invoices": {
        **_DOCUMENT,
        "InvoiceID": _plain("id"),
        "InvoiceNumber": _plain("number"),
        "DueDate": _midnight("due"),
        "AmountDue": _open,
        "AmountPaid": _amount("paid"),
    },
    "CreditNotes": {
        **_CREDIT,
        "CreditNoteID": _plain("id"),
        "CreditNoteNumber": _plain("number"),
    },
    "Overpayments": {**_CREDIT, "OverpaymentID": _plain("id")},
    "Prepayments": {**_CREDIT, "PrepaymentID": _plain("id")},
    "BankTransactions": {**_DOCUMENT, "BankTransactionID": _plain("id")},
    "Payments": {
        "PaymentID": _plain("id"),
        "PaymentType": _plain("type"),
        "Status": lambda doc: "DELETED" if doc["deleted"] else "AUTHORISED",
        "Date": _midnight("day"),
        "Amount": _amount("amount"),
        "Reference": _plain("reference"),
        "Invoice.InvoiceID": lambda doc: (
            doc["target"] if doc["target_kind"] == "Invoices" else None
        ),
        "UpdatedDateUTC": _plain("updated"),
    },
    "BatchPayments": {
        "BatchPaymentID": _plain("id"),
        "Type": _plain("type"),
        "Status": _plain("status"),
        "Date": _midnight("day"),
        "UpdatedDateUTC": _plain("updated"),
    },
    "BankTransfers": {
        "BankTransferID": _plain("id"),
        "Status": _plain("status"),
        "Date": _midnight("day"),
        "Amount": _amount("amount"),
        "Reference": _plain("reference"),
    },
    "Contacts": {
        "ContactID": _plain("id"),
        "Name": _plain("name"),
        "EmailAddress": _plain("email"),
        "ContactStatus": _plain("status"),
        "UpdatedDateUTC": _plain("updated"),
    },
    "Accounts": {
        "AccountID": _plain("id"),
        "Type": _plain("type"),
        "Status": _plain("status"),
        "Code": _plain("code"),
        "EnablePaymentsToAccount": _plain("enable_payments"),
        "UpdatedDateUTC": _plain("updated"),
    },
}


def _unreadable(text: str) -> Refusal:
    return Refusal(malformed("QueryParseException", f"Unable to parse the query: {text}", 16))


def _value(text: str) -> Any:  # noqa: ANN401 - text, number, truth or nothing
    words = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    if text.startswith('"'):
        return text[1:-1]
    if text.lower().startswith("guid"):
        return text[6:-2].lower()
    if text.startswith("DateTime"):
        parts = [int(part) for part in text[9:-1].split(",")]
        date, time = (parts + [0] * 6)[:3], (parts + [0] * 6)[3:6]
        return "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}".format(*date, *time)
    return Decimal(text)


def _condition(fields: Mapping[str, Field], name: str, sign: str, value: Any) -> Test:  # noqa: ANN401
    # Field names are compared as .NET does, without case: the facts show InvoiceId and InvoiceID.
    field = next((fields[known] for known in fields if known.lower() == name.lower()), None)
    if field is None:
        raise _unreadable(name)
    compare = _OPERATORS[sign]

    def test(doc: Doc) -> bool:
        found = field(doc)
        if found is None or value is None or type(found) is not type(value):
            return (found == value) == (sign in ("==", "=")) and sign in ("==", "=", "!=")
        return bool(compare(found, value))

    return test


def parse(kind: str, text: str) -> Test:
    """Turn a `where` text into a test over kept documents; refuses what Xero could not parse."""
    fields = FIELDS[kind]
    groups: list[list[Test]] = [[]]
    at, want_condition = 0, True
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None or bool(found["field"]) != want_condition:
            raise _unreadable(text)
        at, want_condition = found.end(), not want_condition
        if found["field"]:
            groups[-1].append(
                _condition(fields, found["field"], found["op"], _value(found["value"]))
            )
        elif found["join"] in ("OR", "||"):
            groups.append([])
    if want_condition:
        raise _unreadable(text)
    return lambda doc: any(all(test(doc) for test in group) for group in groups)


def sort(kind: str, docs: list[Doc], order: str) -> list[Doc]:
    """Put documents in the asked order; by default oldest change first, then by id."""
    docs = sorted(docs, key=lambda doc: (doc["updated"], doc["id"]))
    for part in reversed([part.split() for part in order.split(",") if part.strip()]):
        known = {name.lower(): field for name, field in FIELDS[kind].items()}
        field = known.get(part[0].lower())
        if field is None:
            raise _unreadable(order)
        docs.sort(key=field, reverse=part[-1].upper() == "DESC")
    return docs
