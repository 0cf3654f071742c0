from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.remittance import addenda
from ledger.money import Money
from ledger.remittances import RemittanceLine
from tests.connector.remittance.test_x12 import interchange, transaction, usd

TWO = "RMR*IV*INV-08213**980.00*1000.00*20.00\\RMR*IV*INV-08214**498.00*498.00\\"
LINES = (
    RemittanceLine("INV-08213", usd("980"), usd("1000"), usd("20")),
    RemittanceLine("INV-08214", usd("498"), usd("498")),
)
PAID = usd("1478")


def cut(text: str, size: int, between: str) -> str:
    """Cut a text into pieces of a size, as addenda do."""
    return between.join(text[at : at + size] for at in range(0, len(text), size))


@pytest.mark.parametrize(
    "text",
    [
        TWO,
        TWO.replace("\\", "~"),
        f"CTX MARLOW RETAIL ID 1512345678 {TWO}SE*9*0001\\",
        TWO.replace("\\", "\n"),
        TWO.replace("\\", " "),
        cut(TWO, 20, "\n"),
        cut(TWO, 20, "\r\n"),
        TWO.replace("*", "|"),
    ],
)
def test_documents_are_found_in_a_bank_lines_text(text: str) -> None:
    assert addenda.lines(text, PAID) == LINES


@given(st.integers(10, 90))
def test_a_cut_anywhere_changes_nothing(size: int) -> None:
    assert addenda.lines(cut(TWO, size, "\n"), PAID) == LINES


def test_records_of_a_nacha_file_are_joined() -> None:
    pieces = [TWO[at : at + 80].ljust(80) for at in range(0, len(TWO), 80)]
    records = [f"705{piece}{at:04}0000001" for at, piece in enumerate(pieces, start=1)]
    assert addenda.lines("\n".join(["6220310000112233", *records, "8200"]), PAID) == LINES


def test_a_whole_820_in_the_addenda_is_read_with_its_adjustments() -> None:
    text = interchange(
        transaction("ADX*-5.00*L1*ZZ*DM-77", "RMR*IV*A-1**105.00", paid="100.00")
    ).replace("~\n", "\\")
    found = addenda.lines(f"ADDENDA {cut(text.replace('~', chr(92)), 80, chr(10))}", usd("100"))
    assert [(one.reference, one.amount) for one in found] == [
        ("DM-77", usd("-5")),
        ("A-1", usd("105")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ISA*00*" + TWO,
        interchange(transaction("RMR*IV*A-1**9.00\\", paid="9.00")).split("ST*")[0] + "~" + TWO,
    ],
)
def test_a_damaged_envelope_does_not_hide_the_documents(text: str) -> None:
    assert addenda.lines(text, PAID) == LINES


def test_a_reference_alone_names_an_invoice_without_an_amount() -> None:
    assert addenda.lines("REF*IV*INV-77\\REF*TN*99\\", PAID) == (RemittanceLine("INV-77"),)
    assert addenda.lines("REF*IV*INV-7", PAID) == ()


def test_a_last_amount_that_may_be_cut_counts_only_when_the_sum_is_the_payment() -> None:
    assert addenda.lines(TWO.removesuffix("*498.00\\"), PAID)[1].amount == usd("498")
    short = addenda.lines(TWO.removesuffix("8.00*498.00\\"), PAID)
    assert short == (LINES[0], RemittanceLine("INV-08214"))


def test_a_last_number_that_may_be_cut_does_not_count() -> None:
    text = TWO.removesuffix("14**498.00*498.00\\")
    assert addenda.lines(text, PAID) == LINES[:1]


@pytest.mark.parametrize("text", ["", "FPS CREDIT INV-1", "ARMR*IV*1**5.00\\", "RMR*IV***5.00\\"])
def test_a_bank_line_without_addenda_names_nothing(text: str) -> None:
    assert addenda.lines(text, PAID) == ()


@given(st.text(alphabet="RMREFADXIVST820*\\~|^ 0123456789.-\n", max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    for found in addenda.lines(text, Money(100, "USD")):
        assert found.reference
