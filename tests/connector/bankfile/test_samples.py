"""Files of real banks that stand beside the repository, where they do: what each one states.

The table was written from the raw files by eye: for each statement its account, currency,
opening and closing balance and number of lines; and for files that say something odd of
themselves, which kinds of problem must be told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.bankfile.parse import parse
from connector.bankfile.reading import ProblemKind, Reading
from ledger.money import Money
from ledger.statements import Statement

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "bank"
GAP, SEQUENCE, CURRENCY = ProblemKind.GAP, ProblemKind.SEQUENCE, ProblemKind.CURRENCY
DETAIL, PENDING, TOTAL = ProblemKind.DETAIL, ProblemKind.PENDING, ProblemKind.TOTAL

CH, NL = "CH2801234000123456789", "NL26VAYB8060476890"
PIECE = "no whole MT940 statement"
# Of the month's 31 statements these have lines; the others close as they open.
ASN = {1: ("444.29", "379.29", 1), 5: ("379.29", "577.74", 2), 25: ("577.74", "576.09", 1)} | {
    29: ("576.09", "404.81", 2),
    31: ("404.81", "501.23", 2),
}

Row = tuple[str, str, str | None, str | None, int]
STATED: dict[str, tuple[list[Row], set[ProblemKind]]] = {
    "bai2/account_trailer_amount_blank_example.bai2": (
        [("12345", "USD", None, None, 0), ("54321", "USD", None, None, 0)],
        set(),
    ),
    "bai2/nwb_example.bai2": ([("88888888 600004", "GBP", "365.21", "338.45", 5)], set()),
    "camt053/camt052.v1.xml": ([(CH, "SEK", None, None, 1)], set()),
    "camt053/camt052.v2.with-account-name.xml": ([(CH, "SEK", None, None, 1)], {DETAIL}),
    "camt053/camt052.v4.xml": ([(CH, "CHF", None, "10022.15", 0)], {PENDING}),
    "camt053/camt052.v6.xml": ([(CH, "CHF", None, "10022.15", 0)], {PENDING}),
    "camt053/camt053.v2.all-balance-types.xml": ([(CH, "EUR", "1.01", "4.04", 1)], {GAP}),
    "camt053/camt053.v2.minimal.ultimate.xml": ([(NL, "EUR", "18.15", None, 1)], {CURRENCY}),
    "camt053/camt053.v2.multi.statement.xml": (
        [(NL, "EUR", "18.15", "27.00", 1), (NL, "EUR", "27.00", "20.00", 1)],
        set(),
    ),
    "camt053/camt053.v2.with-party-ids.xml": ([(NL, "EUR", "18.15", None, 1)], {CURRENCY}),
    "camt053/camt053.v3.xml": ([(NL, "EUR", "18.15", None, 1)], {CURRENCY, DETAIL}),
    "camt053/camt053.v8.xml": ([(NL, "EUR", "18.15", None, 1)], {CURRENCY}),
    "camt053/camt054.v2.xml": ([(CH, "SEK", None, None, 1)], {DETAIL}),
    "camt053/camt054.v8-with-UETR.xml": ([(CH, "SEK", None, None, 1)], {DETAIL}),
    "camt053/camt054.v8.xml": ([(CH, "SEK", None, None, 1)], {DETAIL}),
    "mt940/betterplace__sepa_snippet.sta": (
        [
            ("50880050/0194787400888", "EUR", "766656.49", "1125250.40", 4),
            ("50880050/0194791600888", "EUR", "-1970431.87", "-4472049.09", 7),
        ],
        {GAP},
    ),
    "mt940/betterplace__with_binary_character.sta": (
        [
            ("51230800/0000007055", "EUR", "380115.77", "199929.02", 3),
            ("51230800/0000007304", "EUR", "130073.19", "131193.19", 1),
        ],
        set(),
    ),
    "mt940/jejik__abnamro.sta": (
        [
            ("517852257", "EUR", "3236.28", "876.84", 8),
            ("517852257", "EUR", "2876.84", "1849.75", 2),
        ],
        {GAP, SEQUENCE},
    ),
    "mt940/jejik__ing.sta": ([("0001234567", "EUR", "0.00", "3.47", 7)], {GAP}),
    "mt940/jejik__postfinance.sta": (
        [("123456789", "CHF", "0.00", "229.20", 2), ("123456789", "CHF", "229.20", "159.60", 2)],
        {GAP},
    ),
    "mt940/jejik__rabobank.sta": (
        [
            ("1291.99.348", "EUR", "473.17", "395.82", 1),
            ("1291.99.348", "EUR", "1000.89", "1000.89", 0),
            ("1291.99.348", "EUR", "1295.82", "1250.87", 2),
            ("1526.89.184", "EUR", "4196.12", "4101.82", 2),
        ],
        {GAP, SEQUENCE},
    ),
    "mt940/jejik__triodos.sta": (
        [("TRIODOSBANK/0390123456", "EUR", "4975.09", "4370.79", 2)],
        {GAP},
    ),
    "mt940/mBank__mt942.sta": ([("PL29114010810000267002001002", "PLN", None, None, 3)], set()),
    "mt940/sberbank__171011_01234945.sta": (
        [("1966315302010001", "HUF", "627311.30", "617874.30", 3)],
        set(),
    ),
    "mt940/self-provided__gv_codes.sta": (
        [("12345678/1020304050", "EUR", "12345.12", None, 2)],
        set(),
    ),
    "mt940/self-provided__long_statement_number.sta": (
        [("0067-00763/93984487", "TRY", "0.00", "0.00", 0)],
        set(),
    ),
    "mt940/self-provided__mt942.sta": ([("GJB0291077111", "EUR", None, None, 1)], {TOTAL}),
    "mt940/self-provided__raiffeisen-cmi.sta": (
        [("UBRTHUHB/123456789150ABCDEF002", "HUF", "25170637.10", "25281687.60", 7)],
        {GAP},
    ),
    "mt940/self-provided__whitespace.sta": (
        [("12345678/1020304050", "EUR", "12345.12", "12345.98", 1)],
        {GAP},
    ),
    "ofx/br_nubank_cc.ofx": (
        [("11111111-UUID-UUID-UUID-111111111111", "BRL", None, "-1280.91", 6)],
        set(),
    ),
    "ofx/stmtrs_euro.ofx": ([("999988", "USD", None, "200.29", 2)], set()),
}
REFUSED = {
    "mt940/betterplace__currency_in_25.sta": PIECE,
    "mt940/betterplace__empty_entry_date.sta": PIECE,
    "mt940/betterplace__missing_crlf_at_end.sta": PIECE,
    "mt940/cmxl__account_balance_debit.sta": PIECE,
    "mt940/cmxl__account_identification_legacy.sta": PIECE,
    "mt940/cmxl__closing_balance.sta": PIECE,
    "mt940/cmxl__reference.sta": PIECE,
    "mt940/cmxl__statement_line.sta": PIECE,
    "mt940/self-provided__empty_non_swift.sta": PIECE,
    "mt940/self-provided__sparkassen.sta": PIECE,
    "ofx/profrs.ofx": "the bank says 'Signon invalid'",
}
MONTH = "mt940/ASNB__0708271685_09022020_164516.940.txt"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no bank samples at {FOLDER}: they are kept beside the repository"
)


def reading(name: str) -> Reading:
    return parse((FOLDER / name).read_bytes())


def row(one: Statement) -> Row:
    def text(money: Money | None) -> str | None:
        return None if money is None else money.text

    return one.account, one.currency, text(one.opening), text(one.closing), len(one.lines)


@pytest.mark.parametrize("name", sorted(STATED))
def test_a_sample_is_read_to_what_it_states(name: str) -> None:
    rows, kinds = STATED[name]
    found = reading(name)
    assert found.refused == ""
    assert [row(one) for one in found.statements] == rows
    assert {one.kind for one in found.problems} == kinds


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_piece_of_a_statement_is_refused_with_its_reason(name: str) -> None:
    assert REFUSED[name] in reading(name).refused


def test_a_month_of_daily_statements_is_whole() -> None:
    found = reading(MONTH)
    assert found.problems == ()
    assert len(found.statements) == 31
    for number, one in enumerate(found.statements, start=1):
        opening, closing, lines = ASN.get(number, (one.closing and one.closing.text, "", 0))
        assert (one.account, one.number) == ("NL81ASNB9999999999", f"{number}/1")
        assert one.opening is not None
        assert one.closing is not None
        assert one.opening.text == opening
        assert one.closing.text == (closing or opening)
        assert len(one.lines) == lines


def test_every_sample_stands_in_a_table() -> None:
    there = {
        str(path.relative_to(FOLDER))
        for path in FOLDER.rglob("*")
        if path.is_file() and path.name != "SOURCES.md"
    }
    assert there == STATED.keys() | REFUSED.keys() | {MONTH}
