"""A payment that the bank took back: its application is undone from the exceptions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from connector.protocol import Found
from flows.bank import returned
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from store import actions, bank_accounts, mirror, tables
from store.actions import ActionRow
from store.exceptions import list_open
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME
from tests.web.house import House

AT = f"/o/{HOME}"


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def on_the_bank(
    key: str, minor: int, days: int, *, payer_name: str = "", text: str = ""
) -> Receipt:
    amount = Money(minor, "GBP")
    received = NOW.date() - timedelta(days=days)
    ref = Ref(Kind.RECEIPT, key)
    return Receipt(
        ref, Source.BANK, received, amount, amount, Status.OPEN, payer_name=payer_name, text=text
    )


def came_back(house: House) -> tuple[ActionRow, int]:
    """Have money applied and taken back; gives the application and the row of the exceptions."""
    ours = house.ids[HOME]
    money = on_the_bank("b-1", 42_000, 9, payer_name="Wagtail <b>Logistics</b>")
    back = on_the_bank("b-2", -42_000, 0, text="RETURNED UNPAID")
    with house.sessions.begin() as s:
        account = bank_accounts.everyone(s, ours)[0]
        for one in (money, back):
            mirror.save(s, ours, account.connection_id, [Found(one, "{}")], NOW)
        mirror.record_applied(s, ours, Source.BANK, "b-1", money.amount)
        pattern = actions.get(s, ours, house.ids["applied"])
        assert pattern is not None
        row = actions.plan(
            s,
            ours,
            key="apply:b-1",
            kind="apply",
            subject="receipt:bank:b-1",
            body={**pattern.body, "source": "bank", "receipt_id": "b-1"},
            claims=(),
            state=actions.PLANNED,
            next_at=NOW,
            day=None,
            now=NOW,
            who="dunnock",
            why="x",
        )
        assert row is not None
        assert actions.begin(s, ours, row.id, attempts=0, owner="test", now=NOW)
        outcome = {"holder_id": "p9", "parts": []}
        actions.close(s, ours, row.id, state=actions.DONE, outcome=outcome, now=NOW, text="done")
        returned.tell(s, ours, [back], marked=(), own_names=(), now=NOW)
        [told] = list_open(s, ours, returned.KIND)
    return row, told.id


def test_the_application_is_undone_by_one_button(fresh, browser):
    row, told = came_back(fresh)
    path = f"{AT}/exceptions/{told}/undo/{row.id}"
    text = browser.get(f"{AT}/exceptions").text
    assert f'action="{path}"' in text
    assert "Undo INV-1000 (1 Mar 2026, Wagtail &lt;b&gt;Logistics&lt;/b&gt;)" in text
    answer = fresh.post(browser, path, follow_redirects=True)
    assert "It will be taken apart in the ledger within a minute; then this closes." in answer.text
    with fresh.sessions() as s:
        rows = actions.of_subject(s, fresh.ids[HOME], "receipt:bank:b-1")
    [planned] = [one for one in rows if one.kind == "unapply"]
    assert planned.body["returned"] == ["receipt:bank:b-2", ADA]
    # It is on its way, and is offered no more.
    assert f'action="{path}"' not in answer.text
    assert fresh.post(browser, path).status_code == 404


def test_only_what_came_back_is_undone_from_there(fresh, browser):
    _, told = came_back(fresh)
    other = fresh.ids["applied"]
    assert fresh.post(browser, f"{AT}/exceptions/{told}/undo/{other}").status_code == 404
    refused = fresh.ids["refused row"]
    assert fresh.post(browser, f"{AT}/exceptions/{refused}/undo/{other}").status_code == 404
    with fresh.sessions() as s:
        assert actions.under_way(s, fresh.ids[HOME], "unapply") == []


def test_a_ledger_that_takes_nothing_back_says_so(fresh, browser):
    row, told = came_back(fresh)
    with fresh.sessions.begin() as s:
        s.execute(
            update(tables.connection)
            .where(tables.connection.c.id == fresh.ids["quickbooks"])
            .values(provider="stripe")
        )
    path = f"{AT}/exceptions/{told}/undo/{row.id}"
    answer = fresh.post(browser, path, follow_redirects=True)
    assert "does not take a payment off an invoice again" in answer.text
