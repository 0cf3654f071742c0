"""Lists in the text of a mail or a page, with headings and without."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.remittance import listing, rows
from connector.remittance.advice import Given, UnreadableError
from ledger.money import Money
from ledger.remittances import Remittance

GIVEN = Given(date(2026, 9, 14), "EUR", "ap@payer.example")


def read(text: str) -> Remittance:
    return listing.read(rows.of_text(dedent(text)), GIVEN)


def paid(advice: Remittance) -> dict[str, str]:
    return {line.reference: line.amount.text if line.amount else "" for line in advice.lines}


GERMAN = """
    Sehr geehrte Damen und Herren,

    Rechnungsnr.    Datum        Brutto      Skonto    Zahlbetrag
    RE-2026-0815    01.08.2026   1.000,00    20,00     980,00
    RE-2026-0816    02.08.2026     498,00     0,00     498,00
    Gutschrift 4711 03.08.2026     100,00     0,00     100,00

    Summe                        1.398,00    20,00   1.378,00 EUR
    Zahlungsdatum: 12.09.2026
"""


def test_headings_say_which_amount_is_paid() -> None:
    found = read(GERMAN)
    assert found.problem == ""
    assert paid(found) == {"RE-2026-0815": "980.00", "RE-2026-0816": "498.00", "4711": "-100.00"}
    first, _, credit = found.lines
    assert (first.gross, first.discount) == (Money(100000, "EUR"), Money(2000, "EUR"))
    assert (credit.gross, credit.discount) == (Money(-10000, "EUR"), None)
    assert (found.total, found.paid_on) == (Money(137800, "EUR"), date(2026, 9, 12))
    assert (found.sender, found.received) == (GIVEN.sender, GIVEN.received)


@pytest.mark.parametrize(
    ("headings", "reference"),
    [
        ("Invoice number  Our ref  Amount paid", 0),
        ("Our ref  Your reference  Payment", 1),
        ("Payment no  Facture n°  Montant réglé", 1),
        ("Factuurnummer  PO  Bedrag", 0),
        ("Nº pedido  Nº factura  Importe", 1),
        ("Data  Numero fattura  Importo pagato", 1),
        ("Supplier no  Fakturanummer  Belopp", 1),
        ("Lasku  Asiakas  Summa", 0),
        ("PO number  Description  Amount", 0),
        ("Customer  Reference  Amount", 1),
    ],
)
def test_headings_are_understood_in_many_languages(headings: str, reference: int) -> None:
    cells = ["99001", "99002"]
    cells[reference] = "10001"
    found = read(f"{headings}\n{'   '.join(cells)}   100,00\nTotal      100,00")
    assert paid(found) == {"10001": "100.00"}
    assert found.problem == ""


def test_beside_a_tax_the_gross_is_paid() -> None:
    found = read("""
        Invoice    Net     VAT    Gross
        INV-1001  100.00  20.00  120.00
        INV-1002  200.00  40.00  240.00
        Total     300.00  60.00  360.00
    """)
    assert paid(found) == {"INV-1001": "120.00", "INV-1002": "240.00"}
    assert found.problem == ""


def test_a_list_that_runs_over_pages_is_one() -> None:
    found = read("""
        Remittance advice   Page 1 of 2
        Invoice    Amount
        INV-1001   100.00
        Carried forward   100.00
        Remittance advice   Page 2 of 2
        Invoice    Amount
        Brought forward   100.00
        INV-1002   200.00
        Subtotal   200.00
        Total paid   300.00
        Phone 0800 123456, opening hours 10.00 to 16.00
    """)
    assert paid(found) == {"INV-1001": "100.00", "INV-1002": "200.00"}
    assert found.problem == ""


def test_rows_that_leave_a_column_empty_are_read_by_the_order_of_amounts() -> None:
    found = read("""
        Date         Invoice    Remark     Amount   Paid
        01.08.2026   INV-1001   August     120.00   100.00
        02.08.2026   INV-1002              200.00   200.00
        Total                              320.00   300.00
    """)
    assert paid(found) == {"INV-1001": "100.00", "INV-1002": "200.00"}
    assert found.lines[0].gross == Money(12000, "EUR")
    assert found.problem == ""


def test_a_row_with_too_few_amounts_is_told_and_not_guessed() -> None:
    found = read("""
        Invoice    Gross    Paid
        INV-1001   120.00   100.00
        INV-1002   200.00
        Total      300.00
    """)
    assert paid(found) == {"INV-1001": "100.00", "INV-1002": ""}
    assert "line 4 has 1 amounts under 2 headings" in found.problem


def test_money_under_no_number_is_a_line_of_the_sum() -> None:
    for headings in ("Invoice    Our ref   Amount\n", ""):
        found = read(f"{headings}INV-1001   100.00\nBank charges    -15.00\nTotal   85.00")
        assert paid(found) == {"INV-1001": "100.00", "Bank charges": "-15.00"}
        assert found.problem == ""


def test_a_row_of_bare_amounts_is_the_sum() -> None:
    found = read("Invoice   Amount\nINV-1001   100.00\nINV-1002   50.00\n   150.00\n")
    assert (found.total, len(found.lines)) == (Money(15000, "EUR"), 2)


@pytest.mark.parametrize(
    ("total", "problem"),
    [
        ("Total  301.00", "the lines come to 300.00 EUR, the total says 301.00 EUR"),
        (
            "Total paid  300.00\nPayment amount  900.00",
            "it states two totals: 300.00 EUR and 900.00 EUR",
        ),
        ("Total  300.00 GBP", "it is in several currencies: EUR, GBP"),
        ("Total  1234.567 EUR", "a total cannot be read"),
        ("Total  of all", ""),
        ("INV-1001  EUR 100.00\nTotal  400.00", ""),
    ],
)
def test_lines_and_total_must_agree(total: str, problem: str) -> None:
    found = read(f"Invoice  Paid\nINV-1001  EUR 100.00\nINV-1002  200.00\n{total}")
    assert problem in found.problem
    assert bool(problem) == bool(found.problem)


def test_amounts_of_a_line_that_contradict_each_other_are_told() -> None:
    found = read("Invoice  Gross  Discount  Paid\nINV-1001  120.00  10.00  100.00\n")
    assert found.problem == "line 2: 120.00 EUR less 10.00 EUR is not 100.00 EUR"


def test_the_same_line_twice_is_told_unless_the_total_counts_both() -> None:
    text = "Invoice  Paid\nINV-1001  100.00\nINV-1001  100.00\n"
    assert read(text).problem == "INV-1001 stands there twice"
    assert read(f"{text}Total  200.00").problem == ""


def test_under_headings_the_lines_of_a_list_without_a_total_make_it() -> None:
    found = read("Invoice  Paid\nINV-1001  100.00\nINV-1002  -20.00\n")
    assert (found.total, found.problem) == (Money(8_000, "EUR"), "")


def test_the_currency_stands_in_a_heading_or_beside_the_list() -> None:
    for text in (
        "Invoice  Amount (USD)\nINV-1001  100.00",
        "Invoice  Currency  Amount\nINV-1001  USD  100.00",
        "Currency: USD\nInvoice  Amount\nINV-1001  100.00",
        "Invoice  Amount\nINV-1001  US$ 100.00",
    ):
        assert read(text).lines[0].amount == Money(10000, "USD")


MAIL = """
    Dear all,

    on 12 September 2026 we paid, from our account 990011:

    Our account 990011 Invoice 1001   100.00
    Our account 990011 Invoice 1002   200.00 CR
    Our account 990011 Invoice 1003   1,300.00

    Total payment: GBP 1,200.00
    Value date: September 14, 2026
    Our credit limit is £90,000.00 as before.
    > INV-9999  55.00
"""


def test_without_headings_the_shape_tells() -> None:
    found = read(MAIL)
    assert paid(found) == {"1001": "100.00", "1002": "-200.00", "1003": "1300.00"}
    assert (found.total, found.problem) == (Money(120000, "GBP"), "")
    assert found.paid_on == date(2026, 9, 14)


def test_of_several_amounts_the_one_is_paid_whose_sum_is_stated() -> None:
    found = read("INV-1001  120.00  80.00\nINV-1002  200.00  150.00\nTotal 230.00")
    assert paid(found) == {"INV-1001": "80.00", "INV-1002": "150.00"}
    assert found.problem == ""


def test_a_sum_of_a_part_is_left_out_without_headings_too() -> None:
    found = read("INV-1001  120.00\nSubtotal  120.00\nINV-1002  80.00\nTotal  200.00")
    assert paid(found) == {"INV-1001": "120.00", "INV-1002": "80.00"}
    assert found.problem == ""


def test_what_stood_there_in_another_currency_is_left_out() -> None:
    found = read("INV-1001 1.00 USD 2.00 3.00 EUR\nINV-1002 1.00 2.00 3.00\nTotal 6.00")
    assert paid(found) == {"INV-1001": "3.00", "INV-1002": "3.00"}
    assert [line.gross for line in found.lines] == [None, None]
    assert found.problem == ""


def test_three_amounts_that_add_up_are_gross_discount_and_paid() -> None:
    found = read("INV-1001 1,000.00 20.00 980.00\nINV-1002 498.00 0.00 498.00\nTotal 1,478.00")
    assert (found.lines[0].gross, found.lines[0].discount) == (
        Money(100000, "EUR"),
        Money(2000, "EUR"),
    )
    assert found.problem == ""
    untold = read("INV-1001 1,000.00 20.00 980.00\nINV-1002 498.00 0.00 498.00\n")
    assert paid(untold) == paid(found)
    assert untold.problem == "no total is stated to check the lines by"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("INV-1001  120.00  80.00\nINV-1002  200.00  150.00", "neither a heading nor a total"),
        ("INV-1001  120.00  80.00\nINV-1002  1.00\nTotal  80.00", "has not as many amounts"),
        ("INV-1001 INV-1002  80.00\nINV-1003  1.00\nTotal  81.00", "more than one document"),
        ("INV-1001  80.00", "no total is stated"),
        ("INV-1001  80.00\nTotal  81.00", "the lines come to 80.00 EUR, the total says 81.00"),
    ],
)
def test_a_shape_that_leaves_it_open_is_told(text: str, problem: str) -> None:
    assert problem in read(text).problem


def test_columns_that_are_equal_leave_nothing_open() -> None:
    found = read("INV-1001  120.00  120.00\nINV-1002  80.00  80.00\nTotal  200.00")
    assert paid(found) == {"INV-1001": "120.00", "INV-1002": "80.00"}
    assert found.problem == ""


@pytest.mark.parametrize(
    "text",
    [
        "We paid invoices INV-1001, INV-1002 and INV-1003 today, in all 300.00 EUR.",
        "We paid invoices INV-1001, INV-1002 and INV-1003 (contract 778899).\nTotal: 300.00",
    ],
)
def test_documents_named_in_a_sentence_have_no_amounts(text: str) -> None:
    found = read(text)
    assert paid(found) == {"INV-1001": "", "INV-1002": "", "INV-1003": ""}
    assert found.total == Money(30000, "EUR")
    assert found.problem == "it does not say what is paid on each document"


@pytest.mark.parametrize(
    ("line", "reference", "amount"),
    [
        ("INV 100 234,56", "INV 100", "234.56"),
        ("Facture 2026 1 234,56", "2026", "1234.56"),
        ("Rechnung 77 vom 12.08.2026 1.234,56", "77", "1234.56"),
        ("Ref. 4500123 EUR 12.00", "4500123", "12.00"),
        ("PO 998877 invoice #10001 12.00", "10001", "12.00"),
        ("SI/2026/001 (12.00)", "SI/2026/001", "-12.00"),
        ("Credit note CN-1001 12.00", "CN-1001", "-12.00"),
        ("10001 TOTALLY 12.00", "10001", "12.00"),
        ("10001 FOR 12.00", "10001", "12.00"),
        ("10001 XQZ 12.00", "10001", "12.00"),
    ],
)
def test_a_line_without_columns_is_taken_apart(line: str, reference: str, amount: str) -> None:
    assert paid(read(f"{line}\n")) == {reference: amount}


@pytest.mark.parametrize(
    "text",
    [
        *("", "Hello", "Where is our order 123456?", "Total: 300.00", "12.09.2026  12.00"),
        *("Invoice  Amount\n", "Invoice  Amount\nnone  \n", "2.00 % of 2026 is 12.00"),
        "GB29NWBK60161331926819  12.00",
    ],
)
def test_a_text_without_a_list_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="no line names a document and an amount"):
        read(text)


def test_more_lines_than_anybody_sends_are_refused() -> None:
    with pytest.raises(UnreadableError, match="more than 20000 lines"):
        read("Invoice  Paid\n" + "INV-1001  100.00\n" * 20_001)


@given(st.text(alphabet="INV-12 34.,56\n\tTotalEURCR()%|>", max_size=200))
def test_no_text_breaks_the_reader_and_sums_agree_or_are_told(text: str) -> None:
    try:
        found = read(text)
    except UnreadableError:
        return
    amounts = [line.amount for line in found.lines]
    if found.total and not found.problem:
        assert sum(one.minor for one in amounts if one) == found.total.minor


@given(
    minors=st.lists(st.integers(1, 10**9), min_size=1, max_size=8),
    marks=st.sampled_from([("", "."), (",", "."), (".", ","), (" ", ","), ("'", ".")]),
    headed=st.booleans(),
)
def test_amounts_are_exact_whatever_the_marks(
    minors: list[int], marks: tuple[str, str], *, headed: bool
) -> None:
    lines = [f"INV-{1000 + at}  {_written(minor, *marks)}" for at, minor in enumerate(minors)]
    text = "\n".join([*lines, f"Total  {_written(sum(minors), *marks)}"])
    found = read(f"Invoice  Amount\n{text}" if headed else text)
    assert [line.amount.minor for line in found.lines if line.amount] == minors
    assert found.problem == ""


def _written(minor: int, group: str, mark: str) -> str:
    return f"{minor // 100:,}".replace(",", group) + f"{mark}{minor % 100:02}"
