"""Money on the bank that nobody placed yet: whose reminders it holds back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.protocol import Found
from flows import dunning, facts
from flows.bank import accounts, lines
from ledger.documents import (
    Customer,
    Invoice,
    Kind,
    Organisation,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from rules.parse import parse
from store import bank_accounts, bank_lines, connections, mirror, organisations, payers
from store.connections import Consented
from tests.flows.bank_notes import hand_in, statement
from tests.flows.scene import TODAY, XERO, Scene, raised

LINE = Receipt(
    Ref(Kind.RECEIPT, "1"),
    Source.BANK,
    TODAY,
    Money(777, "GBP"),
    Money(777, "GBP"),
    Status.OPEN,
)
CUSTOMER = Customer(Ref(Kind.CUSTOMER, "c-1"), "Weir & Lock Limited", "pay@weir.example")
OWED = Money(10_000, "GBP")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Scene]:
    """Give an organisation with one customer who owes, and a bank account."""
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            ours = organisations.create(s, "Ash & Alder", "pub-ash", scene.now)
            consented = Consented("xero", "books", "t-1", "Books")
            books = connections.connect(s, ours, consented, scene.now)
            organisations.save_ledger(s, ours, Organisation("Ash", "GBP", "Europe/London"))
            due = TODAY - timedelta(days=9)
            invoice = Invoice(
                Ref(Kind.INVOICE, "i-1"), "AA-1001", "c-1", due, due, OWED, OWED, Status.OPEN
            )
            found = [Found(CUSTOMER, "{}"), Found(invoice, "{}")]
            mirror.save(s, ours, books, found, scene.now)
            account = bank_accounts.add(s, ours, "GB33", "GBP", scene.now)
            bank_accounts.claim(s, ours, account.id, name="Current", ledger_account="")
        scene.organisation_id = ours
        yield scene


def holds(scene: Scene, line: Receipt) -> bool:
    """Say whether a line of the bank holds the customer's reminders back."""
    ours = scene.organisation_id
    with scene.tools.sessions.begin() as s:
        [account] = bank_accounts.everyone(s, ours)
        mirror.save(s, ours, account.connection_id, [Found(line, "{}")], scene.now)
        position = mirror.position(s, ours, "c-1", scene.now)
        assert position is not None
        row = organisations.get(s, ours)
        left = facts.unplaced(s, ours, TODAY)
        [known] = facts.gather(s, row, [position], TODAY, left)
        return bool(known.possible_payments)


def are_held(scene: Scene) -> bool:
    """Say whether the next send window would hold back the reminder that is due."""
    with scene.tools.sessions.begin() as s:
        organisations.set_live(s, scene.organisation_id, TODAY - timedelta(days=60))
        row = organisations.get(s, scene.organisation_id)
        rules = parse({"dunning": {"min_days_since_delivery": 0}})
        shown = dunning.preview(s, row, rules, scene.now, scene.tools.closed)
    held = any(one.reason == "possible_payment_seen" for one in shown.suppressed)
    assert held == (not shown.reminders)
    return held


@pytest.mark.parametrize(
    "told",
    [
        {"payer_name": "WEIR AND LOCK LTD"},
        {"text": "FASTER PAYMENT LOCK & WEIR 0123"},
        {"text": "INVOICE AA-1001"},
        {"amount": OWED, "unapplied": OWED},
        {"original": OWED, "amount": Money(777, "USD"), "unapplied": Money(777, "USD")},
    ],
)
def test_any_hint_of_the_customer_holds_its_reminders(home: Scene, told: dict[str, str]) -> None:
    assert holds(home, replace(LINE, **told))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "told",
    [
        {"payer_name": "WEIR SERVICES"},
        {"payer_name": "Unlock Ltd"},
        {"text": "CREDIT"},
        {"payer_name": "WEIR AND LOCK LTD", "received": TODAY - timedelta(days=11)},
        {"payer_name": "WEIR AND LOCK LTD", "unapplied": Money(0, "GBP")},
    ],
)
def test_money_that_says_nothing_of_the_customer_holds_nothing(
    home: Scene, told: dict[str, str]
) -> None:
    assert not holds(home, replace(LINE, **told))  # type: ignore[arg-type]


def test_an_account_that_somebody_confirmed_once_holds_the_reminders(home: Scene) -> None:
    line = replace(LINE, payer_name="W L Treasury", payer_account="GB11 BUKB")
    assert not holds(home, line)
    with home.tools.sessions.begin() as s:
        payers.confirm(s, home.organisation_id, "account:gb11bukb", "c-1")
    assert holds(home, line)


PARENTS = (
    Customer(Ref(Kind.CUSTOMER, "c-2"), "Canal Estates Ltd", parent_id="c-3"),
    Customer(Ref(Kind.CUSTOMER, "c-3"), "Navigation Holdings plc", parent_id="c-2"),
)


@pytest.mark.parametrize(
    "told",
    [
        {"payer_name": "CANAL ESTATES LTD"},
        {"text": "NAVIGATION HOLDINGS PAYMENT RUN"},
        {"source": Source.LEDGER, "customer_id": "c-3"},
    ],
)
def test_money_of_whoever_is_billed_in_its_stead_holds_the_reminders(
    home: Scene, told: dict[str, str]
) -> None:
    """A parent that pays a lump names no invoice of its subsidiary's."""
    line = replace(LINE, **told)  # type: ignore[arg-type]
    assert not holds(home, line)
    child = replace(CUSTOMER, parent_id="c-2")
    books = home.books.id
    with home.tools.sessions.begin() as s:
        found = [Found(one, "{}") for one in (child, *PARENTS)]
        mirror.save(s, home.organisation_id, books, found, home.now)
    assert holds(home, line)


def said(text: str) -> bytes:
    return statement((TODAY, TODAY), [(TODAY, 777, text)])


def test_money_on_an_account_that_is_asked_about_holds_the_reminders(home: Scene) -> None:
    assert not are_held(home)
    [key] = hand_in(home, said("AA-1001 WEIR AND LOCK LTD")).account_ids
    assert are_held(home)
    [asked] = home.exceptions("bank_account")
    assert "Reminders to whoever seems to have paid" in asked.detail
    with home.tools.sessions.begin() as s:
        accounts.refuse(s, home.organisation_id, key, who="ann", now=home.now)
    assert not are_held(home)


@pytest.mark.parametrize(
    ("days", "waits", "is_held"), [(40, 9, True), (40, 11, False), (46, 1, False)]
)
def test_money_of_last_month_counts_from_the_day_a_file_told_of_it(
    home: Scene, days: int, waits: int, *, is_held: bool
) -> None:
    day = TODAY - timedelta(days=days)
    [key] = hand_in(home, statement((day, day), [(day, 777, "AA-1001")])).account_ids
    with home.tools.sessions.begin() as s:
        ours = home.organisation_id
        accounts.claim(s, ours, key, name="Two", ledger_account="", who="ann", now=home.now)
    assert are_held(home) is (days <= facts.TOLD_LATE_DAYS)
    home.town.clock.wait(waits * 86_400)
    assert are_held(home) is is_held


def test_money_that_may_be_told_twice_holds_the_reminders(home: Scene) -> None:
    [key] = hand_in(home, said("CREDIT 0001")).account_ids
    with home.tools.sessions.begin() as s:
        ours = home.organisation_id
        accounts.claim(s, ours, key, name="Two", ledger_account="", who="ann", now=home.now)
    assert not are_held(home)
    hand_in(home, said("INVOICE AA-1001"), "again.sta")
    with home.tools.sessions() as s:
        [doubted] = bank_lines.doubted(s, ours)
    assert are_held(home)
    with home.tools.sessions.begin() as s:
        lines.settle(s, ours, doubted.id, same=True, who="ann", now=home.now)
    assert not are_held(home)


def test_money_that_went_out_of_an_account_asked_about_holds_nothing(home: Scene) -> None:
    body = statement((TODAY, TODAY), [(TODAY, -777, "INVOICE AA-1001")])
    hand_in(home, body)
    assert not are_held(home)
