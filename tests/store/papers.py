"""Documents that the tests of the mirror keep and change."""

from __future__ import annotations

from datetime import date

from ledger.documents import CreditNote, Customer, Invoice, Kind, Receipt, Ref, Source, Status
from ledger.money import Money

DAY = date(2026, 2, 1)


def gbp(minor):
    return Money(minor, "GBP")


CUSTOMER = Customer(Ref(Kind.CUSTOMER, "c-1"), "Weir Ltd", "pay@weir.example")
FULL_CUSTOMER = Customer(
    Ref(Kind.CUSTOMER, "c-1"),
    "Weir Ltd",
    "pay@weir.example",
    ("boss@weir.example", "desk@weir.example"),
    "GB",
    "en",
    "Europe/London",
    "c-0",
    False,
    ("key", "late"),
    "c-2",
    "20007",
)
INVOICE = Invoice(
    Ref(Kind.INVOICE, "i-1"), "INV-1", "c-1", DAY, DAY, gbp(10000), gbp(10000), Status.OPEN
)
CREDIT = CreditNote(
    Ref(Kind.CREDIT_NOTE, "n-1"), "CN-1", "c-1", DAY, gbp(3000), gbp(1000), Status.OPEN
)
RECEIPT = Receipt(
    Ref(Kind.RECEIPT, "p-1", "Payments"),
    Source.LEDGER,
    DAY,
    gbp(5000),
    gbp(5000),
    Status.OPEN,
    customer_id="c-1",
)
