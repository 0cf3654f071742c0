"""One company that gets its money at a bank: whatever goes wrong there, the books agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.money import Money
from sandbox.story.companies import COMPANIES
from sandbox.story.event import Bill, Customer, Event, at
from sandbox.story.plan import Story
from store import actions, bank_lines, exceptions
from worlds.demo import Demo

BRANDT = COMPANIES[2]
START = date(2026, 9, 1)
NAMES = ("Amber Hotels GmbH", "Calder Media GmbH", "Dene Timber GmbH", "Elm Roofing GmbH")
FEE, PARENT, TWICE, BACK = (f"RE-{number}" for number in (1001, 1002, 1003, 1004))
SUMS = dict(zip((FEE, PARENT, TWICE, BACK), (250_000, 101_000, 52_000, 43_000), strict=True))


SAID: list[str] = []


def wire(number: str, days: int, minor: int = 0, **more: Any) -> Event:
    payer = NAMES[list(SUMS).index(number)]
    told: dict[str, Any] = {
        "customer": payer,
        "payer": payer,
        "how": "sepa",
        "pays": (number,),
        **more,
    }
    return Event(
        at(BRANDT, START + timedelta(days=days), 11),
        BRANDT.key,
        "wire",
        minor=minor or SUMS[number],
        currency="EUR",
        text=number,
        **told,
    )


def story() -> Story:
    bills = {
        number: Bill(BRANDT.key, number, NAMES[place], *days(), minor, "EUR")
        for place, (number, minor) in enumerate(SUMS.items())
    }
    raised = [
        Event(at(BRANDT, bill.day, 9), BRANDT.key, "invoice", (bill.number,), bill.customer)
        for bill in bills.values()
    ]
    events = [
        Event(at(BRANDT, START + timedelta(days=1), 8), BRANDT.key, "live"),
        wire(FEE, 1, 248_750, how="wire", fee_minor=1_250),
        wire(PARENT, 1, payer="Continental Beteiligungs GmbH"),
        wire(TWICE, 1),
        wire(BACK, 1),
        wire(BACK, 7, -SUMS[BACK], how="returned", pays=()),
        wire(TWICE, 8),
        *(
            Event(at(BRANDT, START + timedelta(days=one), 8), BRANDT.key, "statement")
            for one in (3, 10)
        ),
    ]
    customers = (
        Customer(BRANDT.key, one, f"pay@{one.split()[0].lower()}.example", "EUR") for one in NAMES
    )
    return Story(
        start=START,
        days=12,
        companies=(BRANDT,),
        customers=tuple(customers),
        bills=bills,
        before=tuple(raised),
        events=tuple(sorted(events, key=lambda one: one.at)),
    )


def days() -> tuple[date, date]:
    return START - timedelta(days=20), START + timedelta(days=1)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    told = Demo(story(), tmp_path_factory.mktemp("demo"), SAID.append)
    told.prepare()
    told.tell()
    return told


def placed(demo) -> dict[str, tuple[int, str, bool]]:
    """Give what was done for each invoice: the money that came, the difference, whether undone."""
    with demo.town.house.sessions() as s:
        rows = actions.in_state(s, demo.ours[BRANDT.key], actions.DONE)
    return {
        row.body["portions"][0]["number"]: (
            row.body["portions"][0]["amount"][0],
            "".join(one["kind"] for one in row.body["adjustments"]),
            row.undone_at is not None,
        )
        for row in rows
        if row.kind == "apply"
    }


def test_the_books_agree(demo):
    compared, misused = demo.compare()
    assert [one for one in compared if not one.ties] == []
    assert misused == []
    told = {one.measure: one.theirs for one in compared}
    assert told["lines on statements"] == "6"
    assert (
        told["closing balance"] == f"EUR {(25_000_000 + 248_750 + 101_000 + 2 * 52_000) / 100:,.2f}"
    )
    assert told["bank money in the ledger"] == f"EUR {(248_750 + 101_000 + 52_000) / 100:,.2f}"


def test_each_transfer_found_its_invoice_and_the_returned_one_lost_it_again(demo):
    assert placed(demo) == {
        FEE: (250_000, "bank_fee", False),
        PARENT: (101_000, "", False),
        TWICE: (52_000, "", False),
        BACK: (43_000, "", True),
    }
    assert any("1 returned payment undone" in one for one in SAID)
    keeper = demo.ledgers.keepers[BRANDT.key]
    left = {
        number: keeper.open_minor(demo.ledgers.id_of(BRANDT.key, "invoice", number))
        for number in SUMS
    }
    assert left == {FEE: 0, PARENT: 0, TWICE: 0, BACK: 43_000}


def test_what_came_twice_is_left_on_account_and_nobody_is_asked_any_more(demo):
    ours = demo.ours[BRANDT.key]
    with demo.town.house.sessions() as s:
        left = [row for row in actions.in_state(s, ours, actions.DONE) if row.kind == "leave"]
        lines = bank_lines.of_receipts(s, ours, [row.subject.rpartition(":")[2] for row in left])
        asked = exceptions.list_open(s, ours)
    kept = {(one.text, one.left) for one in lines.values()}
    assert kept == {(TWICE, Money(52_000, "EUR")), (BACK, Money(43_000, "EUR"))}
    assert [one.title for one in asked] == []


def test_a_statement_is_uploaded_once(demo):
    event = next(one for one in demo.story.events if one.kind == "statement")
    before = len(SAID)
    demo._act(event)
    assert SAID[before:] == []
