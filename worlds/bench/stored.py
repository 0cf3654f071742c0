"""How fast one payment is matched from the store, without reading the ledger.

A ledger is saved into a database file as a connector would, its index is made, and then one
payment after the other is decided, each in a session and with a book of its own.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from connector.protocol import Found
from flows.match_file.ledger_file import read_ledger
from flows.match_file.payment_lines import read_payments
from flows.match_file.settings import policy
from ledger.documents import Customer, Invoice, Kind, Ref, Status
from ledger.money import Money
from rules.matching.placing import decide_batch
from rules.matching.policy import Mode
from store import connections, mirror, organisations, schema
from store.connections import Consented
from store.matching_book import StoredBook
from store.seal import Keys
from store.session import open_engine, open_sessions, reading
from worlds.bench.writing import LEDGER, PAYMENTS, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.session import Sessions

NOW = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
SAVED_TOGETHER = 2_000
P95 = 0.95


class Stored(NamedTuple):
    """What was measured, in seconds; of payments the middle, the 95th of a hundred, the worst."""

    invoices: int
    payments: int
    save_seconds: float
    index_seconds: float
    middle_seconds: float
    p95_seconds: float
    worst_seconds: float


def measure_stored(folder: Path, invoices: int) -> Stored:
    """Measure the ledger and payments of a folder; leaves the database file there."""
    engine = open_engine(f"sqlite:///{folder}/bench.db")
    schema.migrate(engine)
    sessions = open_sessions(engine, Keys((bytes(32),)))
    begun = time.perf_counter()
    ours = _save(sessions, folder)
    saved = time.perf_counter()
    with sessions.begin() as s:
        StoredBook(s, ours)
    indexed = time.perf_counter()
    taken = sorted(_decided(sessions, ours, folder))
    engine.dispose()
    return Stored(
        invoices,
        len(taken),
        saved - begun,
        indexed - saved,
        taken[len(taken) // 2],
        taken[int(len(taken) * P95)],
        taken[-1],
    )


def _save(sessions: Sessions, folder: Path) -> int:
    with sessions.begin() as s:
        ours = organisations.create(s, "Bench", "pub-bench", NOW)
        to = connections.connect(s, ours, Consented("xero", "books", "tenant", "Bench"), NOW)
    waiting: list[Found] = []
    for document in _documents(folder):
        waiting.append(Found(document, "{}"))
        if len(waiting) == SAVED_TOGETHER:
            with sessions.begin() as s:
                mirror.save(s, ours, to, waiting, NOW)
            waiting = []
    with sessions.begin() as s:
        mirror.save(s, ours, to, waiting, NOW)
    return ours


def _documents(folder: Path) -> Iterator[Customer | Invoice]:
    for row in read_rows(folder / LEDGER):
        if row["type"] == "customer":
            yield Customer(Ref(Kind.CUSTOMER, row["id"]), row["name"], country=row["country"])
        elif row["type"] == "invoice":
            yield _invoice(row)


def _invoice(row: dict[str, Any]) -> Invoice:
    return Invoice(
        Ref(Kind.INVOICE, row["id"]),
        row["number"],
        row["customer_id"],
        datetime.fromisoformat(row["issue_date"]).date(),
        datetime.fromisoformat(row["due_date"]).date(),
        Money.parse(row["total"], row["currency"]),
        Money.parse(row["open_amount"], row["currency"]),
        Status.OPEN,
        po_number=row.get("po_number"),
    )


def _decided(sessions: Sessions, ours: int, folder: Path) -> Iterator[float]:
    """Decide each payment by itself, and give how long it took."""
    with (folder / LEDGER).open("rb") as file:
        ledger = read_ledger(file, LEDGER)
    with (folder / PAYMENTS).open("rb") as file:
        batch = read_payments(file, PAYMENTS, ledger.settings.as_of)
    rules = policy(ledger, batch, Mode.SAFE)
    for payment in batch.payments:
        begun = time.perf_counter()
        with reading(sessions) as s:
            decide_batch(StoredBook(s, ours), [payment], (), rules)
        yield time.perf_counter() - begun
