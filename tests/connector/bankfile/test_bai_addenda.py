"""Remittance in the addenda of ACH payments, as BAI2 carries it in continuations."""

from __future__ import annotations

from connector.bankfile.parse import parse
from ledger.money import Money
from ledger.remittances import RemittanceLine
from tests.connector.bankfile.test_bai import bai


def test_the_documents_of_addenda_are_lines_of_remittance() -> None:
    rows = (
        "16,142,147800,,,,SEC:CTX",
        "88,RMR*IV*INV-08213**980.0",
        "88,0*1000.00*20.00\\RMR*IV*INV",
    )
    body = bai("\n".join([*rows, "88,-08214**498.00\\SE*4*0001\\/"]), totals=False)
    (line,) = parse(body).statements[0].lines
    assert line.remittance == (
        RemittanceLine("INV-08213", Money(98000, "USD"), Money(100000, "USD"), Money(2000, "USD")),
        RemittanceLine("INV-08214", Money(49800, "USD")),
    )


def test_a_payment_without_addenda_carries_none() -> None:
    (line,) = parse(bai("16,142,11800,Z,B1,E2E,FOR INV-7")).statements[0].lines
    assert line.remittance == ()
