"""Whole files through the limited process."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import confined
from connector.remittance import Given, Limits, UnreadableError, form_of, read
from connector.remittance.forms import decoded
from connector.remittance.parse import parse
from ledger.money import MoneyError
from tests.connector.remittance.paper import pdf, table
from tests.connector.remittance.test_lists import GERMAN, GIVEN
from tests.connector.remittance.test_mail import LIST, SHEET, mail
from tests.connector.remittance.test_pages import FIRST, SECOND
from tests.connector.remittance.test_x12 import interchange, transaction

MESSAGE = mail(GERMAN)
MESSAGE.add_attachment(SHEET, maintype="application", subtype="x", filename="a.xlsx")
FILES = {
    "edi": interchange(transaction("RMR*IV*A-1**10.00*12.00*2.00", paid="10.00")).encode(),
    "text": GERMAN.encode("cp1252"),
    "wide": GERMAN.encode("utf-16"),
    "csv": b"Invoice;Paid\nA-1;5,00\n",
    "xlsx": SHEET,
    "pdf": pdf(FIRST, SECOND),
    "mail": MESSAGE.as_bytes(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_any_form_comes_through_the_limited_process_whole(name: str) -> None:
    found = read(name, FILES[name], GIVEN)
    assert found == parse(name, FILES[name], GIVEN)
    assert found[0].lines


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "no line names"),
        (b"\xd0\xcf\x11\xe0", "an old Office file"),
        (b"\x89PNG", "a picture"),
        (b"{\\rtf1", "a text with formats"),
        (pdf([]), "perhaps a scan"),
    ],
)
def test_a_refusal_comes_through_as_well(body: bytes, told: str) -> None:
    for reader in (read, parse):
        with pytest.raises(UnreadableError, match=told):
            reader("", body, GIVEN)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(UnreadableError, match="larger than 1 MB"):
        read("", b"x" * (1024 * 1024 + 1), GIVEN, Limits(file_bytes=1024 * 1024))


@pytest.mark.parametrize(
    "limits", [Limits(processor_seconds=0), Limits(wait_seconds=0.01), Limits(answer_bytes=100)]
)
def test_a_file_that_takes_too_much_is_ended_and_refused(limits: Limits) -> None:
    with pytest.raises(UnreadableError, match="more memory or time"):
        read(
            "", pdf(*[table([(f"INV-{1000 + at}", "1.00") for at in range(40)])] * 9), GIVEN, limits
        )


def test_whatever_ends_the_reader_is_no_end_of_the_product(tmp_path, monkeypatch) -> None:
    child = tmp_path / "child.py"
    child.write_text("print('no JSON')", "utf-8")
    monkeypatch.setattr(confined, "_CHILD", child)
    with pytest.raises(UnreadableError, match="brought its reader down"):
        read("", b"x", GIVEN)


def test_an_organisation_without_a_currency_is_a_mistake_of_ours() -> None:
    with pytest.raises(MoneyError):
        parse("", LIST.encode(), Given(date(2026, 9, 14), "EURO"))


@given(st.sampled_from(sorted(FILES)), st.integers(0, 10**6), st.binary(max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_file_bent_anywhere_is_read_or_refused(name: str, place: int, noise: bytes) -> None:
    body = FILES[name]
    at = place % len(body)
    for bent in (body[:at] + noise + body[at + len(noise) :], body[:at], noise):
        with suppress(UnreadableError):
            assert all(one.lines or one.problem for one in parse("", bent, GIVEN))


@given(st.binary(max_size=100))
def test_bytes_of_any_kind_are_a_text_that_databases_take(body: bytes) -> None:
    text = decoded(body)
    assert "\0" not in text
    assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        ("x", b"\n\n%PDF-1.4", "pdf"),
        ("x", b"PK\x03\x04 xl/workbook.xml", "xlsx"),
        ("x", b"PK\x03\x04 march.sta", ""),
        ("paid.EML", b"anything", "mail"),
        ("x", b"Subject: paid\r\nFrom: Ann <ap@acme.example>\r\n", "mail"),
        ("x", b"From: 01/03/2026 to 31/03/2026\n", ""),
        ("x", b"ISA*00*", "edi"),
        ("x", b"\xef\xbb\xbfST*820*0001~", "edi"),
        ("x", b"705" + b"ST*820*0001~".ljust(80) + b"00010000001\n", "edi"),
        ("advice.csv", b"Invoice;Paid\n", ""),
        ("x", b"", ""),
    ],
)
def test_the_form_of_a_file_is_told_by_its_first_bytes(name: str, body: bytes, form: str) -> None:
    assert form_of(name, body) == form
