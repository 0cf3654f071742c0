"""What is looked at in every statement, whatever its format: sums, sequence, bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from connector.bankfile import bounds
from connector.bankfile.bounds import FIELD_MAX, TEXT_MAX
from connector.bankfile.check import check
from connector.bankfile.parse import parse
from connector.bankfile.reading import PROBLEMS_MAX, Findings, ProblemKind
from ledger.money import Money
from ledger.statements import BankLine, Statement
from tests.connector.bankfile.messages import balance, camt053, entry, one_entry, statement


def made(
    number: str, opening: int | None, *amounts: int, closing: int | None, day: int = 10
) -> Statement:
    return Statement(
        account="4711",
        currency="EUR",
        number=number,
        lines=tuple(BankLine(date(2026, 3, day), Money(one, "EUR"), "") for one in amounts),
        opening=None if opening is None else Money(opening, "EUR"),
        closing=None if closing is None else Money(closing, "EUR"),
        opened=date(2026, 3, day),
        closed=date(2026, 3, day),
    )


def told(*statements: Statement) -> list[tuple[ProblemKind, str]]:
    findings = Findings()
    check(statements, findings)
    return [(one.kind, str(one)) for one in findings.all()]


def test_a_gap_is_told_with_its_amount() -> None:
    assert told(made("1", 0, 100, -30, closing=70)) == []
    ((kind, says),) = told(made("7", 0, 100, closing=90))
    assert kind is ProblemKind.GAP
    assert says.startswith("statement 7 of 4711: opening 0.00 and the lines do not make closing")
    assert says.endswith("gap of -0.10 EUR; ask the bank")


@pytest.mark.parametrize(("opening", "closing"), [(None, 5), (5, None), (None, None)])
def test_without_both_balances_nothing_can_be_added_up(
    opening: int | None, closing: int | None
) -> None:
    assert told(made("1", opening, 100, closing=closing)) == []


def test_a_balance_in_another_currency_is_not_added_up_and_told() -> None:
    mixed = replace(made("1", 0, 5, closing=5), closing=Money(5, "USD"))
    ((kind, says),) = told(mixed)
    assert kind is ProblemKind.CURRENCY
    assert says == "statement 1 of 4711: a balance is in USD, the account in EUR; ask the bank"


def test_pages_that_follow_each_other_are_whole() -> None:
    assert told(made("31/1", 0, 5, closing=5), made("31/2", 5, 1, closing=6)) == []


@pytest.mark.parametrize(
    ("after", "words"),
    [("31/3", "the page before it is missing"), ("31/5", "3 pages before it are missing")],
)
def test_a_missing_page_is_told(after: str, words: str) -> None:
    ((kind, says),) = told(made("31/1", 0, 5, closing=5), made(after, 9, closing=9))
    assert kind is ProblemKind.SEQUENCE
    assert says == f"statement {after} of 4711: {words}; import the missing file, or ask the bank"


def test_money_missing_between_two_statements_is_told() -> None:
    ((kind, says),) = told(made("1", 0, 5, closing=5), made("2", 9, closing=9, day=11))
    assert kind is ProblemKind.SEQUENCE
    assert "opens with 0.09 EUR, the one before it closed with 0.05 EUR" in says


def test_what_stands_newest_first_or_has_no_balance_follows_from_nothing() -> None:
    assert told(made("2", 9, closing=9, day=11), made("1", 0, closing=0)) == []
    assert told(made("1", 0, closing=None), made("2", 9, closing=9)) == []
    assert told(made("1", 0, closing=0), made("2", None, closing=9)) == []


def test_other_accounts_do_not_follow_each_other() -> None:
    body = camt053(
        statement(balance("CLBD", "5.00")),
        statement(balance("OPBD", "9.00"), account="<Id><IBAN>X1</IBAN></Id><Ccy>EUR</Ccy>"),
    )
    assert parse(body).problems == ()


def test_more_problems_than_a_person_reads_are_counted() -> None:
    reading = parse(camt053(statement(*[entry("x")] * (PROBLEMS_MAX + 7))))
    assert len(reading.problems) == PROBLEMS_MAX + 1
    assert reading.problems[-1].says == "7 more problems"


def test_more_lines_than_any_statement_has_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(bounds, "LINES_MAX", 3)
    assert not parse(camt053(statement(*[entry()] * 3))).refused
    assert "holds 4 lines, more than 3" in parse(camt053(statement(*[entry()] * 4))).refused


def test_what_is_too_long_to_keep_is_cut_and_told() -> None:
    long = "<RmtInf><Ustrd>{}</Ustrd><Strd><CdtrRefInf><Ref>{}</Ref></CdtrRefInf></Strd></RmtInf>"
    body = one_entry(entry(details=long.format("x" * TEXT_MAX, "y" * (FIELD_MAX + 1))))
    reading = parse(body)
    (one,) = reading.statements[0].lines
    assert (len(one.text), len(one.structured_reference)) == (TEXT_MAX, FIELD_MAX)
    where = "the line of 2026-03-10 over 118.00 EUR"
    assert {one.where for one in reading.problems} == {where}
    assert [one.says for one in reading.problems] == [
        "structured_reference has 501 characters; the first 500 are kept",
        "text has 20502 characters; the first 20000 are kept",
    ]
