"""Every reminder in words, held to golden files a person can read.

To rewrite them after a change of wording: DUNNOCK_GOLDEN=write, then look at the difference.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wording import TemplateError, clean, manner, template_names, write
from ledger.documents import Customer, Kind, Organisation, Ref
from ledger.money import Money
from rules.steps import TEMPLATES

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 9, 15)
SHOP = Organisation("Alder & Sons", "GBP", "Europe/London", "GB", legal_name="Alder & Sons Ltd")
ADA = Customer(
    Ref(Kind.CUSTOMER, "c1"), "Ada Lovelace <Engines>", "ada@engines.example", country="GB"
)


@dataclass(frozen=True)
class Row:
    number: str
    due: date
    balance: Money
    failure: str = ""
    pay_url: str = ""

    @property
    def issued(self) -> date:
        return self.due - timedelta(days=30)

    @property
    def days_overdue(self) -> int:
        return (DAY - self.due).days


@dataclass(frozen=True)
class Note:
    template: str
    lines: tuple[Row, ...]
    to: str = "ada@engines.example"
    cc: tuple[str, ...] = ()
    day: date = DAY
    credits: tuple[Money, ...] = ()


def row(
    number: str, days_overdue: int, minor: int = 123_450, currency: str = "GBP", **more: str
) -> Row:
    return Row(number, DAY - timedelta(days=days_overdue), Money(minor, currency), **more)


PAY = "https://dunnock.example/pay/a-token-that-is-longer-than-a-line-of-a-mail-and-stays-whole"


CASES = {
    "invoice_copy__one": Note("invoice_copy", (row("INV-7", -30),)),
    "invoice_copy__two": Note("invoice_copy", (row("INV-7", -30), row("INV-8", -14))),
    "friendly_upcoming__one": Note("friendly_upcoming", (row("INV-7", -3),)),
    "friendly_upcoming__two": Note("friendly_upcoming", (row("INV-7", -3), row("INV-8", -3, 5))),
    "due_today__one": Note("due_today", (row("INV-7", 0),)),
    "due_today__two": Note("due_today", (row("INV-7", 0), row("INV-8", -3))),
    "due_today__sent_late": Note("due_today", (row("INV-7", 2),)),
    "due_today__two_sent_late": Note("due_today", (row("INV-7", 2), row("INV-8", 1))),
    "friendly_upcoming__sent_late": Note("friendly_upcoming", (row("INV-7", 1), row("INV-8", -3))),
    "overdue_polite__one": Note("overdue_polite", (row("INV-7", 7),)),
    "overdue_polite__one_and_upcoming": Note("overdue_polite", (row("INV-7", 7), row("INV-9", -3))),
    "overdue_polite__on_account": Note(
        "overdue_polite",
        (row("INV-7", 7), row("INV-8", 3)),
        credits=(Money(990, "EUR"), Money(25_000, "GBP")),
    ),
    "overdue_polite__two_currencies": Note(
        "overdue_polite",
        (row("INV-7", 7), row("INV-8", 9, 99, "EUR"), row("INV-9", -3, 7_000, "JPY")),
    ),
    "overdue_firm__one": Note("overdue_firm", (row("INV-7", 14),)),
    "overdue_firm__three": Note(
        "overdue_firm", (row("INV-8", 14), row("INV-6", 40), row("INV-9", 1, 50))
    ),
    "overdue_polite__to_pay_online": Note(
        "overdue_polite", (row("INV-7", 7, pay_url=PAY), row("INV-9", -3, pay_url=PAY + "2"))
    ),
    "payment_failed__confirm": Note(
        "payment_failed", (row("SUB-7", 2, failure="confirm", pay_url=PAY),)
    ),
    "payment_failed__funds": Note("payment_failed", (row("SUB-7", 2, failure="funds"),)),
    "payment_failed__method": Note("payment_failed", (row("SUB-7", 2, failure="method"),)),
    "payment_failed__two_and_overdue": Note(
        "payment_failed",
        (
            row("SUB-7", 2, failure="funds"),
            row("SUB-8", 0, failure="other"),
            row("INV-6", 3),
            row("INV-9", -3),
        ),
    ),
    "overdue_firm__and_failed": Note(
        "overdue_firm", (row("INV-7", 14), row("SUB-7", 20, failure="method"))
    ),
    "overdue_final__one": Note("overdue_final", (row("INV-7", 21),)),
    "overdue_final__two": Note("overdue_final", (row("INV-7", 21), row("INV-8", 45))),
    "escalate__one": Note("escalate", (row("INV-7", 30),)),
    "escalate__two": Note("escalate", (row("INV-7", 30), row("INV-8", 45))),
}


@pytest.mark.parametrize("name", CASES)
def test_the_words_are_the_golden_ones(name):
    words = write(CASES[name], ADA, SHOP)
    for suffix, written in (("txt", f"{words.subject}\n\n{words.text}"), ("html", words.html)):
        path = GOLDEN / f"{name}.{suffix}"
        if os.environ.get("DUNNOCK_GOLDEN") == "write":
            path.write_text(written, encoding="utf-8")
        assert written == path.read_text(encoding="utf-8")


def test_every_template_has_its_golden_mail():
    assert {name.partition("__")[0] for name in CASES} == set(template_names())
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)
    assert set(TEMPLATES) <= set(template_names())


@pytest.mark.parametrize("name", CASES)
def test_both_bodies_name_every_invoice_with_its_amount(name):
    note = CASES[name]
    words = write(note, ADA, SHOP)
    for line in note.lines:
        assert line.number in words.text
        assert line.number in words.html
    assert "Alder & Sons" in words.text
    assert "Alder &amp; Sons" in words.html
    assert "<img" not in words.html
    assert ("http" in words.html) == any(line.pay_url for line in note.lines)
    for line in note.lines:
        assert f"  See and pay it online: {line.pay_url}\n" in words.text or not line.pay_url
        assert f'<a href="{line.pay_url}">' in words.html or not line.pay_url


@pytest.mark.parametrize(
    ("language", "country", "locale", "amount", "day"),
    [
        (None, "GB", "en_GB", "£1,234.50", "8 September 2026"),
        (None, "US", "en_US", "£1,234.50", "September 8, 2026"),
        ("de-DE", "DE", "en_DE", "1.234,50\u00a0£", "8 September 2026"),
        ("../de", "Mars", "en_GB", "£1,234.50", "8 September 2026"),
    ],
)
def test_dates_and_amounts_follow_the_customers_territory(language, country, locale, amount, day):
    customer = Customer(ADA.ref, "Ada", language=language, country=country)
    words = write(CASES["overdue_polite__one"], customer, SHOP)
    assert words.locale == locale
    assert amount in words.text
    assert day in words.text


def test_without_any_territory_it_is_written_for_the_default_one():
    nowhere = Organisation("Shop", "EUR", "Etc/UTC")
    assert str(manner(Customer(ADA.ref, "Ada"), nowhere).locale) == "en_GB"


def test_a_template_nobody_wrote_is_refused_by_name():
    with pytest.raises(TemplateError, match="no template 'angry'; there are due_today"):
        write(Note("angry", (row("INV-7", 7),)), ADA, SHOP)
    with pytest.raises(TemplateError):
        write(Note("../layout", (row("INV-7", 7),)), ADA, SHOP)


def test_money_on_account_is_told_in_both_bodies_and_no_balance_is_changed_by_it():
    words = write(CASES["overdue_polite__on_account"], ADA, SHOP)
    said = "Already on your account, not yet set against an invoice: €9.90 + £250.00"
    assert said in " ".join(words.text.split())
    assert said in words.html
    assert words.text.count("£1,234.50") == words.html.count("£1,234.50") == 2
    assert "on your account" not in write(CASES["overdue_polite__one"], ADA, SHOP).text


def test_invoices_that_all_fell_due_are_not_said_to_fall_due_soon():
    words = write(CASES["due_today__two_sent_late"], ADA, SHOP)
    assert "have fallen due; the first of them, INV-7, was due on 13 September 2026" in " ".join(
        words.text.split()
    )
    assert "soon" not in words.text


def test_nothing_is_called_overdue_that_is_not():
    for template in ("overdue_polite", "overdue_firm"):
        with pytest.raises(TemplateError, match="says overdue"):
            write(Note(template, (row("INV-7", 0), row("INV-8", -3))), ADA, SHOP)


def test_nothing_is_called_failed_that_was_not_charged():
    with pytest.raises(TemplateError, match="says that a payment failed"):
        write(Note("payment_failed", (row("INV-7", 7),)), ADA, SHOP)


def test_a_failed_charge_is_not_called_overdue():
    words = write(CASES["overdue_firm__and_failed"], ADA, SHOP)
    assert "Invoice INV-7 was due on 1 September 2026" in " ".join(words.text.split())
    assert "SUB-7 of 27 July 2026: £1,234.50. The card" in " ".join(words.text.split())


def test_a_note_for_a_closed_day_says_by_the_calendar_when_it_was_due():
    words = write(CASES["due_today__sent_late"], ADA, SHOP)
    assert words.subject == "Invoice INV-7 was due on 13 September 2026"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ada\r\nBcc: eve@x", "Ada Bcc: eve@x"),
        ("a\u2028b\u202ec\x00d", "a b c d"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("x" * 200, "x" * 120),
    ],
)
def test_a_ledgers_text_stays_on_its_line(text, plain):
    assert clean(text) == plain


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_name_or_number_can_become_markup_or_template(name, number, creditor):
    note = Note("overdue_firm", (Row(number, date(2026, 9, 1), Money(1, "GBP")),))
    sly = Customer(ADA.ref, "<script>{{ creditor }}{% raw %}" + name)
    words = write(note, sly, Organisation("{{ x }}" + creditor, "GBP", "Etc/UTC"))
    assert "<script" not in words.html
    assert "&lt;script&gt;{{ creditor }}{% raw %}" in words.html
    assert "\n" not in words.subject
