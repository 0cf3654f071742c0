"""A receivables history becomes a story: every invoice, its payment and its dispute on its day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.quickbooks.standin import QuickBooksStandIn
from sandbox.shelf import Shelf
from sandbox.story.hands import Ledgers, QuickBooksBookkeeper, XeroBookkeeper
from sandbox.story.plan import Story
from sandbox.story.replay import NUMBER_CHARS_MAX, ReplayError, entries, read
from sandbox.xero.standin import XeroStandIn

HISTORY = Path(__file__).resolve().parents[3] / "shared" / "data" / "ar" / "receivables.csv"
NAMES = (
    "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,"
    "Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate"
)
# Settled late after a dispute (bank money), early (booked by hand), early after a dispute, never.
LINES = (
    "391,A-1,4/6/2013,0000000001,1/2/2013,2/1/2013,55.94,Yes,2/11/2013,Paper,40,10",
    "391,A-1,4/6/2013,0000000004,1/5/2013,2/4/2013,7,No,1/15/2013,Electronic,10,0",
    "770,b/1,3/3/2012,0000000003,1/2/2013,2/1/2013,61.7,Yes,1/11/2013,Paper,9,0",
    "770,b 1,3/3/2012,0000000005,2/1/2013,3/3/2013,88.05,No,,Paper,,",
)


def written(tmp_path: Path, *lines: str, names: str = NAMES) -> Path:
    path = tmp_path / "history.csv"
    path.write_text("\n".join((names, *lines)) + "\n", encoding="utf-8")
    return path


def told(tmp_path: Path) -> Story:
    return read(written(tmp_path, *LINES), "xero")


def test_every_invoice_is_raised_on_its_day(tmp_path: Path) -> None:
    story = told(tmp_path)
    assert {bill.number: (bill.day, bill.due, bill.minor) for bill in story.bills.values()} == {
        "0000000001": (date(2013, 1, 2), date(2013, 2, 1), 5594),
        "0000000004": (date(2013, 1, 5), date(2013, 2, 4), 700),
        "0000000003": (date(2013, 1, 2), date(2013, 2, 1), 6170),
        "0000000005": (date(2013, 2, 1), date(2013, 3, 3), 8805),
    }
    raised = {one.numbers[0]: one.at.date() for one in story.events if one.kind == "invoice"}
    assert raised == {bill.number: bill.day for bill in story.bills.values()}
    assert story.before == ()


def test_it_begins_with_the_first_invoice_and_ends_a_month_after_the_last_thing(
    tmp_path: Path,
) -> None:
    story = told(tmp_path)
    assert story.start == date(2013, 1, 2)
    assert story.days == (date(2013, 3, 3) - date(2013, 1, 2)).days + 30
    assert [one.kind for one in story.events if one.kind in {"live", "trust"}] == ["live", "trust"]
    assert [one.at for one in story.events] == sorted(one.at for one in story.events)
    assert story.events[0].kind == "live"
    assert story.events[0].at == datetime(2013, 1, 2, 13, tzinfo=UTC)


def test_money_comes_on_the_day_it_was_settled(tmp_path: Path) -> None:
    money = {
        (one.pays or one.numbers)[0]: (one.kind, one.at.date(), one.minor, one.text)
        for one in told(tmp_path).events
        if one.kind in {"payment", "receipt"}
    }
    assert money == {
        "0000000001": ("receipt", date(2013, 2, 11), 5594, "0000000001"),
        "0000000003": ("receipt", date(2013, 1, 11), 6170, "0000000003"),
        "0000000004": ("payment", date(2013, 1, 15), 700, ""),
    }


def test_a_dispute_opens_when_due_or_on_the_way_and_ends_with_the_settlement(
    tmp_path: Path,
) -> None:
    disputes = [
        (one.kind, one.numbers[0], one.at.date())
        for one in told(tmp_path).events
        if one.kind in {"dispute", "release"}
    ]
    assert disputes == [
        ("dispute", "0000000003", date(2013, 1, 5)),
        ("release", "0000000003", date(2013, 1, 11)),
        ("dispute", "0000000001", date(2013, 2, 1)),
        ("release", "0000000001", date(2013, 2, 11)),
    ]


def test_customers_that_look_alike_have_addresses_of_their_own(tmp_path: Path) -> None:
    story = told(tmp_path)
    assert [one.name for one in story.customers] == ["Customer A-1", "Customer b/1", "Customer b 1"]
    assert len({one.email for one in story.customers}) == 3


@pytest.mark.parametrize("provider", ["xero", "quickbooks"])
def test_the_bookkeepers_can_carry_it_out(tmp_path: Path, provider: str) -> None:
    """What is open in the books at the end is what the file leaves unsettled."""
    story = read(written(tmp_path, *LINES), provider)
    shelf, company = Shelf(), story.companies[0]

    def clock() -> datetime:
        return datetime(2013, 4, 30, tzinfo=UTC)

    app: dict[str, Any] = {"client_id": "app", "client_secret": "secret", "webhook_key": "key"}
    keeper: XeroBookkeeper | QuickBooksBookkeeper
    if provider == "xero":
        keeper = XeroBookkeeper(XeroStandIn(shelf, clock, **app), company)
    else:
        keeper = QuickBooksBookkeeper(QuickBooksStandIn(shelf, clock, **app), company)
    ledgers = Ledgers({company.key: keeper}, None)
    for customer in story.customers:
        ledgers.add_customer(customer)
    for seq, event in enumerate(story.events):
        if event.kind in {"invoice", "payment", "receipt"}:
            ledgers.carry_out(seq, event, story.bills, event.at.date())
    ids = {number: ledgers.id_of(company.key, "invoice", number) for number in story.bills}
    open_now = {number: keeper.open_minor(found or "") for number, found in ids.items()}
    assert open_now == {
        # Bank money is there, and nobody has placed it yet.
        "0000000001": 5594,
        "0000000003": 6170,
        "0000000004": 0,
        "0000000005": 8805,
    }


def spoilt(column: str, cell: str) -> str:
    cells = dict(zip(NAMES.split(","), LINES[0].split(","), strict=True)) | {column: cell}
    return ",".join(cells.values())


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("InvoiceDate", "2013-01-02", "month/day/year"),
        ("InvoiceDate", "13/2/2013", "month/day/year"),
        ("DueDate", "2/30/2013", "month/day/year"),
        ("DueDate", "1/1/2013", "from 2013-01-02 on"),
        ("SettledDate", "soon", "month/day/year"),
        ("SettledDate", "1/1/2013", "from 2013-01-02 on, or nothing"),
        ("DaysToSettle", "41", "expected 40"),
        ("DaysLate", "0", "expected 10"),
        ("InvoiceAmount", "ten", "an amount above 0"),
        ("InvoiceAmount", "5.005", "an amount above 0"),
        ("InvoiceAmount", "-5", "an amount above 0"),
        ("InvoiceAmount", "0.00", "an amount above 0"),
        ("InvoiceAmount", "1e3", "an amount above 0"),
        ("Disputed", "perhaps", "Yes or No"),
        ("customerID", " ", "ID of a customer"),
        ("customerID", "A:1", "without a colon"),
        ("countryCode", "", "code of a country"),
        ("invoiceNumber", "", "1 to 21 characters"),
        ("invoiceNumber", "7" * (NUMBER_CHARS_MAX + 1), "1 to 21 characters"),
    ],
)
def test_a_bad_cell_is_named_with_its_line(
    tmp_path: Path, column: str, cell: str, said: str
) -> None:
    path = written(tmp_path, LINES[1], spoilt(column, cell))
    with pytest.raises(ReplayError) as caught:
        read(path, "xero")
    assert str(caught.value).startswith(f"line 3, {column}: ")
    assert said in str(caught.value)


def test_a_number_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"line 4, invoiceNumber: 0000000001 .* line 2"):
        read(written(tmp_path, LINES[0], LINES[1], LINES[0]), "xero")


def test_an_id_of_two_countries_is_refused(tmp_path: Path) -> None:
    elsewhere = LINES[1].replace("391", "406")
    with pytest.raises(ReplayError, match=r"line 3, countryCode: customer A-1 is in 391 on line 2"):
        read(written(tmp_path, LINES[0], elsewhere), "xero")


@pytest.mark.parametrize("column", NAMES.split(","))
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    path = written(tmp_path, names=NAMES.replace(column, "else"))
    with pytest.raises(ReplayError, match=f"line 1: column {column} is missing"):
        read(path, "xero")


@pytest.mark.parametrize("line", [LINES[0] + ",more", LINES[0].rpartition(",")[0]])
def test_a_line_with_too_many_or_too_few_cells_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ReplayError, match="line 2: it has not as many cells as"):
        read(written(tmp_path, line), "xero")


def test_a_file_that_is_no_text_or_no_csv_or_empty_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    for content, said in (
        (b"\xff\xfe\x00", "not UTF-8"),
        (NAMES.encode() + b'\n"391"x,', "not a CSV file"),
        (NAMES.encode(), "no invoices"),
        (b"", "line 1: column countryCode is missing"),
    ):
        path.write_bytes(content)
        with pytest.raises(ReplayError, match=said):
            read(path, "xero")


def test_a_spreadsheets_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(f"{NAMES}\n{LINES[0]}\n", encoding="utf-8-sig")
    assert [entry.number for entry in entries(path)] == ["0000000001"]


def test_a_real_history_of_two_years(
    record_property: Callable[[str, object], None],
) -> None:
    """The days are few moments, so that a story of thousands of events is told quickly."""
    if not HISTORY.is_file():
        record_property("reason", "the receivables history does not lie beside the checkout")
        return
    story = read(HISTORY, "quickbooks")
    kinds = Counter(one.kind for one in story.events)
    assert (len(story.bills), len(story.customers)) == (2466, 100)
    assert kinds["receipt"] + kinds["payment"] == kinds["invoice"] == 2466
    assert kinds["dispute"] == kinds["release"] == 561
    assert kinds["receipt"] > 2 * kinds["payment"] > 0
    assert (story.start, story.days) == (date(2012, 1, 3), 737 + 30)
    assert len({one.at for one in story.events}) < 2 * story.days


def test_a_day_is_told_in_the_order_in_which_it_can_happen(tmp_path: Path) -> None:
    """A dispute ends before the money comes; one of the same day was over before it was noted."""
    lines = (
        "391,A,1/1/2013,11,1/2/2013,2/1/2013,5,Yes,2/11/2013,Paper,40,10",
        "391,A,1/1/2013,12,2/11/2013,3/13/2013,5,Yes,2/11/2013,Paper,0,0",
    )
    events = read(written(tmp_path, *lines), "xero").events
    day = [
        (one.kind, (one.pays or one.numbers)[0])
        for one in events
        if one.at.date() == date(2013, 2, 11)
    ]
    assert day == [("release", "11"), ("invoice", "12"), ("receipt", "11"), ("receipt", "12")]
