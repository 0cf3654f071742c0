"""Bank accounts, files, statements and lines: kept once, and shown when they are ours."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import pytest

from connector.protocol import Found
from ledger.balances import Balances
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from ledger.remittances import RemittanceLine
from rules.matching.overlap import ToldLine
from store import bank_accounts, bank_files, bank_lines, connections, due, mirror
from store.bank_accounts import ASKED, OURS, REFUSED
from store.bank_lines import DOUBTED, KEPT, SAME, NewLine

DAY = date(2026, 2, 2)


def gbp(minor):
    return Money(minor, "GBP")


def receipt(key, minor=5_000, **more):
    return Receipt(
        Ref(Kind.RECEIPT, key), Source.BANK, DAY, gbp(minor), gbp(minor), Status.OPEN, **more
    )


def told(key=0, minor=5_000, day=DAY):
    return ToldLine(key, day, minor, "R1", "w", "Acme", "GB1", "mt940")


@pytest.fixture
def account(s, ours, now):
    return bank_accounts.add(s, ours, "GB33 BUKB 2020", "GBP", now)


@pytest.fixture
def statement(s, ours, account, now):
    """Keep a file with a statement, and give the statement's id."""
    file_id = keep_file(s, ours, now)
    return bank_files.add_statement(
        s,
        ours,
        account_id=account.id,
        file_id=file_id,
        number="7",
        balances=(gbp(100), None),
        days=(DAY, None),
        lines=2,
        known=1,
        moved=gbp(5_000),
    )


def keep_file(s, ours, now, body=b"body", **more):
    values = {"state": bank_files.READ, "problems": [], "name": "march.sta", **more}
    return bank_files.keep(
        s,
        ours,
        digest=f"d{len(body)}",
        body=body,
        file_format="mt940",
        who="anna",
        now=now,
        **values,
    )


def test_an_account_is_asked_about_once_however_it_is_spaced(s, ours, now, account):
    assert (account.number, account.state, account.csv) == ("GB33BUKB2020", ASKED, None)
    assert bank_accounts.add(s, ours, "gb33bukb2020", "GBP", now) == account
    assert bank_accounts.add(s, ours, "GB33 BUKB 2020", "EUR", now) != account
    assert len(bank_accounts.everyone(s, ours)) == 2


def test_what_an_account_tells_is_shown_once_it_is_ours(s, ours, now, account):
    mirror.save(s, ours, account.connection_id, [Found(receipt("l-1"), "{}")], now)
    assert mirror.receipts_to_match(s, ours) == []
    assert bank_accounts.claim(s, ours, account.id, name="Current", ledger_account="090")
    [shown] = mirror.receipts_to_match(s, ours)
    assert shown.ref.id == "l-1"
    kept = bank_accounts.of_receipt(s, ours, "l-1")
    assert kept is not None
    assert (kept.name, kept.ledger_account, kept.state) == ("Current", "090", OURS)
    assert bank_accounts.refuse(s, ours, account.id)
    assert mirror.receipts_to_match(s, ours) == []
    refused = bank_accounts.get(s, ours, account.id)
    assert refused is not None
    assert refused.state == REFUSED
    assert bank_accounts.of_receipt(s, ours, "l-2") is None


def test_an_account_is_no_connection_to_be_worked(s, ours, now, account):
    bank_accounts.claim(s, ours, account.id, name="Current", ledger_account="")
    assert connections.of_organisation(s, ours) == []
    assert connections.one_of(s, ours, account.connection_id) is None
    assert connections.all_live(s) == []
    assert due.now_due(s, now) == []
    assert due.next_due(s) is None


def test_nothing_is_said_of_an_account_that_is_not_there(s, ours):
    assert not bank_accounts.claim(s, ours, 99, name="x", ledger_account="")
    assert not bank_accounts.refuse(s, ours, 99)
    assert not bank_accounts.set_csv(s, ours, 99, {})


def test_how_csv_files_are_read_is_kept(s, ours, account):
    assert bank_accounts.set_csv(s, ours, account.id, {"delimiter": ";"})
    kept = bank_accounts.get(s, ours, account.id)
    assert kept is not None
    assert kept.csv == {"delimiter": ";"}


def test_a_file_is_kept_once_with_its_bytes(s, ours, now):
    first = keep_file(s, ours, now, state=bank_files.UNREADABLE, problems=["line 3: no date"])
    found = bank_files.get(s, ours, first)
    assert found is not None
    assert (found.problems, found.size, found.is_kept) == (["line 3: no date"], 4, True)
    assert keep_file(s, ours, now) == first
    again = bank_files.with_digest(s, ours, "d4")
    assert again is not None
    assert (again.id, again.state) == (first, bank_files.READ)
    assert bank_files.body(s, ours, first) == b"body"
    assert [one.id for one in bank_files.latest(s, ours, 5)] == [first]
    assert bank_files.get(s, ours, 99) is None


def test_the_bytes_of_too_large_a_file_are_let_go(s, ours, now, monkeypatch):
    monkeypatch.setattr(bank_files, "BODY_BYTES_MAX", 50)
    kept = keep_file(s, ours, now, body=os.urandom(200))
    assert bank_files.body(s, ours, kept) is None
    found = bank_files.get(s, ours, kept)
    assert found is not None
    assert not found.is_kept


def test_what_waits_can_be_dropped_and_what_was_read_cannot(s, ours, now):
    waiting = keep_file(s, ours, now, state=bank_files.WAITING)
    assert bank_files.forget(s, ours, waiting)
    dropped = bank_files.get(s, ours, waiting)
    assert dropped is not None
    assert dropped.state == "dropped"
    assert bank_files.body(s, ours, waiting) is None
    assert not bank_files.forget(s, ours, keep_file(s, ours, now, b"other"))


def test_a_statement_comes_back_as_it_was_told(s, ours, account, statement):
    [found] = bank_files.of_account(s, ours, account.id)
    assert (found.id, found.number, found.opening, found.closing) == (
        statement,
        "7",
        gbp(100),
        None,
    )
    assert (found.lines, found.known, found.moved) == (2, 1, gbp(5_000))
    assert bank_files.balances([found]) == []
    whole = replace(found, closing=gbp(5_100), closed=DAY)
    assert bank_files.balances([whole]) == [
        Balances(statement, DAY, DAY, gbp(100), gbp(5_100), gbp(5_000))
    ]


@pytest.fixture
def two(s, ours, account, statement, now):
    """Keep two lines, of which the second may be the first, and give them."""
    found = [Found(receipt("l-1", text="one"), "{}"), Found(receipt("l-2", -300), "{}")]
    mirror.save(s, ours, account.connection_id, found, now)
    new = [
        NewLine(statement, "l-1", told()),
        NewLine(statement, "l-2", told(minor=-300), DOUBTED, like_id=1),
    ]
    bank_lines.add(s, ours, account.id, new)
    return bank_lines.of_statement(s, ours, statement)


def test_lines_are_kept_and_found_by_day_statement_and_receipt(s, ours, account, two):
    first, second = two
    assert (first.state, first.left, first.text) == (KEPT, gbp(5_000), "one")
    assert (second.state, second.like_id, second.left) == (DOUBTED, first.id, gbp(-300))
    assert bank_lines.told(s, ours, account.id, DAY, DAY) == [
        told(first.id),
        told(second.id, -300),
    ]
    assert bank_lines.told(s, ours, account.id, date(2026, 2, 3), date(2026, 2, 9)) == []
    assert bank_lines.of_receipts(s, ours, ["l-2", "l-9"]) == {"l-2": second}
    assert bank_lines.get(s, ours, first.id) == first
    assert bank_lines.get(s, ours, 99) is None


def test_a_doubt_is_settled_once_and_both_lines_stay_known(s, ours, account, two):
    first, second = two
    assert bank_lines.doubted(s, ours) == [second]
    assert bank_lines.settle(s, ours, second.id, SAME)
    assert not bank_lines.settle(s, ours, second.id, KEPT)
    assert bank_lines.doubted(s, ours) == []
    known = bank_lines.told(s, ours, account.id, DAY, DAY)
    assert [one.id for one in known] == [first.id, second.id]


def test_lines_that_nobody_touched_are_those_of_ours_that_nothing_accounts_for(
    s, ours, account, two
):
    first, second = two
    assert bank_lines.untouched(s, ours, DAY) == []
    bank_accounts.claim(s, ours, account.id, name="Current", ledger_account="")
    assert bank_lines.untouched(s, ours, DAY) == ["l-1"]
    assert bank_lines.untouched(s, ours, date(2026, 2, 3)) == []
    bank_lines.settle(s, ours, second.id, KEPT)
    assert bank_lines.untouched(s, ours, DAY) == ["l-1", "l-2"]
    mirror.record_applied(s, ours, Source.BANK, "l-2", gbp(-300))
    bank_lines.set_apart(s, ours, first.id, apart=True)
    assert bank_lines.untouched(s, ours, DAY) == []


@pytest.mark.usefixtures("two")
def test_receipts_are_found_by_their_ids_and_by_amount_between_two_days(s, ours, account):
    bank_accounts.claim(s, ours, account.id, name="Current", ledger_account="")
    found = mirror.receipts_named(s, ours, Source.BANK, ["l-2", "l-1", "l-9"])
    assert [one.ref.id for one in found] == ["l-1", "l-2"]
    amounts = {gbp(5_000), Money(-300, "EUR")}
    found = mirror.receipts_between(s, ours, Source.BANK, (DAY, DAY), amounts)
    assert [one.ref.id for one in found] == ["l-1"]
    before = date(2026, 1, 1), date(2026, 2, 1)
    assert mirror.receipts_between(s, ours, Source.BANK, before, amounts) == []


def test_that_a_line_is_seen_nowhere_else_is_kept(s, ours, two):
    first, _ = two
    assert not first.apart
    assert bank_lines.set_apart(s, ours, first.id, apart=True)
    apart = bank_lines.get(s, ours, first.id)
    assert apart is not None
    assert apart.apart
    assert not bank_lines.set_apart(s, ours, 99, apart=True)


def test_all_that_a_line_tells_comes_back_with_its_receipt(s, ours, account, now):
    whole = receipt(
        "l-1",
        value_day=date(2026, 2, 1),
        channel="wire",
        end_to_end_id="E2E",
        structured_reference="RF18539007547034",
        remittance=(RemittanceLine("INV-1", gbp(4_900), gbp(5_000), gbp(100)), RemittanceLine("x")),
        original=Money(6_000, "EUR"),
        charges=gbp(25),
    )
    mirror.save(s, ours, account.connection_id, [Found(whole, "{}")], now)
    bank_accounts.claim(s, ours, account.id, name="Current", ledger_account="")
    assert mirror.receipt(s, ours, Source.BANK, "l-1") == whole


def test_money_that_went_out_stays_negative_until_it_is_accounted_for(s, ours, account, now):
    out = receipt("l-1", -5_000)
    mirror.save(s, ours, account.connection_id, [Found(out, "{}")], now)
    bank_accounts.claim(s, ours, account.id, name="Current", ledger_account="")
    assert mirror.receipt(s, ours, Source.BANK, "l-1") == out
    assert mirror.receipts_to_match(s, ours) == []
    mirror.record_applied(s, ours, Source.BANK, "l-1", gbp(-5_000))
    accounted = mirror.receipt(s, ours, Source.BANK, "l-1")
    assert accounted is not None
    assert accounted.unapplied == gbp(0)
