"""The stand-in bank: what is booked once is told once, and its files say what it keeps."""

from __future__ import annotations

from datetime import date

import pytest

from connector import bankfile
from ledger.money import Money
from sandbox.bank.sheet import Line, iban
from sandbox.bank.standin import BankStandIn
from sandbox.shelf import Shelf

NUMBER = iban("DE", "370400440532013000")
PAYER = "Northgate Fabrication GmbH"
WEEK = (
    Line(date(2026, 9, 2), 98_750, PAYER, iban("DE", "100000000000000001"), "RE-1001", "wire"),
    Line(date(2026, 9, 3), 4, text="Interest", how="interest"),
    Line(date(2026, 9, 3), -98_750, PAYER, text="RE-1001 " * 12, how="sepa", returned="AC04"),
    Line(date(2026, 9, 3), -50_000, text="To savings", how="own"),
)


@pytest.fixture(params=["camt", "mt940"])
def bank(request):
    made = BankStandIn(Shelf())
    _open(made, request.param)
    for place, line in enumerate(WEEK):
        made.book("ours", f"mark {place}", line)
    return made


def _open(bank, form):
    bank.open_account(
        "ours",
        number=NUMBER,
        currency="EUR",
        owner="Brandt",
        opened=date(2026, 9, 1),
        opening_minor=100_000,
        form=form,
    )


def _read(statement):
    reading = bankfile.read(statement.body)
    assert (reading.refused, reading.problems) == ("", ())
    (found,) = reading.statements
    return found


def test_check_digits_are_those_of_a_known_account():
    # The example that the registry of IBANs gives for Germany and for Britain.
    assert NUMBER == "DE89370400440532013000"
    assert iban("GB", "NWBK60161331926819") == "GB29NWBK60161331926819"


def test_a_statement_reads_as_it_was_booked(bank):
    found = _read(bank.statement("ours", date(2026, 9, 4)))
    assert (found.account, found.currency) == (NUMBER, "EUR")
    assert (found.opening, found.closing) == (Money(100_000, "EUR"), Money(50_004, "EUR"))
    assert (found.opened, found.closed) == (date(2026, 9, 1), date(2026, 9, 3))
    told = [(one.booked, one.amount.minor, one.payer_name, one.reversal) for one in found.lines]
    assert told == [(one.day, one.minor, one.payer, bool(one.returned)) for one in WEEK]
    assert found.lines[0].text == "RE-1001"
    assert found.lines[0].payer_account == WEEK[0].account
    assert found.lines[2].text.startswith(WEEK[2].text.strip())


def test_statements_follow_one_another_and_none_is_printed_anew(bank):
    first = bank.statement("ours", date(2026, 9, 3))
    second = bank.statement("ours", date(2026, 9, 10))
    assert bank.statement("ours", date(2026, 9, 3)) == first
    assert [one.lines for one in bank.statements("ours")] == [1, 3]
    assert _read(second).opening == _read(first).closing == Money(198_750, "EUR")
    assert _read(second).opened == date(2026, 9, 3)
    assert bank.lines("ours") == list(WEEK)


def test_what_is_booked_or_opened_again_changes_nothing(bank):
    bank.book("ours", "mark 0", Line(date(2026, 9, 2), 1))
    _open(bank, "mt940")
    assert _read(bank.statement("ours", date(2026, 9, 4))).closing == Money(50_004, "EUR")


def test_what_is_booked_late_comes_with_the_next_statement(bank):
    bank.statement("ours", date(2026, 9, 4))
    late = Line(date(2026, 9, 1), 700, PAYER, text="late", how="fps")
    bank.book("ours", "late", late)
    assert bank.mark_of("ours", late.day, late.minor, PAYER) is None
    assert [one.text for one in _read(bank.statement("ours", date(2026, 9, 11))).lines] == ["late"]
    assert bank.mark_of("ours", late.day, late.minor, PAYER) == "late"


def test_charges_stand_in_camt():
    bank = BankStandIn(Shelf())
    _open(bank, "camt")
    bank.book("ours", "one", Line(date(2026, 9, 2), 98_750, PAYER, how="wire", fee_minor=1_250))
    (line,) = _read(bank.statement("ours", date(2026, 9, 3))).lines
    assert (line.channel, line.charges) == ("wire", Money(1_250, "EUR"))


def test_bai2_has_a_statement_for_each_day_with_movements():
    bank = BankStandIn(Shelf())
    _open(bank, "bai2")
    days = [date(2026, 9, 2), date(2026, 9, 2), date(2026, 9, 4)]
    came = [Line(day, 98_750, PAYER, text="RE-1001", how="ach") for day in days]
    more = [
        Line(days[2], -50_000, "Brandt", text="To savings", how="own"),
        Line(days[2], 4, text="Interest", how="interest"),
        Line(days[2], -98_750, PAYER, text="RE-1001", how="ach", returned="R01"),
    ]
    for place, line in enumerate(booked := [*came, *more]):
        bank.book("ours", f"mark {place}", line)
    reading = bankfile.read(bank.statement("ours", date(2026, 9, 5)).body)
    assert (reading.format, reading.refused, reading.problems) == ("bai2", "", ())
    first, last = reading.statements
    assert [one.opened for one in (first, last)] == [days[0], days[2]]
    assert first.opening == Money(100_000, "EUR")
    assert first.closing == last.opening == Money(297_500, "EUR")
    assert last.closing == Money(247_504, "EUR")
    found = [*first.lines, *last.lines]
    told = [(one.booked, one.amount.minor, one.payer_name, one.reversal) for one in found]
    assert told == [(one.day, one.minor, one.payer, bool(one.returned)) for one in booked]
    assert all(line.text in one.text for one, line in zip(found, booked, strict=True))
    assert len({one.bank_id for one in found}) == len(found)


def test_a_week_without_movements_is_its_last_day_in_bai2():
    bank = BankStandIn(Shelf())
    _open(bank, "bai2")
    found = _read(bank.statement("ours", date(2026, 9, 5)))
    assert (found.closed, found.lines) == (date(2026, 9, 4), ())
    assert found.opening == found.closing == Money(100_000, "EUR")


def test_an_account_that_was_never_opened():
    with pytest.raises(KeyError, match="theirs"):
        BankStandIn(Shelf()).account("theirs")
