"""The judge of bank money speaks up when the evidence is forged, and so does that of the mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from ledger.days import local_day
from store.tables import action, bank_line
from worlds.judges import JUDGES, judge
from worlds.judges.evidence import Evidence
from worlds.judges.mail import BANK_DAYS, LOOKED_AT
from worlds.world import World

SEED = 10
DAYS = 16
SPENT = "I3 bank money spent wrongly"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(SEED, DAYS, tmp_path_factory.mktemp("world"))
    made.live()
    # Before anything is forged: what the judges say below comes from the forgery.
    assert judge(made) == []
    yield made
    made.close()


def _said(world, name=SPENT):
    return list(JUDGES[name](Evidence(world)))


@pytest.fixture
def applied(world):
    """Give an application of a rule whose money came in at the bank."""
    seen = Evidence(world)
    return next(
        row
        for (_, _), rows in seen.applications.items()
        for row in rows
        if row.body["source"] == "bank" and row.body["automatic"] and row.state == "done"
    )


def _change(world, table, key, **values):
    """Change a row, and give what makes it right again."""
    found = table.c.id == key
    with world.town.house.sessions.begin() as s:
        before = s.execute(select(table).where(found)).mappings().one()
        s.execute(update(table).where(found).values(**values))

    def mend():
        with world.town.house.sessions.begin() as s:
            s.execute(update(table).where(found).values({name: before[name] for name in values}))
        assert _said(world) == []

    return mend


def _line(world, receipt_id):
    return next(line for _, line, _ in Evidence(world).bank if line.receipt_id == receipt_id)


def test_more_than_a_line_brought(world, applied):
    line = _line(world, applied.body["receipt_id"])
    mend = _change(world, bank_line, line.id, amount=1)
    assert any("0.01 GBP of" in one and "pays" in one for one in _said(world))
    mend()


def test_money_of_another_customer(world):
    wires = dict(world.users.wires)
    for key, event in wires.items():
        world.users.wires[key] = replace(event, customer="Somebody Else")
    assert any("of Somebody Else pays" in one for one in _said(world))
    world.users.wires.clear()
    assert any("nobody who owes it" in one for one in _said(world))
    world.users.wires.update(wires)
    assert _said(world) == []


def test_money_that_is_in_the_books_too(world, applied):
    link = next(row for _, row in Evidence(world).rows if row.kind == "link")
    mend = _change(world, action, link.id, subject=f"receipt:bank:{applied.body['receipt_id']}")
    assert any("is in the books, and applied" in one for one in _said(world))
    mend()


def test_money_recorded_by_a_bookkeeper_and_spent_at_both_places(world, applied):
    company = world.cast.companies[0].key
    line = _line(world, applied.body["receipt_id"])
    event = Evidence(world).wire(company, line)
    assert event
    world.users.receipts[company, line.receipt_id] = replace(event, how="both")
    assert any("came once and pays" in one for one in _said(world))
    del world.users.receipts[company, line.receipt_id]


def test_a_reminder_although_the_bank_had_brought_the_money(world):
    seen = Evidence(world)
    company = world.cast.companies[0]
    at = datetime.combine(world.cast.start, time(), world.cast.begin.tzinfo)
    # A mail that went some days after a line was booked; with the line nothing was done.
    line, sent = next(
        (replace(line, receipt_id="untouched"), sent)
        for sent in seen.mails
        for _, line, _ in seen.bank
        if seen.wire(company.key, line)
        if 0 <= (local_day(sent.letter.received, company.zone) - line.booked).days <= BANK_DAYS
    )
    number = sent.row.body["lines"][0]["number"]
    key, event = next(
        (key, one) for key, one in world.users.wires.items() if one is seen.wire(company.key, line)
    )
    assert event
    minor = world.cast.bills[number].minor
    world.users.wires[key] = replace(
        event, numbers=(number,), pays=(number,), text=number, minor=minor
    )
    seen.bank = [(company.key, line, at)]
    name = "I2 sent in spite of what was known"
    assert any("had brought its money" in one for one in JUDGES[name](seen))
    seen.bank = [(company.key, line, sent.letter.received - LOOKED_AT + timedelta(seconds=1))]
    assert list(JUDGES[name](seen)) == []
    world.users.wires[key] = event
