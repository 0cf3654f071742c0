"""Money on the bank that nobody placed yet: whose reminders it holds back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.protocol import Found
from flows import facts
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
from store import bank_accounts, connections, mirror, organisations, payers
from store.connections import Consented
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
        left = mirror.receipts_to_match(s, ours)
        [known] = facts.gather(s, row, [position], TODAY, left)
        return bool(known.possible_payments)


@pytest.mark.parametrize(
    "told",
    [
        {"payer_name": "WEIR AND LOCK LTD"},
        {"text": "FASTER PAYMENT LOCK & WEIR 0123"},
        {"text": "INVOICE AA-1001"},
        {"amount": OWED, "unapplied": OWED},
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
