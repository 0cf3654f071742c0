from __future__ import annotations

from datetime import date

import pytest

from connector.remittance import pages
from connector.remittance.advice import UnreadableError
from connector.remittance.parse import parse
from ledger.money import Money
from tests.connector.remittance.paper import pdf, table
from tests.connector.remittance.test_lists import GIVEN, paid

HEAD = ("Invoice", "Date", "Gross", "Discount", "Paid")
FIRST = table(
    [
        ("Marlow Retail Ltd",),
        ("Payment date: 12 September 2026",),
        HEAD,
        ("INV-08213", "01/08/2026", "1,000.00", "20.00", "980.00"),
        ("INV 08214", "02/08/2026", "498.00", "", "498.00"),
    ]
)
SECOND = table(
    [
        HEAD,
        ("CN-0007", "03/08/2026", "-78.00", "0.00", "-78.00"),
        ("Total GBP", "", "", "", "1,400.00"),
    ]
)


def test_lines_of_text_on_pages_are_read_as_a_list() -> None:
    (found,) = parse("advice.pdf", pdf(FIRST, SECOND), GIVEN)
    assert paid(found) == {"INV-08213": "980.00", "INV 08214": "", "CN-0007": "-78.00"}
    assert "line 5 has 2 amounts under 3 headings" in found.problem
    assert (found.paid_on, found.total) == (date(2026, 9, 12), Money(140000, "EUR"))


def test_a_whole_page_ties_out() -> None:
    rows = [("Invoice", "Paid (GBP)"), *((f"INV-{at}", f"{at}.50") for at in range(1001, 1041))]
    total = sum(range(1001, 1041)) + 20
    (found,) = parse("", b"\r\n" + pdf(table([*rows, ("Total", f"{total}.00")])), GIVEN)
    assert len(found.lines) == 40
    assert (found.total, found.problem) == (Money(total * 100, "GBP"), "")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"%PDF-1.7", "damaged, or no PDF"),
        (b"%PDF-1.4\ntrailer << /Root 9 0 R >>", "damaged, or no PDF"),
        (pdf([]), "holds no text, perhaps a scan"),
        (pdf(*[[]] * (pages.PAGES_MAX + 1)), "more than 200 pages"),
        (
            pdf(
                FIRST,
                extra="/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -1 "
                f"/O <{'00' * 32}> /U <{'00' * 32}> >>",
            ),
            "locked with a password",
        ),
    ],
)
def test_a_pdf_that_cannot_be_read_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        parse("x.pdf", body, GIVEN)
