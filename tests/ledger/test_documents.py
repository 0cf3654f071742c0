"""Documents are values: equal when they say the same, and open only while money is owed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from ledger.documents import Invoice, Kind, Ref, Status
from ledger.errors import (
    DisconnectedError,
    OutsideError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from ledger.money import Money


def invoice(status, minor):
    return Invoice(
        ref=Ref(Kind.INVOICE, "1"),
        number="INV-1",
        customer_id="C1",
        issued=date(2026, 1, 1),
        due=date(2026, 1, 31),
        total=Money(100, "GBP"),
        balance=Money(minor, "GBP"),
        status=status,
    )


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("minor", [-1, 0, 1])
def test_an_invoice_is_open_while_money_is_owed_on_it(status, minor):
    assert invoice(status, minor).is_open == (status is Status.OPEN and minor == 1)


def test_documents_are_values():
    assert invoice(Status.OPEN, 1) == invoice(Status.OPEN, 1)
    assert (
        len({Ref(Kind.RECEIPT, "1"), Ref(Kind.RECEIPT, "1"), Ref(Kind.RECEIPT, "1", "part")}) == 2
    )
    with pytest.raises(FrozenInstanceError):
        invoice(Status.OPEN, 1).number = "INV-2"


def test_errors_say_what_a_flow_needs():
    later = RetryLaterError(2.5)
    assert (str(later), later.seconds) == ("try again in 2.5 s", 2.5)
    assert str(RetryLaterError(60, "busy")) == "busy"
    assert str(RefusedError("period is locked", "6200")) == "period is locked (6200)"
    assert str(RefusedError("period is locked")) == "period is locked"
    for one in (StaleError, DisconnectedError, UnknownOutcomeError, RetryLaterError, RefusedError):
        assert issubclass(one, OutsideError)
