"""Remittance advices handed in on the matches page."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from tests.web.furniture import ADA, EVIL, HOME, ROLES

if TYPE_CHECKING:
    from tests.web.house import House

MATCHES = f"/o/{HOME}/matches"
WELL = b"Invoice;Paid\nINV-1001;40.00\nTotal;40.00\n"


def hand_in(house: House, *files: tuple[bytes, str], who: str = ADA) -> str:
    browser = house.client(who)
    form = {"file": [(BytesIO(body), name) for body, name in files]}
    house.post(browser, f"{MATCHES}/advices", form, content_type="multipart/form-data")
    return browser.get(MATCHES).text


def test_each_file_says_what_was_read_of_it(fresh: House) -> None:
    page = hand_in(
        fresh,
        (WELL, "one.csv"),
        (WELL, "again.csv"),
        (WELL.replace(b"Total;40", b"Total;41"), "odd.csv"),
        (b"%PDF-", "two.pdf"),
    )
    assert "one.csv: 1 line, in all 40.00 GBP. Payments are matched by it." in page
    assert "again.csv: this advice was handed in before." in page
    assert "Only a suggestion: the lines come to 40.00 GBP, the total says 41.00 GBP." in page
    assert "two.pdf: the PDF is damaged" in page
    assert "£40.00" in page


def test_what_a_file_is_called_is_shown_as_text(fresh: House) -> None:
    page = hand_in(fresh, (b"Invoice;Paid\nINV-1;1.00\nINV-2;2.00\n", f"{EVIL}.csv"))
    assert "2 lines, in all 3.00 GBP." in page
    assert "<script>" not in page


def test_no_file_is_asked_for_again_and_who_only_looks_hands_nothing_in(fresh: House) -> None:
    assert "Choose a file first." in hand_in(fresh)
    browser = fresh.client(ROLES["viewer"])
    answer = fresh.post(browser, f"{MATCHES}/advices", {"file": (BytesIO(WELL), "one.csv")})
    assert answer.status_code == 403
